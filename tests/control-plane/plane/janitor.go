package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// The only argument of a supervisor that is to be a janitor.
const janitorCommand = "janitor"

// janitor is the supervisor's connection to a second process that outlives it by a moment: what it was told to
// remove goes when the connection closes, however the supervisor ended. The protocol is a line each: `kill PID`,
// `spare PID`, `remove PATH`.
type janitor struct {
	lock    sync.Mutex
	lines   io.WriteCloser
	process *exec.Cmd
}

// startJanitor starts it in a session of its own, so that Ctrl-C and the end of a process group miss it. It inherits
// the lock of the record: nobody takes the record before it is removed.
func startJanitor(lock *os.File) (*janitor, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, janitorCommand)
	command.Dir = "/"
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if lock != nil {
		command.ExtraFiles = []*os.File{lock}
	}
	lines, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	return &janitor{lines: lines, process: command}, command.Start()
}

func (j *janitor) kill(pid int)       { j.tell("kill", strconv.Itoa(pid)) }
func (j *janitor) spare(pid int)      { j.tell("spare", strconv.Itoa(pid)) }
func (j *janitor) remove(path string) { j.tell("remove", path) }

func (j *janitor) tell(verb, what string) {
	j.lock.Lock()
	defer j.lock.Unlock()
	_, _ = fmt.Fprintln(j.lines, verb, what)
}

// finish lets the janitor do its work and returns when it has.
func (j *janitor) finish() {
	j.lock.Lock()
	defer j.lock.Unlock()
	_ = j.lines.Close()
	_ = j.process.Wait()
}

// runJanitor is the other end: it listens until the supervisor is gone, then cleans up.
func runJanitor(lines *bufio.Scanner) {
	var paths []string
	running := map[int]bool{}
	for lines.Scan() {
		verb, what, _ := strings.Cut(lines.Text(), " ")
		pid, _ := strconv.Atoi(what)
		switch verb {
		case "kill":
			running[pid] = true
		case "spare":
			delete(running, pid)
		case "remove":
			paths = append(paths, what)
		}
	}
	for pid := range running {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, path := range paths {
		removeAll(path)
	}
}
