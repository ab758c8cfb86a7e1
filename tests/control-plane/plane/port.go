package main

import "golang.org/x/sys/unix"

// port is a TCP port of the loopback interface that is ours until the process ends.
type port struct {
	number int
	// Bound, but never listening: the component that binds it too gets all connections.
	socket int
}

// reservePort has the system choose a free port, and keeps it: choosing one and letting it go would race with every
// other plane that starts now.
func reservePort() (*port, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(socket)
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
		return nil, err
	}
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, err
	}
	address, err := unix.Getsockname(socket)
	if err != nil {
		return nil, err
	}
	return &port{address.(*unix.SockaddrInet4).Port, socket}, nil
}
