package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Enough for a machine whose two cores are busy with builds.
const readyTimeout = 90 * time.Second

// plane is one control plane and everything that it has made on this machine.
type plane struct {
	options    options
	folder     string
	logs       string
	port       *port
	janitor    *janitor
	components []*component
	ended      chan *component
}

// newPlane makes the folder and reserves the port. From here on the janitor knows what is to go.
func newPlane(options options) (*plane, error) {
	made := &plane{options: options, ended: make(chan *component, 8)}
	lock, err := takeRecord(options.record)
	if err != nil {
		return nil, err
	}
	if made.janitor, err = startJanitor(lock); err != nil {
		return nil, fmt.Errorf("cannot start the janitor: %w", err)
	}
	if err := made.reserve(); err != nil {
		made.down()
		return nil, err
	}
	return made, nil
}

func (p *plane) reserve() error {
	if p.options.record != "" {
		p.janitor.remove(p.options.record)
	}
	folder, err := os.MkdirTemp(fastFolder(), "molave-plane-")
	if err != nil {
		return err
	}
	p.folder = folder
	p.janitor.remove(folder)
	p.logs = filepath.Join(folder, "logs")
	if p.options.logs != "" {
		p.logs = p.options.logs
	}
	if err := os.MkdirAll(p.logs, 0o700); err != nil {
		return err
	}
	p.port, err = reservePort()
	return err
}

// up starts everything in order and returns when pods can run.
func (p *plane) up(stop context.Context) error {
	ctx, cancel := context.WithTimeout(stop, readyTimeout)
	defer cancel()
	err := p.bringUp(ctx)
	switch {
	case stop.Err() != nil:
		return errStopped
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("not ready after %s: %w", readyTimeout, err)
	}
	return err
}

func (p *plane) bringUp(ctx context.Context) error {
	keys, err := newKeys()
	if err != nil {
		return err
	}
	if err := p.writeFiles(keys); err != nil {
		return err
	}
	api := newAPI(p.server(), keys)
	for _, step := range []struct {
		name  string
		start []func() commandLine
		ready func(context.Context) error
	}{
		{"API server", []func() commandLine{p.etcd, p.apiServer}, api.ready},
		{"nodes and default service account", []func() commandLine{p.controllerManager, p.scheduler, p.kwok}, api.populated},
	} {
		started := time.Now()
		for _, line := range step.start {
			if err := p.start(line()); err != nil {
				return err
			}
		}
		if err := p.await(ctx, step.ready); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		progress("%s ready after %.1f s", step.name, time.Since(started).Seconds())
	}
	return p.publish()
}

// await runs a wait, and fails at once when a component ends meanwhile.
func (p *plane) await(parent context.Context, wait func(context.Context) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- wait(ctx) }()
	select {
	case err := <-done:
		return err
	case ended := <-p.ended:
		return ended.failure()
	}
}

// watch returns when the plane is to end, with an error if a component ended by itself.
func (p *plane) watch(stop context.Context) error {
	select {
	case <-stop.Done():
		return errStopped
	case ended := <-p.ended:
		return ended.failure()
	}
}

// down ends every component and leaves the folders to the janitor. Nothing here is worth a graceful end: the data
// goes too, and an API server that is asked kindly holds its port for a while.
func (p *plane) down() {
	for _, component := range p.components {
		component.kill()
	}
	for _, component := range p.components {
		<-component.gone
	}
	p.janitor.finish()
}

func (p *plane) server() string {
	return fmt.Sprintf("https://127.0.0.1:%d", p.port.number)
}

func (p *plane) path(name string) string {
	return filepath.Join(p.folder, name)
}

// kubeconfig is where users find it: the recorded place, if there is one.
func (p *plane) kubeconfig() string {
	if p.options.record != "" {
		return filepath.Join(p.options.record, "kubeconfig")
	}
	return p.path("kubeconfig")
}

// publish puts the kubeconfig into the record: its being there says that the plane is ready.
func (p *plane) publish() error {
	if p.options.record == "" {
		return nil
	}
	text, err := os.ReadFile(p.path("kubeconfig"))
	if err != nil {
		return err
	}
	part := p.kubeconfig() + ".part"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return err
	}
	return os.Rename(part, p.kubeconfig())
}
