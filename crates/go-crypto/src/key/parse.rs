//! Private keys read from PEM, with the error texts of sprig and Go.
//!
//! Owns the forms: PKCS #1, PKCS #8, SEC 1 and OpenSSL's for DSA. What a kind of key checks is its
//! own module's.

use super::Kind;
use super::elliptic::{Curve, EllipticKey};
use super::rsa::{Numbers, RsaKey};
use crate::asn1::{self, BIG, BITS, BYTES, Fields, IDENTIFIER, LIST, structure};
use crate::der;
use crate::error::Error;
use crate::pem;
use ed25519_dalek::SigningKey as Ed25519;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];

/// The key in the first PEM block, by the block's label.
pub(super) fn from_pem(text: &[u8]) -> Result<Kind, Error> {
    let block = pem::decode(text).ok_or_else(|| Error::new("no PEM data in input"))?;
    let bytes = block.bytes.as_slice();
    if block.label == "PRIVATE KEY" {
        return pkcs8(bytes).map_err(|error| error.within("decoding PEM as PKCS#8"));
    }
    let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
        let label = block.label;
        return Err(Error::new(format!("no private key data in PEM block of type {label}")));
    };
    let key = match kind {
        "RSA" => pkcs1(bytes),
        "EC" => sec1(None, bytes),
        "DSA" => dsa(bytes),
        _ => return Err(Error::new(format!("invalid private key type {}", block.label))),
    };
    key.map_err(|error| error.within(&format!("parsing {kind} private key from PEM")))
}

/// PKCS #1's structure, not yet checked.
struct Pkcs1<'a> {
    version: i64,
    numbers: Numbers<'a>,
    additional: bool,
    is_all: bool,
}

fn read_pkcs1(bytes: &[u8]) -> Result<Pkcs1<'_>, Error> {
    let mut outer = Fields::new(bytes);
    let mut fields = Fields::new(outer.required(structure("pkcs1PrivateKey"))?);
    let version = fields.int()?;
    let numbers = Numbers {
        n: fields.big()?,
        e: fields.int()?,
        d: fields.big()?,
        p: fields.big()?,
        q: fields.big()?,
        rest: [optional_big(&mut fields)?, optional_big(&mut fields)?, optional_big(&mut fields)?],
    };
    let additional = fields.optional(LIST)?.is_some_and(|primes| !primes.is_empty());
    Ok(Pkcs1 { version, numbers, additional, is_all: outer.is_empty() })
}

fn optional_big<'a>(fields: &mut Fields<'a>) -> Result<Option<&'a [u8]>, Error> {
    fields.optional(BIG)?.map(asn1::minimal).transpose()
}

fn pkcs1(bytes: &[u8]) -> Result<Kind, Error> {
    let key = read_pkcs1(bytes).map_err(|error| {
        if read_sec1(bytes).is_ok() {
            return use_instead("ParseECPrivateKey");
        }
        if read_pkcs8(bytes).is_ok() {
            return use_instead("ParsePKCS8PrivateKey");
        }
        error
    })?;
    if !key.is_all {
        return Err(asn1::syntax("trailing data"));
    }
    if key.version > 1 {
        return Err(Error::new("x509: unsupported private key version"));
    }
    let Numbers { n, d, p, q, rest, .. } = key.numbers;
    if [n, d, p, q].into_iter().chain(rest.into_iter().flatten()).any(is_not_positive) {
        return Err(Error::new("x509: private key contains zero or negative value"));
    }
    if key.additional {
        return Err(Error::new("RSA keys of more than two primes are not supported by molave"));
    }
    RsaKey::from_numbers(&key.numbers).map(|key| Kind::Rsa(Box::new(key)))
}

fn is_not_positive(number: &[u8]) -> bool {
    number == [0] || number.first().is_none_or(|first| *first >= 0x80)
}

fn use_instead(function: &str) -> Error {
    Error::new(format!(
        "x509: failed to parse private key (use {function} instead for this key format)"
    ))
}

/// SEC 1's structure, not yet checked.
struct Sec1<'a> {
    version: i64,
    secret: &'a [u8],
    curve: &'a [u8],
}

fn read_sec1(bytes: &[u8]) -> Result<Sec1<'_>, Error> {
    let mut fields = Fields::new(Fields::new(bytes).required(structure("ecPrivateKey"))?);
    let version = fields.int()?;
    let secret = fields.required(BYTES)?;
    let curve = fields.explicit(0, IDENTIFIER)?.unwrap_or_default();
    fields.explicit(1, BITS)?;
    Ok(Sec1 { version, secret, curve })
}

/// A key on a curve, which PKCS #8 names outside of it.
fn sec1(curve: Option<&[u8]>, bytes: &[u8]) -> Result<Kind, Error> {
    let key = read_sec1(bytes).map_err(|error| {
        if read_pkcs8(bytes).is_ok() {
            return use_instead("ParsePKCS8PrivateKey");
        }
        if read_pkcs1(bytes).is_ok() {
            return use_instead("ParsePKCS1PrivateKey");
        }
        error.within("x509: failed to parse EC private key")
    })?;
    if key.version != 1 {
        let version = key.version;
        return Err(Error::new(format!("x509: unknown EC private key version {version}")));
    }
    let curve = Curve::find(curve.unwrap_or(key.curve))
        .ok_or_else(|| Error::new("x509: unknown elliptic curve"))?;
    let secret = padded(key.secret, curve.size())?;
    EllipticKey::new(curve, &secret).map(|key| Kind::Elliptic(Box::new(key)))
}

/// A secret with the length it should have: OpenSSL once left out zeros at its start.
fn padded(secret: &[u8], size: usize) -> Result<Vec<u8>, Error> {
    let surplus = secret.len().saturating_sub(size);
    let (zeros, secret) = secret.split_at_checked(surplus).unwrap_or((&[], secret));
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(Error::new("x509: invalid private key length"));
    }
    let mut out = vec![0; size.saturating_sub(secret.len())];
    out.extend_from_slice(secret);
    Ok(out)
}

/// PKCS #8's structure.
struct Pkcs8<'a> {
    algorithm: &'a [u8],
    /// With tag and length.
    parameters: &'a [u8],
    key: &'a [u8],
}

fn read_pkcs8(bytes: &[u8]) -> Result<Pkcs8<'_>, Error> {
    let mut fields = Fields::new(Fields::new(bytes).required(structure("pkcs8"))?);
    fields.int()?;
    let mut algorithm = Fields::new(fields.required(structure("AlgorithmIdentifier"))?);
    let identifier = algorithm.required(IDENTIFIER)?;
    let parameters = algorithm.raw()?;
    Ok(Pkcs8 { algorithm: identifier, parameters, key: fields.required(BYTES)? })
}

fn pkcs8(bytes: &[u8]) -> Result<Kind, Error> {
    let key = read_pkcs8(bytes).map_err(|error| {
        if read_sec1(bytes).is_ok() {
            return use_instead("ParseECPrivateKey");
        }
        if read_pkcs1(bytes).is_ok() {
            return use_instead("ParsePKCS1PrivateKey");
        }
        error
    })?;
    let within =
        |kind: &str| format!("x509: failed to parse {kind} private key embedded in PKCS#8");
    match key.algorithm {
        RSA => pkcs1(key.key).map_err(|error| error.within(&within("RSA"))),
        ELLIPTIC => {
            let curve = Fields::new(key.parameters).required(IDENTIFIER).ok();
            sec1(curve, key.key).map_err(|error| error.within(&within("EC")))
        }
        ED25519 => Ok(Kind::Ed25519(Box::new(Ed25519::from_bytes(&seed("Ed25519", &key)?)))),
        X25519 => seed("X25519", &key).map(|_| Kind::X25519),
        other => Err(Error::new(format!(
            "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
            der::dotted(other)
        ))),
    }
}

/// The 32 bytes that keys on the curves of Bernstein are made of.
fn seed(kind: &str, key: &Pkcs8<'_>) -> Result<[u8; 32], Error> {
    if !key.parameters.is_empty() {
        return Err(Error::new(format!("x509: invalid {kind} private key parameters")));
    }
    let seed = Fields::new(key.key)
        .required(BYTES)
        .map_err(|error| error.within(&format!("x509: invalid {kind} private key")))?;
    seed.try_into().map_err(|_| match kind {
        "X25519" => Error::new("crypto/ecdh: invalid private key size"),
        _ => Error::new(format!("x509: invalid {kind} private key length: {}", seed.len())),
    })
}

/// OpenSSL's form of a DSA key, of which only the shape is checked.
fn dsa(bytes: &[u8]) -> Result<Kind, Error> {
    let mut fields = Fields::new(Fields::new(bytes).required(structure("DSAKeyFormat"))?);
    fields.int()?;
    for _ in 0..5 {
        fields.big()?;
    }
    Ok(Kind::Dsa(pem::encode("DSA PRIVATE KEY", bytes)))
}
