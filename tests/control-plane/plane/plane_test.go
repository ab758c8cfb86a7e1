package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// The janitor is this program again, under test the test program.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == janitorCommand {
		runJanitor(bufio.NewScanner(os.Stdin))
		return
	}
	os.Exit(m.Run())
}

func TestJanitorKillsAndRemovesWhenTheConnectionCloses(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a b")
	must(t, os.MkdirAll(filepath.Join(folder, "inner"), 0o755))
	killed, spared := exec.Command("sleep", "60"), exec.Command("sleep", "60")
	must(t, killed.Start())
	must(t, spared.Start())
	janitor, err := startJanitor(nil)
	must(t, err)
	janitor.remove(folder)
	janitor.kill(killed.Process.Pid)
	janitor.kill(spared.Process.Pid)
	janitor.spare(spared.Process.Pid)
	janitor.finish()
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := killed.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("not killed: %v", err)
	}
	must(t, spared.Process.Kill())
	_ = spared.Wait()
}

func TestRecordHasOneOwnerAndALostOneIsRemoved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "planes", "default")
	if recordTaken(folder) {
		t.Error("taken, but not there")
	}
	lock, err := takeRecord(folder)
	must(t, err)
	if !recordTaken(folder) {
		t.Error("not taken, but locked")
	}
	if _, err := takeRecord(folder); err == nil {
		t.Error("taken twice")
	}
	must(t, lock.Close())
	if recordTaken(folder) {
		t.Error("taken by nobody")
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("a lost record stays: %v", err)
	}
}

func TestKubeconfigHasEveryContextAndTheFirstIsCurrent(t *testing.T) {
	keys, err := newKeys()
	must(t, err)
	text, err := kubeconfig("https://127.0.0.1:1", keys, []string{ownContext, "shop-staging"})
	must(t, err)
	var parsed struct {
		Contexts []struct{ Name string }
		Current  string `json:"current-context"`
	}
	must(t, json.Unmarshal(text, &parsed))
	var names []string
	for _, context := range parsed.Contexts {
		names = append(names, context.Name)
	}
	if !slices.Equal(names, []string{ownContext, "shop-staging"}) || parsed.Current != ownContext {
		t.Errorf("%v, %s is current", names, parsed.Current)
	}
}

func TestReservedPortsDiffer(t *testing.T) {
	first, err := reservePort()
	must(t, err)
	second, err := reservePort()
	must(t, err)
	if first.number == second.number {
		t.Errorf("both are %d", first.number)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
