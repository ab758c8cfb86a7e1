//! The table of functions that the grammar calls.

use std::sync::LazyLock;

/// A function with one way of calling it.
pub(super) struct Signature {
    pub(super) name: &'static str,
    /// Kinds of arguments; the last may end in `*`.
    pub(super) arguments: Vec<&'static str>,
    pub(super) result: &'static str,
}

/// Every signature.
pub(super) static SIGNATURES: LazyLock<Vec<Signature>> =
    LazyLock::new(|| include_str!("functions.txt").lines().filter_map(read).collect());

fn read(line: &'static str) -> Option<Signature> {
    let (call, result) = line.split_once(" > ").filter(|_| !line.starts_with('#'))?;
    let mut words = call.split(' ');
    Some(Signature { name: words.next()?, arguments: words.collect(), result })
}

/// Whether a template's word is the name of one of them.
pub(super) fn is_known(word: &str) -> bool {
    SIGNATURES.iter().any(|signature| signature.name == word)
}
