// Command stub is an API server that keeps objects in memory, for measurements that a real one would only slow down, and
// for overload that a real one cannot be brought into at will.
//
// It knows the few kinds of scripts/bench, gives every object a UID and a resource version, and takes an apply for the
// whole object: no defaults, no merging, no validation. What it prints first is its address; it ends with its standard
// input, and prints then, for each second since the first request, how many requests it granted and refused.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type object = map[string]any

// kinds are served: group, version, kind, plural.
var kinds = [][4]string{
	{"", "v1", "Namespace", "namespaces"},
	{"", "v1", "ConfigMap", "configmaps"},
	{"", "v1", "Secret", "secrets"},
	{"", "v1", "Service", "services"},
	{"", "v1", "ServiceAccount", "serviceaccounts"},
	{"apps", "v1", "Deployment", "deployments"},
	{"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"},
	{"coordination.k8s.io", "v1", "Lease", "leases"},
}

type server struct {
	mutex   sync.RWMutex
	objects map[string]map[string]object // by collection, then by namespace and name
	version int

	bears    int64
	work     time.Duration
	inFlight atomic.Int64
	stats    stats
}

type stats struct {
	mutex   sync.Mutex
	started time.Time
	seconds [][2]int
}

func (s *stats) count(refused int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.started.IsZero() {
		s.started = time.Now()
	}
	second := int(time.Since(s.started) / time.Second)
	for len(s.seconds) <= second {
		s.seconds = append(s.seconds, [2]int{})
	}
	s.seconds[second][refused]++
}

func (s *stats) print() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for second, counts := range s.seconds {
		fmt.Println(second+1, counts[0], counts[1])
	}
}

func main() {
	bears := flag.Int64("bears", 0, "how many requests may be under way at once; 0 is any number")
	work := flag.Duration("work", 0, "how long a request takes")
	flag.Parse()
	s := &server{objects: map[string]map[string]object{}, bears: *bears, work: *work}
	s.store("/api/v1/namespaces", "/kube-system", object{"apiVersion": "v1", "kind": "Namespace",
		"metadata": object{"name": "kube-system"}}, true)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "stub:", err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		s.stats.print()
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, "stub:", http.Serve(listener, s))
	os.Exit(1)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if now := s.inFlight.Add(1); s.bears > 0 && now > s.bears {
		s.inFlight.Add(-1)
		s.stats.count(1)
		w.Header().Set("Retry-After", "1")
		fail(w, 429, "TooManyRequests", "too many requests, please try again later", nil)
		return
	}
	defer s.inFlight.Add(-1)
	s.stats.count(0)
	time.Sleep(s.work)
	s.serve(w, r)
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/api":
		answer(w, 200, discovery(true))
		return
	case "/apis":
		answer(w, 200, discovery(false))
		return
	}
	collection, namespace, name, plural := place(r.URL.Path)
	body := object{}
	if data, err := io.ReadAll(r.Body); err != nil || (len(data) > 0 && json.Unmarshal(data, &body) != nil) {
		fail(w, 400, "BadRequest", "the body is not JSON", nil)
		return
	}
	dryRun := r.URL.Query().Get("dryRun") != ""
	if name == "" && r.Method == http.MethodGet {
		s.list(w, r, collection, namespace)
		return
	}
	if name == "" {
		name, _ = metadata(body)["name"].(string)
	}
	key := namespace + "/" + name
	details := object{"name": name, "kind": plural}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	live, found := s.objects[collection][key]
	switch {
	case r.Method == http.MethodPost && found:
		fail(w, 409, "AlreadyExists", fmt.Sprintf("%s %q already exists", plural, name), details)
	case r.Method == http.MethodPost || (r.Method == http.MethodPatch && !found):
		answer(w, 201, s.written(r, collection, key, body, nil, !dryRun))
	case !found:
		fail(w, 404, "NotFound", fmt.Sprintf("%s %q not found", plural, name), details)
	case r.Method == http.MethodGet:
		answer(w, 200, live)
	case !holds(body, live):
		fail(w, 409, "Conflict", "the object was changed or replaced", details)
	case r.Method == http.MethodDelete:
		delete(s.objects[collection], key)
		answer(w, 200, object{"kind": "Status", "apiVersion": "v1", "status": "Success", "details": details})
	default:
		answer(w, 200, s.written(r, collection, key, body, live, !dryRun))
	}
}

// place splits a path into its collection (across namespaces), namespace, name and plural.
func place(path string) (collection, namespace, name, plural string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	prefix := 2
	if parts[0] == "apis" {
		prefix = 3
	}
	rest := parts[min(prefix, len(parts)):]
	if len(rest) > 2 && rest[0] == "namespaces" {
		namespace, rest = rest[1], rest[2:]
	}
	if len(rest) > 1 {
		name = rest[1]
	}
	if len(rest) > 0 {
		plural = rest[0]
	}
	return "/" + strings.Join(parts[:min(prefix, len(parts))], "/") + "/" + plural, namespace, name, plural
}

func metadata(of object) object {
	found, _ := of["metadata"].(object)
	return found
}

// holds says whether the UID and the resource version that a request names are those of the object.
func holds(body, live object) bool {
	conditions, ok := body["preconditions"].(object)
	if !ok {
		conditions = metadata(body)
	}
	for _, key := range []string{"uid", "resourceVersion"} {
		if wanted, given := conditions[key].(string); given && wanted != "" && wanted != metadata(live)[key] {
			return false
		}
	}
	return true
}

// written is the object as a write leaves it.
func (s *server) written(r *http.Request, collection, key string, body, live object, store bool) object {
	if collection == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" {
		body["status"] = object{"allowed": true}
		return body
	}
	operation := "Update"
	if r.Method == http.MethodPatch {
		operation = "Apply"
	}
	now := time.Now().UTC().Format(time.RFC3339)
	entry := object{"manager": r.URL.Query().Get("fieldManager"), "operation": operation, "time": now,
		"fieldsType": "FieldsV1", "fieldsV1": object{"f:metadata": object{"f:labels": object{}, "f:annotations": object{}}}}
	meta := metadata(body)
	if meta == nil {
		meta = object{}
		body["metadata"] = meta
	}
	meta["managedFields"] = []any{entry}
	meta["creationTimestamp"] = now
	if live != nil {
		for _, kept := range []string{"uid", "creationTimestamp", "resourceVersion"} {
			meta[kept] = metadata(live)[kept]
		}
	}
	if !store {
		return body
	}
	return s.store(collection, key, body, live == nil)
}

func (s *server) store(collection, key string, body object, isNew bool) object {
	s.version++
	meta := metadata(body)
	meta["resourceVersion"] = strconv.Itoa(s.version)
	if isNew {
		meta["uid"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", s.version)
	}
	if s.objects[collection] == nil {
		s.objects[collection] = map[string]object{}
	}
	s.objects[collection][key] = body
	return body
}

func (s *server) list(w http.ResponseWriter, r *http.Request, collection, namespace string) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	label, value, _ := strings.Cut(r.URL.Query().Get("labelSelector"), "=")
	var keys []string
	for key, found := range s.objects[collection] {
		labels, _ := metadata(found)["labels"].(object)
		if (namespace == "" || strings.HasPrefix(key, namespace+"/")) && (label == "" || labels[label] == value) {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	keys = keys[min(from, len(keys)):]
	meta := object{"resourceVersion": strconv.Itoa(s.version)}
	if limit, _ := strconv.Atoi(r.URL.Query().Get("limit")); limit > 0 && limit < len(keys) {
		keys = keys[:limit]
		meta["continue"] = strconv.Itoa(from + limit)
	}
	items := make([]object, len(keys))
	for place, key := range keys {
		items[place] = s.objects[collection][key]
	}
	answer(w, 200, object{"kind": "List", "apiVersion": "v1", "metadata": meta, "items": items})
}

func discovery(core bool) object {
	groups := map[string][]any{}
	versions := map[string]string{}
	for _, kind := range kinds {
		group, version := kind[0], kind[1]
		scope := "Namespaced"
		if kind[2] == "Namespace" {
			scope = "Cluster"
		}
		versions[group] = version
		groups[group] = append(groups[group], object{"resource": kind[3], "scope": scope,
			"responseKind": object{"group": group, "version": version, "kind": kind[2]},
			"verbs":        []string{"create", "delete", "get", "list", "patch", "update"}})
	}
	items := []any{}
	for group, resources := range groups {
		if (group == "") == core {
			version := object{"version": versions[group], "resources": resources, "freshness": "Current"}
			items = append(items, object{"metadata": object{"name": group}, "versions": []any{version}})
		}
	}
	return object{"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, code int, reason, message string, details object) {
	answer(w, code, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
		"message": message, "details": details})
}
