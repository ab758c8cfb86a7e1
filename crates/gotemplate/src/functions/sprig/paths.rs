//! Slash-separated paths (Go's `path`; `path/filepath` is the same on Linux).
//!
//! Owns the rules. Nothing here looks at a file system.

use super::signature::{fixed, string, text};
use crate::functions::Function;
use crate::functions::Parameter::String;

pub(super) const TABLE: &[Function] = &[
    fixed("base", &[String], |_, a| Ok(string(base(text(a, 0))))),
    fixed("osBase", &[String], |_, a| Ok(string(base(text(a, 0))))),
    fixed("dir", &[String], |_, a| Ok(string(directory(text(a, 0))))),
    fixed("osDir", &[String], |_, a| Ok(string(directory(text(a, 0))))),
    fixed("clean", &[String], |_, a| Ok(string(clean(text(a, 0))))),
    fixed("osClean", &[String], |_, a| Ok(string(clean(text(a, 0))))),
    fixed("ext", &[String], |_, a| Ok(string(extension(text(a, 0))))),
    fixed("osExt", &[String], |_, a| Ok(string(extension(text(a, 0))))),
    fixed("isAbs", &[String], |_, a| Ok(text(a, 0).starts_with(b"/").into())),
    fixed("osIsAbs", &[String], |_, a| Ok(text(a, 0).starts_with(b"/").into())),
];

/// The last element: `.` for nothing, `/` for nothing but slashes.
fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|byte| *byte != b'/');
    let Some(trimmed) = end.and_then(|end| path.get(..=end)) else { return b"/" };
    trimmed.rsplit(|byte| *byte == b'/').next().unwrap_or(trimmed)
}

fn directory(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    clean(path.get(..end).unwrap_or_default())
}

/// The shortest equal path, by text alone.
pub fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|byte| *byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|last| *last != b"..") => {
                kept.pop();
            }
            b".." if rooted => {}
            _ => kept.push(element),
        }
    }
    let joined = kept.join(b"/".as_slice());
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", &*joined].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

/// From the last dot of the last element on.
fn extension(path: &[u8]) -> &[u8] {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let dot = name.iter().rposition(|byte| *byte == b'.');
    dot.and_then(|dot| name.get(dot..)).unwrap_or_default()
}
