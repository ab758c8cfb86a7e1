//! Functions that parse but fail when called: they need the network.
//!
//! Owns their names and signatures. A host that has one of them adds it over this table.

use super::signature::fixed;
use crate::functions::Function;
use crate::functions::Parameter::String;

/// A function that fails with its name, so that the render never goes wrong in silence.
macro_rules! unsupported {
    ($name:literal, $parameters:expr) => {
        fixed($name, $parameters, |_, _| {
            Err(concat!("function \"", $name, "\" is not supported yet by molave").into())
        })
    };
}

pub(super) const TABLE: &[Function] = &[unsupported!("getHostByName", &[String])];
