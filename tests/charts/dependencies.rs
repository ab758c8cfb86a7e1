//! `molave deps build` against `helm dependency build`: the same lock file, archives of the same
//! content, and each accepts what the other made.

use crate::oracle::Oracle;
use helm_render::Profile;
use helm_render::chart::lock::{Lock, digest};
use helm_render::chart::{Chart, Dependency};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const FILES: [(&str, &str); 22] = [
    (
        "common/Chart.yaml",
        "apiVersion: v2\nname: common\nversion: 1.2.3-rc.1+build.7\ntype: library\n",
    ),
    ("common/templates/_names.tpl", "{{ define \"common.name\" }}{{ .Release.Name }}{{ end }}\n"),
    (
        "order/Chart.yaml",
        "# A comment, and a key that Helm does not know.\nunknown: 1\napiVersion: v2\nname: order\nversion: 0.1.0\n\
         description: \"Orders & <more>\"\nappVersion: 1.10\ndeprecated: false\nkubeVersion: '>=1.20.0-0'\n\
         maintainers: [{name: Ann, email: ann@example.com}]\nannotations: {b: \"1\", a: 'yes'}\nkeywords: [x, y]\n\
         dependencies:\n- {name: common, version: '>=1.0.0-0 <2', repository: 'file://../common'}\n",
    ),
    ("order/.helmignore", "*.txt\n"),
    ("order/README.md", "\u{feff}# Orders\n"),
    ("order/notes.txt", "ignored\n"),
    ("order/files/ünï.conf", "a file\n"),
    // Longer than the header of an archive has room for.
    (
        "order/files/a-folder-with-a-name-that-goes-on-and-on-and-on/and-another-one-of-the-same-kind/and-a-file-in-it-at-last",
        "far away\n",
    ),
    ("order/values.yaml", "# one\nreplicas: 1\n"),
    ("order/values.schema.json", "{\"type\": \"object\"}\n"),
    (
        "order/crds/kind.yaml",
        "kind: CustomResourceDefinition\nmetadata: {name: kinds.example.com}\n",
    ),
    (
        "order/templates/map.yaml",
        "kind: ConfigMap\nmetadata: {name: {{ include \"common.name\" . }}-{{ .Chart.Name }}}\n\
         data: {version: {{ .Chart.Version | quote }}, app: {{ .Chart.AppVersion | quote }}, chart: {{ toJson .Chart | quote }},\n\
         files: {{ .Files.Glob \"**\" | toJson | quote }}, replicas: {{ .Values.replicas | quote }}}\n",
    ),
    ("order/templates/NOTES.txt", "ignored\n"),
    ("old/Chart.yaml", "name: old\nversion: 2.0.0\n"),
    ("old/requirements.yaml", "dependencies: []\n"),
    ("old/templates/a.yaml", "kind: ConfigMap\nmetadata: {name: old}\n"),
    (
        "shop/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n\
         - name: order\n  version: ^0.1.0\n  repository: file://../order\n  condition: order.enabled\n  \
         tags: [front, \"b<c & d\"]\n  import-values: [data, {child: a.b, parent: c}]\n\
         - {name: order, alias: second, version: ~0.1, repository: 'file://../order/', enabled: true}\n\
         - {name: old, version: '*', repository: 'file://../x/../old'}\n\
         - {name: local, version: '>0', repository: ''}\n",
    ),
    ("shop/values.yaml", "order: {replicas: 3}\nlocal: {on: true}\n"),
    ("first/Chart.yaml", "name: first\nversion: 1.0.0\n"),
    (
        "first/requirements.yaml",
        "dependencies:\n- {name: old, version: ^2.0.0, repository: 'file://../old'}\n",
    ),
    ("shop/charts/local/Chart.yaml", "apiVersion: v2\nname: local\nversion: 1.0.0\n"),
    ("shop/templates/map.yaml", "kind: ConfigMap\nmetadata: {name: shop}\n"),
];

/// Folders of charts.
struct Charts(TempDir);

impl Charts {
    fn new() -> Self {
        let charts = Self(tempfile::tempdir().unwrap());
        for (path, text) in FILES {
            charts.write(path, text);
        }
        charts
    }

    fn path(&self, inner: &str) -> PathBuf {
        self.0.path().join(inner)
    }

    fn write(&self, inner: &str, text: &str) {
        let path = self.path(inner);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn molave(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_molave"));
        command.args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    fn helm(&self, helm: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(helm);
        for name in ["HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME"] {
            command.env(name, self.path("helm"));
        }
        command.args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    /// Builds all with Molave, the inner ones first.
    fn built() -> Self {
        let charts = Self::new();
        for chart in ["order", "shop"] {
            succeed(&charts.molave(&["deps", "build", chart]));
        }
        charts
    }

    /// The lock file without its time.
    fn lock(&self, chart: &str) -> String {
        let text = fs::read_to_string(self.path(chart).join("Chart.lock")).unwrap();
        let (text, time) = text.split_once("generated: ").unwrap();
        assert!(time.trim().trim_matches('"').parse::<jiff::Timestamp>().is_ok(), "{time}");
        text.to_owned()
    }

    /// The archives of a chart by name, with the paths and contents of what is in them, in order.
    fn archives(&self, chart: &str) -> Vec<(String, Vec<(String, String)>)> {
        let items = fs::read_dir(self.path(chart).join("charts")).unwrap();
        let paths = items.map(|item| item.unwrap().path()).filter(|path| path.is_file());
        let named = |path: PathBuf| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), unpacked(&path))
        };
        let mut archives: Vec<_> = paths.map(named).collect();
        archives.sort();
        archives
    }
}

fn unpacked(path: &Path) -> Vec<(String, String)> {
    let mut archive =
        tar::Archive::new(flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap()));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut text).unwrap();
        // The lock of a chart in an archive has the time at which it was made.
        let text = String::from_utf8(text).unwrap();
        let text = text.lines().filter(|line| !line.starts_with("generated: "));
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        (path, text.collect::<Vec<_>>().join("\n"))
    });
    entries.collect()
}

fn succeed(output: &Output) {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{stdout}{stderr}");
}

#[test]
fn lock_and_archives_are_those_of_helm_4() {
    lock_and_archives_are_those_of(Oracle::Helm4);
}

#[test]
fn lock_and_archives_are_those_of_helm_3() {
    lock_and_archives_are_those_of(Oracle::Helm3);
}

fn lock_and_archives_are_those_of(oracle: Oracle) {
    let Some(helm) = oracle.binary() else { return };
    let (ours, theirs) = (Charts::built(), Charts::new());
    for chart in ["order", "shop"] {
        succeed(&theirs.helm(&helm, &["dependency", "build", chart]));
        assert_eq!(ours.lock(chart), theirs.lock(chart));
        assert_eq!(ours.archives(chart), theirs.archives(chart));
    }
    assert_eq!(ours.archives("shop").len(), 2);
    // Each takes what the other made for its own, and changes nothing.
    let before = fs::read(ours.path("shop/Chart.lock")).unwrap();
    succeed(&ours.helm(&helm, &["dependency", "build", "shop"]));
    assert_eq!(fs::read(ours.path("shop/Chart.lock")).unwrap(), before);
    let there = fs::read(theirs.path("shop/charts/order-0.1.0.tgz")).unwrap();
    succeed(&theirs.molave(&["deps", "build", "shop"]));
    assert_eq!(fs::read(theirs.path("shop/charts/order-0.1.0.tgz")).unwrap(), there);
}

#[test]
fn a_chart_of_the_first_version_has_its_own_lock() {
    let Some(helm) = Oracle::Helm3.binary() else { return };
    let charts = Charts::new();
    succeed(&charts.molave(&["deps", "build", "first"]));
    let lock = fs::read(charts.path("first/requirements.lock")).unwrap();
    succeed(&charts.helm(&helm, &["dependency", "build", "first"]));
    assert_eq!(fs::read(charts.path("first/requirements.lock")).unwrap(), lock);
    assert_eq!(charts.archives("first")[0].0, "old-2.0.0.tgz");
}

#[test]
fn what_helm_got_from_elsewhere_stays_and_the_rest_is_taken_care_of() {
    let charts = Charts::built();
    charts.write(
        "mixed/Chart.yaml",
        "apiVersion: v2\nname: mixed\nversion: 0.1.0\ndependencies:\n\
         - {name: old, version: ^2.0.0, repository: 'https://charts.example.com'}\n\
         - {name: order, version: ^0.1.0, repository: 'file://../order'}\n",
    );
    let declared = |name: &str, version: &str, repository: &str| Dependency {
        name: name.to_owned(),
        version: version.to_owned(),
        repository: repository.to_owned(),
        ..Dependency::default()
    };
    let https = "https://charts.example.com";
    let file = "file://../order";
    let dependencies = vec![declared("old", "2.0.0", https), declared("order", "0.1.0", file)];
    let wanted = [declared("old", "^2.0.0", https), declared("order", "^0.1.0", file)];
    let digest = digest(&wanted, &dependencies);
    let lock = Lock { generated: "2026-11-22T00:00:00Z".to_owned(), digest, dependencies }.write();
    charts.write("mixed/Chart.lock", &lock);
    // What is locked is not there yet.
    let refused = charts.molave(&["deps", "build", "mixed"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("`old` comes from `https://charts.example.com`"), "{said}");
    assert!(said.contains("`helm dependency build mixed`"), "{said}");
    fs::create_dir(charts.path("mixed/charts")).unwrap();
    let [from, to] = ["shop", "mixed"].map(|chart| charts.path(chart).join("charts/old-2.0.0.tgz"));
    fs::copy(from, to).unwrap();
    for command in ["build", "update"] {
        succeed(&charts.molave(&["deps", command, "mixed"]));
        let names: Vec<String> =
            charts.archives("mixed").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["old-2.0.0.tgz", "order-0.1.0.tgz"]);
        assert_eq!(fs::read_to_string(charts.path("mixed/Chart.lock")).unwrap(), lock);
    }
}

#[test]
fn what_we_built_renders_as_what_helm_built() {
    let Some(helm) = Oracle::Helm4.binary() else { return };
    let (ours, theirs) = (Charts::built(), Charts::new());
    for chart in ["order", "shop"] {
        succeed(&theirs.helm(&helm, &["dependency", "build", chart]));
    }
    let arguments = ["template", "web", "shop", "--include-crds"];
    let wanted = theirs.helm(&helm, &arguments);
    succeed(&wanted);
    let wanted = String::from_utf8(wanted.stdout).unwrap();
    assert!(wanted.contains("replicas: \"3\"") && wanted.contains("# Source: shop/charts/second/"));
    for charts in [&ours, &theirs] {
        for output in [charts.helm(&helm, &arguments), charts.molave(&arguments)] {
            assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted);
        }
    }
}

#[test]
fn the_same_charts_give_the_same_bytes_and_a_second_run_writes_nothing() {
    let (one, other) = (Charts::built(), Charts::built());
    // The lock of `order` is in its archive, with the time at which it was made.
    let lock = fs::read(one.path("order/Chart.lock")).unwrap();
    fs::write(other.path("order/Chart.lock"), lock).unwrap();
    succeed(&other.molave(&["deps", "build", "shop"]));
    let archive = |charts: &Charts| fs::read(charts.path("shop/charts/order-0.1.0.tgz")).unwrap();
    assert!(archive(&one) == archive(&other));
    let changed = |inner: &str| fs::metadata(one.path(inner)).unwrap().modified().unwrap();
    let files = ["shop/charts/order-0.1.0.tgz", "shop/charts/old-2.0.0.tgz", "shop/Chart.lock"];
    let before = files.map(changed);
    for command in ["build", "update"] {
        succeed(&one.molave(&["deps", command, "shop"]));
        assert_eq!(files.map(changed), before);
    }
}

#[test]
fn the_list_says_what_helm_says() {
    let Some(helm) = Oracle::Helm4.binary() else { return };
    let charts = Charts::built();
    let rows = |output: &Output| -> Vec<Vec<String>> {
        succeed(output);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        text.lines().filter(|line| !line.is_empty()).map(cells).collect()
    };
    let compare = || {
        let ours = charts.molave(&["deps", "list", "shop"]);
        assert_eq!(rows(&ours), rows(&charts.helm(&helm, &["dependency", "list", "shop"])));
        String::from_utf8_lossy(&ours.stdout).into_owned()
    };
    assert!(compare().contains("  unpacked\n"));
    fs::remove_file(charts.path("shop/charts/old-2.0.0.tgz")).unwrap();
    assert!(compare().contains("  missing\n"));
    charts.write("old/Chart.yaml", "name: old\nversion: 3.0.0\n");
    fs::remove_file(charts.path("shop/Chart.lock")).unwrap();
    succeed(&charts.molave(&["deps", "build", "shop"]));
    let text = fs::read_to_string(charts.path("shop/Chart.yaml")).unwrap();
    charts.write("shop/Chart.yaml", &text.replace("version: '*'", "version: <3"));
    assert!(compare().contains("  wrong version\n"));
}

#[test]
fn both_refuse_a_lock_that_is_not_in_sync_and_a_version_out_of_range() {
    let Some(helm) = Oracle::Helm4.binary() else { return };
    let charts = Charts::built();
    let both = || {
        let ours = charts.molave(&["deps", "build", "shop"]);
        let theirs = charts.helm(&helm, &["dependency", "build", "shop"]);
        assert_eq!((ours.status.success(), theirs.status.success()), (false, false));
        String::from_utf8_lossy(&ours.stderr).into_owned()
    };
    let text = fs::read_to_string(charts.path("shop/Chart.yaml")).unwrap();
    charts.write("shop/Chart.yaml", &text.replace("^0.1.0", "^0.1"));
    assert!(both().contains("`Chart.lock` was made from other dependencies"));
    charts.write("shop/Chart.yaml", &text);
    charts.write("old/Chart.yaml", "name: old\nversion: 2.1.0\n");
    assert!(both().contains("`old` is version 2.1.0, and `Chart.lock` has 2.0.0"));
    succeed(&charts.molave(&["deps", "update", "shop"]));
    assert_eq!(charts.archives("shop")[0].0, "old-2.1.0.tgz");
    assert_eq!(charts.archives("shop").len(), 2);
    succeed(&charts.helm(&helm, &["dependency", "build", "shop"]));
}

#[test]
fn what_is_unpacked_is_what_was_packed() {
    let charts = Charts::built();
    let bytes = fs::read(charts.path("shop/charts/order-0.1.0.tgz")).unwrap();
    let chart = Chart::load_archive(Profile::Helm4, "order-0.1.0.tgz", &bytes).unwrap();
    assert_eq!(chart.dependencies[0].metadata.version, "1.2.3-rc.1+build.7");
    assert!(chart.files.iter().any(|file| file.path == "files/ünï.conf"));
    assert!(chart.files.iter().all(|file| file.path != "notes.txt"));
}
