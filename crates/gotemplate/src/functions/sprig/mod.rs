//! The function library that Helm adds to Go's templates: sprig 3.3 without `env` and `expandenv`,
//! and the durations of Helm 4.
//!
//! Time and chance come from the call. What needs the network or is not written yet is in
//! [`unsupported_table`], so that templates parse; Helm's own functions (`include`, `toYaml` …)
//! belong to the host.

mod case;
mod casts;
mod chance;
mod classes;
mod crypto;
mod dates;
mod decimal;
mod dicts;
pub(crate) mod durations;
pub mod encoding;
mod equality;
pub mod json;
mod lists;
mod merge;
mod numbers;
pub mod paths;
mod regexes;
pub mod semver;
mod signature;
mod strings;
mod types;
mod unsupported;
mod urls;
mod words;
mod wrapping;

use crate::functions::Function;

/// All functions of the library, in no particular order; those of [`unsupported_table`] too.
pub fn table() -> Vec<Function> {
    let tables = [
        strings::TABLE,
        numbers::TABLE,
        lists::TABLE,
        dicts::TABLE,
        merge::TABLE,
        types::TABLE,
        encoding::TABLE,
        crypto::TABLE,
        json::TABLE,
        paths::TABLE,
        dates::TABLE,
        chance::TABLE,
        durations::TABLE,
        regexes::TABLE,
        semver::TABLE,
        urls::TABLE,
        unsupported::TABLE,
    ];
    tables.concat()
}

/// The functions that parse but fail when called.
pub fn unsupported_table() -> &'static [Function] {
    unsupported::TABLE
}
