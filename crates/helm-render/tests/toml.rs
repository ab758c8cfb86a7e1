//! What BurntSushi/toml 1.6.0 made of each template of `toml_cases.txt` with Helm's functions
//! around it: template, then `=` and the output or `!` and the error.

#![expect(clippy::unwrap_used, reason = "a test reads its cases and fails loudly")]

use gotemplate::{Map, Text, Value};
use helm_render::chart::{Chart, SourceFile};
use helm_render::{Compiled, Options, Profile, Release, STACK_SIZE};

fn unescape(text: &str) -> Vec<u8> {
    let (mut bytes, mut out) = (text.as_bytes(), Vec::new());
    while let [byte, rest @ ..] = bytes {
        if *byte == b'\\' {
            out.push(u8::from_str_radix(str::from_utf8(&rest[1..3]).unwrap(), 16).unwrap());
            bytes = &rest[3..];
        } else {
            out.push(*byte);
            bytes = rest;
        }
    }
    out
}

fn map(entries: Vec<(&str, Value)>) -> Map {
    Map::from_entries(entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect())
}

fn values() -> Map {
    let inner = map(vec![("c", "x".into()), ("d", Value::Nil)]);
    map(vec![
        ("m", Value::Map(map(vec![("a", Value::float(1.0)), ("b", Value::Map(inner))]))),
        ("n", Value::Nil),
        ("l", Value::list(vec!["x".into(), Value::float(1.0), Value::Nil])),
        ("f", Value::float(5.0)),
        ("s", "str".into()),
        ("bytes", Value::string(b"\xff\xfe".as_slice())),
    ])
}

fn render(template: &[u8]) -> String {
    let file = |path: &str, content: &[u8]| SourceFile {
        path: path.to_owned(),
        content: content.to_vec(),
    };
    let notes = [b"{{ with .Values }}", template, b"{{ end }}"].concat();
    let chart = Chart::load(
        "chart",
        vec![
            file("Chart.yaml", b"apiVersion: v2\nname: shop\nversion: 1.2.3\n"),
            file("templates/NOTES.txt", &notes),
        ],
    );
    let compiled = Compiled::new(chart.map_err(|error| error.message).unwrap(), Profile::Helm4);
    let rendered = compiled.map_err(|error| error.message).unwrap().render(
        &values(),
        &Release::default(),
        &Options::default(),
    );
    match rendered {
        Ok(rendering) => format!("={}", rendering.notes.unwrap_or_default()),
        Err(error) => format!("!{}", error.message),
    }
}

/// Runs on a thread with the stack that rendering asks for.
fn on_large_stack(test: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE);
        thread.spawn_scoped(scope, test).unwrap().join().unwrap();
    });
}

#[test]
fn answers_as_in_go() {
    on_large_stack(|| {
        let mut failures = Vec::new();
        for line in include_str!("toml_cases.txt").lines() {
            let (template, expected) = line.split_once('\t').unwrap();
            let expected = String::from_utf8_lossy(&unescape(expected)).into_owned();
            let answer = render(&unescape(template));
            let agrees = match expected.split_once("error calling ") {
                Some((_, cause)) => answer.contains(cause),
                None => answer == expected,
            };
            if !agrees {
                failures.push(format!("{line}\n    got {answer:?}"));
            }
        }
        assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    });
}

#[test]
fn errors_say_the_line() {
    on_large_stack(|| {
        for (document, line) in [("a = 1\\n[b", 2), ("a", 1), ("a=1\\n\\na=2", 3)] {
            let answer = render(format!("{{{{ (fromToml \"{document}\").Error }}}}").as_bytes());
            assert!(answer.starts_with(&format!("=toml: line {line}: ")), "{answer}");
        }
    });
}

#[test]
fn hostile_documents_end_in_errors() {
    on_large_stack(|| {
        let documents = [
            "{{ fromToml (printf \"a=%s\" (repeat 100000 \"[\")) }}",
            "{{ fromToml (printf \"a=%s\" (repeat 100000 \"{a=\")) }}",
            "{{ fromToml (printf \"a%s=1\" (repeat 100000 \".a\")) }}",
            "{{ fromToml (printf \"[a%s]\" (repeat 100000 \".a\")) }}",
            "{{ fromToml (printf \"[[a%s]]\" (repeat 100000 \".a\")) }}",
            "{{ fromToml (printf \"a={a%s=1}\" (repeat 100000 \".a\")) }}",
        ];
        for document in documents {
            let answer = render(document.as_bytes());
            assert!(answer.starts_with("=map[Error:toml: line "), "{document}: {answer:.200}");
        }
    });
}

#[test]
fn a_long_key_of_deep_tables_is_no_bomb() {
    on_large_stack(|| {
        let template = "{{ $k := repeat 50000 \"k\" }}{{ $d := dict }}{{ range until 300 }}\
                        {{ $d = dict $k $d }}{{ end }}{{ toToml $d }}";
        let answer = render(template.as_bytes());
        assert!(answer.contains("template writes more than"), "{answer:.300}");
    });
}
