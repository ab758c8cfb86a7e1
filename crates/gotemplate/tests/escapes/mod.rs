//! How the recorded tables write bytes that do not fit into a line.

#![expect(clippy::unwrap_used, reason = "a malformed table fails the test")]

/// The bytes of a field, in which `\xNN` stands for a byte.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut offset = 0;
    while offset < bytes.len() {
        if bytes[offset] == b'\\' {
            out.push(u8::from_str_radix(&text[offset + 2..offset + 4], 16).unwrap());
            offset += 4;
        } else {
            out.push(bytes[offset]);
            offset += 1;
        }
    }
    out
}
