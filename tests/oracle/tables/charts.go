package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	loader3 "helm.sh/helm/v3/pkg/chart/loader"
	chartutil3 "helm.sh/helm/v3/pkg/chartutil"
	engine3 "helm.sh/helm/v3/pkg/engine"
	releaseutil3 "helm.sh/helm/v3/pkg/releaseutil"
	"helm.sh/helm/v4/pkg/chart/common"
	values4 "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart4 "helm.sh/helm/v4/pkg/chart/v2"
	loader4 "helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil4 "helm.sh/helm/v4/pkg/chart/v2/util"
	engine4 "helm.sh/helm/v4/pkg/engine"
	releaseutil4 "helm.sh/helm/v4/pkg/release/v1/util"
)

// The Kubernetes version that both Helms pretend, which a release's linker sets.
const kubeVersion, kubeMinor = "v1.37.0", "37"

// prepared is a chart with its dependencies processed, and what its templates see.
type prepared struct {
	values map[string]any
	tree   any
	render func() (map[string]string, error)
}

func prepare(profile string, one map[string]any, skipSchema bool) (*prepared, error) {
	files, err := filesOf(one)
	if err != nil {
		return nil, err
	}
	user, err := userValues(one)
	if err != nil {
		return nil, inexpressible("values that YAML cannot hold")
	}
	if profile == "helm3" {
		return prepare3(files, user, skipSchema)
	}
	return prepare4(files, user, skipSchema)
}

func filesOf(one map[string]any) (map[string][]byte, error) {
	files := map[string][]byte{}
	for path, written := range one["files"].(map[string]any) {
		content, err := text(written)
		if err != nil {
			return nil, err
		}
		files[path] = content
	}
	return files, nil
}

func prepare4(files map[string][]byte, user map[string]any, skipSchema bool) (*prepared, error) {
	var buffered []*archive.BufferedFile
	for _, path := range sortedKeys(files) {
		buffered = append(buffered, &archive.BufferedFile{Name: path, ModTime: time.Time{}, Data: files[path]})
	}
	loaded, err := loader4.LoadFiles(buffered)
	if err != nil {
		return nil, err
	}
	if missing(loaded.Metadata.Dependencies, func(one *chart4.Dependency) string { return one.Name }, names4(loaded)) {
		return nil, inexpressible("a dependency that is not there")
	}
	if err := chartutil4.ProcessDependencies(loaded, user); err != nil {
		return nil, err
	}
	capabilities := common.DefaultCapabilities.Copy()
	capabilities.KubeVersion = common.KubeVersion{Version: kubeVersion, Major: "1", Minor: kubeMinor}
	options := common.ReleaseOptions{Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true}
	top, err := values4.ToRenderValuesWithSchemaValidation(loaded, user, options, capabilities, skipSchema)
	if err != nil {
		return nil, err
	}
	return &prepared{
		values: top["Values"].(common.Values), tree: tree4(loaded),
		render: func() (map[string]string, error) { return engine4.Render(loaded, top) },
	}, nil
}

func prepare3(files map[string][]byte, user map[string]any, skipSchema bool) (*prepared, error) {
	var buffered []*loader3.BufferedFile
	for _, path := range sortedKeys(files) {
		buffered = append(buffered, &loader3.BufferedFile{Name: path, Data: files[path]})
	}
	loaded, err := loader3.LoadFiles(buffered)
	if err != nil {
		return nil, err
	}
	if missing(loaded.Metadata.Dependencies, func(one *chart.Dependency) string { return one.Name }, names3(loaded)) {
		return nil, inexpressible("a dependency that is not there")
	}
	if err := chartutil3.ProcessDependenciesWithMerge(loaded, user); err != nil {
		return nil, err
	}
	capabilities := chartutil3.DefaultCapabilities.Copy()
	capabilities.KubeVersion = chartutil3.KubeVersion{Version: kubeVersion, Major: "1", Minor: kubeMinor}
	options := chartutil3.ReleaseOptions{Name: "release-name", Namespace: "default", Revision: 1, IsInstall: true}
	top, err := chartutil3.ToRenderValuesWithSchemaValidation(loaded, user, options, capabilities, skipSchema)
	if err != nil {
		return nil, err
	}
	return &prepared{
		values: top["Values"].(chartutil3.Values), tree: tree3(loaded),
		render: func() (map[string]string, error) { return engine3.Render(loaded, top) },
	}, nil
}

// missing tells whether `helm template` would refuse the chart before anything else.
func missing[T any](declared []T, name func(T) string, there []string) bool {
	return slices.ContainsFunc(declared, func(one T) bool { return !slices.Contains(there, name(one)) })
}

func names4(of *chart4.Chart) []string {
	var names []string
	for _, one := range of.Dependencies() {
		names = append(names, one.Name())
	}
	return names
}

func names3(of *chart.Chart) []string {
	var names []string
	for _, one := range of.Dependencies() {
		names = append(names, one.Name())
	}
	return names
}

func tree4(of *chart4.Chart) any {
	children := []any{}
	for _, one := range of.Dependencies() {
		children = append(children, tree4(one))
	}
	return []any{of.Name(), children}
}

func tree3(of *chart.Chart) any {
	children := []any{}
	for _, one := range of.Dependencies() {
		children = append(children, tree3(one))
	}
	return []any{of.Name(), children}
}

func sortedKeys[T any](entries map[string]T) []string {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func answerRender(profile string, one map[string]any) (any, error) {
	files, err := filesOf(one)
	if err != nil {
		return nil, err
	}
	for _, content := range files {
		if isRandom(content) {
			return nil, inexpressible("an answer that is another each time")
		}
	}
	ready, err := prepare(profile, one, false)
	if _, is := err.(inexpressible); is {
		return nil, err
	}
	if err != nil {
		return outcome(nil, err), nil
	}
	texts, err := ready.render()
	if err != nil {
		return outcome(nil, err), nil
	}
	return map[string]any{"texts": texts}, nil
}

func answerValues(profile string, one map[string]any) (any, error) {
	ready, err := prepare(profile, one, true)
	if _, is := err.(inexpressible); is {
		return nil, err
	}
	if err != nil {
		return outcome(nil, err), nil
	}
	return map[string]any{"values": ready.values, "tree": ready.tree}, nil
}

// answerSchema only says whether the values pass: the words of a problem are Molave's own.
func answerSchema(profile string, one map[string]any) (any, error) {
	_, err := prepare(profile, one, false)
	if _, is := err.(inexpressible); is {
		return nil, err
	}
	return map[string]any{"passes": err == nil}, nil
}

func answerManifests(profile string, one map[string]any) (any, error) {
	files, err := filesOf(one)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for path, content := range files {
		texts["chart/templates/"+path] = string(content)
	}
	documents, hooks := []any{}, []any{}
	if profile == "helm3" {
		found, sorted, err := releaseutil3.SortManifests(texts, nil, releaseutil3.InstallOrder)
		if err != nil {
			return outcome(nil, err), nil
		}
		for _, document := range sorted {
			documents = append(documents, []any{document.Name, document.Content})
		}
		for _, hook := range found {
			events := []string{}
			for _, event := range hook.Events {
				events = append(events, string(event))
			}
			hooks = append(hooks, []any{hook.Path, hook.Kind, hook.Name, hook.Manifest, hook.Weight, events})
		}
	} else {
		found, sorted, err := releaseutil4.SortManifests(texts, nil, releaseutil4.InstallOrder)
		if err != nil {
			return outcome(nil, err), nil
		}
		for _, document := range sorted {
			documents = append(documents, []any{document.Name, document.Content})
		}
		for _, hook := range found {
			events := []string{}
			for _, event := range hook.Events {
				events = append(events, string(event))
			}
			hooks = append(hooks, []any{hook.Path, hook.Kind, hook.Name, hook.Manifest, hook.Weight, events})
		}
	}
	return map[string]any{"documents": documents, "hooks": hooks}, nil
}

func answerIgnore(profile string, one map[string]any) (any, error) {
	rules, err := text(one["rules"])
	if err != nil {
		return nil, err
	}
	path := strings.Trim(filepath.ToSlash(filepath.Clean(one["path"].(string))), "/")
	if path == "." {
		return nil, inexpressible("the folder of the chart itself")
	}
	if one["folder"] == true {
		path += "/inner"
	}
	folder, err := os.MkdirTemp("", "molave-tables-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	files := map[string]string{
		"Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n", ".helmignore": string(rules), path: "content\n",
	}
	encoded := map[string]any{}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			return nil, err
		}
		encoded[name] = map[string]any{"str": content}
	}
	one["files"] = encoded
	kept := []string{}
	if profile == "helm3" {
		loaded, err := loader3.LoadDir(folder)
		if err != nil {
			return outcome(nil, err), nil
		}
		for _, file := range loaded.Files {
			kept = append(kept, file.Name)
		}
	} else {
		loaded, err := loader4.LoadDir(folder)
		if err != nil {
			return outcome(nil, err), nil
		}
		for _, file := range loaded.Files {
			kept = append(kept, file.Name)
		}
	}
	slices.Sort(kept)
	return map[string]any{"kept": kept}, nil
}

func answerKubeVersion(profile string, one map[string]any) (any, error) {
	source, err := text(one["text"])
	if err != nil {
		return nil, err
	}
	if profile == "helm3" {
		version, err := chartutil3.ParseKubeVersion(string(source))
		if err != nil {
			return outcome(nil, err), nil
		}
		return map[string]any{"version": version.Version, "major": version.Major, "minor": version.Minor}, nil
	}
	version, err := common.ParseKubeVersion(string(source))
	if err != nil {
		return outcome(nil, err), nil
	}
	return map[string]any{"version": version.Version, "major": version.Major, "minor": version.Minor}, nil
}
