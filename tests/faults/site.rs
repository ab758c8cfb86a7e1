//! Where one schedule takes place: a namespace with a project of its own, and with objects of
//! others that nobody may touch.

use crate::api::Api;
use crate::history::{History, Step};
use molave::config::decode::{Placed, Problems};
use molave::config::project::{self, Environment, Project};
use molave::config::tree::Folder;
use molave::error::Place;
use molave::sync::desired::{Context, Sources};
use plan::Inventory;
use plan::inventory::codec::{self, Written};
use plan::marks::{self, OWNER, PART_OF};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The environment of every site.
pub(crate) const ENVIRONMENT: &str = "test";

/// Path and collection of each kind that the histories make.
const KINDS: [(&str, &str); 5] = [
    ("api/v1", "configmaps"),
    ("api/v1", "secrets"),
    ("api/v1", "services"),
    ("apis/apps/v1", "deployments"),
    ("apis/autoscaling/v2", "horizontalpodautoscalers"),
];

/// What every namespace has.
const SYSTEM: [&str; 1] = ["kube-root-ca.crt"];

/// A namespace, the project in it, and its neighbours.
pub(crate) struct Site {
    pub(crate) api: Api,
    /// The name of the project and of the namespace of its objects.
    pub(crate) name: String,
    pub(crate) project: Project,
    pub(crate) environment: Environment,
    /// The manifests of each step.
    trees: Vec<Folder>,
    /// The namespaces that the history makes.
    namespaces: Vec<String>,
    /// Whether it defines `Widget`s.
    defines_widgets: bool,
    /// Objects of others, by path, as they were made.
    bystanders: BTreeMap<String, Value>,
}

/// What is live in a site, but for what belongs to others or to the system, by the names of [`key`].
pub(crate) type Live = BTreeMap<String, Value>;

impl Site {
    pub(crate) async fn new(api: &Api, history: &History) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("f{}-{number}", std::process::id());
        let environment = environment(&name, history);
        let mut site = Self {
            api: api.clone(),
            project: project(&name),
            environment,
            trees: Vec::new(),
            namespaces: history.namespaces.iter().map(|text| text.replace("SITE", &name)).collect(),
            defines_widgets: history.defines_widgets,
            bystanders: BTreeMap::new(),
            name,
        };
        site.trees = history.steps.iter().map(|step| site.tree(step)).collect();
        let body =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": site.name}});
        api.create("/api/v1/namespaces", &body).await;
        site.settle_others().await;
        site
    }

    /// The name of the state's objects.
    pub(crate) fn state_name(&self) -> String {
        marks::state_name(&self.name, ENVIRONMENT)
    }

    pub(crate) fn applyset(&self) -> String {
        marks::applyset_id(&self.state_name(), &self.environment.state_namespace)
    }

    /// What differs from site to site, and what stands for it in the names of requests.
    pub(crate) fn names(&self) -> Vec<(String, &'static str)> {
        vec![(self.state_name(), "state"), (self.name.clone(), "site")]
    }

    fn tree(&self, step: &Step) -> Folder {
        let mut folder = Folder::default();
        for (service, text) in &step.services {
            let text = text.replace("NS", &self.environment.namespace).replace("SITE", &self.name);
            folder.insert_file(&format!("{service}/manifests.yaml"), text.into_bytes());
        }
        folder
    }

    /// The manifests of a step, not read yet.
    pub(crate) fn sources(&self, step: usize) -> Sources<'_> {
        let context = Context {
            project: &self.project,
            environment: ENVIRONMENT,
            path: "_gen/test".to_owned(),
            charts: Box::new(Folder::default),
        };
        Sources::new(self.trees[step].clone(), context)
    }

    /// Makes what belongs to others: some under names like ours, some with forged marks.
    async fn settle_others(&mut self) {
        let state = self.state_name();
        let labels = json!({ PART_OF: self.applyset() });
        let forged = |service: &str, run: &str| {
            let owner = format!("{}/{ENVIRONMENT}/{service}#{run}", self.name);
            json!({ "labels": labels, "annotations": { OWNER: owner } })
        };
        let others = [
            // (collection, name, metadata, manager)
            ("configmaps", "web-1".to_owned(), json!({}), "kubectl"),
            ("configmaps", format!("{state}-0123456789abcdef"), json!({}), "kubectl"),
            ("configmaps", "settings-copy".to_owned(), forged("cart", "gone"), "molave"),
            ("secrets", "token-copy".to_owned(), forged("web", "gone"), "copier"),
        ];
        for (collection, name, mut metadata, manager) in others {
            metadata["name"] = name.as_str().into();
            let body = json!({ "metadata": metadata });
            let path = format!("/api/v1/namespaces/{}/{collection}", self.name);
            let made = self.api.create(&format!("{path}?fieldManager={manager}"), &body).await;
            self.bystanders.insert(format!("{path}/{name}"), made);
        }
    }

    /// Fails if an object of others is not as it was made.
    pub(crate) async fn check_others(&self) -> Result<(), String> {
        for (path, made) in &self.bystanders {
            let live = self.api.get(path).await.unwrap_or_default();
            for key in ["uid", "resourceVersion"] {
                if live["metadata"][key] != made["metadata"][key] {
                    return Err(format!("an object of others was touched: {path}: {live}"));
                }
            }
        }
        Ok(())
    }

    /// Everything in the namespaces of the kinds that the histories make, the namespaces that this
    /// one makes, and its definition.
    pub(crate) async fn live(&self) -> Live {
        let mut live = self.live_in(&self.name).await;
        for namespace in &self.namespaces {
            live.append(&mut self.live_in(namespace).await);
            live.append(&mut self.live_at("api/v1", "namespaces", namespace).await);
        }
        if self.defines_widgets {
            let name = format!("widgets.{}", self.group());
            let prefix = "apis/apiextensions.k8s.io/v1";
            live.append(&mut self.live_at(prefix, "customresourcedefinitions", &name).await);
        }
        live
    }

    async fn live_in(&self, namespace: &str) -> Live {
        let widgets = format!("apis/{}/v1", self.group());
        let mut kinds = KINDS.to_vec();
        kinds.extend(self.defines_widgets.then_some((widgets.as_str(), "widgets")));
        let mut live = Live::new();
        for (prefix, collection) in kinds {
            let path = format!("/{prefix}/namespaces/{namespace}/{collection}");
            for object in self.api.list(&path).await {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let is_system = SYSTEM.contains(&name) || name == self.state_name();
                if !is_system && !self.bystanders.contains_key(&format!("{path}/{name}")) {
                    live.insert(key(collection, Some(namespace), name), object);
                }
            }
        }
        live
    }

    /// An object that is in no namespace, if it is there.
    async fn live_at(&self, prefix: &str, collection: &str, name: &str) -> Live {
        let object = self.api.get(&format!("/{prefix}/{collection}/{name}")).await;
        object.map(|object| (key(collection, None, name), object)).into_iter().collect()
    }

    /// The group of the kind that the history defines.
    fn group(&self) -> String {
        format!("{}.example.com", self.name)
    }

    /// The record, if there is one.
    pub(crate) async fn inventory(&self) -> Option<Inventory> {
        let state = self.state_object("api/v1", "configmaps").await?;
        let data = state["data"].as_object().into_iter().flatten();
        let data = data.map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()));
        let written = Written { data: data.collect(), shards: BTreeMap::new() };
        Some(codec::decode(&written).expect("a record that can be read"))
    }

    /// The state's object of a kind, in its own namespace.
    pub(crate) async fn state_object(&self, prefix: &str, collection: &str) -> Option<Value> {
        let namespace = &self.environment.state_namespace;
        let name = self.state_name();
        self.api.get(&format!("/{prefix}/namespaces/{namespace}/{collection}/{name}")).await
    }

    /// Removes what would keep controllers busy.
    pub(crate) async fn abandon(&self) {
        let path = "apis/autoscaling/v2/namespaces";
        self.api.delete(&format!("/{path}/{}/horizontalpodautoscalers", self.name)).await;
        if self.defines_widgets {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            self.api.delete(&format!("{path}/widgets.{}", self.group())).await;
        }
    }
}

/// How an object is called here: `configmaps/shop/web`, `namespaces//shop`.
pub(crate) fn key(collection: &str, namespace: Option<&str>, name: &str) -> String {
    format!("{collection}/{}/{name}", namespace.unwrap_or_default())
}

fn project(name: &str) -> Project {
    let text = format!("project: {name}\nenvironments: {{{ENVIRONMENT}: {{namespace: {name}}}}}\n");
    let problems = Problems::default();
    let project = project::parse(text.as_bytes(), &problems).expect("a project");
    assert!(problems.into_list().is_empty(), "{text}");
    project
}

fn environment(name: &str, history: &History) -> Environment {
    let approval = |text: &&str| Placed {
        value: text.replace("SITE", name),
        place: Place::file(project::FILE),
    };
    let guards = project::Guards {
        allow_empty: true,
        approve: history.approve.iter().map(approval).collect(),
        ..project::Guards::default()
    };
    Environment {
        namespace: name.to_owned(),
        state_namespace: name.to_owned(),
        create_namespaces: history.creates_namespaces,
        guards,
        wait_timeout: "1m".to_owned(),
        ..Environment::default()
    }
}
