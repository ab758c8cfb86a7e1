// Command tables reads the tables of the projects whose behaviour Molave reproduces, out of the Go module cache and
// the Go installation, and prints each case with the real library's answer as a line of JSON. Nothing of upstream's
// text is kept in this repository.
//
// A table is not parsed: it is played. The package's own tests run with some functions recorded (`go test -overlay`),
// so that every input counts that a test makes in whatever way, in a table, a loop or one by one.
//
//	go run . [SUITE]...     all of them when none is named
//
// A line is either a case, {"suite", "name", "kind", input…, "expected"}, or {"suite", "name", "kind": "skip",
// "reason"}: an input that says nothing about Molave.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

func main() {
	// Helm warns of values that do not fit; here they are wanted.
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tables:", err)
		os.Exit(1)
	}
}

func run(suites []string) error {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	results := make([][]map[string]any, len(sources))
	failures := make([]error, len(sources))
	var group sync.WaitGroup
	// Two at a time: each compiles and links a test.
	free := make(chan bool, 2)
	for at, from := range sources {
		if len(suites) > 0 && !slices.Contains(suites, from.suite) {
			continue
		}
		group.Go(func() {
			free <- true
			defer func() { <-free }()
			results[at], failures[at] = casesOf(from)
		})
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		return err
	}
	for _, cases := range results {
		for _, one := range cases {
			line, err := json.Marshal(one)
			if err != nil {
				return err
			}
			out.Write(append(line, '\n'))
		}
	}
	if len(suites) == 0 || slices.Contains(suites, "template") {
		return printCommands(out)
	}
	return nil
}

func casesOf(from source) ([]map[string]any, error) {
	// The same folder each time: the compiler's cache knows packages by their place.
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("molave-tables-%d", os.Getuid()), strings.ReplaceAll(from.pkg, "/", "_"))
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	harvested, err := harvest(from, folder)
	if err != nil {
		return nil, err
	}
	var cases []map[string]any
	seen := map[string]bool{}
	for _, one := range expand(from, harvested) {
		name, err := nameOf(one)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		cases = append(cases, answered(from, one, name))
	}
	return cases, nil
}

// expand adds to what a value is written as by `toYaml` how `toYamlPretty` writes it, and puts templates that need
// Helm's functions into charts.
func expand(from source, harvested []map[string]any) []map[string]any {
	var cases []map[string]any
	for _, one := range harvested {
		if one["functions"] == "helm" {
			one = inChart(one)
		}
		cases = append(cases, one)
		if one["kind"] == "yaml-write" && from.suite == "go-yaml-v3" {
			cases = append(cases, map[string]any{"kind": "yaml-write-pretty", "test": one["test"], "json": one["json"]})
		}
	}
	return cases
}

// inChart makes a chart of one template and the data that it is given, which go through YAML as all values do.
func inChart(one map[string]any) map[string]any {
	texts := one["texts"].([]any)
	source, err := text(texts[len(texts)-1].([]any)[1])
	if err != nil {
		return map[string]any{"kind": "skip", "test": one["test"], "reason": err.Error()}
	}
	data, err := decode(one["data"])
	if err != nil {
		return map[string]any{"kind": "skip", "test": one["test"], "reason": err.Error()}
	}
	values, err := yaml.Marshal(map[string]any{"data": data})
	if err != nil {
		return map[string]any{"kind": "skip", "test": one["test"], "reason": "a value that YAML cannot hold"}
	}
	template := `{{ define "case" }}` + string(source) + `{{ end }}{{ include "case" .Values.data }}`
	return map[string]any{"kind": "render", "test": one["test"], "values": string(values), "files": map[string]any{
		"Chart.yaml":         map[string]any{"str": "apiVersion: v2\nname: chart\nversion: 0.1.0\n"},
		"templates/case.txt": map[string]any{"str": template},
	}}
}

// nameOf is the test and a hash of the input: it stays when upstream adds a case.
func nameOf(one map[string]any) (string, error) {
	encoded, err := json.Marshal(one)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%x", one["test"], sha256.Sum256(encoded))[:len(one["test"].(string))+9], nil
}

func answered(from source, one map[string]any, name string) map[string]any {
	line := map[string]any{"suite": from.suite, "name": name}
	if from.profile != "" {
		line["profile"] = from.profile
		line["suite"] = from.suite + "-" + from.profile
	}
	delete(one, "test")
	kind := one["kind"].(string)
	if kind == "skip" {
		line["kind"], line["reason"] = "skip", one["reason"]
		return line
	}
	expected, err := answerers[kind](from.profile, one)
	if err != nil {
		line["kind"], line["reason"] = "skip", err.Error()
		return line
	}
	for key, field := range one {
		line[key] = field
	}
	line["expected"] = expected
	return line
}
