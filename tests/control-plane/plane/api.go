package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Pods have more than one node to land on.
var nodeNames = []string{"node-1", "node-2", "node-3"}

const pollInterval = 20 * time.Millisecond

// api asks the plane's API server.
type api struct {
	server string
	client *http.Client
}

func newAPI(server string, keys *keys) *api {
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(keys.authority)
	certificate, err := tls.X509KeyPair(keys.admin.certificate, keys.admin.key)
	if err != nil {
		panic(err) // we have just made both
	}
	return &api{server, &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{certificate}},
	}}}
}

// ready returns when the API server says that it is.
func (a *api) ready(ctx context.Context) error {
	return poll(ctx, func() error { return a.call(ctx, http.MethodGet, "/readyz", nil, nil) })
}

// populated makes the nodes, and returns when they are ready and pods may be made in `default`.
func (a *api) populated(ctx context.Context) error {
	for _, name := range nodeNames {
		if err := a.makeNode(ctx, name); err != nil {
			return err
		}
	}
	return poll(ctx, func() error {
		if err := a.call(ctx, http.MethodGet, "/api/v1/namespaces/default/serviceaccounts/default", nil, nil); err != nil {
			return err
		}
		return a.nodesReady(ctx)
	})
}

func (a *api) makeNode(ctx context.Context, name string) error {
	return a.call(ctx, http.MethodPost, "/api/v1/nodes", map[string]any{
		"apiVersion": "v1",
		"kind":       "Node",
		"metadata": map[string]any{"name": name, "labels": map[string]string{
			"kubernetes.io/hostname": name,
			"kubernetes.io/os":       "linux",
			"kubernetes.io/arch":     "amd64",
			"type":                   "kwok",
		}},
	}, nil)
}

// nodesReady fails while a node is not ready, or still carries the taint that new nodes get.
func (a *api) nodesReady(ctx context.Context) error {
	var nodes struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct{ Taints []any }
			Status   struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if err := a.call(ctx, http.MethodGet, "/api/v1/nodes", nil, &nodes); err != nil {
		return err
	}
	for _, node := range nodes.Items {
		ready := false
		for _, condition := range node.Status.Conditions {
			ready = ready || condition.Type == "Ready" && condition.Status == "True"
		}
		if !ready || len(node.Spec.Taints) > 0 {
			return fmt.Errorf("%s is not ready", node.Metadata.Name)
		}
	}
	return nil
}

// call sends one request; an answer that is not a success is an error.
func (a *api) call(ctx context.Context, method, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.server+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// poll tries until it succeeds or time is up, and then tells the last failure.
func poll(ctx context.Context, try func() error) error {
	var last error
	for {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", last, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}
