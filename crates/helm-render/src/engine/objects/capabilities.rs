//! `.Capabilities`: what the cluster is said to know.

use super::record::{Field, Record};
use crate::profile::Profile;
use crate::release::KubeVersion;
use gotemplate::{Failure, Method, Object, Parameter, Value};
use std::any::Any;
use std::rc::Rc;

/// The Go version that Helm reports to be built with, which releases of Helm change freely.
const GO_VERSION: &str = "go1.26.5";

/// The API versions that Helm knows without a cluster, the same in both lines.
const DEFAULT_API_VERSIONS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// `.Capabilities` for a Kubernetes version and the additional API versions.
pub(crate) fn capabilities(kube: &KubeVersion, additional: &[String], profile: Profile) -> Value {
    let names = DEFAULT_API_VERSIONS.iter().map(|name| (*name).to_owned());
    let versions = VersionSet { names: names.chain(additional.iter().cloned()).collect(), profile };
    object(Record {
        type_name: match profile {
            Profile::Helm4 => "*common.Capabilities",
            Profile::Helm3 => "*chartutil.Capabilities",
        },
        kind_name: "ptr",
        fields: vec![
            Field::required("KubeVersion", "KubeVersion", kube_version(kube, profile)),
            Field::required("APIVersions", "APIVersions", Value::Object(Rc::new(versions))),
            Field::required("HelmVersion", "HelmVersion", helm_version(profile)),
        ],
        methods: Vec::new(),
        text: None,
        embedded: None,
    })
}

fn kube_version(kube: &KubeVersion, profile: Profile) -> Value {
    let full = Value::from(kube.version.as_str());
    let mut fields = vec![Field::required("Version", "Version", full.clone())];
    if profile == Profile::Helm4 {
        fields.push(Field::private("normalizedVersion", Value::from(kube.normalized.as_str())));
    }
    fields.push(Field::required("Major", "Major", Value::from(kube.major.as_str())));
    fields.push(Field::required("Minor", "Minor", Value::from(kube.minor.as_str())));
    let normalized = Value::from(kube.normalized.as_str());
    object(Record {
        type_name: match profile {
            Profile::Helm4 => "common.KubeVersion",
            Profile::Helm3 => "chartutil.KubeVersion",
        },
        kind_name: "struct",
        fields,
        methods: vec![("GitVersion", full), ("String", normalized)],
        text: Some(kube.normalized.clone()),
        embedded: None,
    })
}

fn helm_version(profile: Profile) -> Value {
    let version = match profile {
        Profile::Helm4 => "v4.3.1",
        Profile::Helm3 => "v3.22.0",
    };
    let mut fields = vec![
        Field::optional("Version", "version", Value::from(version)),
        Field::optional("GitCommit", "git_commit", Value::from("")),
        Field::optional("GitTreeState", "git_tree_state", Value::from("")),
        Field::optional("GoVersion", "go_version", Value::from(GO_VERSION)),
    ];
    if profile == Profile::Helm4 {
        let client = Value::from("v1.37");
        fields.push(Field::required("KubeClientVersion", "kube_client_version", client));
    }
    let type_name = "version.BuildInfo";
    let (kind_name, methods) = ("struct", Vec::new());
    object(Record { type_name, kind_name, fields, methods, text: None, embedded: None })
}

fn object(record: Record) -> Value {
    Value::Object(Rc::new(record))
}

/// `.Capabilities.APIVersions`: a slice with `Has`.
struct VersionSet {
    names: Vec<String>,
    profile: Profile,
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        match self.profile {
            Profile::Helm4 => "common.VersionSet",
            Profile::Helm3 => "chartutil.VersionSet",
        }
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn method(&self, name: &str) -> Option<Method> {
        (name == "Has").then_some(Method { parameters: &[Parameter::String], variadic: None })
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, Failure> {
        match (name, arguments) {
            ("Has", [Value::String(wanted)]) => {
                Ok(Value::Bool(self.names.iter().any(|name| name.as_bytes() == wanted.as_bytes())))
            }
            _ => Err(Failure::Message(format!("{} has no such method {name}", self.type_name()))),
        }
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let names = self.names.iter().map(|name| Value::from(name.as_str()));
        Some((0..).map(Value::int).zip(names).collect())
    }

    fn print(&self) -> String {
        format!("[{}]", self.names.join(" "))
    }

    fn encode(&self) -> Option<Value> {
        Some(Value::strings(self.names.iter().map(String::as_str)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
