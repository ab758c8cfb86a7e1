package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
	yaml3 "go.yaml.in/yaml/v3"
	strvals3 "helm.sh/helm/v3/pkg/strvals"
	strvals4 "helm.sh/helm/v4/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// inexpressible says why a case says nothing about Molave.
type inexpressible string

func (reason inexpressible) Error() string { return string(reason) }

type answerer func(profile string, one map[string]any) (any, error)

// The real answer to each kind of case.
var answerers = map[string]answerer{
	"parse": answerParse, "execute": answerExecute, "format": answerFormat, "yaml-read": answerRead,
	"yaml-write": answerWrite, "yaml-write-pretty": answerWritePretty, "set": answerSet,
	"render": answerRender, "values": answerValues, "schema": answerSchema, "manifests": answerManifests,
	"ignore": answerIgnore, "kube-version": answerKubeVersion,
}

// outcome is a text or an error, as the other side reads it.
func outcome(out []byte, err error) any {
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	if !utf8.Valid(out) {
		return map[string]any{"bytes64": base64.StdEncoding.EncodeToString(out)}
	}
	return map[string]any{"output": string(out)}
}

func answerParse(_ string, one map[string]any) (any, error) {
	source, err := text(one["text"])
	if err != nil {
		return nil, err
	}
	functions := template.FuncMap{}
	names, is := one["functions"].([]any)
	if !is {
		for _, name := range slices.Concat(builtins, slices.Sorted(maps.Keys(harness))) {
			names = append(names, name)
		}
		one["functions"] = names
	}
	for _, name := range names {
		functions[name.(string)] = func() string { return "" }
	}
	trees := map[string]*parse.Tree{}
	_, err = parse.New(one["template"].(string)).Parse(string(source), "", "", trees, functions)
	if should, known := one["parses"].(bool); known && should != (err == nil) {
		return nil, inexpressible("functions of the test's own")
	}
	if err != nil {
		return outcome(nil, err), nil
	}
	bodies := map[string]any{}
	for name, tree := range trees {
		if !utf8.ValidString(tree.Root.String()) {
			return nil, inexpressible("a template that is not UTF-8")
		}
		bodies[name] = tree.Root.String()
	}
	return map[string]any{"trees": bodies}, nil
}

var builtins = []string{
	"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery",
	"eq", "ge", "gt", "le", "lt", "ne",
}

// The functions that the tests of text/template give to their templates, as far as values of Molave can pass them.
var harness = template.FuncMap{
	"add": func(numbers ...int) int {
		sum := 0
		for _, number := range numbers {
			sum += number
		}
		return sum
	},
	"dddArg":      func(first int, rest ...string) string { return fmt.Sprintln(first, len(rest)) },
	"die":         func() (bool, error) { return false, errors.New("die") },
	"echo":        func(value any) any { return value },
	"makemap":     makeMap,
	"mapOfThree":  func() any { return map[string]any{"three": 3} },
	"oneArg":      func(text string) string { return "oneArg=" + text },
	"returnInt":   func() int { return 7 },
	"twoArgs":     func(first, second string) string { return "twoArgs=" + first + second },
	"typeOf":      func(value any) string { return fmt.Sprintf("%T", value) },
	"valueString": func(string) string { return "value" },
	"zeroArgs":    func() string { return "zeroArgs" },
}

func makeMap(texts ...string) (map[string]string, error) {
	entries := map[string]string{}
	if len(texts)%2 != 0 {
		return nil, errors.New("odd")
	}
	for at := 0; at < len(texts); at += 2 {
		entries[texts[at]] = texts[at+1]
	}
	return entries, nil
}

var (
	random = regexp.MustCompile(`\b(rand\w*|shuffle|uuidv4|gen[A-Z]\w*|bcrypt|htpasswd|encryptAES|decryptAES|buildCustomCert|now|ago|date_in_zone|getHostByName)\b`)
	absent = regexp.MustCompile(`\b(env|expandenv)\b`)
)

// isRandom tells whether a template may answer something else each time.
func isRandom(source []byte) bool { return random.Match(source) }

func answerExecute(profile string, one map[string]any) (any, error) {
	texts, _ := one["texts"].([]any)
	for _, pair := range texts {
		source, err := text(pair.([]any)[1])
		if err != nil {
			return nil, err
		}
		if absent.Match(source) {
			return nil, inexpressible("a function that Helm takes away")
		}
		if one["functions"] != "go" && isRandom(source) {
			return nil, inexpressible("an answer that is another each time")
		}
	}
	first, err := execute(profile, one)
	if err != nil {
		return nil, err
	}
	for range 5 {
		again, err := execute(profile, one)
		if err != nil {
			return nil, err
		}
		if fmt.Sprint(first) != fmt.Sprint(again) {
			return nil, inexpressible("an answer that is another each time")
		}
	}
	return first, nil
}

func execute(profile string, one map[string]any) (any, error) {
	data, err := decode(one["data"])
	if err != nil {
		return nil, err
	}
	set := template.New("").Option("missingkey=zero")
	if one["functions"] == "sprig" {
		set.Funcs(sprig.TxtFuncMap())
	} else {
		set.Funcs(harness)
	}
	for _, pair := range one["texts"].([]any) {
		source, err := text(pair.([]any)[1])
		if err != nil {
			return nil, err
		}
		name := pair.([]any)[0].(string)
		if _, err := set.New(name).Parse(string(source)); err != nil {
			if one["functions"] == "go" {
				return nil, inexpressible("functions of the test's own")
			}
			return outcome(nil, err), nil
		}
	}
	if set.Lookup(one["template"].(string)) == nil {
		return nil, inexpressible("a template that is not there")
	}
	var out bytes.Buffer
	if err := set.ExecuteTemplate(&out, one["template"].(string), data); err != nil {
		return outcome(nil, err), nil
	}
	return outcome(out.Bytes(), nil), nil
}

func answerFormat(_ string, one map[string]any) (any, error) {
	format, err := text(one["format"])
	if err != nil {
		return nil, err
	}
	operands, err := decode(one["operands"])
	if err != nil {
		return nil, err
	}
	switch one["verb"] {
	case "printf":
		return outcome(fmt.Appendf(nil, string(format), operands.([]any)...), nil), nil
	case "sprint":
		return outcome(fmt.Append(nil, operands.([]any)...), nil), nil
	default:
		return outcome(fmt.Appendln(nil, operands.([]any)...), nil), nil
	}
}

func answerRead(_ string, one map[string]any) (any, error) {
	source, err := text(one["text"])
	if err != nil {
		return nil, err
	}
	out, err := yaml.YAMLToJSON(source)
	// The same JSON: Go escapes what was no UTF-8 in `!!binary`.
	return outcome(bytes.ReplaceAll(out, []byte(`\ufffd`), []byte("\ufffd")), err), nil
}

func answerWrite(_ string, one map[string]any) (any, error) {
	out, err := yaml.JSONToYAML([]byte(one["json"].(string)))
	return outcome(out, err), nil
}

func answerWritePretty(_ string, one map[string]any) (any, error) {
	var value any
	if err := json.Unmarshal([]byte(one["json"].(string)), &value); err != nil {
		return nil, inexpressible("no JSON")
	}
	var out bytes.Buffer
	encoder := yaml3.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return outcome(out.Bytes(), err), nil
}

func answerSet(profile string, one map[string]any) (any, error) {
	source, err := text(one["text"])
	if err != nil {
		return nil, err
	}
	// The values before are out of YAML, where every map is one of anything.
	written, err := json.Marshal(one["into"])
	if err != nil {
		return nil, err
	}
	var before map[string]any
	if err := json.Unmarshal(bytes.ReplaceAll(written, []byte(`{"smap":`), []byte(`{"map":`)), &before); err != nil {
		return nil, err
	}
	one["into"] = before
	decoded, err := decode(before)
	if err != nil {
		return nil, err
	}
	into := decoded.(map[string]any)
	files, _ := one["files"].(map[string]any)
	reader := func(path []rune) (any, error) {
		content, known := files[string(path)]
		if !known {
			return nil, errors.New("no such file")
		}
		value, err := decode(content)
		if _, is := value.(string); !is {
			return nil, errors.New("no text")
		}
		return value, err
	}
	for _, content := range files {
		if object, is := content.(map[string]any); !is || object["str"] == nil {
			return nil, inexpressible("a file that is no text")
		}
	}
	// What Helm 4.3 and 3.22 each do.
	line := string(source)
	switch one["mode"].(string) + " " + profile {
	case "set helm4":
		err = strvals4.ParseInto(line, into)
	case "set helm3":
		err = strvals3.ParseInto(line, into)
	case "string helm4":
		err = strvals4.ParseIntoString(line, into)
	case "string helm3":
		err = strvals3.ParseIntoString(line, into)
	case "json helm4":
		err = strvals4.ParseJSON(line, into)
	case "json helm3":
		err = strvals3.ParseJSON(line, into)
	case "literal helm4":
		err = strvals4.ParseLiteralInto(line, into)
	case "literal helm3":
		err = strvals3.ParseLiteralInto(line, into)
	case "file helm4":
		err = strvals4.ParseIntoFile(line, into, reader)
	case "file helm3":
		err = strvals3.ParseIntoFile(line, into, reader)
	}
	answer := map[string]any{"values": encode(into)}
	if err != nil {
		answer["error"] = err.Error()
	}
	return answer, nil
}

// userValues are a test's values, read as Helm reads a file of them.
func userValues(one map[string]any) (map[string]any, error) {
	values := map[string]any{}
	written, _ := one["values"].(string)
	if strings.TrimSpace(written) == "null" {
		return values, nil
	}
	err := yaml.Unmarshal([]byte(written), &values)
	return values, err
}
