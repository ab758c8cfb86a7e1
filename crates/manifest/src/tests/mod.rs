//! The crate from outside: YAML in, objects, problems and text out.

use crate::{
    Object, Problem, Scope, Scopes, digest, literal_secret_keys, parse, resolve, sort, write,
};

mod laws;

fn scopes() -> Scopes {
    let mut scopes = Scopes::built_in();
    scopes.add("example.com", "Widget", Scope::Namespaced);
    scopes.add("example.com", "Planet", Scope::Cluster);
    scopes
}

fn objects(yaml: &str) -> Result<Vec<Object>, Problem> {
    let drafts = parse(yaml.as_bytes(), "chart/templates/a.yaml")?;
    drafts.into_iter().map(|draft| resolve(draft, "shop", &scopes())).collect()
}

fn object(yaml: &str) -> Object {
    objects(yaml).unwrap().pop().unwrap()
}

/// The identities of all objects, one a line.
fn check_identities(yaml: &str, expected: &str) {
    let ids: Vec<String> =
        objects(yaml).unwrap().iter().map(|object| object.id.to_string()).collect();
    assert_eq!(ids.join("\n"), expected, "{yaml}");
}

fn check_problem(yaml: &str, expected: &str) {
    let problem = objects(yaml).unwrap_err();
    let hint = problem.hint.as_ref().map_or(String::new(), |hint| format!("\nhint: {hint}"));
    assert_eq!(format!("{problem}{hint}"), expected, "{yaml}");
}

fn check_text(yaml: &str, expected: &str) {
    assert_eq!(write(&objects(yaml).unwrap()), expected, "{yaml}");
}

#[test]
fn every_document_is_an_object_with_its_identity() {
    check_identities(
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n# nothing\n---\n\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: other}\n",
        "Service/shop/web\nDeployment.apps/other/web",
    );
    check_identities(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'a:b', namespace: ''}\n",
        "ClusterRole.rbac.authorization.k8s.io/a:b",
    );
    check_identities(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: null}\n",
        "Namespace/shop",
    );
    check_identities(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: null}\n",
        "Pod/shop/a",
    );
    check_identities("", "");
    check_identities("# only a comment\n", "");
}

#[test]
fn lists_fall_apart_into_their_items() {
    check_identities(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: c}}\n",
        "Service/shop/a\nDeployment.apps/c/b",
    );
    check_identities(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]\n",
        "Role.rbac.authorization.k8s.io/shop/a\nRole.rbac.authorization.k8s.io/shop/b",
    );
    check_identities("apiVersion: v1\nkind: List\n", "");
    check_identities("apiVersion: v1\nkind: ConfigMapList\nitems:\n", "");
    check_problem(
        "apiVersion: v1\nkind: List\nitems:\n- 5\n",
        "chart/templates/a.yaml:4: an item of a list must be a map, not an integer",
    );
}

#[test]
fn a_kind_that_only_sounds_like_a_list_stays_whole() {
    let scopes = {
        let mut scopes = scopes();
        scopes.add("example.com", "AllowList", Scope::Namespaced);
        scopes
    };
    let yaml =
        b"apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {items: [1]}\n";
    let draft = parse(yaml, "").unwrap().pop().unwrap();
    assert_eq!(
        resolve(draft, "shop", &scopes).unwrap().id.to_string(),
        "AllowList.example.com/shop/a"
    );
}

#[test]
fn what_is_no_object_is_a_problem_with_its_line() {
    check_problem("- 1\n", "chart/templates/a.yaml:1: a document must be a map, not a list");
    check_problem(
        "a: [\n",
        "chart/templates/a.yaml:1: yaml: line 1: did not find expected node content",
    );
    check_problem("kind: Service\n", "chart/templates/a.yaml:1: `apiVersion` is missing");
    check_problem(
        "---\na: 1\n---\napiVersion: v1\n",
        "chart/templates/a.yaml:2: `apiVersion` is missing",
    );
    check_problem("apiVersion: v1\n", "chart/templates/a.yaml:1: `kind` is missing");
    check_problem("apiVersion: v1\nkind: ''\n", "chart/templates/a.yaml:2: `kind` is missing");
    check_problem(
        "apiVersion: 1\nkind: Service\n",
        "chart/templates/a.yaml:1: `apiVersion` must be a string, not an integer\nhint: put it in quotes",
    );
    check_problem(
        "apiVersion: a/b/c\nkind: Service\n",
        "chart/templates/a.yaml:1: `apiVersion` must be `version` or `group/version`, not `a/b/c`",
    );
    check_problem(
        "apiVersion: /v1\nkind: Service\n",
        "chart/templates/a.yaml:1: `apiVersion` must be `version` or `group/version`, not `/v1`",
    );
    check_problem(
        "apiVersion: v1\nkind: Service\n",
        "chart/templates/a.yaml:1: `Service` has no `metadata`",
    );
    check_problem(
        "apiVersion: v1\nkind: Service\nmetadata: web\n",
        "chart/templates/a.yaml:3: `metadata` must be a map, not a string",
    );
    check_problem(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels: {}\n",
        "chart/templates/a.yaml:4: `Deployment.apps` has no `metadata.name`",
    );
    check_problem(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: 8080\n",
        "chart/templates/a.yaml:4: `metadata.name` must be a string, not an integer\nhint: put it in quotes",
    );
    check_problem(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: a-\n",
        "chart/templates/a.yaml:4: `Job.batch` has no `metadata.name`\nhint: `generateName` would make a new object at every sync: give it a `name`, for instance one with a hash of its content",
    );
}

#[test]
fn a_kind_of_unknown_scope_is_a_problem_that_says_what_to_declare() {
    check_problem(
        "apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: a}\n",
        "chart/templates/a.yaml:2: whether `Gadget.example.org` lives in namespaces is not known\nhint: declare it in `molave.yaml`: `kinds: [{group: example.org, kind: Gadget, scope: Namespaced}]`, or `scope: Cluster`",
    );
    check_identities(
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n",
        "Widget.example.com/shop/a",
    );
    check_identities(
        "apiVersion: example.com/v1\nkind: Planet\nmetadata: {name: a}\n",
        "Planet.example.com/a",
    );
}

#[test]
fn a_namespace_on_a_cluster_scoped_object_is_dropped() {
    check_text(
        "apiVersion: example.com/v1\nkind: Planet\nmetadata:\n  name: a\n  namespace: shop\n",
        "---\n# Source: chart/templates/a.yaml\napiVersion: example.com/v1\nkind: Planet\nmetadata:\n  name: a\n",
    );
}

#[test]
fn a_key_that_would_read_back_as_a_merge_is_quoted() {
    check_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  \"<<\": text\n",
        "---\n# Source: chart/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\ndata:\n  \"<<\": text\n",
    );
}

#[test]
fn objects_are_written_with_their_source_and_ordered_keys() {
    check_text(
        "spec: {z: 1, a: 2, A: 3, _: 4, 10: 5, 9: 6}\nkind: Widget\ndata: {}\nmetadata: {zone: x, annotations: {b: '1', a: '2'}, labels: {}, name: w}\napiVersion: example.com/v1\n",
        "---\n# Source: chart/templates/a.yaml\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\n  namespace: shop\n  labels: {}\n  annotations:\n    a: \"2\"\n    b: \"1\"\n  zone: x\ndata: {}\nspec:\n  \"10\": 5\n  \"9\": 6\n  A: 3\n  _: 4\n  a: 2\n  z: 1\n",
    );
}

#[test]
fn long_texts_are_not_folded_and_numbers_stay_exact() {
    let long = "word ".repeat(40);
    let yaml = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  long: '{long}end'\n  lines: |\n    a\n    b\nints: [9007199254740993, 18446744073709551615, -1, 1.0]\nfloats: [0.1, 1e30]\n"
    );
    check_text(
        &yaml,
        &format!(
            "---\n# Source: chart/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\ndata:\n  lines: |\n    a\n    b\n  long: {long}end\nfloats:\n- 0.1\n- 1e+30\nints:\n- 9007199254740993\n- 18446744073709551615\n- -1\n- 1\n"
        ),
    );
}

#[test]
fn a_source_cannot_break_out_of_its_comment() {
    let mut object = object("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
    object.source = "a\nkind: Evil".to_owned();
    assert!(write(&[object]).starts_with("---\n# Source: a kind: Evil\napiVersion: v1\n"));
}

#[test]
fn the_text_of_no_objects_is_empty() {
    assert_eq!(write(&[]), "");
}

#[test]
fn what_only_the_server_writes_is_dropped() {
    check_text(
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  uid: b\n  resourceVersion: '1'\n  generation: 1\n  selfLink: /a\n  creationTimestamp: null\n  managedFields: []\n  labels:\n  finalizers: [x]\nspec: {status: kept, paused: null}\nstatus: {phase: Active}\n",
        "---\n# Source: chart/templates/a.yaml\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  finalizers:\n  - x\nspec:\n  paused: null\n  status: kept\n",
    );
}

#[test]
fn string_data_of_a_secret_becomes_data_and_wins() {
    let written = "---\n# Source: chart/templates/a.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: shop\ndata:\n  both: bmV3\n  old: b2xk\n  text: w6k=\n";
    check_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {text: é, both: new}\ndata: {both: b2xk, old: b2xk}\n",
        written,
    );
    let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n";
    check_text(
        &format!("{head}stringData: {{a: null}}\ndata: null\n"),
        "---\n# Source: chart/templates/a.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: shop\ndata:\n  a: \"\"\n",
    );
    check_problem(
        &format!("{head}stringData: {{port: 5432}}\n"),
        "chart/templates/a.yaml:4: `stringData.port` must be a string, not an integer\nhint: put it in quotes",
    );
    check_problem(
        &format!("{head}stringData: text\n"),
        "chart/templates/a.yaml:4: `stringData` of a Secret must be a map, not a string",
    );
    check_problem(
        &format!("{head}stringData: {{a: b}}\ndata: [1]\n"),
        "chart/templates/a.yaml:5: `data` of a Secret must be a map, not a list",
    );
}

#[test]
fn only_secrets_have_secret_keys() {
    let keys = |yaml: &str| literal_secret_keys(&object(yaml)).join(",");
    let body =
        "metadata: {name: a}\nstringData: {b: x}\ndata: {c: eA==, a: eA==, empty: '', none: }\n";
    assert_eq!(keys(&format!("apiVersion: v1\nkind: Secret\n{body}")), "a,b,c");
    assert_eq!(keys(&format!("apiVersion: v1\nkind: ConfigMap\n{body}")), "");
    assert_eq!(keys("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"), "");
}

#[test]
fn objects_stand_in_the_order_they_are_made_in() {
    let kinds = [
        "v1 Namespace",
        "apiextensions.k8s.io/v1 CustomResourceDefinition",
        "v1 ServiceAccount",
        "v1 Secret",
        "v1 ConfigMap",
        "v1 PersistentVolumeClaim",
        "rbac.authorization.k8s.io/v1 ClusterRole",
        "rbac.authorization.k8s.io/v1 RoleBinding",
        "v1 Service",
        "extensions/v1beta1 DaemonSet",
        "apps/v1 Deployment",
        "apps/v1 StatefulSet",
        "batch/v1 CronJob",
        "autoscaling/v2 HorizontalPodAutoscaler",
        "policy/v1 PodDisruptionBudget",
        "networking.k8s.io/v1 Ingress",
        "cert-manager.io/v1 Certificate",
        "serving.knative.dev/v1 Service",
        "example.com/v1 Widget",
        "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
        "apiregistration.k8s.io/v1 APIService",
    ];
    let yaml = |kind: &&str| {
        let (version, kind) = kind.split_once(' ').unwrap();
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n")
    };
    let mut sorted: Vec<Object> = kinds.iter().rev().map(yaml).map(|text| object(&text)).collect();
    sort(&mut sorted);
    let actual: Vec<String> =
        sorted.iter().map(|object| format!("{} {}", object.api_version, object.id.kind)).collect();
    assert_eq!(actual, kinds);
}

#[test]
fn objects_of_a_kind_stand_by_namespace_and_name() {
    let mut sorted = objects(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n- {apiVersion: v1, kind: Pod, metadata: {name: c, namespace: a}}\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n",
    )
    .unwrap();
    sort(&mut sorted);
    let ids: Vec<String> = sorted.iter().map(|object| object.id.to_string()).collect();
    assert_eq!(ids, ["Pod/a/c", "Pod/shop/a", "Pod/shop/b"]);
}

#[test]
fn a_digest_is_of_the_content_alone() {
    let one = object(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\\n\", q: '\"'}\nm: [1, 0.5]\n",
    );
    let other = object(
        "# c\nm: [1.0, 5e-1]\nkind: ConfigMap\ndata:\n  q: \"\\\"\"\n  x: |\n    1\nmetadata:\n  namespace: shop\n  name: a\napiVersion: v1\n",
    );
    assert_eq!(digest(&one), digest(&other));
    assert_eq!(digest(&one), "v1:dfdc9f2d34615bcd1eddd3a5e92f86e230570caf8f7c3f1fca4fcb490c4362df");
    let changed = object(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1', q: '\"'}\nm: [1, 0.5]\n",
    );
    assert_ne!(digest(&one), digest(&changed));
}
