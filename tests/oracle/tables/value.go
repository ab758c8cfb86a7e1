package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// decode turns the written form of a Go value back into it: `{"int": "3"}` is the int 3.
func decode(written any) (any, error) {
	object, is := written.(map[string]any)
	if !is {
		return written, nil
	}
	for kind, inner := range object {
		switch inner := inner.(type) {
		case string:
			return decodeScalar(kind, inner)
		case []any:
			return decodeList(kind, inner)
		case map[string]any:
			return decodeMap(kind, inner)
		}
	}
	return nil, fmt.Errorf("not a written value: %v", written)
}

func decodeScalar(kind, text string) (any, error) {
	switch kind {
	case "int":
		return strconv.Atoi(text)
	case "int32":
		number, err := strconv.ParseInt(text, 10, 32)
		return int32(number), err
	case "int64":
		return strconv.ParseInt(text, 10, 64)
	case "dur":
		number, err := strconv.ParseInt(text, 10, 64)
		return time.Duration(number), err
	case "uint8":
		number, err := strconv.ParseUint(text, 10, 8)
		return uint8(number), err
	case "uint32":
		number, err := strconv.ParseUint(text, 10, 32)
		return uint32(number), err
	case "uint64":
		return strconv.ParseUint(text, 10, 64)
	case "float":
		return strconv.ParseFloat(text, 64)
	case "str":
		return text, nil
	case "str64":
		bytes, err := base64.StdEncoding.DecodeString(text)
		return string(bytes), err
	case "bytes64":
		return base64.StdEncoding.DecodeString(text)
	}
	return nil, errors.New("unknown kind " + kind)
}

func decodeList(kind string, items []any) (any, error) {
	list := make([]any, len(items))
	for at, item := range items {
		var err error
		if list[at], err = decode(item); err != nil {
			return nil, err
		}
	}
	switch kind {
	case "strs":
		return typed[string](list), nil
	case "ints":
		return typed[int](list), nil
	case "floats":
		return typed[float64](list), nil
	}
	return list, nil
}

func typed[T any](items []any) []T {
	list := make([]T, len(items))
	for at, item := range items {
		list[at] = item.(T)
	}
	return list
}

func decodeMap(kind string, items map[string]any) (any, error) {
	plain, texts := map[string]any{}, map[string]string{}
	for key, item := range items {
		value, err := decode(item)
		if err != nil {
			return nil, err
		}
		plain[key] = value
		if kind == "smap" {
			texts[key] = value.(string)
		}
	}
	if kind == "smap" {
		return texts, nil
	}
	return plain, nil
}

// text reads what the recorder wrote of a text.
func text(written any) ([]byte, error) {
	value, err := decode(written)
	if err != nil {
		return nil, err
	}
	switch value := value.(type) {
	case string:
		return []byte(value), nil
	case []byte:
		return value, nil
	}
	return nil, fmt.Errorf("not a text: %v", written)
}

// encode writes numbers and texts with their types, as far as values of `--set` have them.
func encode(value any) any {
	switch value := value.(type) {
	case int64:
		return map[string]any{"int64": strconv.FormatInt(value, 10)}
	case float64:
		return map[string]any{"float": strconv.FormatFloat(value, 'g', -1, 64)}
	case string:
		return map[string]any{"str": value}
	case []any:
		list := make([]any, len(value))
		for at, item := range value {
			list[at] = encode(item)
		}
		return map[string]any{"list": list}
	case map[string]any:
		entries := map[string]any{}
		for key, item := range value {
			entries[key] = encode(item)
		}
		return map[string]any{"map": entries}
	}
	return value
}
