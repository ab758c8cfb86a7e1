// Command engine renders many releases with the packages of Helm 4, in one process.
// It is what Molave's rendering speed is measured against: the work that `helm template` does for each release,
// without a process for each.
//
// A job is one line, fields separated by tabs:
//
//	release  namespace  version  output file  values files, separated by commas  chart
//
// The version lands at image.tag, as `--set-string image.tag=…` would put it; an empty one is none. The chart is the
// folder given by -chart where the last field is missing; then it is loaded once, otherwise once for each job.
// Printed on stdout: the seconds that loading charts and all jobs took, how many bytes were rendered, and how many jobs
// failed (-keep-going).
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	chartcommon "helm.sh/helm/v4/pkg/chart/common"
	chartvalues "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

type job struct {
	release, namespace, version, output, chart string
	values                                     []string
}

type result struct {
	bytes, failures int
}

type options struct {
	chart, jobs string
	workers     int
	skipSchema  bool
	write       bool
	keepGoing   bool
}

func main() {
	var given options
	flag.StringVar(&given.chart, "chart", "", "folder of the chart")
	flag.StringVar(&given.jobs, "jobs", "", "file of jobs, one a line")
	flag.IntVar(&given.workers, "workers", 2, "goroutines that render")
	flag.BoolVar(&given.skipSchema, "skip-schema-validation", false, "as Helm's flag of that name")
	flag.BoolVar(&given.write, "write", false, "write each output file")
	flag.BoolVar(&given.keepGoing, "keep-going", false, "count jobs that fail instead of stopping at the first")
	flag.Parse()
	if err := run(given, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run(given options, out io.Writer) error {
	jobs, err := readJobs(given.jobs)
	if err != nil {
		return err
	}
	started := time.Now()
	done, err := renderAll(given, jobs)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%.3f %d %d\n", time.Since(started).Seconds(), done.bytes, done.failures)
	return err
}

func readJobs(file string) ([]job, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var jobs []job
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 5 && len(fields) != 6 {
			return nil, fmt.Errorf("%s: %d fields where 5 or 6 are expected: %q", file, len(fields), lines.Text())
		}
		next := job{release: fields[0], namespace: fields[1], version: fields[2], output: fields[3]}
		if fields[4] != "" {
			next.values = strings.Split(fields[4], ",")
		}
		if len(fields) == 6 {
			next.chart = fields[5]
		}
		jobs = append(jobs, next)
	}
	return jobs, lines.Err()
}

// renderAll deals the jobs out to the workers. Each worker has a chart of its own:
// processing dependencies changes the chart it is given.
func renderAll(given options, jobs []job) (result, error) {
	queue := make(chan job, len(jobs))
	for _, next := range jobs {
		queue <- next
	}
	close(queue)

	var wait sync.WaitGroup
	results := make([]result, given.workers)
	failures := make([]error, given.workers)
	for worker := range given.workers {
		wait.Go(func() { results[worker], failures[worker] = work(given, queue) })
	}
	wait.Wait()

	var total result
	for worker := range given.workers {
		if failures[worker] != nil {
			return result{}, failures[worker]
		}
		total.bytes += results[worker].bytes
		total.failures += results[worker].failures
	}
	return total, nil
}

func work(given options, queue <-chan job) (result, error) {
	var shared *chart.Chart
	if given.chart != "" {
		loaded, err := loader.Load(given.chart)
		if err != nil {
			return result{}, err
		}
		shared = loaded
	}
	var total result
	for next := range queue {
		manifest, err := do(given, shared, next)
		if err != nil && !given.keepGoing {
			return result{}, fmt.Errorf("%s: %w", next.output, err)
		}
		if err != nil {
			total.failures++
		}
		total.bytes += len(manifest)
	}
	return total, nil
}

func do(given options, shared *chart.Chart, next job) ([]byte, error) {
	loaded := shared
	if next.chart != "" {
		own, err := loader.Load(next.chart)
		if err != nil {
			return nil, err
		}
		loaded = own
	}
	manifest, err := render(given, loaded, next)
	if err == nil && given.write {
		err = write(next.output, manifest)
	}
	return manifest, err
}

// render does what `helm template` does once chart and flags are read: merge, coalesce, validate, execute, split, sort.
func render(given options, loaded *chart.Chart, next job) ([]byte, error) {
	values, err := readValues(next)
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependencies(loaded, values); err != nil {
		return nil, err
	}
	release := chartcommon.ReleaseOptions{Name: next.release, Namespace: next.namespace, Revision: 1, IsInstall: true}
	capabilities := chartcommon.DefaultCapabilities.Copy()
	scope, err := chartvalues.ToRenderValuesWithSchemaValidation(loaded, values, release, capabilities, given.skipSchema)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{}.Render(loaded, scope)
	if err != nil {
		return nil, err
	}
	for name := range files {
		if path.Base(name) == "NOTES.txt" {
			delete(files, name)
		}
	}
	return join(files)
}

func join(files map[string]string) ([]byte, error) {
	_, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, manifest := range manifests {
		fmt.Fprintf(&text, "---\n# Source: %s\n%s\n", manifest.Name, manifest.Content)
	}
	return text.Bytes(), nil
}

func readValues(next job) (map[string]any, error) {
	values := map[string]any{}
	for _, file := range next.values {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		layer, err := loader.LoadValues(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		values = loader.MergeMaps(values, layer)
	}
	if next.version == "" {
		return values, nil
	}
	version := map[string]any{"image": map[string]any{"tag": next.version}}
	return loader.MergeMaps(values, version), nil
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
