package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long a plane may take to end by itself.
const stopTimeout = 10 * time.Second

// takeRecord claims the folder of a named plane: a lock on its `pid` file, which holds our process id. Nothing to
// claim is fine. A plane that is just ending is waited for.
func takeRecord(folder string) (*os.File, error) {
	if folder == "" {
		return nil, nil
	}
	path := filepath.Join(folder, "pid")
	for waited := time.Duration(0); ; waited += pollInterval {
		file, err := lockFile(path)
		if err == nil {
			_, err = fmt.Fprintln(file, os.Getpid())
			return file, err
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, err
		}
		if waited > 2*time.Second {
			return nil, fmt.Errorf("another plane has %s", folder)
		}
		time.Sleep(pollInterval)
	}
}

// recordTaken tells whether a plane runs that has the record. A folder that a lost plane left is removed.
func recordTaken(folder string) bool {
	if _, err := os.Stat(folder); err != nil {
		return false
	}
	file, err := lockFile(filepath.Join(folder, "pid"))
	if err != nil {
		return true
	}
	removeAll(folder)
	_ = file.Close()
	return false
}

// stopRecorded ends the plane that has the record, and returns when it and the record are gone. The lock proves that
// the process id in the file is a plane's.
func stopRecorded(folder string) error {
	signal := syscall.SIGTERM
	for waited := time.Duration(0); recordTaken(folder); waited += pollInterval {
		if waited > stopTimeout {
			signal = syscall.SIGKILL
		}
		if waited > 2*stopTimeout {
			return fmt.Errorf("the plane of %s does not end", folder)
		}
		text, err := os.ReadFile(filepath.Join(folder, "pid"))
		if pid, invalid := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && invalid == nil && pid > 1 {
			_ = syscall.Kill(pid, signal)
		}
		time.Sleep(pollInterval)
	}
	return nil
}

// lockFile locks a file, making it if need be. What it returns is what stands at the path: a file that its former
// owner has removed meanwhile counts as taken.
func lockFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	ours, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	there, err := os.Stat(path)
	if err != nil || !os.SameFile(ours, there) {
		return nil, errors.Join(syscall.EWOULDBLOCK, file.Close())
	}
	return file, file.Truncate(0)
}

// removeAll removes a folder in which a process that is just dying may still write.
func removeAll(path string) {
	for range 50 {
		if os.RemoveAll(path) == nil {
			return
		}
		time.Sleep(pollInterval)
	}
}
