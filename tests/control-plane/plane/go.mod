module molave.dev/tests/control-plane/plane

go 1.26.0

require (
	golang.org/x/sys v0.46.0
	sigs.k8s.io/kwok v0.8.0
)
