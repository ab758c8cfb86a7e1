package main

import (
	"strconv"
)

// commandLine is a program of the plane and what it is told.
type commandLine struct {
	name      string
	arguments []string
}

// One client of the tests does what a whole cluster's clients do, so no client is held back.
var unhurried = []string{"--kube-api-qps=2000", "--kube-api-burst=4000"}

func (p *plane) etcd() commandLine {
	// Unix sockets need no free port.
	clients, peers := "unix://"+p.path("etcd.sock"), "unix://"+p.path("peers.sock")
	// What is advertised must have a host and a port; nobody calls it.
	const advertised = "http://127.0.0.1:2380"
	return commandLine{"etcd", []string{
		"--data-dir=" + p.path("etcd"),
		"--listen-client-urls=" + clients,
		"--advertise-client-urls=" + advertised,
		"--listen-peer-urls=" + peers,
		"--initial-advertise-peer-urls=" + advertised,
		"--initial-cluster=default=" + advertised,
		"--unsafe-no-fsync",
		"--log-level=warn",
	}}
}

func (p *plane) apiServer() commandLine {
	return commandLine{"kube-apiserver", []string{
		"--etcd-servers=unix://" + p.path("etcd.sock"),
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(p.port.number),
		// The supervisor holds the port already, without listening.
		"--permit-port-sharing=true",
		"--cert-dir=" + p.path("certificates"),
		"--tls-cert-file=" + p.path(fileServingCertificate),
		"--tls-private-key-file=" + p.path(fileServingKey),
		"--client-ca-file=" + p.path(fileAuthority),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + p.path(fileAccountKey),
		"--service-account-signing-key-file=" + p.path(fileAccountKey),
		"--service-cluster-ip-range=10.96.0.0/12",
		// Endpoints of the loopback network are invalid, and no pod calls the API.
		"--endpoint-reconciler-type=none",
		"--authorization-mode=RBAC",
		"--allow-privileged=true",
		"--max-requests-inflight=4000",
		"--max-mutating-requests-inflight=2000",
		"--event-ttl=10m",
		"--profiling=false",
	}}
}

func (p *plane) controllerManager() commandLine {
	return commandLine{"kube-controller-manager", append([]string{
		"--kubeconfig=" + p.path("kubeconfig"),
		"--secure-port=0",
		"--leader-elect=false",
		"--root-ca-file=" + p.path(fileAuthority),
		"--service-account-private-key-file=" + p.path(fileAccountKey),
		// A busy machine must not make fake nodes look dead: their pods would stop being ready.
		"--node-monitor-grace-period=24h",
		"--horizontal-pod-autoscaler-sync-period=2s",
		"--concurrent-namespace-syncs=20",
		"--profiling=false",
	}, unhurried...)}
}

func (p *plane) scheduler() commandLine {
	return commandLine{"kube-scheduler", append([]string{
		"--kubeconfig=" + p.path("kubeconfig"),
		"--secure-port=0",
		"--leader-elect=false",
		"--profiling=false",
	}, unhurried...)}
}

func (p *plane) kwok() commandLine {
	return commandLine{"kwok", []string{
		"--kubeconfig=" + p.path("kubeconfig"),
		"--config=" + p.path(fileStages),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
		"--cidr=10.64.0.0/12",
		"--node-ip=192.0.2.1",
	}}
}
