//! Templates and values that would hang or fill the machine end with an error, and honest charts
//! stay far away from the limits. A line of `tests/data/hostile.txt` is a name and a template.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a test reads charts and fails by panicking"
)]

use gotemplate::{Limits, Map};
use helm_render::chart::{Chart, SourceFile};
use helm_render::engine::DEFAULT_LIMITS;
use helm_render::{
    Compiled, ErrorKind, Options, Profile, Release, RenderError, Rendering, STACK_SIZE, values,
};
use std::fmt::Write as _;
use std::path::Path;

/// A fortieth of the real limits, for builds that are not optimised.
const FEWER: Limits =
    Limits { steps: DEFAULT_LIMITS.steps / 40, output: DEFAULT_LIMITS.output / 40, depth: 300 };

/// How many templates run at a time: each may use a few hundred megabytes.
const AT_ONCE: usize = 2;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), content: text.as_bytes().to_vec() }
}

/// A chart with one template.
fn chart(template: &str) -> Chart {
    let files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.2.3\n"),
        file("templates/a.yaml", template),
    ];
    Chart::load("shop", files).expect("a chart")
}

fn render(chart: Chart, user: &Map, limits: Limits) -> Result<Rendering, RenderError> {
    let options = Options { limits, ..Options::default() };
    Compiled::new(chart, Profile::Helm4)?.render(user, &Release::default(), &options)
}

/// Runs with the stack that rendering needs.
fn with_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE);
        thread.spawn_scoped(scope, work).expect("a thread").join().expect("no panic");
    });
}

#[test]
fn every_hostile_template_is_exhausted() {
    let text = include_str!("data/hostile.txt");
    let cases: Vec<_> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    assert!(cases.len() > 60, "only {} templates", cases.len());
    std::thread::scope(|scope| {
        for part in cases.chunks(cases.len().div_ceil(AT_ONCE)) {
            scope.spawn(move || {
                for (name, template) in part {
                    with_stack(|| check_exhausted(name, template));
                }
            });
        }
    });
}

#[track_caller]
fn check_exhausted(name: &str, template: &str) {
    let error = render(chart(template), &Map::default(), FEWER).expect_err(name);
    assert_eq!(error.kind, ErrorKind::Exhausted, "{name}: {}", error.message);
}

#[test]
fn hostile_values_are_refused() {
    let mut laughs = String::from("a: &a [lol]\n");
    for (name, below) in ('b'..='z').zip('a'..='y') {
        let aliases = format!("*{below},").repeat(9);
        writeln!(laughs, "{name}: &{name} [{aliases}]").expect("memory");
    }
    let refused = |text: &str| {
        values::read(text.as_bytes(), Profile::Helm4).err().expect("no values").message
    };
    let message = refused(&laughs);
    assert!(message.contains("document contains excessive aliasing"), "{message}");
    let message = refused(&format!("a: {}", "[".repeat(100_000)));
    assert!(message.contains("exceeded max depth"), "{message}");
    let message = refused("a: &a [*a]\n");
    assert!(message.contains("contains itself"), "{message}");
}

#[test]
fn deep_parentheses_do_not_parse() {
    with_stack(|| {
        let template = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
        let error = render(chart(&template), &Map::default(), DEFAULT_LIMITS).expect_err("parsed");
        assert!(error.message.contains("max expression depth exceeded"), "{}", error.message);
    });
}

#[test]
fn honest_charts_need_less_than_a_hundredth_of_the_limits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/service");
    let mut files = Vec::new();
    read_folder(&folder, "", &mut files);
    let user = "image: {repository: r.example.com/shop, tag: 1.4.2}\nports: {http: {port: 8080}}\n";
    let hundredth = Limits {
        steps: DEFAULT_LIMITS.steps / 100,
        output: DEFAULT_LIMITS.output / 100,
        depth: DEFAULT_LIMITS.depth / 100,
    };
    with_stack(|| {
        let user = values::read(user.as_bytes(), Profile::Helm4).expect("values");
        let chart = Chart::load("service", files).expect("a chart");
        let rendering = render(chart, &user, hundredth).expect("a rendering");
        assert!(!rendering.documents.is_empty());
    });
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            read_folder(&path, &format!("{prefix}{name}/"), files);
        } else {
            let content = std::fs::read(&path).expect("a file");
            files.push(SourceFile { path: format!("{prefix}{name}"), content });
        }
    }
}
