package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A command line of Helm's own tests, or a chart of their data, run through `helm template` of that line.
type command struct {
	profile, name, directory string
	arguments                []string
	// golden is the file that upstream compares the output with, if there is one.
	golden string
}

var helms = []struct{ profile, module, commands, binary string }{
	{"helm4", "helm.sh/helm/v4", "pkg/cmd", "MOLAVE_HELM4"},
	{"helm3", "helm.sh/helm/v3", "cmd/helm", "MOLAVE_HELM3"},
}

// Tests whose commands render a chart: their tables hold `cmd` and `golden`.
var commandTests = []string{"template_test.go", "install_test.go", "upgrade_test.go", "lint_test.go"}

// printCommands prints the cases that run through the command line. They need the real binaries, whose paths are in
// the environment.
func printCommands(out *bufio.Writer) error {
	for _, helm := range helms {
		binary := os.Getenv(helm.binary)
		if binary == "" {
			return errors.New(helm.binary + " has to be the path of that Helm")
		}
		where, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", helm.module).Output()
		if err != nil {
			return err
		}
		root := strings.TrimSpace(string(where))
		commands, skipped, err := commandsOf(helm.profile, filepath.Join(root, helm.commands))
		if err != nil {
			return err
		}
		charts, err := chartsOf(helm.profile, root)
		if err != nil {
			return err
		}
		for _, one := range skipped {
			if err := printLine(out, one); err != nil {
				return err
			}
		}
		for _, line := range runAll(binary, append(commands, charts...)) {
			if err := printLine(out, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func printLine(out *bufio.Writer, line map[string]any) error {
	encoded, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = out.Write(append(encoded, '\n'))
	return err
}

// commandsOf reads the command lines out of the tests' syntax trees: running these tests would build all of Helm again.
func commandsOf(profile, directory string) ([]command, []map[string]any, error) {
	var commands []command
	var skipped []map[string]any
	for _, name := range commandTests {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join(directory, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		known := constants(file)
		ast.Inspect(file, func(node ast.Node) bool {
			literal, is := node.(*ast.CompositeLit)
			if !is {
				return true
			}
			fields := map[string]ast.Expr{}
			for _, element := range literal.Elts {
				if pair, is := element.(*ast.KeyValueExpr); is {
					if key, is := pair.Key.(*ast.Ident); is {
						fields[key.Name] = pair.Value
					}
				}
			}
			if fields["cmd"] == nil {
				return true
			}
			title, _ := evaluate(fields["name"], known)
			golden, _ := evaluate(fields["golden"], known)
			title = strings.TrimSuffix(name, "_test.go") + ":" + strings.ReplaceAll(title, " ", "-")
			line, ok := evaluate(fields["cmd"], known)
			arguments, why := []string(nil), "a command line that is put together at run time"
			if ok {
				arguments, why = templateArguments(line)
			}
			if why != "" {
				skipped = append(skipped, map[string]any{
					"suite": "template-" + profile, "name": title, "kind": "skip", "reason": why,
				})
				return false
			}
			commands = append(commands, command{profile, title, directory, arguments, golden})
			return false
		})
	}
	return distinct(commands), skipped, nil
}

// distinct numbers cases of one name.
func distinct(commands []command) []command {
	seen := map[string]int{}
	for at := range commands {
		name := commands[at].name
		seen[name]++
		if seen[name] > 1 {
			commands[at].name += "-" + strconv.Itoa(seen[name])
		}
	}
	return commands
}

// constants are the texts that a test file gives names to.
func constants(file *ast.File) map[string]string {
	known := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			for at, name := range node.Names {
				if at < len(node.Values) {
					if text, ok := evaluate(node.Values[at], known); ok {
						known[name.Name] = text
					}
				}
			}
		case *ast.AssignStmt:
			for at, target := range node.Lhs {
				name, is := target.(*ast.Ident)
				if is && at < len(node.Rhs) {
					if text, ok := evaluate(node.Rhs[at], known); ok {
						known[name.Name] = text
					}
				}
			}
		}
		return true
	})
	return known
}

// evaluate works out a text: literals, names, sums, fmt.Sprintf and filepath.Join.
func evaluate(node ast.Expr, known map[string]string) (string, bool) {
	switch node := node.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(node.Value)
		return text, err == nil && node.Kind == token.STRING
	case *ast.Ident:
		text, ok := known[node.Name]
		return text, ok
	case *ast.BinaryExpr:
		left, first := evaluate(node.X, known)
		right, second := evaluate(node.Y, known)
		return left + right, first && second && node.Op == token.ADD
	case *ast.CallExpr:
		function, is := node.Fun.(*ast.SelectorExpr)
		if !is {
			return "", false
		}
		var texts []any
		var parts []string
		for _, argument := range node.Args {
			text, ok := evaluate(argument, known)
			if !ok {
				return "", false
			}
			texts, parts = append(texts, text), append(parts, text)
		}
		switch {
		case function.Sel.Name == "Sprintf" && len(parts) > 0:
			return fmt.Sprintf(parts[0], texts[1:]...), true
		case function.Sel.Name == "Join":
			return filepath.Join(parts...), true
		}
	}
	return "", false
}

// templateArguments turns a command line of the tests into one of `template`, or says why there is none.
func templateArguments(line string) ([]string, string) {
	words, err := splitWords(line)
	if err != nil {
		return nil, err.Error()
	}
	if slices.Contains(words, "__complete") {
		return nil, "completion of a shell"
	}
	var kept []string
	for at := 0; at < len(words); at++ {
		switch word := words[at]; {
		case word == "lint":
			return nil, "another command"
		case word == "--keyring" || word == "--repository-config" || word == "--repository-cache" || word == "--registry-config" ||
			word == "--timeout" || word == "-o" || word == "--output":
			at++
		case word == "--replace" || word == "-i" || word == "--install" || word == "--wait" || word == "--wait-for-jobs" ||
			word == "--verify" || strings.HasPrefix(word, "--dry-run") || word == "--reset-values" || word == "--reuse-values" ||
			word == "--hide-notes" || word == "--take-ownership" || word == "--force" || word == "--hide-secret":
		case strings.HasPrefix(word, "http") || strings.HasPrefix(word, "oci:") || strings.Contains(word, "--repo"):
			return nil, "a chart out of a repository"
		default:
			kept = append(kept, word)
		}
	}
	if len(kept) == 0 || !slices.Contains([]string{"template", "install", "upgrade"}, kept[0]) {
		return nil, "another command"
	}
	kept[0] = "template"
	return kept, ""
}

// splitWords splits as a shell does, as far as the tests need it.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inside, quote := false, rune(0)
	for _, letter := range line {
		switch {
		case quote != 0 && letter == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(letter)
		case letter == '\'' || letter == '"':
			quote, inside = letter, true
		case letter == ' ':
			if inside {
				words = append(words, word.String())
				word.Reset()
			}
			inside = false
		case letter == '\\':
			return nil, errors.New("a command line with escapes")
		default:
			word.WriteRune(letter)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}

// chartsOf finds every chart in the data of a Helm's tests.
func chartsOf(profile, root string) ([]command, error) {
	var commands []command
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() != "Chart.yaml" || !strings.Contains(path, "testdata") {
			return err
		}
		// Charts of apiVersion v3, which Helm 4.3 itself takes only as an experiment.
		if strings.Contains(path, "internal/chart/v3/") {
			return nil
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		commands = append(commands, command{profile, folder, root, []string{"template", "./" + folder}, ""})
		return nil
	})
	return commands, err
}

func runAll(binary string, commands []command) []map[string]any {
	lines := make([]map[string]any, len(commands))
	free := make(chan bool, 2)
	var group sync.WaitGroup
	for at, one := range commands {
		group.Go(func() {
			free <- true
			defer func() { <-free }()
			lines[at] = answerCommand(binary, one)
		})
	}
	group.Wait()
	return lines
}

func answerCommand(binary string, one command) map[string]any {
	line := map[string]any{"suite": "template-" + one.profile, "profile": one.profile, "name": one.name}
	first, err := runHelm(binary, one)
	again, second := runHelm(binary, one)
	switch {
	case errors.Join(err, second) != nil:
		line["kind"], line["reason"] = "skip", errors.Join(err, second).Error()
	case fmt.Sprint(first) != fmt.Sprint(again):
		line["kind"], line["reason"] = "skip", "an answer that is another each time"
	default:
		line["kind"], line["directory"], line["arguments"], line["expected"] = "template", one.directory, one.arguments, first
	}
	return line
}

// runHelm gives the output, or the message without what Helm adds to each.
func runHelm(binary string, one command) (map[string]any, error) {
	run := exec.Command(binary, one.arguments...)
	run.Dir = one.directory
	run.Env = append(os.Environ(), "KUBECONFIG=/nonexistent", "HELM_DATA_HOME=/nonexistent", "HELM_CACHE_HOME=/nonexistent", "HELM_CONFIG_HOME=/nonexistent")
	var stdout, stderr bytes.Buffer
	run.Stdout, run.Stderr = &stdout, &stderr
	err := run.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	if err == nil {
		return map[string]any{"output": stdout.String()}, nil
	}
	_, message, _ := strings.Cut(stderr.String(), "Error: ")
	message, _, _ = strings.Cut(message, "\n\nUse --debug flag")
	return map[string]any{"error": strings.TrimSpace(message)}, nil
}
