//! Functions that parse but fail when called: they need a clock, randomness, certificates, the
//! network, or are not written yet.
//!
//! Owns their names and signatures. A host that has one of them adds it over this table.

use super::signature::fixed;
use crate::functions::Function;
use crate::functions::Parameter::{Int, Interface, List, Object, String, Uint32};

/// A function that fails with its name, so that the render never goes wrong in silence.
macro_rules! unsupported {
    ($name:literal, $parameters:expr) => {
        fixed($name, $parameters, |_, _| {
            Err(concat!("function \"", $name, "\" is not supported yet by molave").into())
        })
    };
}

const TIME: crate::functions::Parameter = Object("time.Time");
const CERTIFICATE: crate::functions::Parameter = Object("sprig.certificate");

pub(super) const TABLE: &[Function] = &[
    unsupported!("ago", &[Interface]),
    unsupported!("bcrypt", &[String]),
    unsupported!("buildCustomCert", &[String, String]),
    unsupported!("date", &[String, Interface]),
    unsupported!("dateInZone", &[String, Interface, String]),
    unsupported!("dateModify", &[String, TIME]),
    unsupported!("date_in_zone", &[String, Interface, String]),
    unsupported!("date_modify", &[String, TIME]),
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
    unsupported!("htmlDate", &[Interface]),
    unsupported!("htmlDateInZone", &[Interface, String]),
    unsupported!("htpasswd", &[String, String]),
    unsupported!("mustDateModify", &[String, TIME]),
    unsupported!("mustToDate", &[String, String]),
    unsupported!("mustToToml", &[Interface]),
    unsupported!("mustToYaml", &[Interface]),
    unsupported!("must_date_modify", &[String, TIME]),
    unsupported!("now", &[]),
    unsupported!("randAlpha", &[Int]),
    unsupported!("randAlphaNum", &[Int]),
    unsupported!("randAscii", &[Int]),
    unsupported!("randBytes", &[Int]),
    unsupported!("randInt", &[Int, Int]),
    unsupported!("randNumeric", &[Int]),
    unsupported!("shuffle", &[String]),
    unsupported!("toDate", &[String, String]),
    unsupported!("unixEpoch", &[TIME]),
    unsupported!("uuidv4", &[]),
];
