// Command differential answers what Helm 4 makes of small charts, one after another, in one process.
// It is what scripts/fuzz compares Molave with.
//
// A request is one line of JSON on stdin: the files of a chart without values of its own, and the user's values as
// YAML; an answer is one line of JSON on stdout: what templates/NOTES.txt came to, or Helm's error.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	chartcommon "helm.sh/helm/v4/pkg/chart/common"
	chartvalues "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
)

// Bytes travel as base64: neither templates nor what they write need be UTF-8.
type request struct {
	Files  map[string][]byte `json:"files"`
	Values []byte            `json:"values"`
}

type answer struct {
	Output []byte `json:"output"`
	Error  []byte `json:"error,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(bufio.NewReaderSize(in, 1<<20))
	buffered := bufio.NewWriterSize(out, 1<<20)
	answers := json.NewEncoder(buffered)
	for {
		var next request
		if err := requests.Decode(&next); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := answers.Encode(respond(next)); err != nil {
			return err
		}
		if err := buffered.Flush(); err != nil {
			return err
		}
	}
}

func respond(next request) (reply answer) {
	defer func() {
		if reason := recover(); reason != nil {
			reply = answer{Error: fmt.Appendf(nil, "panic outside of templates: %v", reason)}
		}
	}()
	output, err := render(next)
	if err != nil {
		return answer{Error: []byte(err.Error())}
	}
	return answer{Output: []byte(output)}
}

// render does what `helm template` does up to the rendered texts.
func render(next request) (string, error) {
	loaded, err := load(next.Files)
	if err != nil {
		return "", err
	}
	values, err := loader.LoadValues(strings.NewReader(string(next.Values)))
	if err != nil {
		return "", fmt.Errorf("values: %w", err)
	}
	release := chartcommon.ReleaseOptions{
		Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true,
	}
	capabilities := chartcommon.DefaultCapabilities.Copy()
	// Of the official builds, which Molave imitates; here it would be that of the compiler at hand.
	capabilities.HelmVersion.GoVersion = "go1.26.5"
	scope, err := chartvalues.ToRenderValues(loaded, values, release, capabilities)
	if err != nil {
		return "", err
	}
	texts, err := engine.Engine{}.Render(loaded, scope)
	if err != nil {
		return "", err
	}
	return texts[loaded.Name()+"/templates/NOTES.txt"], nil
}

func load(contents map[string][]byte) (*chart.Chart, error) {
	var files []*archive.BufferedFile
	for name, data := range contents {
		files = append(files, &archive.BufferedFile{Name: name, Data: data})
	}
	return loader.LoadFiles(files)
}
