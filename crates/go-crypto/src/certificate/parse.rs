//! Certificates read as far as signing with them needs, with Go's checks and texts.
//!
//! Owns the structure. What Go checks of URIs, name constraints and policies is not checked.

use super::extensions::number;
use super::name;
use crate::der::{Input, dotted, tag};
use crate::error::Error;
use crate::key::check_point;
use crate::pem;
use std::collections::BTreeSet;

/// What signing needs of a certificate.
pub(super) struct Certificate<'a> {
    /// The encoded name.
    pub(super) subject: &'a [u8],
    pub(super) key_identifier: Option<&'a [u8]>,
    /// The encoded `SubjectPublicKeyInfo`, if Go knows the key's kind.
    pub(super) public: Option<&'a [u8]>,
}

/// Checks the certificate in the first PEM block of `text`, as sprig's `buildCustomCert` does.
pub fn check(text: &[u8]) -> Result<(), Error> {
    let block = pem::decode(text).ok_or_else(|| Error::new("unable to decode certificate"))?;
    Certificate::parse(&block.bytes)
        .map(|_| ())
        .map_err(|error| error.within("error parsing certificate: decodedCert.Bytes"))
}

fn malformed(what: &str) -> Error {
    Error::new(format!("x509: malformed {what}"))
}

fn invalid(what: &str) -> Error {
    Error::new(format!("x509: invalid {what}"))
}

fn is_negative(integer: &[u8]) -> bool {
    integer.first().is_some_and(|first| *first >= 0x80)
}

impl<'a> Certificate<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let mut outer = Input(der);
        let mut input = outer.read(tag::SEQUENCE).ok_or_else(|| malformed("certificate"))?;
        let mut body = input.read(tag::SEQUENCE).ok_or_else(|| malformed("tbs certificate"))?;
        let version = version(&mut body)?;
        let serial = body.integer().ok_or_else(|| malformed("serial number"))?;
        if is_negative(serial) {
            return Err(Error::new("x509: negative serial number"));
        }
        signature_algorithms(&mut body, &mut input)?;
        distinguished_name(&mut body)?;
        validity(&mut body)?;
        let subject = distinguished_name(&mut body)?;
        let public = public_key(&mut body)?;
        let key_identifier =
            if version > 1 { identifiers_and_extensions(&mut body, version)? } else { None };
        input.bits().ok_or_else(|| malformed("signature"))?;
        if !outer.is_empty() {
            return Err(Error::new("x509: trailing data"));
        }
        Ok(Self { subject, key_identifier, public })
    }
}

/// The version, counted from 1.
fn version(body: &mut Input<'_>) -> Result<u8, Error> {
    let wrapped = body.optional(tag::context_constructed(0)).ok_or_else(|| malformed("version"))?;
    let Some(mut wrapped) = wrapped else { return Ok(1) };
    match wrapped.integer() {
        None => Err(malformed("version")),
        Some(number) if is_negative(number) => Err(malformed("version")),
        Some(_) if !wrapped.is_empty() => Err(malformed("version")),
        Some(&[number @ 0..3]) => Ok(number + 1),
        Some(_) => Err(invalid("version")),
    }
}

/// Those inside and outside what is signed must be the same.
fn signature_algorithms(body: &mut Input<'_>, input: &mut Input<'_>) -> Result<(), Error> {
    let inner =
        body.read(tag::SEQUENCE).ok_or_else(|| malformed("signature algorithm identifier"))?;
    let outer = input.read(tag::SEQUENCE).ok_or_else(|| malformed("algorithm identifier"))?;
    if inner.0 != outer.0 {
        let text = "x509: inner and outer signature algorithm identifiers don't match";
        return Err(Error::new(text));
    }
    algorithm(inner).map(|_| ())
}

/// An algorithm and its encoded parameters.
fn algorithm(mut input: Input<'_>) -> Result<(&[u8], &[u8]), Error> {
    let identifier = input.identifier().ok_or_else(|| malformed("OID"))?;
    if input.is_empty() {
        return Ok((identifier, &[]));
    }
    let parameters = input.any().ok_or_else(|| malformed("parameters"))?;
    Ok((identifier, parameters.whole))
}

/// A name with tag and length.
fn distinguished_name<'a>(body: &mut Input<'a>) -> Result<&'a [u8], Error> {
    let name = body.element(tag::SEQUENCE).ok_or_else(|| malformed("issuer"))?;
    let wrong = |what: &str| invalid(&format!("RDNSequence{what}"));
    let mut sets = Input(name.content);
    while !sets.is_empty() {
        let mut set = sets.read(tag::SET).ok_or_else(|| wrong(""))?;
        while !set.is_empty() {
            let mut attribute =
                set.read(tag::SEQUENCE).ok_or_else(|| wrong(": invalid attribute"))?;
            attribute.identifier().ok_or_else(|| wrong(": invalid attribute type"))?;
            let value = attribute.any().ok_or_else(|| wrong(": invalid attribute value"))?;
            name::check(value.tag, value.content).map_err(|error| {
                error.within("x509: invalid RDNSequence: invalid attribute value")
            })?;
        }
    }
    Ok(name.whole)
}

fn validity(body: &mut Input<'_>) -> Result<(), Error> {
    let mut validity = body.read(tag::SEQUENCE).ok_or_else(|| malformed("validity"))?;
    for _ in 0..2 {
        let (kind, name, year) = if validity.is_next(tag::UTC_TIME) {
            (tag::UTC_TIME, "UTCTime", 2)
        } else if validity.is_next(tag::GENERALIZED_TIME) {
            (tag::GENERALIZED_TIME, "GeneralizedTime", 4)
        } else {
            return Err(Error::new("x509: unsupported time format"));
        };
        let text = validity.read(kind).ok_or_else(|| malformed(name))?;
        if !is_time(text.0, year) {
            return Err(malformed(name));
        }
    }
    Ok(())
}

/// Whether the text is a year of that many digits, a date, a time and `Z`. Offsets, and UTC times
/// without seconds, are read as Go reads them.
fn is_time(text: &[u8], year: usize) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some((time, zone)) = text.split_at_checked(digits) else { return false };
    let is_zone = match zone {
        b"Z" => true,
        [b'+' | b'-', zone @ ..] => {
            zone.len() == 4 && zone.iter().all(u8::is_ascii_digit) && zone != b"0000"
        }
        _ => false,
    };
    let Ok(time) = std::str::from_utf8(time) else { return false };
    let has_seconds = digits == year + 10;
    if !is_zone || !(has_seconds || (year == 2 && digits == 10)) {
        return false;
    }
    let format = match (year, has_seconds) {
        (2, true) => "%y%m%d%H%M%S",
        (2, false) => "%y%m%d%H%M",
        _ => "%Y%m%d%H%M%S",
    };
    jiff::fmt::strtime::parse(format, time).and_then(|parsed| parsed.to_datetime()).is_ok()
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];

/// The key's whole element, if its kind is known.
fn public_key<'a>(body: &mut Input<'a>) -> Result<Option<&'a [u8]>, Error> {
    let info = body.element(tag::SEQUENCE).ok_or_else(|| malformed("spki"))?;
    let mut fields = Input(info.content);
    let identifier =
        fields.read(tag::SEQUENCE).ok_or_else(|| malformed("public key algorithm identifier"))?;
    let (kind, parameters) = algorithm(identifier)?;
    let (_, key) = fields.bits().ok_or_else(|| malformed("subjectPublicKey"))?;
    match kind {
        RSA => rsa_key(parameters, key)?,
        ELLIPTIC => {
            let curve = Input(parameters).identifier();
            check_point(curve.ok_or_else(|| invalid("ECDSA parameters"))?, key)?;
        }
        ED25519 if !parameters.is_empty() => {
            return Err(Error::new("x509: Ed25519 key encoded with illegal parameters"));
        }
        ED25519 if key.len() != 32 => {
            return Err(Error::new("x509: wrong Ed25519 public key size"));
        }
        DSA if Input(key).integer().is_none() => return Err(invalid("DSA public key")),
        ED25519 | DSA => {}
        _ => return Ok(None),
    }
    Ok(Some(info.whole))
}

fn rsa_key(parameters: &[u8], key: &[u8]) -> Result<(), Error> {
    if parameters != [tag::NULL, 0] {
        return Err(Error::new("x509: RSA key missing NULL parameters"));
    }
    let mut fields = Input(key).read(tag::SEQUENCE).ok_or_else(|| invalid("RSA public key"))?;
    let modulus = fields.integer().ok_or_else(|| invalid("RSA modulus"))?;
    let exponent = fields
        .integer()
        .filter(|exponent| exponent.len() <= 8)
        .ok_or_else(|| invalid("RSA public exponent"))?;
    for (number, name) in [(modulus, "modulus"), (exponent, "public exponent")] {
        if number == [0] || is_negative(number) {
            return Err(Error::new(format!("x509: RSA {name} is not a positive number")));
        }
    }
    Ok(())
}

/// The subject's key identifier, from what follows the key.
fn identifiers_and_extensions<'a>(
    body: &mut Input<'a>,
    version: u8,
) -> Result<Option<&'a [u8]>, Error> {
    body.optional(tag::context(1)).ok_or_else(|| malformed("issuerUniqueID"))?;
    body.optional(tag::context(2)).ok_or_else(|| malformed("subjectUniqueID"))?;
    if version < 3 {
        return Ok(None);
    }
    let wrapped =
        body.optional(tag::context_constructed(3)).ok_or_else(|| malformed("extensions"))?;
    let Some(mut wrapped) = wrapped else { return Ok(None) };
    let mut list = wrapped.read(tag::SEQUENCE).ok_or_else(|| malformed("extensions"))?;
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    while !list.is_empty() {
        let extension = extension(&mut list)?;
        if !seen.insert(extension.identifier) {
            let name = dotted(extension.identifier);
            let text =
                format!("x509: certificate contains duplicate extension with OID \"{name}\"");
            return Err(Error::new(text));
        }
        all.push(extension);
    }
    let mut key_identifier = None;
    for extension in &all {
        key_identifier = check_extension(extension)?.or(key_identifier);
    }
    Ok(key_identifier)
}

struct Extension<'a> {
    identifier: &'a [u8],
    is_critical: bool,
    value: Input<'a>,
}

fn extension<'a>(list: &mut Input<'a>) -> Result<Extension<'a>, Error> {
    let mut fields = list.read(tag::SEQUENCE).ok_or_else(|| malformed("extension"))?;
    let identifier = fields.identifier().ok_or_else(|| malformed("extension OID field"))?;
    let is_critical = if fields.is_next(tag::BOOLEAN) {
        fields.boolean().ok_or_else(|| malformed("extension critical field"))?
    } else {
        false
    };
    let value = fields.read(tag::OCTETS).ok_or_else(|| malformed("extension value field"))?;
    Ok(Extension { identifier, is_critical, value })
}

/// Checks what Go checks of the extensions that its own certificates have; the key identifier, if
/// it is that one.
fn check_extension<'a>(extension: &Extension<'a>) -> Result<Option<&'a [u8]>, Error> {
    let &[0x55, 29, kind] = extension.identifier else { return Ok(None) };
    let mut value = extension.value;
    match kind {
        number::KEY_USAGE => {
            value.bits().ok_or_else(|| invalid("key usage"))?;
        }
        number::BASIC_CONSTRAINTS => basic_constraints(value)?,
        number::ALTERNATIVE_NAMES => alternative_names(value)?,
        number::AUTHORITY_KEY => {
            if extension.is_critical {
                return Err(marked_critical("authority"));
            }
            let mut fields =
                value.read(tag::SEQUENCE).ok_or_else(|| invalid("authority key identifier"))?;
            fields.optional(tag::context(0)).ok_or_else(|| invalid("authority key identifier"))?;
        }
        number::EXTENDED_KEY_USAGE => {
            let mut usages =
                value.read(tag::SEQUENCE).ok_or_else(|| invalid("extended key usages"))?;
            while !usages.is_empty() {
                usages.identifier().ok_or_else(|| invalid("extended key usages"))?;
            }
        }
        number::SUBJECT_KEY => {
            if extension.is_critical {
                return Err(marked_critical("subject"));
            }
            let key = value.read(tag::OCTETS).ok_or_else(|| invalid("subject key identifier"))?;
            return Ok(Some(key.0));
        }
        _ => {}
    }
    Ok(None)
}

fn marked_critical(whose: &str) -> Error {
    Error::new(format!("x509: {whose} key identifier incorrectly marked critical"))
}

fn basic_constraints(mut value: Input<'_>) -> Result<(), Error> {
    let wrong = || invalid("basic constraints");
    let mut fields = value.read(tag::SEQUENCE).ok_or_else(wrong)?;
    if fields.is_next(tag::BOOLEAN) {
        fields.boolean().ok_or_else(wrong)?;
    }
    if fields.is_next(tag::INTEGER) {
        fields
            .integer()
            .filter(|length| length.len() <= 8 && !is_negative(length))
            .ok_or_else(wrong)?;
    }
    Ok(())
}

fn alternative_names(mut value: Input<'_>) -> Result<(), Error> {
    let mut names =
        value.read(tag::SEQUENCE).ok_or_else(|| invalid("subject alternative names"))?;
    while !names.is_empty() {
        let name = names.any().ok_or_else(|| invalid("subject alternative name"))?;
        let kind = match name.tag ^ 0x80 {
            1 => "rfc822Name",
            2 => "dNSName",
            6 => "uniformResourceIdentifier",
            7 if !matches!(name.content.len(), 4 | 16) => {
                let length = name.content.len();
                return Err(Error::new(format!(
                    "x509: cannot parse IP address of length {length}"
                )));
            }
            _ => continue,
        };
        if !name.content.is_ascii() {
            return Err(Error::new(format!("x509: SAN {kind} is malformed")));
        }
    }
    Ok(())
}
