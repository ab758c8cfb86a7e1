//! What the fuzzers check, apart from the machinery that makes inputs: `fuzz/` runs [`targets`]
//! with libFuzzer, `tests/replay.rs` runs them on every committed seed, and the program
//! `differential` compares random templates with the real Helm.

pub mod differential;
pub mod targets;
