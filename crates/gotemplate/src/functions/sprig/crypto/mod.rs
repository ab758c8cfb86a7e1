//! Keys, certificates, and what sprig does with passwords.
//!
//! Owns the functions and what they cost. The cryptography is `go_crypto`'s. Chance and the time are
//! the call's: the same moment gives the same keys.

mod certificate;
mod lists;

use super::encoding::{decode64, illegal};
use super::signature::{fixed, int, string, text, value};
use crate::execute::Call;
use crate::functions::Parameter::{Int, List, Object, String, Uint32};
use crate::functions::{Failure, Function};
use crate::value::{Text, UintKind, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certificate::{Certificate, TYPE_NAME};
use go_crypto::{Authority, Error, PrivateKey, Request, certificate as x509, cipher, password};
use rand_chacha::ChaCha20Rng;

/// What functions take from the budget, so that a render that only makes keys ends within seconds: 66
/// certificates with keys of their own, 3 keys of 4096 bits, 25 hashes of passwords, 15 derived
/// passwords. Public charts make up to 24 keys, some of them again for each checksum of a template.
mod cost {
    pub(super) const RSA_2048: u64 = 300_000;
    pub(super) const LONG_KEY: u64 = 6_000_000;
    pub(super) const SMALL_KEY: u64 = 10_000;
    pub(super) const HASH: u64 = 800_000;
    pub(super) const DERIVATION: u64 = 1_300_000;
    /// Reading a key of 2048 bits, and signing with it.
    const SIGNATURE: u64 = 50_000;

    /// Reading a key, and signing with it: the work grows with the cube of its length.
    pub(super) fn signature(pem: &[u8]) -> u64 {
        let keys = u64::try_from(pem.len() / 1_700).unwrap_or(u64::MAX).saturating_add(1);
        keys.saturating_pow(3).saturating_mul(SIGNATURE)
    }
}

/// The kind of key that is made in a moment.
const QUICK: &[u8] = b"ecdsa";

const CERTIFICATE: crate::functions::Parameter = Object(TYPE_NAME);

pub(super) const TABLE: &[Function] = &[
    fixed("bcrypt", &[String], |call, a| hashed(call, text(a, 0)).map(string)),
    fixed("htpasswd", &[String, String], user_and_hash),
    fixed("derivePassword", &[Uint32, String, String, String, String], derived),
    fixed("encryptAES", &[String, String], encrypted),
    fixed("decryptAES", &[String, String], decrypted),
    fixed("genPrivateKey", &[String], |call, a| private_key(call, text(a, 0))),
    fixed("buildCustomCert", &[String, String], custom),
    fixed("genCA", &[String, Int], |call, a| {
        issued(call, || Ok((authority_request(a), None)), None)
    }),
    fixed("genCAWithKey", &[String, Int, String], |call, a| {
        issued(call, || Ok((authority_request(a), None)), Some(text(a, 2)))
    }),
    fixed("genSelfSignedCert", &[String, List, List, Int], |call, a| {
        issued(call, || Ok((request(a)?, None)), None)
    }),
    fixed("genSelfSignedCertWithKey", &[String, List, List, Int, String], |call, a| {
        issued(call, || Ok((request(a)?, None)), Some(text(a, 4)))
    }),
    fixed("genSignedCert", &[String, List, List, Int, CERTIFICATE], |call, a| {
        pay_authority(call, a)?;
        issued(call, || signed(a), None)
    }),
    fixed("genSignedCertWithKey", &[String, List, List, Int, CERTIFICATE, String], |call, a| {
        pay_authority(call, a)?;
        issued(call, || signed(a), Some(text(a, 5)))
    }),
];

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Message(error.to_string())
    }
}

/// A certificate with the key in `pem`, or with a new one. What it says and who signs it is found
/// out after the key was read, as in sprig, but before a new one is made.
fn issued(
    call: &mut Call<'_>,
    contents: impl FnOnce() -> Result<(Request, Option<Authority>), Failure>,
    pem: Option<&[u8]>,
) -> Result<Value, Failure> {
    call.spend(pem.map_or(cost::RSA_2048, cost::signature))?;
    let given = match pem {
        Some(pem) => Some(
            PrivateKey::from_pem(pem)
                .map_err(|error| Failure::from(error.within("parsing private key")))?,
        ),
        None => None,
    };
    let (request, authority) = contents()?;
    let mut chance = call.generator();
    let key = match given {
        Some(key) => key,
        None => certificate_key(call, &mut chance)?,
    };
    let now = call.now().timestamp();
    x509::create(&request, &key, authority.as_ref(), now, &mut chance)
        .map(|pair| object(pair.certificate, pair.key))
        .map_err(Failure::from)
}

/// Any key does where nobody will use it.
fn certificate_key(call: &Call<'_>, chance: &mut ChaCha20Rng) -> Result<PrivateKey, Failure> {
    let quick = if call.is_rehearsal() { PrivateKey::generate(QUICK, chance) } else { None };
    quick.unwrap_or_else(|| PrivateKey::for_certificate(chance)).map_err(Failure::from)
}

fn object(certificate: impl Into<Text>, key: impl Into<Text>) -> Value {
    Certificate { certificate: certificate.into(), key: key.into() }.into_value()
}

fn authority_request(arguments: &[Value]) -> Request {
    Request {
        common_name: text(arguments, 0).to_vec(),
        days: int(arguments, 1),
        is_authority: true,
        ..Request::default()
    }
}

fn request(arguments: &[Value]) -> Result<Request, Failure> {
    Ok(Request {
        common_name: text(arguments, 0).to_vec(),
        addresses: lists::addresses(value(arguments, 1))?,
        names: lists::names(value(arguments, 2))?,
        days: int(arguments, 3),
        is_authority: false,
    })
}

/// Pays for reading and using the key of the certificate that is the fifth argument.
fn pay_authority(call: &mut Call<'_>, arguments: &[Value]) -> Result<(), Failure> {
    let authority = Certificate::of(value(arguments, 4));
    call.spend(authority.map_or(0, |authority| cost::signature(&authority.key)))
}

/// What is to be signed by the certificate that is the fifth argument.
fn signed(arguments: &[Value]) -> Result<(Request, Option<Authority>), Failure> {
    let Some(Certificate { certificate, key }) = Certificate::of(value(arguments, 4)) else {
        return Err("unable to decode certificate".into());
    };
    let authority = Authority::from_pem(certificate, key).map_err(Failure::from)?;
    Ok((request(arguments)?, Some(authority)))
}

fn private_key(call: &mut Call<'_>, kind: &[u8]) -> Result<Value, Failure> {
    call.spend(match kind {
        b"" | b"rsa" | b"dsa" => cost::LONG_KEY,
        _ => cost::SMALL_KEY,
    })?;
    let mut chance = call.generator();
    let kind = match kind {
        b"" | b"rsa" | b"dsa" if call.is_rehearsal() => QUICK,
        kind => kind,
    };
    Ok(match PrivateKey::generate(kind, &mut chance) {
        None => string([b"Unknown type ", kind].concat()),
        Some(Ok(key)) => string(key.to_pem()),
        Some(Err(error)) => string(format!("failed to generate private key: {error}")),
    })
}

fn custom(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let decoded = |index, what: &str| {
        decode64(text(arguments, index))
            .map_err(|_| Failure::Message(format!("unable to decode base64 {what}")))
    };
    let (certificate, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    call.spend(cost::signature(&key))?;
    x509::check(&certificate).map_err(Failure::from)?;
    PrivateKey::from_pem(&key)
        .map_err(|error| Failure::from(error.within("error parsing private key")))?;
    Ok(object(certificate, key))
}

/// A bcrypt hash, or sprig's text in its place.
fn hashed(call: &mut Call<'_>, password: &[u8]) -> Result<std::string::String, Failure> {
    call.spend(cost::HASH)?;
    Ok(password::bcrypt(password, &mut call.generator())
        .unwrap_or_else(|error| format!("failed to encrypt string with bcrypt: {error}")))
}

fn user_and_hash(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let user = text(arguments, 0);
    if user.contains(&b':') {
        return Ok(string([b"invalid username: ", user].concat()));
    }
    let hash = hashed(call, text(arguments, 1))?;
    Ok(string([user, b":", hash.as_bytes()].concat()))
}

fn derived(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let kind = text(arguments, 1);
    if password::is_kind(kind) {
        call.spend(cost::DERIVATION)?;
    }
    let counter = match value(arguments, 0) {
        Value::Uint(UintKind::Uint32, counter) => u32::try_from(*counter).unwrap_or(u32::MAX),
        _ => 0,
    };
    let [password, user, site] = [2, 3, 4].map(|index| text(arguments, index));
    let derived = password::derive(counter, kind, password, user, site);
    Ok(string(derived.unwrap_or_else(|error| error.to_string())))
}

fn encrypted(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (password, plain) = (text(arguments, 0), text(arguments, 1));
    if plain.is_empty() {
        return Ok(string(""));
    }
    super::signature::reserve(call, super::signature::size(plain.len()) * 2)?;
    let encrypted = cipher::encrypt(password, plain, &mut call.generator());
    Ok(string(STANDARD.encode(encrypted)))
}

fn decrypted(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (password, encoded) = (text(arguments, 0), text(arguments, 1));
    if encoded.is_empty() {
        return Ok(string(""));
    }
    super::signature::reserve(call, super::signature::size(encoded.len()))?;
    let encrypted = decode64(encoded).map_err(|offset| Failure::from(illegal_text(offset)))?;
    // Go makes room for what the text could hold at most.
    let capacity = encoded.len() / 4 * 3;
    cipher::decrypt(password, &encrypted, capacity).map(string).map_err(Failure::from)
}

fn illegal_text(offset: usize) -> std::string::String {
    std::string::String::from_utf8_lossy(&illegal("base64", offset)).into_owned()
}
