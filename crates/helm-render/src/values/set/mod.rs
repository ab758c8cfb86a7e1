//! The `--set` family of flags.
//!
//! Owns Helm's grammar of assignments (`strvals`) with its limits and texts. Errors are complete,
//! as Helm prints them. It must not know where the flags come from.

mod assignment;
mod json;
mod source;

use super::{ValuesError, merge};
use crate::profile::Profile;
use assignment::{Kind, Parser};
use gotemplate::{Map, Value};

/// What a `--set-file` value names: the content of the file, or why it cannot be read.
pub type ReadFile<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

/// Applies one `--set` to values: integers, booleans and `null` are recognised.
pub fn parse(text: &[u8], into: &Map, profile: Profile) -> Result<(), ValuesError> {
    run(text, into, Kind::Typed, profile, "failed parsing --set data: ")
}

/// Applies one `--set-string`: every value is a string.
pub fn parse_string(text: &[u8], into: &Map, profile: Profile) -> Result<(), ValuesError> {
    run(text, into, Kind::String, profile, "failed parsing --set-string data: ")
}

/// Applies one `--set-literal`: everything after `=` is one string.
pub fn parse_literal(text: &[u8], into: &Map, profile: Profile) -> Result<(), ValuesError> {
    run(text, into, Kind::Literal, profile, "failed parsing --set-literal data: ")
}

/// Applies one `--set-file`: each value names a file whose content `read` gives.
pub fn parse_file(
    text: &[u8],
    into: &Map,
    profile: Profile,
    read: ReadFile<'_>,
) -> Result<(), ValuesError> {
    run(text, into, Kind::File(read), profile, "failed parsing --set-file data: ")
}

/// Applies one `--set-json`: `key=<JSON>` pairs, or under `Helm4` a whole object.
pub fn parse_json(text: &[u8], into: &Map, profile: Profile) -> Result<(), ValuesError> {
    let shown = String::from_utf8_lossy(text);
    if profile == Profile::Helm4 && shown.trim().starts_with('{') {
        return match json::parse(shown.trim()) {
            Some(Value::Map(map)) => {
                merge(into, &map);
                Ok(())
            }
            _ => Err(ValuesError::from(format!("failed parsing --set-json data JSON: {shown}"))),
        };
    }
    Parser::new(text, Kind::Json, profile)
        .run(into)
        .map_err(|_reason| ValuesError::from(format!("failed parsing --set-json data {shown}")))
}

fn run(
    text: &[u8],
    into: &Map,
    kind: Kind<'_>,
    profile: Profile,
    prefix: &str,
) -> Result<(), ValuesError> {
    Parser::new(text, kind, profile)
        .run(into)
        .map_err(|reason| ValuesError::from(format!("{prefix}{reason}")))
}
