//go:build unix && !linux

package main

import (
	"os"
	"syscall"
)

// boundToUs keeps Ctrl-C from reaching a child before us. That it dies with us is left to the janitor.
func boundToUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// fastFolder is where temporary data is best kept.
func fastFolder() string { return os.TempDir() }
