package main

import (
	"encoding/json"
	"os"
	"strings"

	nodes "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	pods "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

// The files of a plane that its components read, by their names in its folder.
const (
	fileAuthority          = "authority.crt"
	fileServingCertificate = "serving.crt"
	fileServingKey         = "serving.key"
	fileAccountKey         = "accounts.key"
	fileStages             = "stages.yaml"
	fileKubeconfig         = "kubeconfig"
)

// The context that every kubeconfig of a plane has.
const ownContext = "molave-test"

func (p *plane) writeFiles(keys *keys) error {
	kubeconfig, err := kubeconfig(p.server(), keys, append([]string{ownContext}, p.options.contexts...))
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		fileAuthority:          keys.authority,
		fileServingCertificate: keys.serving.certificate,
		fileServingKey:         keys.serving.key,
		fileAccountKey:         keys.account,
		fileStages:             []byte(stages()),
		fileKubeconfig:         kubeconfig,
	} {
		if err := os.WriteFile(p.path(name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// stages tells kwok how nodes and pods go on: nodes and pods become ready at once, the pods of Jobs complete.
func stages() string {
	return strings.Join([]string{
		nodes.DefaultNodeInit,
		heartbeat.DefaultNodeHeartbeatWithLease,
		pods.DefaultPodReady,
		pods.DefaultPodComplete,
		pods.DefaultPodDelete,
	}, "\n---\n")
}

// named is an entry of a kubeconfig's lists, of which each has its own key for the content.
type named map[string]any

// kubeconfig lets an administrator in under every given context; the first one is current. It is JSON, which is YAML.
func kubeconfig(server string, keys *keys, contexts []string) ([]byte, error) {
	var entries []named
	for _, name := range contexts {
		entries = append(entries, named{"name": name, "context": named{"cluster": ownContext, "user": ownContext}})
	}
	return json.MarshalIndent(named{
		"apiVersion": "v1",
		"kind":       "Config",
		"clusters": []named{{"name": ownContext, "cluster": named{
			"server":                     server,
			"certificate-authority-data": keys.authority,
		}}},
		"users": []named{{"name": ownContext, "user": named{
			"client-certificate-data": keys.admin.certificate,
			"client-key-data":         keys.admin.key,
		}}},
		"contexts":        entries,
		"current-context": contexts[0],
	}, "", "  ")
}
