//! Bytes that the emitter writes.

use go_yaml::{Emitter, Style, compare_keys, parse, reread_json_text, sort_keys, write};
use serde_json::Value;

use crate::{rows, show};

#[test]
fn values_are_written_as_go_yaml_v2_writes_them() {
    check_table(include_str!("../tables/emit_v2.txt"), Style::V2);
}

#[test]
fn values_are_written_as_go_yaml_v3_writes_them() {
    check_table(include_str!("../tables/emit_v3.txt"), Style::V3);
}

fn check_table(table: &str, style: Style) {
    for (input, expected) in rows(table) {
        let value: Value = serde_json::from_slice(&input).unwrap();
        let mut emitter = Emitter::new(style);
        emit(&mut emitter, &value, style);
        assert_eq!(emitter.finish(), show(&expected), "for {}", show(&input));
    }
}

fn emit(emitter: &mut Emitter, value: &Value, style: Style) {
    match value {
        Value::Null => emitter.null(),
        Value::Bool(value) => emitter.bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => emitter.int(value),
            (None, Some(value)) => emitter.uint(value),
            (None, None) => emitter.float(number.as_f64().unwrap()),
        },
        Value::String(value) => emitter.string(value),
        Value::Array(items) => {
            emitter.begin_list(items.len());
            for item in items {
                emit(emitter, item, style);
            }
            emitter.end_list();
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            sort_keys(&mut entries, style, |entry| entry.0);
            emitter.begin_map(entries.len());
            for (key, value) in entries {
                emitter.string(key);
                emit(emitter, value, style);
            }
            emitter.end_map();
        }
    }
}

fn check_round_trip(text: &str, style: Style) {
    assert_eq!(write(&parse(text.as_bytes()).unwrap(), style), text);
}

#[test]
fn nodes_are_written_in_their_own_order() {
    check_round_trip("b: 1\na:\n- x: w\n  z:\n  - 1\nc: {}\n", Style::V2);
    check_round_trip("b: 1\na:\n  - x: w\n    z:\n      - 1\nc: []\n", Style::V3);
}

#[test]
fn long_lines_are_kept_whole_when_unfolded() {
    let line = format!("a: {}\nb:\n- 'c: {}'\n", "word ".repeat(40).trim(), "x ".repeat(60).trim());
    check_round_trip(&line, Style::Unfolded);
}

#[test]
fn a_float_in_the_middle_of_two_texts_takes_the_even_digit() {
    let mut emitter = Emitter::new(Style::V2);
    emitter.float(-7_549_766_174_737_394.0 / 8.0);
    assert_eq!(emitter.finish(), "-9.437207718421742e+14\n");
}

#[test]
fn keys_are_sorted_by_numbers_and_with_letters_last() {
    let sorted = ["", "-", "1", "2", "10", "10a", "A", "a", "a-b", "a1", "a01", "a2", "a10", "ab"];
    for pair in sorted.windows(2) {
        assert!(compare_keys(pair[0], pair[1]).is_lt(), "{pair:?}");
        assert!(compare_keys(pair[1], pair[0]).is_gt(), "{pair:?}");
    }
}

#[test]
fn v3_sorts_letters_behind_digits_first() {
    let sort = |style| {
        let mut keys = vec!["a1-", "a1b"];
        sort_keys(&mut keys, style, |key| key);
        keys
    };
    assert_eq!(sort(Style::V2), ["a1-", "a1b"]);
    assert_eq!(sort(Style::V3), ["a1b", "a1-"]);
}

#[test]
fn sorting_ends_though_go_yamls_order_has_circles() {
    // 01 < 0x < 1: < 01
    let mut keys = ["01", "0x", "1:"].repeat(50);
    sort_keys(&mut keys, Style::V2, |key| key);
    assert_eq!(keys.len(), 150);
}

#[test]
fn json_text_loses_what_yaml_cannot_read() {
    assert_eq!(reread_json_text("plain \u{2028} é").as_deref(), Some("plain \u{2028} é"));
    assert_eq!(reread_json_text("a \u{85} b\u{85}\u{85}c\u{85}").as_deref(), Some("a b\nc "));
    assert_eq!(reread_json_text("\u{7F}"), None);
    assert_eq!(reread_json_text("\u{FFFF}"), None);
}
