module molave.dev/tests/stub

go 1.26
