//! What texts mean, and how errors are worded.

use go_yaml::{Data, Node, Position, parse, parse_all};

use crate::{rows, show};

#[test]
fn texts_become_the_json_or_the_error_that_go_makes_of_them() {
    for (input, expected) in rows(include_str!("../tables/parse.txt")) {
        let actual = match parse(&input) {
            Ok(node) => json(&node),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(actual, show(&expected), "for {:?}", show(&input));
    }
}

/// A node as Go's `json.Marshal` writes it.
fn json(node: &Node) -> String {
    match &node.data {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => value.to_string(),
        Data::Float(value) => float(*value),
        Data::String(value) => quote(value),
        Data::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            let entries = entries.into_iter();
            let entries = entries.map(|(key, it)| format!("{}:{}", quote(key), json(&it.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
    }
}

fn float(value: f64) -> String {
    if value == 0.0 || (1e-6..1e21).contains(&value.abs()) {
        return value.to_string();
    }
    let digits = format!("{value:e}");
    if digits.contains("e-") { digits } else { digits.replace('e', "e+") }
}

fn quote(text: &str) -> String {
    let mut output = serde_json::to_string(text).unwrap();
    for special in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
        output = output.replace(special, &format!("\\u{:04x}", u32::from(special)));
    }
    output
}

fn check_error(input: &str, line: Option<u32>, message: &str) {
    let error = parse(input.as_bytes()).unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (line, message), "for {input:?}");
}

#[test]
fn errors_know_the_line_that_their_text_names() {
    let message = "yaml: line 3: mapping values are not allowed in this context";
    check_error("a: 1\nb: 2\nc: d: e", Some(3), message);
    check_error("c: d: e", None, "yaml: mapping values are not allowed in this context");
    check_error("a: \u{1}", None, "yaml: control characters are not allowed");
    check_error("a: 1\nb:\n  c: 1\n d: 2", Some(3), "yaml: line 3: did not find expected key");
    check_error("x: 1\na: \"\\/\"", Some(2), "yaml: line 2: found unknown escape character");
}

#[test]
fn only_the_first_document_is_read() {
    assert_eq!(parse(b"a: 1\n---\n]]]\n").unwrap().get("a").unwrap().data, Data::Int(1));
    assert!(parse_all(b"a: 1\n---\n]]]\n").is_err());
}

#[test]
fn a_stream_gives_all_its_documents() {
    let documents = parse_all(b"--- 1\n---\n--- a\n...\n").unwrap();
    let data: Vec<_> = documents.into_iter().map(|node| node.data).collect();
    assert_eq!(data, [Data::Int(1), Data::Null, Data::String("a".into())]);
    assert!(parse_all(b"# nothing\n").unwrap().is_empty());
}

#[test]
fn an_empty_text_is_null() {
    for text in ["", "\n", "# comment", "---", "\u{FEFF}"] {
        assert!(parse(text.as_bytes()).unwrap().is_null(), "for {text:?}");
    }
}

#[test]
fn values_and_keys_know_where_they_stand() {
    let node = parse("\u{FEFF}a: 1\n\"é\" : {b: [x,\n    y]}\n".as_bytes()).unwrap();
    let at = |line, column| Position { line, column };
    let (_, entry) = node.as_map().unwrap().get_index(1).unwrap();
    assert_eq!((node.position, entry.key_position), (at(1, 1), at(2, 1)));
    let list = entry.value.get("b").unwrap();
    let places: Vec<_> = list.as_list().unwrap().iter().map(|item| item.position).collect();
    assert_eq!((entry.value.position, list.position), (at(2, 7), at(2, 11)));
    assert_eq!(places, [at(2, 12), at(3, 5)]);
}

#[test]
fn a_key_that_comes_twice_keeps_its_first_place_and_its_last_value() {
    let node = parse(b"a: 1\nb: 2\na: 3\n").unwrap();
    let keys: Vec<_> = node.as_map().unwrap().keys().collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(node.get("a").unwrap().data, Data::Int(3));
}

#[test]
fn numbers_stay_exact() {
    let data = |text: &str| parse(text.as_bytes()).unwrap().data;
    assert_eq!(data("9007199254740993"), Data::Int(9_007_199_254_740_993));
    assert_eq!(data("18446744073709551615"), Data::Uint(u64::MAX));
    assert_eq!(data("1.0"), Data::Int(1));
    assert_eq!(data("1e3"), Data::Int(1000));
    assert_eq!(data("1.5"), Data::Float(1.5));
    assert_eq!(data("1e21"), Data::Float(1e21));
}

#[test]
fn kinds_are_named_with_their_article() {
    let names = ["null", "a boolean", "an integer", "a number", "a string", "a list", "a map"];
    for (text, name) in ["~", "yes", "1", "1.5", "x", "[]", "{}"].into_iter().zip(names) {
        assert_eq!(parse(text.as_bytes()).unwrap().data.kind_name(), name);
    }
}

/// Where libyaml 0.2.5 and go-yaml's port of 0.1.4 part, and nothing is done about it.
#[test]
fn known_differences_from_go() {
    // Go reads `{"x:": null}`.
    check_error("{x:}", None, "yaml: found unexpected ':'");
    // Go takes this for the tag `!,`.
    check_error("!, a", None, "yaml: did not find expected whitespace or line break");
    // Go keeps a byte order mark at the start of a later line.
    assert_eq!(parse("# c\n\u{FEFF}a".as_bytes()).unwrap().as_str(), Some("a"));
}
