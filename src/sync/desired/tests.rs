use super::{Context, Manifests, Sources, read_to_compare};
use crate::config::Project;
use crate::config::decode::Problems;
use crate::config::project;
use crate::config::tree::{Entry, Folder};
use crate::error::Diagnostic;

const LOCK: &str = "settings:\n  namespace: locked\n  dependsOn: [db]\n  wait: {timeout: 3m}\n";

fn project() -> Project {
    let text = b"project: shop\nkinds: [{group: g.io, kind: Known, scope: Cluster}]\nenvironments: {staging: {namespace: shop}}\n";
    project::parse(text, &Problems::default()).expect("a project")
}

fn folder(files: &[(&str, &str)]) -> Folder {
    let mut folder = Folder::default();
    for (path, text) in files {
        folder.insert_file(path, text.as_bytes().to_vec());
    }
    folder
}

fn charts() -> Folder {
    folder(&[("widgets/crds/widgets.yaml", &definition("Widget", "Cluster"))])
}

fn definition(kind: &str, scope: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: {kind}}}\n\
         spec: {{group: x.io, names: {{kind: {kind}}}, scope: {scope}}}\n"
    )
}

fn object(api_version: &str, kind: &str, name: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}}}\n")
}

fn with<T>(use_it: impl FnOnce(Context<'_>) -> T) -> T {
    let project = project();
    use_it(Context {
        project: &project,
        environment: "staging",
        path: "_gen/staging".to_owned(),
        charts: Box::new(charts),
    })
}

fn read(folder: &Folder) -> Result<Manifests, Vec<Diagnostic>> {
    with(|context| Sources::new(folder.clone(), context).read().cloned())
}

fn told(problems: &[Diagnostic]) -> Vec<String> {
    let tell = |problem: &Diagnostic| {
        let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
        let causes = problem.causes.iter().map(|cause| format!(" ({cause})"));
        format!("{place}: {}{}", problem.message, causes.collect::<String>())
    };
    problems.iter().map(tell).collect()
}

fn shown(manifests: &Manifests) -> Vec<String> {
    let services = manifests.services.iter();
    let objects = services.flat_map(|(name, service)| {
        service.objects.iter().map(move |object| format!("{name}: {}", object.id))
    });
    objects.collect()
}

fn check(files: &[(&str, &str)], expected: &[&str]) {
    let read = read(&folder(files));
    assert_eq!(shown(&read.map_err(|problems| told(&problems)).expect("no problem")), expected);
}

fn check_problems(files: &[(&str, &str)], expected: &[&str]) {
    let problems = read(&folder(files)).expect_err("a problem");
    assert_eq!(told(&problems), expected);
}

#[test]
fn a_locked_service_is_its_resources_file_and_its_lock() {
    let files = [("api/molave.lock", LOCK), ("api/resources.yaml", &object("v1", "Service", "a"))];
    check(&files, &["api: Service/locked/a"]);
    let manifests = read(&folder(&files)).expect("no problem");
    let service = &manifests.services["api"];
    assert_eq!(service.depends_on, ["db"]);
    assert_eq!(service.wait_timeout.as_deref(), Some("3m"));
    assert_eq!(service.objects[0].source, "_gen/staging/api/resources.yaml");
}

#[test]
fn a_folder_without_a_lock_is_every_manifest_below_it() {
    check(
        &[
            ("web/deep/b.yml", &object("apps/v1", "Deployment", "b")),
            ("web/a.json", r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"}}"#),
            ("web/README.md", "no manifest"),
            ("web/.hidden.yaml", "a: ["),
        ],
        &["web: Service/shop/a", "web: Deployment.apps/shop/b"],
    );
}

#[test]
fn hidden_names_and_empty_folders_are_no_services() {
    let mut files = folder(&[(".gitkeep", ""), (".git/config", "x"), ("gone/.gitkeep", "")]);
    drop(files.entries.insert("empty".to_owned(), Entry::Folder(Folder::default())));
    assert!(read(&files).expect("no problem").services.is_empty());
}

#[test]
fn all_that_is_no_service_is_told_at_once() {
    let mut files = folder(&[
        ("README.md", "stray"),
        ("Bad_Name/a.yaml", ""),
        ("docs/README.md", "no manifest"),
        ("half/molave.lock", LOCK),
        ("more/molave.lock", LOCK),
        ("more/resources.yaml", ""),
        ("more/extra.yaml", ""),
        ("torn/molave.lock", "a: [\n"),
        ("torn/resources.yaml", "a: b\n---\n- c\n"),
    ]);
    let link = Entry::Unreadable("is a link".to_owned());
    drop(files.entries.insert("link".to_owned(), link));
    let problems = read(&files).expect_err("problems");
    assert_eq!(
        told(&problems),
        [
            "_gen/staging/Bad_Name: `Bad_Name` cannot be the name of a service: it must be lower-case letters, digits and `-`, with a letter or digit at both ends",
            "_gen/staging/README.md: `_gen/staging/README.md` belongs to no service",
            "_gen/staging/docs: no file in `_gen/staging/docs` holds manifests",
            "_gen/staging/half: `_gen/staging/half` has a `molave.lock`, but no `resources.yaml`",
            "_gen/staging/link: `_gen/staging/link` is a link",
            "_gen/staging/more/extra.yaml: `_gen/staging/more/extra.yaml` is not what `molave generate` writes",
            "_gen/staging/torn/molave.lock:1: yaml: line 1: did not find expected node content",
            "_gen/staging/torn/resources.yaml:3: a document must be a map, not a list",
        ]
    );
}

#[test]
fn every_broken_object_is_told_with_its_line() {
    check_problems(
        &[("a/x.yaml", "apiVersion: v1\nkind: Service\n---\nkind: Service\nmetadata: {name: b}\n")],
        &[
            "_gen/staging/a/x.yaml:1: `Service` has no `metadata`",
            "_gen/staging/a/x.yaml:4: `apiVersion` is missing",
        ],
    );
}

#[test]
fn an_object_of_two_services_is_told_with_both_places() {
    let service = object("v1", "Service", "a");
    let twice = format!("{service}---\n{service}");
    check_problems(
        &[("one/x.yaml", &service), ("two/y.yaml", &service)],
        &[
            "_gen/staging/two/y.yaml:1: `Service/shop/a` is in two services of `staging`, `one` and `two` (it stands in `_gen/staging/one/x.yaml:1` too)",
        ],
    );
    check_problems(
        &[("one/x.yaml", &twice)],
        &[
            "_gen/staging/one/x.yaml:5: `Service/shop/a` stands twice in `one` (it stands in `_gen/staging/one/x.yaml:1` too)",
        ],
    );
    let other_version = object("v2", "Service", "a");
    check_problems(
        &[("one/x.yaml", &service), ("two/y.yaml", &other_version)],
        &[
            "_gen/staging/two/y.yaml:1: `Service/shop/a` is in two services of `staging`, `one` and `two` (it stands in `_gen/staging/one/x.yaml:1` too)",
        ],
    );
}

#[test]
fn scopes_come_from_the_project_file_the_environment_and_charts() {
    check(
        &[
            ("a/x.yaml", &object("g.io/v1", "Known", "nn")),
            ("b/x.yaml", &object("x.io/v1", "Own", "nn")),
            ("c/x.yaml", &definition("Own", "Cluster")),
            ("d/x.yaml", &object("example.com/v1", "Widget", "nn").replace("example.com", "x.io")),
        ],
        &[
            "a: Known.g.io/nn",
            "b: Own.x.io/nn",
            "c: CustomResourceDefinition.apiextensions.k8s.io/Own",
            "d: Widget.x.io/nn",
        ],
    );
}

#[test]
fn an_unknown_kind_is_refused_unless_generate_wrote_it() {
    let mystery = object("m.io/v1", "Mystery", "nn");
    check_problems(
        &[("a/x.yaml", &mystery)],
        &["_gen/staging/a/x.yaml:2: whether `Mystery.m.io` lives in namespaces is not known"],
    );
    check(&[("a/molave.lock", LOCK), ("a/resources.yaml", &mystery)], &["a: Mystery.m.io/nn"]);
}

#[test]
fn what_only_serves_to_be_compared_is_read_as_far_as_possible() {
    let files = folder(&[
        ("README.md", ""),
        ("a/x.yaml", &object("m.io/v1", "Mystery", "nn")),
        ("b/x.yaml", "a: [\n"),
        ("b/y.yaml", &object("v1", "Service", "s")),
    ]);
    let (manifests, warnings) = with(|context| read_to_compare(&files, &context));
    assert_eq!(shown(&manifests), ["a: Mystery.m.io/nn", "b: Service/shop/s"]);
    assert_eq!(
        told(&warnings),
        [
            "_gen/staging/README.md: `_gen/staging/README.md` belongs to no service",
            "_gen/staging/a/x.yaml:1: whether `Mystery` lives in namespaces is not known: it is taken not to, because the object names none",
            "_gen/staging/b/x.yaml:1: yaml: line 1: did not find expected node content",
        ]
    );
}

#[test]
fn digests_of_secrets_are_keyed_and_others_are_not() {
    let secret = object("v1", "Secret", "s");
    let files = [("a/x.yaml", &*secret), ("a/y.yaml", &*object("v1", "Service", "s"))];
    let manifests = read(&folder(&files)).expect("no problem");
    let digests = |key: Option<&[u8]>| -> Vec<String> {
        let desired = manifests.desired(key);
        desired.services["a"].objects.iter().map(|wanted| wanted.digest.clone()).collect()
    };
    let (plain, one, other) = (digests(None), digests(Some(b"one")), digests(Some(b"other")));
    assert_eq!(plain[1], one[1]);
    assert!(plain[0] != one[0] && one[0] != other[0]);
}
