//! Functions that parse but fail when called: they need certificates or the network, or are not
//! written yet.
//!
//! Owns their names and signatures. A host that has one of them adds it over this table.

use super::signature::fixed;
use crate::functions::Function;
use crate::functions::Parameter::{Int, List, Object, String, Uint32};

/// A function that fails with its name, so that the render never goes wrong in silence.
macro_rules! unsupported {
    ($name:literal, $parameters:expr) => {
        fixed($name, $parameters, |_, _| {
            Err(concat!("function \"", $name, "\" is not supported yet by molave").into())
        })
    };
}

const CERTIFICATE: crate::functions::Parameter = Object("sprig.certificate");

pub(super) const TABLE: &[Function] = &[
    unsupported!("bcrypt", &[String]),
    unsupported!("buildCustomCert", &[String, String]),
    unsupported!("decryptAES", &[String, String]),
    unsupported!("derivePassword", &[Uint32, String, String, String, String]),
    unsupported!("encryptAES", &[String, String]),
    unsupported!("genCA", &[String, Int]),
    unsupported!("genCAWithKey", &[String, Int, String]),
    unsupported!("genPrivateKey", &[String]),
    unsupported!("genSelfSignedCert", &[String, List, List, Int]),
    unsupported!("genSelfSignedCertWithKey", &[String, List, List, Int, String]),
    unsupported!("genSignedCert", &[String, List, List, Int, CERTIFICATE]),
    unsupported!("genSignedCertWithKey", &[String, List, List, Int, CERTIFICATE, String]),
    unsupported!("getHostByName", &[String]),
    unsupported!("htpasswd", &[String, String]),
];
