//! Renders the charts in `tests/cases` and compares with what the real Helm printed.
//!
//! A case is one text file: a sentence, then sections that begin with `-- name --`.
//! `chart/<path>` is a file of the chart (` (no final newline)` after the path takes the last line
//! break away); `chart/charts/x.tgz!<path>` is one that is packed into an archive, at any depth, and
//! `chart.tgz!<path>` makes the chart itself one; `values` a values file, `flags` the flags of `helm template`, one a line. The
//! recorded rest is `output` or `error`, with ` helm3` after it where Helm 3 differs from Helm 4.
//!
//! `HELM4=… HELM3=… RECORD=1 cargo test -p helm-render --test cases` records anew. A word in `ONLY`
//! narrows the cases to those whose name contains it.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test reads its cases, measures time, runs the real Helm and fails loudly"
)]

mod packing;

use helm_render::chart::{Chart, LoadError, SourceFile};
use helm_render::output::{PrintOptions, print};
use helm_render::values::{self, set};
use helm_render::{Compiled, KubeVersion, Options, Profile, Release, STACK_SIZE};
use packing::{Member, pack};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const PROFILES: [(Profile, &str); 2] = [(Profile::Helm4, ""), (Profile::Helm3, " helm3")];

struct Case {
    name: String,
    path: PathBuf,
    /// Everything before the recorded sections.
    input: String,
    sections: Vec<(String, String)>,
}

#[test]
fn every_case_prints_what_helm_prints() {
    let cases = read_cases();
    assert!(cases.len() > 40 || variable("ONLY").is_some(), "only {} cases found", cases.len());
    if variable("RECORD").is_some() {
        cases.iter().for_each(record);
        return;
    }
    let mut report = String::new();
    let mut failed = 0;
    for case in &cases {
        for (profile, suffix) in PROFILES {
            let expected = case.expectation(suffix);
            let actual = case.render(profile);
            if actual != expected {
                failed += 1;
                writeln!(
                    report,
                    "## {}{suffix}\n{}",
                    case.name,
                    first_difference(&expected, &actual)
                )
                .unwrap();
            }
        }
    }
    assert!(failed == 0, "{failed} of {} differ\n{report}", cases.len() * 2);
}

/// What is recorded is still what the real Helms answer. In CI they must be there.
#[test]
fn recorded_answers_are_those_of_the_real_helms() {
    for (_, suffix) in PROFILES {
        let name = if suffix.is_empty() { "helm4" } else { "helm3" };
        let Some(helm) = binary(name) else {
            assert!(variable("CI").is_none(), "{name} is not built: `scripts/oracle {name}`");
            continue;
        };
        for case in read_cases() {
            assert_eq!(ask(&helm, name, &case), case.expectation(suffix), "{} {name}", case.name);
        }
    }
}

#[test]
fn endless_inclusion_ends_as_in_helm() {
    let text = "{{ define \"loop\" }}{{ include \"loop\" . }}{{ end }}{{ include \"loop\" . }}";
    let error = render_template(text);
    let expected = "error calling include: rendering template has a nested reference name: loop: \
                    unable to execute template";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn hostile_templates_run_out_of_steps_or_depth() {
    for text in [
        "{{ range until 100000 }}{{ range until 100000 }}x{{ end }}{{ end }}",
        "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
        "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end \
         }}{{ include \"a\" . }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toYaml $d }}{{ mustToYaml $d }}",
        "{{ $s := \"xxxxxxxxxx\" }}{{ range until 100 }}{{ $s = print $s $s }}{{ end }}",
        "{{ tpl .Template.Name . }}{{ define \"t\" }}{{ tpl \"{{ include \\\"t\\\" . }}\" . }}{{ end }}{{ \
         include \"t\" . }}",
    ] {
        let started = std::time::Instant::now();
        let error = render_template(text);
        let seconds = started.elapsed().as_secs();
        assert!(seconds < 20, "{text} took {seconds} s: {error}");
    }
}

/// The error of a chart with one template.
fn render_template(text: &str) -> String {
    let input = format!(
        "-- chart/Chart.yaml --\napiVersion: v2\nname: shop\nversion: 1.2.3\n\
         -- chart/templates/a.yaml --\n{text}\n"
    );
    let case = Case::parse("one", PathBuf::new(), &input);
    let (kind, text) = case.render(Profile::Helm4);
    assert_eq!(kind, "error", "{text}");
    text
}

impl Case {
    fn parse(name: &str, path: PathBuf, text: &str) -> Self {
        let recorded = PROFILES
            .iter()
            .flat_map(|(_, suffix)| {
                [format!("-- output{suffix} --\n"), format!("-- error{suffix} --\n")]
            })
            .filter_map(|marker| text.find(&marker))
            .min();
        let input = text[..recorded.unwrap_or(text.len())].to_owned();
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            let name = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --\n"));
            match (name, sections.last_mut()) {
                (Some(name), _) => sections.push((name.to_owned(), String::new())),
                (None, Some((_, content))) => content.push_str(line),
                (None, None) => {}
            }
        }
        Self { name: name.to_owned(), path, input, sections }
    }

    fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }

    fn expectation(&self, suffix: &str) -> (&'static str, String) {
        for suffix in [suffix, ""] {
            for kind in ["output", "error"] {
                if let Some(text) = self.section(&format!("{kind}{suffix}")) {
                    return (kind, text.to_owned());
                }
            }
        }
        panic!("{} has no recorded output: set RECORD=1", self.name)
    }

    /// All files of the case's folder, the packed ones in their archives.
    fn all_files(&self) -> Vec<(String, Vec<u8>)> {
        let files = self.sections.iter().filter(|(name, _)| name.starts_with("chart"));
        let files = files.map(|(name, content)| match name.strip_suffix(" (no final newline)") {
            None => (name.clone(), content.clone().into_bytes()),
            Some(name) => (name.to_owned(), content.strip_suffix('\n').unwrap_or(content).into()),
        });
        pack_archives(files.collect())
    }

    fn load(&self, profile: Profile) -> Result<Chart, LoadError> {
        let files = self.all_files();
        if let [(_, archive)] = files.as_slice()
            && self.is_packed()
        {
            return Chart::load_archive(profile, "chart.tgz", archive);
        }
        let files = files.into_iter().filter_map(|(path, content)| {
            Some(SourceFile { path: path.strip_prefix("chart/")?.to_owned(), content })
        });
        Chart::load_as(profile, "chart", files.collect())
    }

    fn is_packed(&self) -> bool {
        self.sections.iter().any(|(name, _)| name.starts_with("chart.tgz!"))
    }

    fn flags(&self) -> Vec<(&str, &str)> {
        let lines = self.section("flags").unwrap_or_default().lines();
        lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
    }

    /// What our renderer prints, on a thread with the stack it asks for.
    fn render(&self, profile: Profile) -> (&'static str, String) {
        let result = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK_SIZE);
            thread.spawn_scoped(scope, || self.try_render(profile)).unwrap().join()
        });
        match result {
            Ok(Ok(output)) => ("output", String::from_utf8_lossy(&output).into_owned()),
            Ok(Err(error)) => ("error", format!("{error}\n")),
            Err(_) => ("panic", String::new()),
        }
    }

    fn try_render(&self, profile: Profile) -> Result<Vec<u8>, String> {
        let mut options = Options { profile, ..Options::default() };
        let mut release = Release::default();
        let mut choice = PrintOptions { profile, ..PrintOptions::default() };
        let user = match self.section("values") {
            Some(text) => values::read(text.as_bytes(), profile).map_err(|error| error.message)?,
            None => gotemplate::Map::default(),
        };
        for (flag, value) in self.flags() {
            let text = value.as_bytes();
            match flag {
                "--set" => set::parse(text, &user, profile).map_err(|error| error.message)?,
                "--set-string" => {
                    set::parse_string(text, &user, profile).map_err(|error| error.message)?;
                }
                "--set-json" => {
                    set::parse_json(text, &user, profile).map_err(|error| error.message)?;
                }
                "--namespace" => value.clone_into(&mut release.namespace),
                "--is-upgrade" => release.is_upgrade = true,
                "--kube-version" => {
                    options.kube_version = Some(KubeVersion::parse(value, profile)?);
                }
                "--api-versions" => options.api_versions.push(value.to_owned()),
                "--skip-schema-validation" => options.skip_schema_validation = true,
                "--include-crds" => choice.include_crds = true,
                "--no-hooks" => choice.no_hooks = true,
                "--skip-tests" => choice.skip_tests = true,
                "--show-only" => choice.show_only.push(value.to_owned()),
                other => panic!("{}: unknown flag {other}", self.name),
            }
        }
        let chart = self.load(profile).map_err(|error| error.message)?;
        let compiled = Compiled::new(chart, profile).map_err(|error| error.message)?;
        let rendering =
            compiled.render(&user, &release, &options).map_err(|error| error.message)?;
        print(&rendering, &choice).map_err(|error| error.message)
    }
}

/// Packs what stands behind the first `!` of a path, the innermost archives first.
fn pack_archives(files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut plain = Vec::new();
    let mut archives: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for (path, content) in files {
        match path.split_once('!') {
            None => plain.push((path, content)),
            Some((archive, inner)) => {
                archives.entry(archive.to_owned()).or_default().push((inner.to_owned(), content));
            }
        }
    }
    for (path, files) in archives {
        let files = pack_archives(files);
        let members: Vec<_> =
            files.into_iter().map(|(path, content)| Member::file(&path, content)).collect();
        plain.push((path, pack(&members)));
    }
    plain
}

/// Where two results part, with a few lines around.
fn first_difference(expected: &(&str, String), actual: &(&str, String)) -> String {
    let (left, right): (Vec<_>, Vec<_>) =
        (expected.1.split('\n').collect(), actual.1.split('\n').collect());
    let at = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    let excerpt = |lines: &[&str]| -> String {
        let start = at.saturating_sub(2).min(lines.len());
        let lines: Vec<_> = lines[start..].iter().take(8).map(|line| shorten(line)).collect();
        lines.join("\n    ")
    };
    let (helm, ours) = (excerpt(&left), excerpt(&right));
    format!("line {}\n  helm {}:\n    {helm}\n  ours {}:\n    {ours}", at + 1, expected.0, actual.0)
}

fn shorten(line: &str) -> String {
    line.chars().take(300).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn read_cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let only = variable("ONLY").unwrap_or_default();
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().contains(&only));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Case::parse(&name, path, &text)
        })
        .collect()
}

/// Writes what both real Helms answer into the case's file.
fn record(case: &Case) {
    let [helm4, helm3] = ["helm4", "helm3"].map(|name| {
        let helm =
            binary(name).unwrap_or_else(|| panic!("{name} is not built: `scripts/oracle {name}`"));
        ask(&helm, name, case)
    });
    let mut text = format!("{}-- {} --\n{}", case.input, helm4.0, helm4.1);
    if helm3 != helm4 {
        write!(text, "-- {} helm3 --\n{}", helm3.0, helm3.1).unwrap();
    }
    std::fs::write(&case.path, text).unwrap();
}

/// The Helm that `scripts/oracle` built, or the one that `HELM4` or `HELM3` names.
fn binary(name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracle");
    let folder = std::env::var_os("MOLAVE_ORACLE_DIR").map_or(default, PathBuf::from);
    let named = std::env::var_os(name.to_uppercase()).map(PathBuf::from);
    let binary = named.unwrap_or_else(|| folder.join(name));
    binary.exists().then_some(binary)
}

/// What a real Helm answers to a case.
fn ask(helm: &Path, name: &str, case: &Case) -> (&'static str, String) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases").join(name).join(&case.name);
    drop(std::fs::remove_dir_all(&folder));
    for (path, content) in case.all_files() {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let chart = if case.is_packed() { "chart.tgz" } else { "chart" };
    let mut arguments: Vec<&str> = vec!["template", "release-name", chart];
    if let Some(text) = case.section("values") {
        std::fs::write(folder.join("values.yaml"), text).unwrap();
        arguments.extend(["-f", "values.yaml"]);
    }
    for (flag, value) in case.flags() {
        arguments.push(flag);
        arguments.extend((!value.is_empty()).then_some(value));
    }
    let mut command = std::process::Command::new(helm);
    let output = command.args(&arguments).current_dir(&folder).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        ("output", String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        ("error", stderr.split_once("Error: ").map_or("", |(_, text)| text).to_owned())
    }
}
