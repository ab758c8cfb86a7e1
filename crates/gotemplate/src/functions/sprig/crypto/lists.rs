//! The lists of names and addresses that a certificate holds for.

use super::super::signature::items;
use crate::format;
use crate::functions::Failure;
use crate::value::Value;
use std::net::IpAddr;

/// The IP addresses in a list of texts.
pub(super) fn addresses(list: &Value) -> Result<Vec<IpAddr>, Failure> {
    let parse = |item: &Value| match item {
        Value::String(text) => parsed(text).ok_or_else(|| problem("error parsing ip: ", text, "")),
        other => Err(not_a_string("error parsing ip: ", other)),
    };
    items(list).unwrap_or_default().iter().map(parse).collect()
}

/// The DNS names in a list of texts; any text is one.
pub(super) fn names(list: &Value) -> Result<Vec<Vec<u8>>, Failure> {
    let name = |item: &Value| match item {
        Value::String(text) => Ok(text.to_vec()),
        other => Err(not_a_string("error processing alternate dns name: ", other)),
    };
    items(list).unwrap_or_default().iter().map(name).collect()
}

/// An address as Go reads it: without a zone.
fn parsed(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn not_a_string(before: &str, value: &Value) -> Failure {
    problem(before, &format::sprint(std::slice::from_ref(value)), " is not a string")
}

fn problem(before: &str, text: &[u8], after: &str) -> Failure {
    Failure::Message(format!("{before}{}{after}", String::from_utf8_lossy(text)))
}
