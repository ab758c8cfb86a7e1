//! A small project on the shared plane, and the program to run on it.
//!
//! Its environments are folders of plain manifests, so that a test says in YAML what should be
//! there. Every project has a name and a namespace of its own; states share one namespace.

use crate::plane::Plane;
use plan::marks::state_name;
use serde_json::Value;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// The namespace of every state.
pub(crate) const STATE: &str = "molave-system";

/// A project, gone from the disk when the test ends.
pub(crate) struct Shop {
    pub(crate) plane: &'static Plane,
    /// The project's name, which no other test has.
    pub(crate) name: String,
    /// The namespace of its objects, made and ready.
    pub(crate) namespace: String,
    folder: TempDir,
}

/// What a run of the program came to.
pub(crate) struct Run {
    /// The exit code; -1 after a signal.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shop {
    /// A project with one environment, `test`, or nothing where there is no plane.
    pub(crate) fn open() -> Option<Self> {
        let plane = Plane::shared_or_skip()?;
        let namespace = plane.namespace();
        Some(Self::with(plane, &unique("shop"), &namespace, &[("test", "")]))
    }

    /// A project with these environments, each with more settings (YAML, indented by four).
    pub(crate) fn with(
        plane: &'static Plane,
        name: &str,
        namespace: &str,
        environments: &[(&str, &str)],
    ) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let shop = Self { plane, name: name.to_owned(), namespace: namespace.to_owned(), folder };
        shop.configure(environments);
        shop
    }

    /// Writes `molave.yaml`, and makes the folder of each environment.
    pub(crate) fn configure(&self, environments: &[(&str, &str)]) {
        let mut text = format!("project: {}\nenvironments:\n", self.name);
        for (name, settings) in environments {
            write!(text, "  {name}:\n    namespace: {}\n{settings}", self.namespace)
                .expect("a string");
            std::fs::create_dir_all(self.path().join("_gen").join(name)).expect("made");
        }
        self.file("molave.yaml", &text);
    }

    /// The project's folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the project.
    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    /// Writes the manifests of a service in the environment `test`.
    pub(crate) fn service(&self, service: &str, manifests: &str) {
        self.file(&format!("_gen/test/{service}/manifests.yaml"), manifests);
    }

    /// Writes a service of the environment `test` as `generate` would: with a lock that has these
    /// settings, such as `dependsOn: [cart]`.
    pub(crate) fn locked(&self, service: &str, settings: &str, manifests: &str) {
        let folder = format!("_gen/test/{service}");
        let lock = format!("apiVersion: molave.dev/v1\nsettings: {{{settings}}}\n");
        self.file(&format!("{folder}/molave.lock"), &lock);
        self.file(&format!("{folder}/resources.yaml"), manifests);
    }

    /// Takes a service out of the environment `test`.
    pub(crate) fn remove(&self, service: &str) {
        std::fs::remove_dir_all(self.path().join("_gen/test").join(service)).expect("removed");
    }

    /// The program with these arguments, in the project and on the plane.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_molave"));
        command.args(arguments).env("MOLAVE_ACTOR", "tester");
        command
    }

    /// Any program, in the project and on the plane, with nothing of ours in its environment.
    pub(crate) fn program(&self, path: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(path);
        command.current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars() {
            if name.starts_with("MOLAVE_") || name.starts_with("GITHUB_") {
                command.env_remove(name);
            }
        }
        command.env("KUBECONFIG", self.plane.kubeconfig());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().expect("runs"))
    }

    /// Starts the program with its output captured.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs")
    }

    /// `molave sync test --yes --first` with more arguments.
    pub(crate) fn sync(&self, arguments: &[&str]) -> Run {
        self.run(&[&["sync", "test", "--yes", "--first"], arguments].concat())
    }

    /// The same, which must end well.
    pub(crate) fn synced(&self, arguments: &[&str]) -> Run {
        self.sync(arguments).expect(0)
    }

    /// A sync with its report.
    pub(crate) fn reported(&self, arguments: &[&str]) -> (Run, Value) {
        let path = self.path().join("report.json");
        let run = self.sync(&[&["--report", "report.json"], arguments].concat());
        let text = std::fs::read_to_string(&path).expect("a report");
        std::fs::remove_file(&path).expect("removed");
        (run, document("sync-report", &text))
    }

    /// The recorded state of the environment `test` as `molave state show` has it.
    pub(crate) fn state(&self) -> Value {
        let run = self.run(&["state", "show", "test", "--output", "json"]).expect(0);
        document("state", &run.stdout)
    }

    /// The phase of a recorded object, by the end of its id; `None` if it is not recorded.
    pub(crate) fn phase(&self, id: &str) -> Option<String> {
        let state = self.state();
        let objects = state["objects"].as_array().expect("a list");
        let found =
            objects.iter().find(|object| object["id"].as_str().is_some_and(|at| at.ends_with(id)));
        found.map(|object| object["phase"].as_str().expect("a phase").to_owned())
    }

    /// The ConfigMap of the state.
    pub(crate) fn parent(&self) -> Option<Value> {
        self.plane.get_json("configmap", STATE, &state_name(&self.name, "test"))
    }

    /// Writes into the `data` of the ConfigMap of the state, as somebody with `kubectl edit` would.
    pub(crate) fn edit_parent(&self, key: &str, text: &str) {
        self.patch_state("configmap", &serde_json::json!({ "data": { key: text } }));
    }

    /// Merges into the ConfigMap or the Lease of the state.
    pub(crate) fn patch_state(&self, kind: &str, patch: &Value) {
        let (name, patch) = (state_name(&self.name, "test"), patch.to_string());
        let patch = ["patch", kind, &name, "--type=merge", "--patch", &patch];
        self.plane.kubectl(&[&["--namespace", STATE], &patch[..]].concat());
    }

    /// A live object of the project's namespace.
    pub(crate) fn live(&self, kind: &str, name: &str) -> Option<Value> {
        self.plane.get_json(kind, &self.namespace, name)
    }

    /// The resource version of a live object, which must be there.
    pub(crate) fn version(&self, kind: &str, name: &str) -> String {
        let live = self.live(kind, name).unwrap_or_else(|| panic!("no {kind} {name}"));
        live["metadata"]["resourceVersion"].as_str().expect("a resource version").to_owned()
    }

    /// Runs `kubectl` in the project's namespace, which must succeed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        self.plane.kubectl(&[&["--namespace", &self.namespace], arguments].concat())
    }

    /// A kubeconfig that was changed.
    pub(crate) fn kubeconfig(&self, change: impl FnOnce(&mut Value)) -> PathBuf {
        let text = std::fs::read_to_string(self.plane.kubeconfig()).expect("a kubeconfig");
        let mut kubeconfig: Value = serde_yaml::from_str(&text).expect("YAML");
        change(&mut kubeconfig);
        let path = self.path().join(unique("kubeconfig"));
        std::fs::write(&path, kubeconfig.to_string()).expect("written");
        path
    }

    /// The UID of a live object, which must be there.
    pub(crate) fn uid(&self, kind: &str, name: &str) -> String {
        let live = self.live(kind, name).unwrap_or_else(|| panic!("no {kind} {name}"));
        live["metadata"]["uid"].as_str().expect("a UID").to_owned()
    }
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run, which must have ended with this code.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The run, which must not have said this anywhere.
    pub(crate) fn never_says(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!said, "`{text}` is said\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The run, which must have said this on standard error or standard output.
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "`{text}` is not said\nstdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

/// A document of the program, which must have the published form.
pub(crate) fn document(schema: &str, text: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schemas/{schema}.json"));
    let schema = std::fs::read_to_string(path).expect("a schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let document = serde_json::from_str(text).expect("JSON");
    let checked = jsonschema::validate(&schema, &document);
    assert!(checked.is_ok(), "{checked:?}\n{text}");
    document
}

/// A name that no other test has.
pub(crate) fn unique(word: &str) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("{word}-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// A ConfigMap with one value.
pub(crate) fn config_map(name: &str, value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: {value:?}}}\n"
    )
}

/// A Deployment of one container.
pub(crate) fn deployment(name: &str, replicas: u32) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec: {{containers: [{{name: main, image: example.com/{name}:1}}]}}\n"
    )
}
