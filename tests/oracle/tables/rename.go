package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// rename gives the text of a Go file in which the declarations of some functions have another name: `Parse` becomes
// `parseUnrecorded`. Who calls them then calls the probe that has taken the name.
func rename(path string, names []string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	var places []*ast.Ident
	for _, declaration := range file.Decls {
		function, is := declaration.(*ast.FuncDecl)
		if is && slices.Contains(names, fullName(function)) {
			places = append(places, function.Name)
		}
	}
	if len(places) != len(names) {
		return "", fmt.Errorf("%s declares %d of %v", path, len(places), names)
	}
	for _, place := range slices.Backward(places) {
		start, end := files.Position(place.Pos()).Offset, files.Position(place.End()).Offset
		text = slices.Concat(text[:start], []byte(unrecorded(place.Name)), text[end:])
	}
	return string(text), nil
}

func fullName(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	if pointer, is := receiver.(*ast.StarExpr); is {
		receiver = pointer.X
	}
	if name, is := receiver.(*ast.Ident); is {
		return name.Name + "." + function.Name.Name
	}
	return ""
}

// unrecorded is the name that a recorded function is moved to: `YAMLToJSON` becomes `yamlToJSONUnrecorded`.
func unrecorded(name string) string {
	letters := []rune(name)
	capitals := len(letters) - len([]rune(strings.TrimLeftFunc(name, unicode.IsUpper)))
	for at := range max(capitals-1, min(capitals, 1)) {
		letters[at] = unicode.ToLower(letters[at])
	}
	return string(letters) + "Unrecorded"
}

// addSprigCalls records the calls that sprig's tests make to template functions directly, in Go.
func addSprigCalls(directory string, add func(target, text string) error) error {
	paths, err := filepath.Glob(filepath.Join(directory, "*.go"))
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		if parsed[path], err = parser.ParseFile(files, path, nil, parser.SkipObjectResolution); err != nil {
			return err
		}
	}
	names := functionTable(parsed)
	for _, path := range slices.Sorted(maps.Keys(parsed)) {
		var moved []string
		var wrappers strings.Builder
		for _, declaration := range parsed[path].Decls {
			function, is := declaration.(*ast.FuncDecl)
			if !is || function.Recv != nil || names[function.Name.Name] == "" {
				continue
			}
			moved = append(moved, function.Name.Name)
			writeWrapper(&wrappers, files, function, names[function.Name.Name])
		}
		if len(moved) == 0 {
			continue
		}
		renamed, err := rename(path, moved)
		if err != nil {
			return err
		}
		// The wrappers stand in the file of the functions: the types they name are imported there.
		if err := add(path, renamed+wrappers.String()); err != nil {
			return err
		}
	}
	return nil
}

// functionTable maps Go functions to the first template function that is made of each.
func functionTable(parsed map[string]*ast.File) map[string]string {
	names := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(parsed)) {
		ast.Inspect(parsed[path], func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is || spec.Names[0].Name != "genericMap" || len(spec.Values) == 0 {
				return true
			}
			for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
				pair := element.(*ast.KeyValueExpr)
				name, is := pair.Value.(*ast.Ident)
				if is && names[name.Name] == "" {
					names[name.Name] = strings.Trim(pair.Key.(*ast.BasicLit).Value, `"`)
				}
			}
			return false
		})
	}
	return names
}

func writeWrapper(out *strings.Builder, files *token.FileSet, function *ast.FuncDecl, name string) {
	var parameters, passed, recorded []string
	variadic := false
	for _, field := range function.Type.Params.List {
		for range max(len(field.Names), 1) {
			parameter := fmt.Sprintf("p%d", len(parameters))
			pass := parameter
			if _, variadic = field.Type.(*ast.Ellipsis); variadic {
				pass += "..."
			}
			parameters = append(parameters, parameter+" "+printed(files, field.Type))
			passed = append(passed, pass)
			recorded = append(recorded, parameter)
		}
	}
	results := ""
	if function.Type.Results != nil {
		var types []string
		for _, field := range function.Type.Results.List {
			for range max(len(field.Names), 1) {
				types = append(types, printed(files, field.Type))
			}
		}
		results = "(" + strings.Join(types, ", ") + ") "
	}
	recorded = append([]string{fmt.Sprintf("%q", name), fmt.Sprint(variadic)}, recorded...)
	fmt.Fprintf(out, "\nfunc %s(%s) %s{\n\trecordCall(%s)\n\treturn %s(%s)\n}\n",
		function.Name.Name, strings.Join(parameters, ", "), results,
		strings.Join(recorded, ", "), unrecorded(function.Name.Name), strings.Join(passed, ", "))
}

func printed(files *token.FileSet, node ast.Node) string {
	var text bytes.Buffer
	if err := printer.Fprint(&text, files, node); err != nil {
		panic(err)
	}
	return text.String()
}
