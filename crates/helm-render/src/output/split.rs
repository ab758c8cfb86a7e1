//! From one rendered file to its documents.
//!
//! The two Helm lines differ: Helm 3 takes the white space around a separator away, line breaks
//! included, and trims every document; Helm 4 keeps what stands at a document's end.

use super::whitespace::{is_ascii_space, trim, trim_start};
use crate::profile::Profile;

const SEPARATOR: &[u8] = b"---";

/// The documents of a rendered file in order. Empty ones are left out; those of comments are not.
pub(crate) fn split(text: &[u8], profile: Profile) -> Vec<&[u8]> {
    match profile {
        Profile::Helm4 => split_at_lines(trim_start(text)),
        Profile::Helm3 => split_between(trim(text)),
    }
}

/// Helm 4: `(?m)^---[ \t]*`.
fn split_at_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut line = 0;
    while line < text.len() {
        let rest = text.get(line..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(SEPARATOR) {
            documents.push(text.get(start..line).unwrap_or_default());
            let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            start = line + SEPARATOR.len() + blanks;
        }
        line += rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
    }
    documents.push(text.get(start..).unwrap_or_default());
    documents.retain(|document| !trim(document).is_empty());
    documents.into_iter().map(trim_start).collect()
}

/// Helm 3: `(?:^|\s*\n)---\s*`. A separator right after another has no line break left to begin
/// with, and stays in the text.
fn split_between(text: &[u8]) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let mut start = 0;
    while let Some((end, next)) = find_separator(text, start) {
        documents.push(text.get(start..end).unwrap_or_default());
        start = next;
    }
    documents.push(text.get(start..).unwrap_or_default());
    documents.retain(|document| !document.is_empty());
    documents.into_iter().map(trim).collect()
}

/// The next separator at or after `from`: where the document before it ends, and where the next begins.
fn find_separator(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let (end, after) = if from == 0 && rest.starts_with(SEPARATOR) {
        (0, SEPARATOR.len())
    } else {
        let at = memchr::memmem::find(rest, b"\n---")?;
        let before = rest.get(..at)?;
        let spaces = before.iter().rev().take_while(|byte| is_ascii_space(**byte)).count();
        (at - spaces, at + 4)
    };
    let spaces = rest.get(after..)?.iter().take_while(|byte| is_ascii_space(**byte)).count();
    Some((from + end, from + after + spaces))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, helm4: &[&str], helm3: &[&str]) {
        let documents = |profile| -> Vec<String> {
            let split = split(text.as_bytes(), profile);
            split.iter().map(|one| String::from_utf8_lossy(one).into_owned()).collect()
        };
        assert_eq!(documents(Profile::Helm4), helm4);
        assert_eq!(documents(Profile::Helm3), helm3);
    }

    #[test]
    fn helm_3_trims_documents_and_helm_4_keeps_their_end() {
        check("\n---\na: 1\n\n---\nb: 2\n", &["a: 1\n\n", "b: 2\n"], &["a: 1", "b: 2"]);
    }

    #[test]
    fn a_separator_stands_at_a_line_start_only() {
        check("a: 1\n ---\nb: 2", &["a: 1\n ---\nb: 2"], &["a: 1\n ---\nb: 2"]);
        check("a: 1\n---kind: X\n", &["a: 1\n", "kind: X\n"], &["a: 1", "kind: X"]);
    }

    #[test]
    fn doubled_separators_make_no_document_in_helm_4() {
        check("---\n---\na: 1", &["a: 1"], &["---\na: 1"]);
        check("a: 1\n---\n---\nb: 2", &["a: 1\n", "b: 2"], &["a: 1", "---\nb: 2"]);
    }

    #[test]
    fn comments_make_a_document_and_blanks_do_not() {
        check("# nothing\n---\n \n", &["# nothing\n"], &["# nothing"]);
        check("", &[], &[]);
    }
}
