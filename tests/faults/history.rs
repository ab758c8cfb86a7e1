//! What happens to an environment: its manifests, one tree after the other. It must not know of
//! faults.

use std::fmt::Write as _;

/// A way of an environment through time.
pub(crate) struct History {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
    /// Whether the run makes the namespaces that it needs.
    pub(crate) creates_namespaces: bool,
    /// What it deletes although it is protected.
    pub(crate) approve: Vec<&'static str>,
    /// The namespaces that it makes, as `SITE-a`.
    pub(crate) namespaces: Vec<&'static str>,
    /// Whether it defines `Widget`s.
    pub(crate) defines_widgets: bool,
}

/// The tree at one time. `NS` in the manifests stands for the namespace, `SITE` for a name that no
/// other schedule has.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) services: Vec<(&'static str, String)>,
    /// Whether everything is destroyed instead.
    pub(crate) destroys: bool,
}

impl Step {
    fn new<const N: usize>(name: &'static str, services: [(&'static str, Vec<String>); N]) -> Self {
        let services = services.into_iter().map(|(name, objects)| (name, objects.concat()));
        Self { name, services: services.collect(), destroys: false }
    }

    fn destroy() -> Self {
        Self { name: "destroy", services: Vec::new(), destroys: true }
    }
}

impl History {
    fn new(name: &'static str, steps: Vec<Step>) -> Self {
        Self {
            name,
            steps,
            creates_namespaces: false,
            approve: Vec::new(),
            namespaces: Vec::new(),
            defines_widgets: false,
        }
    }
}

/// All histories, the main one first.
pub(crate) fn all() -> Vec<History> {
    vec![main(), definition(), namespace(), needed_namespace(), replacement()]
}

/// Create, update, move between services, delete, change of the API version, emptied.
fn main() -> History {
    let web = || config_map("web", &[("page", "1")]);
    let token = |value: &str| secret("token", value);
    let settings = || config_map("settings", &[("a", "2")]);
    let steps = vec![
        Step::new(
            "create",
            [
                (
                    "cart",
                    vec![
                        config_map("settings", &[("a", "1"), ("b", "1")]),
                        token("b25l"),
                        service("cart", "one"),
                        deployment("cart", Some(3)),
                    ],
                ),
                ("web", vec![web()]),
            ],
        ),
        Step::new(
            "update",
            [
                (
                    "cart",
                    vec![
                        settings(),
                        token("dHdv"),
                        service("cart", "two"),
                        deployment("cart", None),
                        autoscaler("v1"),
                    ],
                ),
                ("web", vec![web(), config_map("extra", &[("c", "1")])]),
            ],
        ),
        Step::new(
            "move",
            [
                ("cart", vec![service("cart", "two"), deployment("cart", None), autoscaler("v1")]),
                ("web", vec![web(), settings(), token("dHdv"), config_map("extra", &[("c", "1")])]),
            ],
        ),
        Step::new(
            "delete",
            [
                ("cart", vec![deployment("cart", None), autoscaler("v1")]),
                ("web", vec![web(), settings()]),
            ],
        ),
        Step::new(
            "bump",
            [
                ("cart", vec![deployment("cart", None), autoscaler("v2")]),
                ("web", vec![web(), settings()]),
            ],
        ),
        Step::new("empty", []),
    ];
    History::new("main", steps)
}

/// A kind that is defined, with resources of it, and goes with them.
fn definition() -> History {
    let stays = || config_map("stays", &[("a", "1")]);
    let steps = vec![
        Step::new(
            "define",
            [
                ("platform", vec![widgets("size")]),
                ("shop", vec![widget("one", "size: 1"), widget("two", "size: 1"), stays()]),
            ],
        ),
        Step::new(
            "refine",
            [
                ("platform", vec![widgets("weight")]),
                ("shop", vec![widget("one", "weight: 2"), widget("three", "weight: 3"), stays()]),
            ],
        ),
        Step::new("undefine", [("shop", vec![stays()])]),
    ];
    History {
        approve: vec!["CustomResourceDefinition//widgets.SITE.example.com"],
        defines_widgets: true,
        ..History::new("definition", steps)
    }
}

/// A namespace that is made with what is in it, and goes with that.
fn namespace() -> History {
    let stays = || config_map("stays", &[("a", "1")]);
    let within = |name: &str, value: &str| within("SITE-a", name, value);
    let steps = vec![
        Step::new(
            "make",
            [
                ("platform", vec![a_namespace("SITE-a", "one")]),
                ("shop", vec![within("settings", "1"), within("gone", "1"), stays()]),
            ],
        ),
        Step::new(
            "change",
            [
                ("platform", vec![a_namespace("SITE-a", "two")]),
                ("shop", vec![within("settings", "2"), within("extra", "1"), stays()]),
            ],
        ),
        Step::new("remove", [("shop", vec![stays()])]),
    ];
    History {
        approve: vec!["Namespace//SITE-a"],
        namespaces: vec!["SITE-a"],
        ..History::new("namespace", steps)
    }
}

/// A namespace that a run makes because it is needed, and keeps; everything else is destroyed.
fn needed_namespace() -> History {
    let steps = vec![
        Step::new(
            "need",
            [
                ("cart", vec![within("SITE-b", "settings", "1"), service("cart", "one")]),
                ("web", vec![within("SITE-b", "web", "1")]),
            ],
        ),
        Step::new(
            "need-less",
            [("cart", vec![config_map("settings", &[("v", "1")]), service("cart", "two")])],
        ),
        Step::destroy(),
    ];
    History {
        creates_namespaces: true,
        namespaces: vec!["SITE-b"],
        ..History::new("needed-namespace", steps)
    }
}

/// What can only be changed by making it anew.
fn replacement() -> History {
    let fixed = |value: &str| {
        let head = "---\napiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata:\n  name: fixed\n  \
                    annotations: {molave.dev/replace: allowed}\n";
        format!("{head}data: {{v: {value:?}}}\n")
    };
    let web = |value: &str| config_map("web", &[("v", value)]);
    let steps = vec![
        Step::new("first", [("cart", vec![fixed("1")]), ("web", vec![web("1")])]),
        Step::new("second", [("cart", vec![fixed("2")]), ("web", vec![web("2")])]),
        Step::new("third", [("web", vec![web("2"), fixed("3")])]),
    ];
    History::new("replacement", steps)
}

/// The definition of `Widget`, whose specification has one field.
fn widgets(field: &str) -> String {
    format!(
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
         metadata: {{name: widgets.SITE.example.com}}\nspec:\n  group: SITE.example.com\n  scope: Namespaced\n  \
         names: {{kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}}\n  versions:\n    \
         - name: v1\n      served: true\n      storage: true\n      schema:\n        openAPIV3Schema:\n          \
         type: object\n          properties: {{spec: {{type: object, properties: {{{field}: {{type: integer}}}}}}}}\n"
    )
}

fn widget(name: &str, field: &str) -> String {
    format!(
        "---\napiVersion: SITE.example.com/v1\nkind: Widget\nmetadata: {{name: {name}}}\nspec: {{{field}}}\n"
    )
}

fn a_namespace(name: &str, label: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{tier: {label}}}}}\n"
    )
}

/// A ConfigMap in another namespace.
fn within(namespace: &str, name: &str, value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{v: {value:?}}}\n"
    )
}

fn config_map(name: &str, data: &[(&str, &str)]) -> String {
    let mut text =
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n");
    for (key, value) in data {
        writeln!(text, "  {key}: {value:?}").expect("a string");
    }
    text
}

/// A Secret with one value, in base64.
fn secret(name: &str, value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ntype: Opaque\ndata: {{value: {value}}}\n"
    )
}

fn service(name: &str, label: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, labels: {{tier: {label}}}}}\n\
         spec: {{selector: {{app: {name}}}, ports: [{{name: http, port: 80}}]}}\n"
    )
}

/// A Deployment that makes no pods, which would only cost time.
fn deployment(name: &str, replicas: Option<u32>) -> String {
    let replicas = replicas.map(|count| format!("  replicas: {count}\n")).unwrap_or_default();
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n{replicas}  paused: true\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec: {{containers: [{{name: main, image: example.com/{name}:1}}]}}\n"
    )
}

/// An autoscaler for `cart`, which says the same in both versions.
fn autoscaler(version: &str) -> String {
    let metrics = match version {
        "v1" => "  targetCPUUtilizationPercentage: 80\n",
        _ => {
            "  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]\n"
        }
    };
    format!(
        "---\napiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: cart}}\nspec:\n  \
         scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: cart}}\n  minReplicas: 1\n  maxReplicas: 5\n{metrics}"
    )
}

/// For runs that are killed from outside: a change that makes, changes and deletes so many objects
/// that most of a run lies between its intent and its result.
pub(crate) fn broad() -> History {
    let maps = |word: &str, count: usize, value: &str| {
        (0..count).map(|number| config_map(&format!("{word}-{number}"), &[("v", value)])).collect()
    };
    let before = Step::new(
        "before",
        [
            ("cart", vec![deployment("cart", Some(3)), deployment("gone", Some(1))]),
            ("old", maps("goes", 18, "1")),
            ("web", maps("changes", 30, "1")),
        ],
    );
    let after = Step::new(
        "after",
        [
            ("cart", vec![deployment("cart", None), autoscaler("v2")]),
            ("new", maps("new", 30, "1")),
            ("web", maps("changes", 30, "2")),
        ],
    );
    History::new("broad", vec![before, after])
}
