//! What an object says of its place in a run: its wave, what it depends on, what it refers to.
//!
//! Owns the annotations `molave.dev/wave` and `molave.dev/depends-on`, and which fields of pod
//! templates name other objects. It must not know which objects there are.

use super::{Wave, place};
use crate::marks::{KEEP_FOR, seconds};
use go_yaml::Node;
use manifest::{Object, ObjectId};
use serde_json::Value;

/// The annotation with an object's wave within its service: a whole number, 0 without it.
pub const WAVE: &str = "molave.dev/wave";
/// The annotation with what must be ready before an object is applied.
pub const DEPENDS_ON: &str = "molave.dev/depends-on";

/// What an object says of its place in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// The wave of its kind, or of the hook that it was, and among hooks the weight.
    pub(super) place: (Wave, i64),
    /// The wave it asks for within its service.
    pub(super) wave: Option<i64>,
    /// What it says it depends on.
    pub(super) targets: Vec<Target>,
    /// What it refers to in its own namespace: kind of the core group, and name.
    pub(super) references: Vec<(&'static str, String)>,
    /// The group and kind that it defines.
    pub(super) defines: Option<(String, String)>,
    /// What is wrong with its annotations.
    pub(super) mistakes: Vec<String>,
}

/// An object that is named in [`DEPENDS_ON`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// As it is written.
    pub(super) text: String,
    /// None if any group will do.
    pub(super) group: Option<String>,
    pub(super) kind: String,
    pub(super) namespace: Space,
    pub(super) name: String,
}

/// Where a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// In the namespace of the object that names it, or in none.
    Here,
    /// In none.
    Cluster,
    /// In this one.
    Named(String),
}

impl Ties {
    /// The ties of an object that is wanted.
    pub fn of(object: &Object) -> Self {
        let annotations = object.annotations();
        let mut ties = Self::said(&object.id, |name| annotations?.get(name)?.as_str());
        if let Some(spec) = pod_spec(object) {
            ties.references = references(spec);
        }
        ties.defines = defined(object);
        ties
    }

    /// The ties that annotations state.
    pub(super) fn said<'a>(id: &ObjectId, annotation: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut ties = Self { place: place(id, &annotation), ..Self::default() };
        if let Some(text) = annotation(WAVE) {
            match text.trim().parse::<i32>() {
                Ok(wave) => ties.wave = Some(i64::from(wave)),
                Err(_) => ties.mistakes.push(format!("`{WAVE}: {text}` is no whole number")),
            }
        }
        // It is of no other use here, but nobody should learn of a mistake when the object is gone.
        if let Some(text) = annotation(KEEP_FOR).filter(|text| seconds(text).is_none()) {
            ties.mistakes.push(format!("`{KEEP_FOR}: {text}` is no duration"));
        }
        let texts = annotation(DEPENDS_ON).unwrap_or_default();
        let texts = texts.split(|letter: char| letter == ',' || letter.is_whitespace());
        for text in texts.filter(|text| !text.is_empty()) {
            match Target::parse(text) {
                Some(target) => ties.targets.push(target),
                None => ties.mistakes.push(format!("`{text}` in `{DEPENDS_ON}` names no object")),
            }
        }
        ties
    }

    /// The wave of the kind, or of the hook that it was, and among hooks the weight.
    pub(crate) fn place(&self) -> (Wave, i64) {
        self.place
    }

    /// Whether an object says no more of its place than its kind does, and others of its
    /// environment can be understood without it.
    pub(crate) fn is_plain(&self, id: &ObjectId) -> bool {
        let is_in_place = self.place == (super::wave_of(id), 0) && self.wave.is_none();
        is_in_place
            && self.place.0 != Wave::Foundations
            && self.targets.is_empty()
            && self.mistakes.is_empty()
    }

    /// Whether it says what it depends on.
    pub(crate) fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether it says, in this namespace, that it depends on an object.
    pub(crate) fn is_after(&self, other: &ObjectId, namespace: Option<&str>) -> bool {
        self.targets.iter().any(|target| target.is(other, namespace))
    }

    /// The objects that its pods refer to in this namespace.
    pub(crate) fn references(&self, namespace: Option<&str>) -> impl Iterator<Item = ObjectId> {
        self.references.iter().map(move |(kind, name)| ObjectId {
            group: String::new(),
            kind: (*kind).to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.clone(),
        })
    }

    /// It depends on these, too.
    pub(super) fn add_targets(&mut self, on: &[&ObjectId]) {
        self.targets.extend(on.iter().map(|id| Target::of(id)));
    }
}

impl Target {
    /// That object and no other.
    fn of(id: &ObjectId) -> Self {
        Self {
            text: id.to_string(),
            group: Some(id.group.clone()),
            kind: id.kind.clone(),
            namespace: id.namespace.clone().map_or(Space::Cluster, Space::Named),
            name: id.name.clone(),
        }
    }

    /// Reads `Kind/name`, `Kind/namespace/name` or `group/Kind/namespace/name`; a kind may have its
    /// group as `Deployment.apps` too. An empty namespace is that of a cluster-scoped object.
    fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<&str> = text.split('/').collect();
        let group = if parts.len() == 4 { Some(parts.remove(0)) } else { None };
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (*kind, Space::Here, *name),
            [kind, "", name] => (*kind, Space::Cluster, *name),
            [kind, namespace, name] => (*kind, Space::Named((*namespace).to_owned()), *name),
            _ => return None,
        };
        let (kind, group) = match (kind.split_once('.'), group) {
            (Some((kind, group)), None) => (kind, Some(group)),
            (Some(_), Some(_)) => return None,
            (None, group) => (kind, group),
        };
        let is_complete = !kind.is_empty() && !name.is_empty();
        is_complete.then(|| Self {
            text: text.to_owned(),
            group: group.map(str::to_owned),
            kind: kind.to_owned(),
            namespace,
            name: name.to_owned(),
        })
    }

    /// Whether it names `other`, where an object in `namespace` says so.
    pub(super) fn is(&self, other: &ObjectId, namespace: Option<&str>) -> bool {
        let is_there = match &self.namespace {
            Space::Here => other.namespace.is_none() || other.namespace.as_deref() == namespace,
            Space::Cluster => other.namespace.is_none(),
            Space::Named(name) => other.namespace.as_ref() == Some(name),
        };
        let is_group = self.group.as_ref().is_none_or(|group| *group == other.group);
        is_there && is_group && self.kind == other.kind && self.name == other.name
    }
}

/// The group and kind that a definition defines.
fn defined(object: &Object) -> Option<(String, String)> {
    let (group, kind) =
        manifest::defined_kind(&object.body).filter(|_| object.id.is_definition())?;
    Some((group.to_owned(), kind.to_owned()))
}

/// The specification of the pods that an object is or makes.
fn pod_spec(object: &Object) -> Option<&Node> {
    let spec = object.body.get("spec")?;
    match (object.id.group.as_str(), object.id.kind.as_str()) {
        ("", "Pod") => Some(spec),
        ("apps" | "extensions", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet")
        | ("batch", "Job")
        | ("", "ReplicationController") => spec.get("template")?.get("spec"),
        ("batch", "CronJob") => spec.get("jobTemplate")?.get("spec")?.get("template")?.get("spec"),
        _ => None,
    }
}

/// The objects that a pod cannot start without. What is optional is left out.
fn references(spec: &Node) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    add(&mut found, "ServiceAccount", spec.get("serviceAccountName"));
    for secret in list(Some(spec), "imagePullSecrets") {
        add(&mut found, "Secret", secret.get("name"));
    }
    for volume in list(Some(spec), "volumes") {
        add_source(&mut found, volume, ("configMap", "ConfigMap"), "name");
        add_source(&mut found, volume, ("secret", "Secret"), "secretName");
        let claim = ("persistentVolumeClaim", "PersistentVolumeClaim");
        add_source(&mut found, volume, claim, "claimName");
        for source in list(volume.get("projected"), "sources") {
            add_source(&mut found, source, ("configMap", "ConfigMap"), "name");
            add_source(&mut found, source, ("secret", "Secret"), "name");
        }
    }
    for container in list(Some(spec), "initContainers").iter().chain(list(Some(spec), "containers"))
    {
        for source in list(Some(container), "envFrom") {
            add_source(&mut found, source, ("configMapRef", "ConfigMap"), "name");
            add_source(&mut found, source, ("secretRef", "Secret"), "name");
        }
        for source in list(Some(container), "env").iter().filter_map(|one| one.get("valueFrom")) {
            add_source(&mut found, source, ("configMapKeyRef", "ConfigMap"), "name");
            add_source(&mut found, source, ("secretKeyRef", "Secret"), "name");
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn list<'a>(parent: Option<&'a Node>, key: &str) -> &'a [Node] {
    parent.and_then(|parent| parent.get(key)).and_then(Node::as_list).unwrap_or_default()
}

fn add_source(
    found: &mut Vec<(&'static str, String)>,
    parent: &Node,
    (field, kind): (&str, &'static str),
    name: &str,
) {
    let Some(source) = parent.get(field) else { return };
    let optional = source.get("optional").map(manifest::to_json);
    if optional != Some(Value::Bool(true)) {
        add(found, kind, source.get(name));
    }
}

fn add(found: &mut Vec<(&'static str, String)>, kind: &'static str, name: Option<&Node>) {
    let name = name.and_then(Node::as_str).filter(|name| !name.is_empty());
    found.extend(name.map(|name| (kind, name.to_owned())));
}
