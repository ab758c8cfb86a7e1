//! What holds for any objects.

use super::scopes;
use crate::{Object, digest, parse, resolve, sort, write};
use go_yaml::{Data, Entry, Mapping, Node, Position, Text};
use proptest::prelude::*;

fn node(data: Data) -> Node {
    Node { position: Position::default(), data }
}

fn map(entries: impl IntoIterator<Item = (impl Into<Text>, Node)>) -> Node {
    let entry = |(key, value): (_, _)| {
        (Into::into(key), Entry { key_position: Position::default(), value })
    };
    node(Data::Map(Box::new(entries.into_iter().map(entry).collect::<Mapping>())))
}

fn text(value: &str) -> Node {
    node(Data::String(value.into()))
}

/// Texts that YAML has its own mind about, among any others.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            " ",
            "~",
            "null",
            "yes",
            "n",
            "0x1F",
            "1_000",
            "1e3",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#",
            "|",
            ">",
            "\n",
            "a\n",
            "\na",
            "a\n\nb\n\n",
            "  a\n b",
            "\t",
            "é",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "😀",
            "<<",
            "=",
            "2001-01-01",
            "1:30",
            "'",
            "\"",
            "%",
            "@",
            "`",
            "{",
            "[",
            "*a",
            "&a",
            "!a",
            "?",
            "? a",
            ":",
            "\u{1}",
            "a\r\nb",
            "0777",
            "+1",
            ".inf",
            "---",
            "...",
            "--- a",
            "a\n---\nb\n",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
        "[ -~\n]{0,200}",
    ]
}

/// `<<` is refused, see `a_key_that_would_read_back_as_a_merge_is_a_problem`.
fn any_key() -> impl Strategy<Value = String> {
    any_text().prop_filter("no merge", |key| key != "<<")
}

fn any_float() -> impl Strategy<Value = f64> {
    prop::num::f64::NORMAL.prop_filter("whole numbers are integers", |number| {
        number.fract() != 0.0 || number.abs() > 1e20
    })
}

fn any_value() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Bool),
        any::<i64>().prop_map(Data::Int),
        ((i64::MAX as u64 + 1)..=u64::MAX).prop_map(Data::Uint),
        any_float().prop_map(Data::Float),
        any_text().prop_map(|text| Data::String(text.into())),
    ]
    .prop_map(node);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| node(Data::List(items))),
            prop::collection::vec((any_key(), inner), 0..4).prop_map(map),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Object> {
    let kind = prop::sample::select(vec![
        ("v1", "Pod"),
        ("v1", "Namespace"),
        ("apps/v1", "Deployment"),
        ("example.com/v1", "Widget"),
        ("example.com/v1", "Planet"),
    ]);
    (kind, "[a-z]{1,3}", "[a-c]", any_value(), any_value()).prop_map(
        |((version, kind), name, source, spec, extra)| {
            let body = map([
                ("spec".to_owned(), spec),
                ("kind".to_owned(), text(kind)),
                (
                    "metadata".to_owned(),
                    map([("extra".to_owned(), extra), ("name".to_owned(), text(&name))]),
                ),
                ("apiVersion".to_owned(), text(version)),
            ]);
            let draft = crate::Draft {
                api_version: version.to_owned(),
                kind: kind.to_owned(),
                source,
                line: 1,
                body,
            };
            resolve(draft, "shop", &scopes()).unwrap()
        },
    )
}

fn read_back(text: &str) -> Vec<Object> {
    let drafts = parse(text.as_bytes(), "").unwrap();
    drafts.into_iter().map(|draft| resolve(draft, "elsewhere", &scopes()).unwrap()).collect()
}

/// The same value with the keys of every mapping the other way round.
fn reversed(value: &Node) -> Node {
    node(match &value.data {
        Data::Map(entries) => {
            return map(entries
                .iter()
                .rev()
                .map(|(key, entry)| (key.clone(), reversed(&entry.value))));
        }
        Data::List(items) => Data::List(items.iter().map(reversed).collect()),
        other => other.clone(),
    })
}

fn identities(objects: &[Object]) -> Vec<String> {
    objects
        .iter()
        .map(|object| format!("{} {} {}", object.id, object.source, digest(object)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_objects_read_back_as_themselves(objects in prop::collection::vec(any_object(), 0..4)) {
        let written = write(&objects);
        let again = read_back(&written);
        prop_assert_eq!(
            objects.iter().map(digest).collect::<Vec<_>>(),
            again.iter().map(digest).collect::<Vec<_>>(),
            "{}", written
        );
        let without_source: Vec<Object> =
            objects.into_iter().map(|object| Object { source: String::new(), ..object }).collect();
        prop_assert_eq!(
            without_source.iter().map(|object| &object.id).collect::<Vec<_>>(),
            again.iter().map(|object| &object.id).collect::<Vec<_>>()
        );
        prop_assert_eq!(write(&without_source), write(&again));
    }

    #[test]
    fn key_order_changes_neither_digest_nor_text(object in any_object()) {
        let other = Object { body: reversed(&object.body), ..object.clone() };
        prop_assert_eq!(digest(&object), digest(&other));
        prop_assert_eq!(write(&[object]), write(&[other]));
    }

    #[test]
    fn sorting_forgets_the_order_before(objects in prop::collection::vec(any_object(), 0..8)) {
        let mut forward = objects.clone();
        sort(&mut forward);
        let mut backward: Vec<Object> = objects.into_iter().rev().collect();
        sort(&mut backward);
        prop_assert_eq!(identities(&forward), identities(&backward));
        let mut again = forward.clone();
        sort(&mut again);
        prop_assert_eq!(identities(&forward), identities(&again));
    }

    #[test]
    fn no_text_panics(text in "[ -~\n]{0,80}|(apiVersion: v1\n|kind: (Pod|List|Secret)\n|metadata: [{]name: a[}]\n|items: .{0,10}\n|stringData: .{0,10}\n|---\n){0,6}") {
        for draft in parse(text.as_bytes(), "a").unwrap_or_default() {
            drop(resolve(draft, "shop", &scopes()).map(|object| write(&[object])));
        }
    }
}
