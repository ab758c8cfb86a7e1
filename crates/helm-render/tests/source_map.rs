//! From lines of rendered text back to templates and values, through all that Helm does in between.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use gotemplate::Map;
use helm_render::chart::{Chart, SourceFile};
use helm_render::values::read;
use helm_render::{Compiled, Frame, Options, Profile, Release, SourceMap};

const FILES: [(&str, &str); 6] = [
    ("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n"),
    (
        "values.yaml",
        "image: {tag: one}\nsub: {name: x}\nglobal: {domain: d}\nlist: [{a: 1}, {a: 2}]\n",
    ),
    (
        "templates/_parts.tpl",
        "{{ define \"labels\" }}\na: {{ .Values.image.tag }}\nb: 2\n{{ end }}",
    ),
    (
        "templates/x.yaml",
        "\n\nkind: A\nname: {{ .Values.none }}x{{ .Values.none }}\n---\nkind: B\nlabels:\n\
         {{- include \"labels\" . | nindent 2 }}\nall:\n{{- toYaml .Values.list | nindent 2 }}\n\
         {{- range .Values.list }}\n  - {{ .a }}\n{{- end }}\n",
    ),
    ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
    (
        "charts/sub/templates/y.yaml",
        "kind: C\nname: {{ .Values.name }}\ndomain: {{ .Values.global.domain }}\n",
    ),
];

fn compiled(files: &[(&str, &str)]) -> Compiled {
    let file = |(path, content): &(&str, &str)| SourceFile {
        path: (*path).to_owned(),
        content: content.as_bytes().to_vec(),
    };
    let chart = Chart::load("app", files.iter().map(file).collect()).expect("a chart");
    Compiled::new(chart, Profile::Helm4).expect("a chart to install")
}

fn release() -> Release {
    let (name, namespace) = ("app".to_owned(), "default".to_owned());
    Release { name, namespace, is_upgrade: false, revision: 1 }
}

fn trace(compiled: &Compiled, values: &str) -> SourceMap {
    let values = read(values.as_bytes(), Profile::Helm4).expect("values");
    compiled.trace(&values, &release(), &Options::default())
}

fn shown(places: &[Frame]) -> String {
    let short = |frame: &Frame| {
        let name = frame.file.rsplit('/').next().unwrap_or_default();
        format!("{name}:{}", frame.line)
    };
    places.iter().map(short).collect::<Vec<_>>().join(" > ")
}

/// Each line that is not blank with its places and values.
fn lines(map: &SourceMap, file: &str) -> Vec<String> {
    let text = String::from_utf8(map.text(file).expect("a text").to_vec()).expect("UTF-8");
    let line = |(number, text): (u32, &str)| {
        let origin = map.line(file, number)?;
        let values = origin.values.join(" ");
        Some(
            format!("{} | {} | {values}", text.trim(), shown(&origin.places)).trim_end().to_owned(),
        )
    };
    (1..).zip(text.split('\n')).filter_map(line).collect()
}

#[test]
fn every_line_leads_to_its_template_and_values() {
    let map = trace(&compiled(&FILES), "");
    assert_eq!(
        lines(&map, "app/templates/x.yaml"),
        [
            "kind: A | x.yaml:3 |",
            "name: x | x.yaml:4 | /none",
            "--- | x.yaml:5 |",
            "kind: B | x.yaml:6 |",
            "labels: | x.yaml:7 |",
            "a: one | x.yaml:8 > _parts.tpl:2 | /image/tag",
            "b: 2 | x.yaml:8 > _parts.tpl:3 |",
            "all: | x.yaml:9 |",
            "- a: 1 | x.yaml:10 | /list",
            "- a: 2 | x.yaml:10 | /list",
            "- 1 | x.yaml:12 | /list/0/a",
            "- 2 | x.yaml:12 | /list/1/a",
        ]
    );
    assert_eq!(
        lines(&map, "app/charts/sub/templates/y.yaml"),
        [
            "kind: C | y.yaml:1 |",
            "name: x | y.yaml:2 | /sub/name",
            "domain: d | y.yaml:3 | /sub/global/domain"
        ]
    );
}

#[test]
fn documents_know_where_in_the_text_they_begin() {
    let compiled = compiled(&FILES);
    for profile in [Profile::Helm3, Profile::Helm4] {
        let options = Options { profile, ..Options::default() };
        let rendering = compiled.render(&Map::default(), &release(), &options).expect("renders");
        let map = compiled.trace(&Map::default(), &release(), &options);
        assert_eq!(rendering.documents.len(), 3);
        for document in rendering.documents {
            let text = map.text(&document.path).expect("a text");
            let before = usize::try_from(document.line).expect("a line") - 1;
            let rest: Vec<&[u8]> = text.split(|byte| *byte == b'\n').skip(before).collect();
            assert!(rest.join(&b'\n').starts_with(&document.content), "{}", document.path);
        }
    }
}

#[test]
fn a_failure_knows_the_values_it_looked_at() {
    let mut files = FILES;
    files[3].1 = "{{ .Values.image.tag }}{{ if .Values.list }}{{ .Values.imgae.tag }}{{ end }}";
    assert_eq!(trace(&compiled(&files), "").failed(), ["/imgae"]);
    files[3].1 = "{{ if .Values.image.tag }}{{ fail \"no\" }}{{ end }}";
    assert_eq!(trace(&compiled(&files), "").failed(), ["/image/tag"]);
    files[3].1 = "{{ required \"a/b\" (index .Values \"a/b\").c }}";
    assert_eq!(trace(&compiled(&files), "a/b: {c: ''}").failed(), ["/a~1b/c"]);
}

#[test]
fn what_a_template_put_into_the_values_is_not_named() {
    let mut files = FILES;
    files[3].1 = "{{- $_ := set .Values \"own\" (dict \"a\" 1) }}\nx: {{ .Values.own.a }}";
    assert_eq!(lines(&trace(&compiled(&files), ""), "app/templates/x.yaml"), ["x: 1 | x.yaml:2 |"]);
}
