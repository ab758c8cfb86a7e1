//! What must hold for any bytes at all. A target panics where it does not; hanging is for whoever
//! runs it to see. Inputs are small: the machinery limits them to a few kilobytes.

use go_yaml::Style;
use gotemplate::functions::{BUILTINS, Functions, sprig};
use gotemplate::{Limits, Map};
use helm_render::chart::{Chart, SourceFile};
use helm_render::output::{PrintOptions, print};
use helm_render::values::{self, set};
use helm_render::{Compiled, Options, Profile, Release, STACK_SIZE};
use std::sync::LazyLock;

/// A name with what it checks.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 5] =
    [("parse", parse), ("render", render), ("yaml", yaml), ("set", set), ("archive", archive)];

/// Little enough that the worst template ends within a moment.
const LIMITS: Limits = Limits { steps: 50_000, output: 1 << 20, depth: 50 };

static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    functions.extend(&sprig::table());
    functions
});

/// Runs a target with the stack that rendering needs.
pub fn with_stack(target: fn(&[u8]), input: &[u8]) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_SIZE);
        // Without memory for a thread there is nothing to check.
        if let Ok(started) = thread.spawn_scoped(scope, || target(input))
            && let Err(reason) = started.join()
        {
            std::panic::resume_unwind(reason);
        }
    });
}

/// A template that parses prints as one that parses and prints the same. Go promises so much only of
/// what has no text that looks like a delimiter, and of what defines nothing: `define` is not
/// printed.
pub fn parse(input: &[u8]) {
    let Ok(templates) = gotemplate::parse::parse("fuzz", input, &FUNCTIONS) else { return };
    let [template] = templates.as_slice() else { return };
    let printed = template.root.to_string();
    let is_plain = |text: &[u8]| !text.windows(2).any(|pair| pair == b"{{" || pair == b"}}");
    let texts_are_plain = template.root.nodes.iter().all(|node| match node {
        gotemplate::parse::node::Node::Text(_, text) => is_plain(text),
        _ => true,
    });
    if !texts_are_plain || std::str::from_utf8(input).is_err() || input.contains(&b'$') {
        return;
    }
    if let Ok(again) = gotemplate::parse::parse("fuzz", printed.as_bytes(), &FUNCTIONS)
        && let Some(first) = again.first()
    {
        assert_eq!(first.root.to_string(), printed, "printed otherwise the second time");
    }
}

/// A chart of one template, with values: what stands before the first `\n---\n` is the values.
pub fn render(input: &[u8]) {
    let separator = b"\n---\n";
    let at = input.windows(separator.len()).position(|window| window == separator);
    let (user, template) = at.map_or((&b""[..], input), |at| {
        (input.get(..at).unwrap_or_default(), input.get(at + separator.len()..).unwrap_or_default())
    });
    for profile in [Profile::Helm4, Profile::Helm3] {
        let files = vec![
            file("Chart.yaml", b"apiVersion: v2\nname: fuzz\nversion: 1.2.3\n"),
            file("templates/a.yaml", template),
            file("templates/NOTES.txt", b"{{ .Values }}"),
        ];
        let Ok(user) = values::read(user, profile) else { return };
        if let Ok(chart) = Chart::load("fuzz", files) {
            render_chart(chart, &user, profile);
        }
    }
}

fn render_chart(chart: Chart, user: &Map, profile: Profile) {
    let Ok(compiled) = Compiled::new(chart, profile) else { return };
    let options = Options { profile, limits: LIMITS, ..Options::default() };
    if let Ok(rendering) = compiled.render(user, &Release::default(), &options) {
        let printed = print(&rendering, &PrintOptions { profile, ..PrintOptions::default() });
        assert!(printed.is_ok(), "what was rendered is not printed: {printed:?}");
    }
}

/// YAML that is read and written is read as the same again.
pub fn yaml(input: &[u8]) {
    drop(go_yaml::parse_all(input));
    drop(go_yaml::parse_all_with_duplicates(input));
    let Ok(node) = go_yaml::parse(input) else { return };
    for style in [Style::V2, Style::V3] {
        let written = go_yaml::write(&node, style);
        match go_yaml::parse(written.as_bytes()) {
            Ok(again) => assert!(same(&node, &again), "read otherwise once written: {written:?}"),
            Err(error) => panic_unless_known(&node, &written, &error.to_string()),
        }
    }
}

/// Go writes keys longer than 1,024 bytes, and (in version 3) blocks of text that begin with a tab,
/// in a way that it does not read; infinities, too, are more than JSON can hold.
fn panic_unless_known(node: &go_yaml::Node, written: &str, error: &str) {
    let is_known = ["depth", "found a tab character where an indentation space is expected"];
    let is_known = is_known.iter().any(|known| error.contains(known));
    assert!(has_long_key(node) || is_known, "{error}: {written:?}");
}

fn has_long_key(node: &go_yaml::Node) -> bool {
    match &node.data {
        go_yaml::Data::Map(map) => {
            map.iter().any(|(key, entry)| key.len() > 120 || has_long_key(&entry.value))
        }
        go_yaml::Data::List(items) => items.iter().any(has_long_key),
        _ => false,
    }
}

fn same(left: &go_yaml::Node, right: &go_yaml::Node) -> bool {
    use go_yaml::Data::{Float, Int, List, Map, Uint};
    match (&left.data, &right.data) {
        (List(left), List(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Map(left), Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, entry)| {
                    right.get(key).is_some_and(|other| same(&entry.value, &other.value))
                })
        }
        (Float(left), Float(right)) => equal(*left, *right),
        // A whole float is written like an integer.
        (Float(float), other @ (Int(_) | Uint(_))) => {
            number(other).is_some_and(|number| equal(number, *float))
        }
        (left, right) => left == right,
    }
}

/// Equal as numbers: the sign of zero is not kept.
fn equal(left: f64, right: f64) -> bool {
    let both_are_zero = left.abs() < f64::MIN_POSITIVE && right.abs() < f64::MIN_POSITIVE;
    both_are_zero || left.is_nan() && right.is_nan() || left.total_cmp(&right).is_eq()
}

fn number(data: &go_yaml::Data) -> Option<f64> {
    match data {
        go_yaml::Data::Int(number) => number.to_string().parse().ok(),
        go_yaml::Data::Uint(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// All forms of `--set`, one line each, applied to the same values.
pub fn set(input: &[u8]) {
    for profile in [Profile::Helm4, Profile::Helm3] {
        let values = Map::default();
        for line in input.split(|byte| *byte == b'\n').take(8) {
            drop(set::parse(line, &values, profile));
            drop(set::parse_string(line, &values, profile));
            drop(set::parse_literal(line, &values, profile));
            drop(set::parse_json(line, &values, profile));
            let mut read = |path: &str| match path {
                "missing" => Err("not there".to_owned()),
                _ => Ok(b"content".to_vec()),
            };
            drop(set::parse_file(line, &values, profile, &mut read));
        }
    }
}

/// A chart from outside. What begins with `== ` is a folder: `== path` on a line of its own begins
/// each file. What begins as gzip does is a packed chart; anything else is packed first, so that
/// what is inside meets a fuzzer without compression around it.
pub fn archive(input: &[u8]) {
    if input.starts_with(b"== ") {
        if let Ok(chart) = Chart::load("fuzz", folder(input)) {
            render_chart(chart, &Map::default(), Profile::Helm4);
        }
        return;
    }
    let packed = if input.starts_with(GZIP) { input.to_vec() } else { gzip(input) };
    for profile in [Profile::Helm4, Profile::Helm3] {
        if let Ok(chart) = Chart::load_archive(profile, "fuzz-1.2.3.tgz", &packed) {
            render_chart(chart, &Map::default(), profile);
        }
    }
}

fn folder(input: &[u8]) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let path = line.strip_prefix(b"== ").map(<[u8]>::trim_ascii_end);
        if let Some(path) = path.and_then(|path| std::str::from_utf8(path).ok()) {
            files.push(file(path, b""));
        } else if let Some(last) = files.last_mut() {
            last.content.extend_from_slice(line);
        }
    }
    files
}

/// How gzip's format begins, with its one method.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// Bytes in gzip's format, stored as they are (RFC 1952, RFC 1951).
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = [GZIP, &[0; 7]].concat();
    let mut chunks = content.chunks(usize::from(u16::MAX)).peekable();
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        out.push(u8::from(chunks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    if content.is_empty() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    out.extend(checksum(content).to_le_bytes());
    out.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
    out
}

/// CRC-32.
fn checksum(content: &[u8]) -> u32 {
    !content.iter().fold(u32::MAX, |checksum, byte| {
        (0..8).fold(checksum ^ u32::from(*byte), |value, _| {
            (value >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(value & 1))
        })
    })
}

fn file(path: &str, content: &[u8]) -> SourceFile {
    SourceFile { path: path.to_owned(), content: content.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::{Chart, Profile, gzip};

    #[test]
    fn what_is_packed_here_loads() {
        let packed = gzip(include_bytes!("../../seeds/archive/tar"));
        let chart = Chart::load_archive(Profile::Helm4, "shop-1.2.3.tgz", &packed);
        assert!(chart.is_ok_and(|chart| chart.metadata.name == "shop"));
    }
}
