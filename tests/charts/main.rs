//! Our charts, and the scaffold that `helm create` writes, against the real Helm; and whether the
//! values sets under `tests/charts/<chart>/` reach every template line and every value. The tables in
//! the charts' READMEs are made here, too.
//!
//! A case is a values file: add one, and every test here takes it up.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing test panics")]
#![expect(clippy::print_stderr, reason = "a skipped comparison says so")]
#![expect(clippy::disallowed_methods, reason = "tests read their cases and start the programs")]

mod cases;
mod copies;
mod dependencies;
mod equality;
mod lines;
mod lint;
mod oracle;
mod tables;
mod values;
