//! Keys, certificates, passwords and ciphers as Go's libraries and sprig make them.
//!
//! ```text
//! chance ──> key ──────┐
//! PEM ──> pem ──> key ─┴─> certificate ──> PEM
//! password ──> password, cipher ──> text
//! ```
//!
//! The structures are byte for byte those of Go's `crypto/x509`, and so are the texts of errors. Time
//! and chance are arguments: the same ones give the same bytes. The crate knows nothing of templates.

mod asn1;
pub mod certificate;
pub mod cipher;
mod der;
mod error;
pub mod key;
pub mod password;
pub mod pem;

pub use certificate::{Authority, Pair, Request};
pub use error::Error;
pub use key::PrivateKey;
