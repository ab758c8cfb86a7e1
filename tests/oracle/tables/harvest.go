package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A source is a package of upstream whose own tests are run, with some of its functions recorded.
type source struct {
	suite, pkg string
	// recorded lists functions by the file that declares them: `Name` or `Type.Name`.
	recorded map[string][]string
	// probes are the files that record in their place.
	probes []string
	// outside are probes for the tests that stand outside of the package.
	outside []string
	// replaced is what the probes' placeholders stand for.
	replaced map[string]string
	// shimmed lists test files whose templates are recorded, too.
	shimmed []string
	profile string
}

//go:embed probes
var probes embed.FS

var sources = []source{
	{
		suite: "text/template", pkg: "text/template", probes: []string{"template"},
		recorded: map[string][]string{"template.go": {"Template.Parse"}, "exec.go": {"Template.Execute"}},
	},
	{
		suite: "text/template/parse", pkg: "text/template/parse", probes: []string{"parse"},
		recorded: map[string][]string{"parse.go": {"Tree.Parse"}, "lex.go": {"lex"}},
	},
	{
		suite: "fmt", pkg: "fmt", probes: []string{"fmt"}, outside: []string{"fmt_outside"},
		recorded: map[string][]string{"print.go": {"Sprintf", "Sprint", "Sprintln"}},
	},
	{
		suite: "sprig", pkg: "github.com/Masterminds/sprig/v3", probes: []string{"sprig"},
		recorded: map[string][]string{"functions_test.go": {"runtv", "runRaw"}},
	},
	{
		suite: "go-yaml-v2", pkg: "go.yaml.in/yaml/v2", probes: []string{"yaml", "yaml_goyaml"},
		recorded: map[string][]string{"yaml.go": {"Unmarshal", "Marshal"}},
	},
	{
		suite: "go-yaml-v3", pkg: "go.yaml.in/yaml/v3", probes: []string{"yaml", "yaml_goyaml"},
		recorded: map[string][]string{"yaml.go": {"Unmarshal", "Marshal"}},
	},
	{
		suite: "sigs.k8s.io/yaml", pkg: "sigs.k8s.io/yaml", probes: []string{"yaml", "yaml_sigs"},
		recorded: map[string][]string{"yaml.go": {"Unmarshal", "Marshal", "YAMLToJSON", "JSONToYAML"}},
	},
	strvals("helm4", "helm.sh/helm/v4"),
	strvals("helm3", "helm.sh/helm/v3"),
	{
		suite: "engine", profile: "helm4", pkg: "helm.sh/helm/v4/pkg/engine", probes: []string{"engine4", "chart"},
		recorded: map[string][]string{"engine.go": {"Engine.RenderWithContext"}},
		replaced: map[string]string{"PACKAGE": "engine", "CHART": "helm.sh/helm/v4/pkg/chart/v2"},
		shimmed:  []string{"funcs_test.go"},
	},
	{
		suite: "engine", profile: "helm3", pkg: "helm.sh/helm/v3/pkg/engine", probes: []string{"engine3", "chart"},
		recorded: map[string][]string{"engine.go": {"Engine.Render"}},
		replaced: map[string]string{"PACKAGE": "engine", "CHART": "helm.sh/helm/v3/pkg/chart"},
		shimmed:  []string{"funcs_test.go"},
	},
	{
		suite: "values", profile: "helm4", pkg: "helm.sh/helm/v4/pkg/chart/common/util", probes: []string{"values4", "chart", "schema"},
		recorded: map[string][]string{
			"coalesce.go": {"CoalesceValues", "MergeValues"}, "values.go": {"ToRenderValuesWithSchemaValidation"},
			"jsonschema.go": {"ValidateAgainstSingleSchema"},
		},
		replaced: map[string]string{"PACKAGE": "util", "CHART": "helm.sh/helm/v4/pkg/chart/v2"},
	},
	{
		suite: "values", profile: "helm4", pkg: "helm.sh/helm/v4/pkg/chart/v2/util", probes: []string{"dependencies4", "chart"},
		recorded: map[string][]string{
			"dependencies.go": {"ProcessDependencies", "processDependencyEnabled", "processDependencyImportValues"},
		},
		replaced: map[string]string{"PACKAGE": "util", "CHART": "helm.sh/helm/v4/pkg/chart/v2"},
	},
	{
		suite: "values", profile: "helm3", pkg: "helm.sh/helm/v3/pkg/chartutil", probes: []string{"values3", "chart", "schema"},
		recorded: map[string][]string{
			"coalesce.go": {"CoalesceValues", "MergeValues"}, "values.go": {"ToRenderValuesWithSchemaValidation"},
			"jsonschema.go": {"ValidateAgainstSingleSchema"}, "capabilities.go": {"ParseKubeVersion"},
			"dependencies.go": {
				"ProcessDependencies", "ProcessDependenciesWithMerge", "processDependencyEnabled", "processDependencyImportValues",
			},
		},
		replaced: map[string]string{"PACKAGE": "chartutil", "CHART": "helm.sh/helm/v3/pkg/chart"},
	},
	{
		suite: "capabilities", profile: "helm4", pkg: "helm.sh/helm/v4/pkg/chart/common", probes: []string{"versions4"},
		recorded: map[string][]string{"capabilities.go": {"ParseKubeVersion"}},
	},
	{
		suite: "ignore", profile: "helm4", pkg: "helm.sh/helm/v4/pkg/ignore", probes: []string{"ignore"},
		recorded: map[string][]string{"rules.go": {"Parse", "Rules.Ignore"}},
	},
	{
		suite: "ignore", profile: "helm3", pkg: "helm.sh/helm/v3/pkg/ignore", probes: []string{"ignore"},
		recorded: map[string][]string{"rules.go": {"Parse", "Rules.Ignore"}},
	},
	manifests("helm4", "helm.sh/helm/v4/pkg/release/v1/util", map[string]string{
		"PACKAGE": "util", "VERSIONSET": "common.VersionSet", "VERSIONS": `"helm.sh/helm/v4/pkg/chart/common"`,
		"RELEASE": "helm.sh/helm/v4/pkg/release/v1",
	}),
	manifests("helm3", "helm.sh/helm/v3/pkg/releaseutil", map[string]string{
		"PACKAGE": "releaseutil", "VERSIONSET": "chartutil.VersionSet", "VERSIONS": `"helm.sh/helm/v3/pkg/chartutil"`,
		"RELEASE": "helm.sh/helm/v3/pkg/release",
	}),
}

func strvals(profile, module string) source {
	return source{
		suite: "strvals", profile: profile, pkg: module + "/pkg/strvals", probes: []string{"strvals"},
		recorded: map[string][]string{
			"parser.go":         {"Parse", "ParseString", "ParseInto", "ParseIntoString", "ParseJSON", "ParseFile", "ParseIntoFile"},
			"literal_parser.go": {"ParseLiteral", "ParseLiteralInto"},
		},
	}
}

func manifests(profile, pkg string, replaced map[string]string) source {
	return source{
		suite: "manifests", profile: profile, pkg: pkg, probes: []string{"manifests", "manifests_sort"}, replaced: replaced,
		recorded: map[string][]string{
			"manifest.go": {"SplitManifests"}, "manifest_sorter.go": {"SortManifests"}, "kind_sorter.go": {"sortManifestsByKind"},
		},
	}
}

// harvest runs the tests of a package and gives back what its functions were called with. Nothing is written to the
// module cache or the Go installation: the compiler reads the changed files from elsewhere (`go test -overlay`).
func harvest(from source, folder string) ([]map[string]any, error) {
	where, err := locate(from.pkg, folder)
	if err != nil {
		return nil, err
	}
	overlay, err := overlayOf(from, where.directory, folder)
	if err != nil {
		return nil, err
	}
	record := filepath.Join(folder, "record.jsonl")
	arguments := []string{"test", "-overlay", overlay, "-vet=off", "-count=1", "-parallel=1", "-ldflags=-w -s"}
	arguments = append(append(arguments, where.flags...), from.pkg)
	command := exec.Command("go", arguments...)
	command.Env = append(os.Environ(), "MOLAVE_TABLES_RECORD="+record, "CGO_ENABLED=0")
	// Some of upstream's tests fail where there is no network, or because they are watched; what counts is the record.
	said, failure := command.CombinedOutput()
	text, err := os.ReadFile(record)
	if err != nil || len(text) == 0 {
		return nil, fmt.Errorf("the tests of %s recorded nothing: %v\n%s", from.pkg, failure, said)
	}
	var cases []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			return nil, err
		}
		cases = append(cases, one)
	}
	return cases, nil
}

func overlayOf(from source, directory, folder string) (string, error) {
	replace := map[string]string{}
	add := func(target, text string) error {
		path := filepath.Join(folder, fmt.Sprintf("%02d-%s", len(replace), filepath.Base(target)))
		replace[target] = path
		return os.WriteFile(path, []byte(text), 0o644)
	}
	for file, names := range from.recorded {
		renamed, err := rename(filepath.Join(directory, file), names)
		if err != nil {
			return "", err
		}
		if err := add(filepath.Join(directory, file), renamed); err != nil {
			return "", err
		}
	}
	if err := addProbes(from, directory, add); err != nil {
		return "", err
	}
	if from.suite == "sprig" {
		if err := addSprigCalls(directory, add); err != nil {
			return "", err
		}
	}
	if err := addShim(from, directory, add); err != nil {
		return "", err
	}
	encoded, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, encoded, 0o644)
}

// A place is where the compiler shall look for a package, and the flags that make it.
type place struct {
	directory string
	flags     []string
}

// locate finds a package. Go refuses an overlay of files in the module cache, so a module is reached through a link
// that stands elsewhere, by a go.mod of its own.
func locate(pkg, folder string) (place, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}\t{{if .Module}}{{.Module.Path}}\t{{.Module.Dir}}{{end}}", pkg).Output()
	if err != nil {
		return place{}, fmt.Errorf("go list %s: %w", pkg, err)
	}
	fields := strings.Split(strings.TrimSpace(string(out)), "\t")
	if len(fields) < 3 {
		return place{directory: fields[0]}, nil
	}
	directory, module, root := fields[0], fields[1], fields[2]
	link := filepath.Join(folder, "module")
	if err := os.Symlink(root, link); err != nil {
		return place{}, err
	}
	changed := filepath.Join(folder, "go.mod")
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return place{}, err
		}
		if name == "go.mod" {
			text = fmt.Appendf(text, "\nreplace %s => %s\n", module, link)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return place{}, err
		}
	}
	inside, err := filepath.Rel(root, directory)
	return place{filepath.Join(link, inside), []string{"-modfile=" + changed}}, err
}

func addProbes(from source, directory string, add func(target, text string) error) error {
	var pkg string
	for _, name := range from.probes {
		text := probe(name, from.replaced)
		pkg = packageOf(text)
		if err := add(filepath.Join(directory, "molave_"+name+"_test.go"), text); err != nil {
			return err
		}
	}
	if len(from.outside) == 0 {
		return add(filepath.Join(directory, "molave_record_test.go"), probe("record", map[string]string{"PACKAGE": pkg}))
	}
	for _, name := range from.outside {
		text := probe(name, from.replaced)
		pkg = packageOf(text)
		if err := add(filepath.Join(directory, "molave_"+name+"_test.go"), text); err != nil {
			return err
		}
	}
	return add(filepath.Join(directory, "molave_record_test.go"), probe("record", map[string]string{"PACKAGE": pkg}))
}

// addShim puts a package of this module in place of text/template where a test runs templates of its own.
func addShim(from source, directory string, add func(target, text string) error) error {
	for _, file := range from.shimmed {
		text, err := os.ReadFile(filepath.Join(directory, file))
		if err != nil {
			return err
		}
		changed := strings.Replace(string(text), `"text/template"`, `template "molave.dev/tests/oracle/tables/shim"`, 1)
		if err := add(filepath.Join(directory, file), changed); err != nil {
			return err
		}
		here, err := os.Getwd()
		if err != nil {
			return err
		}
		if err := add(filepath.Join(here, "shim", "shim.go"), probe("shim", nil)); err != nil {
			return err
		}
		if err := add(filepath.Join(here, "shim", "record.go"), probe("record", map[string]string{"PACKAGE": "shim"})); err != nil {
			return err
		}
	}
	return nil
}

func probe(name string, replaced map[string]string) string {
	text, err := probes.ReadFile("probes/" + name + ".go.txt")
	if err != nil {
		panic(err)
	}
	changed := string(text)
	// Longer names first: VERSIONSET before VERSIONS.
	for _, key := range []string{"PACKAGE", "CHART", "VERSIONSET", "VERSIONS", "RELEASE"} {
		if value, is := replaced[key]; is {
			changed = strings.ReplaceAll(changed, key, value)
		}
	}
	return changed
}

func packageOf(text string) string {
	for _, line := range strings.Split(text, "\n") {
		if name, is := strings.CutPrefix(line, "package "); is {
			return name
		}
	}
	return ""
}
