//! What Go writes for absent values, which Helm takes out of what templates wrote.
//!
//! It must not know who wrote the text.

/// What Go writes for an absent value.
pub(super) const ABSENT: &[u8] = b"<no value>";

/// What a template wrote, without what Go writes for absent values.
pub(super) fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    let places = places(&text);
    if places.is_empty() { text } else { without(&text, &places) }
}

/// Where a text has [`ABSENT`], in order.
pub(super) fn places(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..)
        && let Some(at) = memchr::memmem::find(rest, ABSENT)
    {
        found.push(from + at);
        from += at + ABSENT.len();
    }
    found
}

/// The text without [`ABSENT`] at its places.
pub(super) fn without(text: &[u8], places: &[usize]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in places {
        kept.extend_from_slice(text.get(from..*at).unwrap_or_default());
        from = at + ABSENT.len();
    }
    kept.extend_from_slice(text.get(from..).unwrap_or_default());
    kept
}
