//! Values to TOML and back, as `toToml` and `fromToml` do it.
//!
//! It must not know templates beyond their values.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{NO_VALUE, Unwritten, write};

/// How TOML writes what has no zone: the layout, and the zone that stands for none.
const UNZONED: [(&str, &str); 3] = [
    ("2006-01-02T15:04:05.999999999", "datetime-local"),
    ("2006-01-02", "date-local"),
    ("15:04:05.999999999", "time-local"),
];

/// How TOML writes an instant.
const INSTANT: &str = "2006-01-02T15:04:05.999999999Z07:00";
