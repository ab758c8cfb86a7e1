//! Certificates as Go's `x509.CreateCertificate` makes them of sprig's template.
//!
//! Owns their contents and order. Reading one is [`parse`]'s. It must not know how keys sign.

mod extensions;
mod name;
mod parse;

use crate::der::{self, tag};
use crate::error::Error;
use crate::key::{PrivateKey, PublicKey};
use crate::pem;
use jiff::Timestamp;
use jiff::tz::Offset;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;

use parse::Certificate;
pub use parse::check;

/// A day in nanoseconds, as Go's durations count.
const DAY: i64 = 24 * 60 * 60 * 1_000_000_000;
/// Where UTC times have no year any more.
const GENERALIZED_YEARS: std::ops::RangeInclusive<i16> = 1950..=2049;

/// What a certificate is to say.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Whom it is for; any bytes, since templates have them.
    pub common_name: Vec<u8>,
    /// The addresses it holds for.
    pub addresses: Vec<IpAddr>,
    /// The DNS names it holds for.
    pub names: Vec<Vec<u8>>,
    /// How many days from now it holds; may be negative.
    pub days: i64,
    /// Whether it may sign others.
    pub is_authority: bool,
}

/// A certificate and its key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// Who signs a certificate: another one, with its key.
pub struct Authority {
    key: PrivateKey,
    subject: Vec<u8>,
    key_identifier: Vec<u8>,
    /// The public key that the certificate shows, if Go knows its kind.
    public: Option<Vec<u8>>,
}

impl Authority {
    /// The one whose certificate and key are in the first PEM blocks of these texts.
    ///
    /// Fails as sprig does if either cannot be read.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, Error> {
        let block =
            pem::decode(certificate).ok_or_else(|| Error::new("unable to decode certificate"))?;
        let parsed = Certificate::parse(&block.bytes)
            .map_err(|error| error.within("error parsing certificate: decodedSignerCert.Bytes"))?;
        let key =
            PrivateKey::from_pem(key).map_err(|error| error.within("error parsing private key"))?;
        Ok(Self {
            key,
            subject: parsed.subject.to_vec(),
            key_identifier: parsed.key_identifier.unwrap_or_default().to_vec(),
            public: parsed.public.map(<[u8]>::to_vec),
        })
    }
}

/// Makes a certificate for `key`, signed by `authority` or by the key itself.
///
/// Fails as sprig does, for keys that cannot sign or texts that cannot be encoded.
pub fn create(
    request: &Request,
    key: &PrivateKey,
    authority: Option<&Authority>,
    now: Timestamp,
    chance: &mut ChaCha20Rng,
) -> Result<Pair, Error> {
    let mut serial = [0; 16];
    chance.fill_bytes(&mut serial);
    let encoded = Draft { request, key, authority, now, serial }
        .encode(chance)
        .map_err(|error| error.within("error creating certificate"))?;
    Ok(Pair { certificate: pem::encode("CERTIFICATE", &encoded), key: key.to_pem() })
}

struct Draft<'a> {
    request: &'a Request,
    key: &'a PrivateKey,
    authority: Option<&'a Authority>,
    now: Timestamp,
    serial: [u8; 16],
}

impl Draft<'_> {
    fn encode(&self, chance: &mut ChaCha20Rng) -> Result<Vec<u8>, Error> {
        let signer = self.authority.map_or(self.key, |authority| &authority.key);
        signer.check_signer()?;
        let algorithm = signer.signature_algorithm()?;
        let to_sign = self.to_sign(signer, algorithm)?;
        let signature = signer.sign(&to_sign, chance)?;
        Ok(der::sequence(&[&to_sign, algorithm, &der::bits(0, &signature)]))
    }

    /// What is signed: `TBSCertificate`.
    fn to_sign(&self, signer: &PrivateKey, algorithm: &[u8]) -> Result<Vec<u8>, Error> {
        let public = self.key.public()?;
        let subject = name::encode(&self.request.common_name);
        let issuer = match self.authority {
            Some(authority) => authority.subject.clone(),
            None => subject.clone()?,
        };
        let subject = subject?;
        if let Some(shown) = self.authority.and_then(|authority| authority.public.as_ref())
            && *shown != signer.public()?.info
        {
            return Err(Error::new("x509: provided PrivateKey doesn't match parent's PublicKey"));
        }
        let extensions = self.extensions(&public, &issuer, &subject)?;
        Ok(der::sequence(&[
            &der::element(tag::context_constructed(0), &der::integer(&[2])),
            &der::integer(&self.serial),
            algorithm,
            &issuer,
            &self.validity()?,
            &subject,
            &public.info,
            &der::element(tag::context_constructed(3), &extensions),
        ]))
    }

    fn extensions(
        &self,
        public: &PublicKey,
        issuer: &[u8],
        subject: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let Request { addresses, names, is_authority, .. } = self.request;
        let mut list = vec![
            extensions::key_usage(*is_authority),
            extensions::extended_key_usage(),
            extensions::basic_constraints(*is_authority),
        ];
        if *is_authority {
            let hash = Sha256::digest(&public.bytes);
            list.push(extensions::subject_key(hash.get(..20).unwrap_or_default()));
        }
        match self.authority {
            Some(Authority { key_identifier, .. })
                if issuer != subject && !key_identifier.is_empty() =>
            {
                list.push(extensions::authority_key(key_identifier));
            }
            _ => {}
        }
        if !names.is_empty() || !addresses.is_empty() {
            let is_nameless = self.request.common_name.is_empty();
            list.push(extensions::alternative_names(names, addresses, is_nameless)?);
        }
        Ok(der::sequence(&[&list.concat()]))
    }

    fn validity(&self) -> Result<Vec<u8>, Error> {
        // Go's durations wrap around.
        let days = jiff::SignedDuration::from_nanos(DAY.wrapping_mul(self.request.days));
        let end = self.now.checked_add(days).map_err(|_| unrepresentable())?;
        Ok(der::sequence(&[&time(self.now)?, &time(end)?]))
    }
}

/// A point in time, whole seconds, as short as its year allows.
fn time(time: Timestamp) -> Result<Vec<u8>, Error> {
    let civil = Offset::UTC.to_datetime(floor(time)?);
    let (kind, year) = match civil.year() {
        year if GENERALIZED_YEARS.contains(&year) => {
            (tag::UTC_TIME, format!("{:02}", year.rem_euclid(100)))
        }
        year @ 0..=9999 => (tag::GENERALIZED_TIME, format!("{year:04}")),
        _ => return Err(unrepresentable()),
    };
    let (month, day) = (civil.month(), civil.day());
    let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
    let text = format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    Ok(der::element(kind, text.as_bytes()))
}

/// The last whole second; jiff rounds times before 1970 towards it.
fn floor(time: Timestamp) -> Result<Timestamp, Error> {
    let second = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    Timestamp::from_second(second).map_err(|_| unrepresentable())
}

fn unrepresentable() -> Error {
    crate::asn1::structural("cannot represent time as GeneralizedTime")
}
