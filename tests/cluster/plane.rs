//! The control plane that the tests of this binary share, and what they ask of it.
//!
//! It is started by `scripts/control-plane run` when the first test wants it, and ends with this process, however that
//! ends, because its standard input does. `MOLAVE_TEST_KUBECONFIG` names one that runs already. Knows nothing of Molave.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Contexts of the kubeconfig beside `molave-test`: those that the example's environments name.
const CONTEXTS: [&str; 2] = ["shop-staging", "shop-production"];

/// What provides the programs.
const HINT: &str = "run `scripts/control-plane build`";

/// The script's exit code for programs that are not there.
const UNAVAILABLE: i32 = 2;

/// How long anything on an idle cluster may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running cluster with nodes, controllers and an administrator.
pub(crate) struct Plane {
    kubeconfig: PathBuf,
    kubectl: PathBuf,
    namespaces: AtomicUsize,
    /// Holds the standard input that keeps the control plane up.
    _process: Option<Child>,
}

/// Why there is no control plane.
enum Missing {
    /// Its programs are not built: tests are skipped, unless in CI.
    Programs,
    /// It did not come up.
    Broken(String),
}

impl Plane {
    /// The one control plane of this test binary.
    ///
    /// # Panics
    ///
    /// When there is none: not built, or broken.
    pub(crate) fn shared() -> &'static Self {
        match Self::start_once() {
            Ok(plane) => plane,
            Err(Missing::Programs) => panic!("the control plane is not built: {HINT}"),
            Err(Missing::Broken(reason)) => panic!("the control plane is broken: {reason}"),
        }
    }

    /// The same; `None` when its programs are not built, after a line that says that this test is skipped. With
    /// `CI=true` that is a failure.
    pub(crate) fn shared_or_skip() -> Option<&'static Self> {
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        if !in_ci && matches!(Self::start_once(), Err(Missing::Programs)) {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or("a test");
            // Unlike `eprintln!`, this is seen when the test passes.
            writeln!(std::io::stderr(), "skipped: {name}: needs the control plane: {HINT}").ok();
            return None;
        }
        Some(Self::shared())
    }

    fn start_once() -> &'static Result<Self, Missing> {
        static SHARED: OnceLock<Result<Plane, Missing>> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var_os("MOLAVE_TEST_KUBECONFIG") {
            Some(kubeconfig) => Ok(Self::new(kubeconfig.into(), None)),
            None => start().map(|(kubeconfig, process)| Self::new(kubeconfig, Some(process))),
        })
    }

    fn new(kubeconfig: PathBuf, process: Option<Child>) -> Self {
        let kubectl = programs().join("kubectl");
        Self { kubeconfig, kubectl, namespaces: AtomicUsize::new(0), _process: process }
    }

    /// The kubeconfig of its administrator.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The path of kubectl.
    pub(crate) fn kubectl_program(&self) -> &Path {
        &self.kubectl
    }

    /// The name of a namespace of this test alone, in which pods can be made. It stays: the plane goes soon.
    pub(crate) fn namespace(&self) -> String {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed);
        // A cluster that runs already has met other processes' namespaces.
        let name = format!("t-{}-{number}-{}", std::process::id(), test_name());
        let name = name.trim_end_matches('-');
        self.kubectl(&["create", "namespace", name]);
        self.kubectl(&[
            "--namespace",
            name,
            "wait",
            "--for=create",
            "serviceaccount/default",
            "--timeout=60s",
        ]);
        name.to_owned()
    }

    /// Runs `kubectl`, which must succeed, and gives its standard output.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        successful(arguments, self.try_kubectl(arguments))
    }

    /// Runs `kubectl`, which may fail.
    pub(crate) fn try_kubectl(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("kubectl runs")
    }

    /// `kubectl` with these arguments, as the administrator.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments);
        command
    }

    /// Applies manifests as somebody else would: with `kubectl apply --server-side`, as the field manager `kubectl`.
    /// Objects without a namespace land in the given one.
    pub(crate) fn apply(&self, namespace: &str, manifests: &str) {
        let arguments = [
            "--namespace",
            namespace,
            "apply",
            "--server-side",
            "--force-conflicts",
            "--filename=-",
        ];
        let mut child = self
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(manifests.as_bytes()).expect("kubectl reads");
        drop(input);
        successful(&arguments, child.wait_with_output().expect("kubectl ends"));
    }

    /// A live object, `None` when it does not exist. Give the namespace as `""` for a cluster-scoped kind.
    pub(crate) fn get_json(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let arguments =
            ["--namespace", namespace, "get", kind, name, "--ignore-not-found", "--output=json"];
        let text = self.kubectl(&[&arguments[..], &["--show-managed-fields"]].concat());
        (!text.trim().is_empty()).then(|| serde_json::from_str(&text).expect("JSON"))
    }

    /// Deletes an object, if it exists, and waits until it is gone.
    pub(crate) fn delete(&self, kind: &str, namespace: &str, name: &str) {
        self.kubectl(&[
            "--namespace",
            namespace,
            "delete",
            kind,
            name,
            "--ignore-not-found",
            "--timeout=60s",
        ]);
    }
}

/// Waits until a condition holds.
///
/// # Panics
///
/// When it does not hold after a minute; `what` says what was waited for.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Starts a control plane; it ends when the standard input of the returned process is closed.
fn start() -> Result<(PathBuf, Child), Missing> {
    let mut command = Command::new(root().join("scripts/control-plane"));
    command.args(["run", "--no-build", "--until-eof"]);
    for context in CONTEXTS {
        command.args(["--context", context]);
    }
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/control-plane runs");
    let mut answer = String::new();
    let output = process.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut answer).expect("a line, or the end");
    if let Some(path) = answer.trim_end().strip_prefix("kubeconfig ") {
        return Ok((path.into(), process));
    }
    let status = process.wait().expect("scripts/control-plane ends");
    if status.code() == Some(UNAVAILABLE) {
        return Err(Missing::Programs);
    }
    Err(Missing::Broken(format!("`scripts/control-plane run`: {status}")))
}

/// Where the script keeps the programs.
fn programs() -> PathBuf {
    let folder = std::env::var_os("MOLAVE_CONTROL_PLANE_DIR");
    root().join(folder.unwrap_or_else(|| "target/control-plane".into()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The name of the running test as part of a namespace's name: short, and without what is not allowed there.
fn test_name() -> String {
    let thread = std::thread::current();
    let name = thread.name().and_then(|name| name.rsplit("::").next()).unwrap_or_default();
    name.to_ascii_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .take(36)
        .collect()
}

fn successful(arguments: &[&str], output: Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl {}: {complaint}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("UTF-8")
}
