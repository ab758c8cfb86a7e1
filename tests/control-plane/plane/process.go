package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// How many of a log's last lines a failure shows.
const shownLines = 15

// component is a running program of the plane.
type component struct {
	name    string
	log     string
	process *os.Process
	gone    chan struct{}
	state   *os.ProcessState
}

// start runs a program with its log in a file; its end is reported on p.ended. Must run on the main thread.
func (p *plane) start(line commandLine) error {
	log := filepath.Join(p.logs, line.name+".log")
	output, err := os.OpenFile(log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer output.Close()
	command := exec.Command(filepath.Join(p.options.binaries, line.name), line.arguments...)
	command.Dir = p.folder
	// The home of whoever runs the tests is none of the plane's business: kwok would read its settings.
	command.Env = []string{"HOME=" + p.folder, "PATH=" + os.Getenv("PATH")}
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = boundToUs()
	if err := command.Start(); err != nil {
		return fmt.Errorf("cannot start %s: %w", line.name, err)
	}
	p.janitor.kill(command.Process.Pid)
	started := &component{name: line.name, log: log, process: command.Process, gone: make(chan struct{})}
	p.components = append(p.components, started)
	go func() {
		_ = command.Wait()
		p.janitor.spare(command.Process.Pid)
		started.state = command.ProcessState
		close(started.gone)
		p.ended <- started
	}()
	return nil
}

// kill ends the component; one that has ended is fine.
func (c *component) kill() { _ = c.process.Signal(syscall.SIGKILL) }

// failure tells that the component ended by itself, with the end of its log.
func (c *component) failure() error {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return fmt.Errorf("%s ended: %s", c.name, c.state)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	lines = lines[max(0, len(lines)-shownLines):]
	return fmt.Errorf("%s ended: %s; the last lines of %s (kept with `--logs DIR`):\n  %s",
		c.name, c.state, c.log, strings.Join(lines, "\n  "))
}
