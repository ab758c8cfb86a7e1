//! Hostile input: it ends in an error, soon, and never in a panic.

use std::fmt::Write as _;

use go_yaml::{parse, parse_all};

fn check_error(input: &str, message: &str) {
    assert_eq!(parse(input.as_bytes()).unwrap_err().message, message);
}

#[test]
fn collections_nest_500_deep_and_no_deeper() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let nested = |depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
        let node = parse(nested(500).as_bytes()).unwrap();
        assert_eq!(node.clone(), node);
        check_error(&nested(501), "yaml: line 1: exceeded max depth of 500");
        check_error(&nested(100_000), "yaml: line 1: exceeded max depth of 500");
    }
}

#[test]
fn aliases_cannot_nest_deeper_either() {
    let nest = |core: &str| "[".repeat(300) + core + &"]".repeat(300);
    let text = format!("a: &a {}\nb: {}\n", nest("1"), nest("*a"));
    check_error(&text, "yaml: exceeded max depth of 500");
}

#[test]
fn aliases_cannot_blow_a_document_up() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
    }
    check_error(&text, "yaml: document contains excessive aliasing");
}

#[test]
fn aliases_cannot_copy_endless_text() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(100));
    check_error(&text, "yaml: document contains excessive aliasing");
}

#[test]
fn an_anchor_cannot_contain_itself() {
    check_error("a: &x [*x]", "yaml: anchor 'x' value contains itself");
    check_error("a: &x\n  <<: *x", "yaml: anchor 'x' value contains itself");
    check_error("&x {? *x : 1}", "yaml: anchor 'x' value contains itself");
}

#[test]
fn bytes_that_are_no_text_are_errors() {
    let control = "yaml: control characters are not allowed";
    check_error("a\0b", control);
    for (bytes, message) in [
        (&b"a: \xFF"[..], "yaml: invalid leading UTF-8 octet"),
        (b"a: \xC3", "yaml: incomplete UTF-8 octet sequence"),
        (b"a: \xED\xA0\x80", "yaml: invalid Unicode character"),
        (b"\xFF\xFEa", "yaml: incomplete UTF-16 character"),
    ] {
        assert_eq!(parse(bytes).unwrap_err().message, message);
    }
}

#[test]
fn every_cut_of_a_text_ends() {
    let text = "%YAML 1.1\n---\na: &x {b: [\"c\\x41\", 'd', *x]}\n? |+2\n   e\n: !!int 1\n<<: *x\n";
    for end in 0..=text.len() {
        for byte in [b'\n', b'"', 0, 0xFF, b'*', b'['] {
            let mut bytes = text.as_bytes()[..end].to_vec();
            bytes.push(byte);
            drop(parse(&bytes));
            drop(parse_all(&bytes));
        }
    }
}
