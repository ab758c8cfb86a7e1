package main

import (
	"os"
	"syscall"
)

// What a plane takes in memory while tests run: write-ahead logs of 64 MB each, and the database.
const neededMemory = 1 << 30

// boundToUs has a child die with us, even when we are killed, and keeps Ctrl-C from reaching it before us.
func boundToUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// fastFolder is where temporary data is best kept: in memory, if there is enough.
func fastFolder() string {
	const memory = "/dev/shm"
	var free syscall.Statfs_t
	if syscall.Statfs(memory, &free) == nil && free.Bavail*uint64(free.Bsize) > neededMemory {
		return memory
	}
	return os.TempDir()
}
