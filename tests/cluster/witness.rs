//! What is live and ours beside what is recorded, and what happens while a run is under way.
//!
//! Knows how the state and the marks look from outside; nothing here goes through the tool but
//! `molave state show`.

use crate::shop::{STATE, Shop};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The kinds that the tests of this binary make in their namespaces.
const KINDS: &str = "configmaps,secrets,services,deployments.apps,statefulsets.apps,\
                     persistentvolumeclaims,endpointslices.discovery.k8s.io";

/// What holds the objects that are to stay while they are deleted.
pub(crate) const FINALIZER: &str = "example.com/hold";

impl Shop {
    /// The id of the set to which the objects of the environment `test` belong.
    pub(crate) fn applyset(&self) -> String {
        plan::marks::applyset_id(&plan::marks::state_name(&self.name, "test"), STATE)
    }

    /// Every live object in the namespace that carries the label of the environment `test` and
    /// belongs to no controller: its id and its UID.
    pub(crate) fn ours(&self) -> BTreeMap<String, String> {
        let label = format!("{}={}", plan::marks::PART_OF, self.applyset());
        let list = self.plane.kubectl(&[
            "--namespace",
            &self.namespace,
            "get",
            KINDS,
            "--selector",
            &label,
            "--output=json",
        ]);
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let items = list["items"].as_array().expect("a list").iter();
        items
            .filter(|item| item["metadata"]["ownerReferences"].is_null())
            .map(|item| (id(item), text(&item["metadata"]["uid"])))
            .collect()
    }

    /// What is recorded of the environment `test`: each id with its phase and UID.
    pub(crate) fn recorded(&self) -> BTreeMap<String, (String, String)> {
        let state = self.state();
        let objects = state["objects"].as_array().expect("a list").iter();
        let facts = |object: &Value| (text(&object["phase"]), text(&object["uid"]));
        objects.map(|object| (text(&object["id"]), facts(object))).collect()
    }

    /// Exactly these objects (`ConfigMap/cart`) are live and ours, and exactly they are recorded,
    /// as applied and with the UIDs they have.
    pub(crate) fn holds_exactly<'a>(&self, names: impl IntoIterator<Item = &'a str>) {
        let mut expected: Vec<String> = names.into_iter().map(|name| self.id(name)).collect();
        expected.sort();
        let live = self.ours();
        assert_eq!(live.keys().cloned().collect::<Vec<_>>(), expected, "what is live");
        let applied = live.into_iter().map(|(id, uid)| (id, ("applied".to_owned(), uid)));
        assert_eq!(self.recorded(), applied.collect(), "what is recorded");
    }

    /// The same; the record may also name these others, as foreign.
    pub(crate) fn holds_exactly_besides<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        foreign: &[&str],
    ) {
        let mut recorded = self.recorded();
        for name in foreign {
            let (phase, _) = recorded.remove(&self.id(name)).unwrap_or_default();
            assert!(phase.is_empty() || phase == "foreign", "{name}: {phase}");
        }
        let names = names.into_iter().map(|name| self.id(name));
        assert_eq!(recorded.into_keys().collect::<Vec<_>>(), names.collect::<Vec<_>>());
    }

    /// The id of an object in the namespace, from `ConfigMap/cart`.
    pub(crate) fn id(&self, name: &str) -> String {
        let (kind, name) = name.split_once('/').expect("`Kind/name`");
        format!("{kind}/{}/{name}", self.namespace)
    }

    /// Whether anything is recorded of an environment, and under which kinds.
    pub(crate) fn has_state(&self, environment: &str) -> Vec<&'static str> {
        let name = plan::marks::state_name(&self.name, environment);
        let mut kinds = vec!["configmap", "lease", "secret"];
        kinds.retain(|kind| self.plane.get_json(kind, STATE, &name).is_some());
        kinds
    }

    /// Makes a finalizer hold a live object.
    pub(crate) fn hold(&self, kind: &str, name: &str) {
        self.hold_in(&self.namespace, kind, name);
    }

    /// The same in another namespace.
    pub(crate) fn hold_in(&self, namespace: &str, kind: &str, name: &str) {
        let patch = format!("{{\"metadata\":{{\"finalizers\":[{FINALIZER:?}]}}}}");
        self.merge_in(namespace, kind, name, &patch);
    }

    /// Takes the finalizers of a live object away.
    pub(crate) fn release(&self, kind: &str, name: &str) {
        self.release_in(&self.namespace, kind, name);
    }

    /// The same in another namespace.
    pub(crate) fn release_in(&self, namespace: &str, kind: &str, name: &str) {
        self.merge_in(namespace, kind, name, "{\"metadata\":{\"finalizers\":null}}");
    }

    /// Changes a live object as somebody else would.
    pub(crate) fn merge(&self, kind: &str, name: &str, patch: &str) {
        self.merge_in(&self.namespace, kind, name, patch);
    }

    fn merge_in(&self, namespace: &str, kind: &str, name: &str, patch: &str) {
        self.plane.kubectl(&[
            "--namespace",
            namespace,
            "patch",
            kind,
            name,
            "--type=merge",
            "--patch",
            patch,
        ]);
    }

    /// Makes a ConfigMap of somebody else's that is being deleted and held, so that a run that
    /// wants one of this name stands still in its first wave until [`Shop::release`].
    pub(crate) fn obstruct(&self, name: &str) {
        self.plane.apply(
            &self.namespace,
            &format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, finalizers: [{FINALIZER}]}}\n"
            ),
        );
        let namespace = self.namespace.as_str();
        self.plane.kubectl(&[
            "--namespace",
            namespace,
            "delete",
            "configmap",
            name,
            "--wait=false",
        ]);
    }

    /// Watches a kind in the namespace: what is there already comes first.
    pub(crate) fn watch(&self, api: &str, resource: &str) -> Watch {
        let path =
            format!("{api}/namespaces/{}/{resource}?watch=true&timeoutSeconds=60", self.namespace);
        let mut child = self
            .plane
            .command(&["get", "--raw", &path])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        Watch { child, lines }
    }
}

/// A watch under way; it ends with the value.
pub(crate) struct Watch {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Watch {
    /// Waits for an event of this type about an object of this name, and gives the object.
    pub(crate) fn until(&mut self, event: &str, name: &str) -> Value {
        loop {
            let object = self.next(event, name);
            if object["metadata"]["name"] == name {
                return object;
            }
        }
    }

    /// Waits for so many events of any type.
    pub(crate) fn pass(&mut self, count: usize) {
        for _ in 0..count {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "the watch ended");
        }
    }

    /// Waits for an event of this type, and gives the name of the object.
    pub(crate) fn any(&mut self, event: &str) -> String {
        text(&self.next(event, "anything")["metadata"]["name"])
    }

    fn next(&mut self, event: &str, what: &str) -> Value {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("UTF-8");
            assert!(read > 0, "the watch ended before {event} {what}");
            let mut seen: Value = serde_json::from_str(&line).expect("JSON");
            if seen["type"] == event {
                return seen["object"].take();
            }
        }
    }

    /// The moment in the history of the cluster at which an object went.
    pub(crate) fn deletion(&mut self, name: &str) -> u64 {
        let object = self.until("DELETED", name);
        text(&object["metadata"]["resourceVersion"]).parse().expect("a number")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a signal (`TERM`, `INT`) to a process that was started.
pub(crate) fn signal(child: &Child, name: &str) {
    let text = format!("kill -{name} {}", child.id());
    let ended = Command::new("sh").args(["-c", &text]).status().expect("a shell");
    assert!(ended.success(), "{text}");
}

/// Waits until a process ends, which it must within this time.
pub(crate) fn ended_within(child: &mut Child, limit: Duration) -> i32 {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status.code().unwrap_or(-1);
        }
        if begun.elapsed() > limit {
            child.kill().ok();
            panic!("not ended within {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn id(item: &Value) -> String {
    let kind = text(&item["kind"]);
    let group = text(&item["apiVersion"]);
    let kind = match group.split_once('/') {
        Some((group, _)) => format!("{kind}.{group}"),
        None => kind,
    };
    let metadata = &item["metadata"];
    format!("{kind}/{}/{}", text(&metadata["namespace"]), text(&metadata["name"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
