//! PEM, as Go's `encoding/pem` writes and finds it.
//!
//! It must not know what is inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";
/// How many characters of base 64 stand in a line.
const LINE: usize = 64;

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands between `BEGIN` and the dashes, such as `CERTIFICATE`.
    pub label: String,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
}

/// The text of a block without headers.
pub fn encode(label: &str, bytes: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = STANDARD.encode(bytes);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, left) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = left;
    }
    text + &format!("-----END {label}-----\n")
}

/// The first block in `text`, whatever stands around it; blocks that cannot be read are passed over.
pub fn decode(text: &[u8]) -> Option<Block> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let end = find(rest, END)?;
        let after = end + END.len();
        let (before, trailer) = rest.split_at_checked(after)?;
        if let Some(block) = before.get(..end).and_then(|before| block(before, trailer)) {
            return Some(block);
        }
        from += after;
    }
}

/// The block whose last `BEGIN` stands in `before`, and that `trailer` ends.
fn block(before: &[u8], trailer: &[u8]) -> Option<Block> {
    let begin = before.windows(BEGIN.len()).rposition(|window| window == BEGIN)?;
    if begin > 0 && before.get(begin - 1) != Some(&b'\n') {
        return None;
    }
    let (line, mut body) = first_line(before.get(begin + BEGIN.len()..)?);
    let label = line.strip_suffix(DASHES)?;
    let (last, _) = first_line(trailer);
    if last.strip_suffix(DASHES)? != label {
        return None;
    }
    while let (line, rest) = first_line(body)
        && line.contains(&b':')
    {
        body = rest;
    }
    let digits: Vec<u8> =
        body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    let bytes = STANDARD.decode(digits).ok()?;
    Some(Block { label: String::from_utf8_lossy(label).into_owned(), bytes })
}

/// A line without the blanks at its end, and what follows it.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == b'\n');
    let line = parts.next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (line.trim_ascii_end(), parts.next().unwrap_or_default())
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::{Block, decode, encode};

    #[test]
    fn what_was_written_is_read_again() {
        for length in [0, 1, 47, 48, 49, 96, 1000] {
            let block = Block { label: "A KEY".to_owned(), bytes: vec![9; length] };
            let text = encode(&block.label, &block.bytes);
            assert!(text.lines().all(|line| line.len() <= 64));
            assert_eq!(decode(text.as_bytes()), Some(block));
        }
    }

    #[test]
    fn the_first_readable_block_is_found_among_other_text() {
        let good = encode("B", b"good");
        let text = format!(
            "hello\n-----BEGIN A-----\n!!\n-----END A-----\n x-----BEGIN A-----\n-----END A-----\n\
             -----BEGIN A-----\n{good}rest"
        );
        assert_eq!(decode(text.as_bytes()).unwrap().bytes, b"good");
    }

    #[test]
    fn headers_and_blanks_are_passed_over() {
        let text = b"-----BEGIN A-----  \r\nProc-Type: 4,ENCRYPTED\r\n\r\nZ29 v\r\nZA==\r\n-----END A-----";
        assert_eq!(decode(text).unwrap().bytes, b"good");
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in [
            "",
            "abc",
            "-----BEGIN A-----\nZ29vZA==\n-----END B-----",
            "-----BEGIN A-----\nZ29vZA==",
            "-----BEGIN A\nZ29vZA==\n-----END A-----",
            "-----BEGIN A-----\nZ29vZA==\n-----END A----- x",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
