//! Private keys of all kinds: made, signed with, and written as PEM.
//!
//! Owns what a kind can do. Reading them is [`parse`]'s. It must not know certificates.

mod dsa;
mod elliptic;
mod parse;
mod prime;
mod rsa;

use crate::der::{self, tag};
use crate::error::Error;
use crate::pem;
use ed25519_dalek::Signer as _;
use ed25519_dalek::SigningKey as Ed25519;
use elliptic::EllipticKey;
pub(crate) use elliptic::check_point;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;
use rsa::RsaKey;

/// How long `genPrivateKey "rsa"` makes its keys.
const LONG_RSA: usize = 4096;
/// How long the keys of new certificates are.
const RSA: usize = 2048;

/// A private key.
pub struct PrivateKey(Kind);

enum Kind {
    Rsa(Box<RsaKey>),
    /// Only its PEM: nothing can be done with such a key.
    Dsa(String),
    Elliptic(Box<EllipticKey>),
    Ed25519(Box<Ed25519>),
    /// It can neither sign nor stand in a certificate.
    X25519,
}

/// The half of a key that certificates show.
pub(crate) struct PublicKey {
    /// The whole `SubjectPublicKeyInfo`, encoded.
    pub(crate) info: Vec<u8>,
    /// What the key identifier is a hash of.
    pub(crate) bytes: Vec<u8>,
}

/// The encoded `AlgorithmIdentifier`s of public keys; curves have theirs in [`elliptic`].
const RSA_KEY: &[u8] =
    &[0x30, 13, tag::IDENTIFIER, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, tag::NULL, 0];
const RSA_SHA256: &[u8] =
    &[0x30, 13, tag::IDENTIFIER, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 11, tag::NULL, 0];
const ED25519: &[u8] = &[0x30, 5, tag::IDENTIFIER, 3, 0x2b, 0x65, 0x70];

impl PrivateKey {
    /// The RSA key of 2048 bits that a certificate gets when none is given.
    pub fn for_certificate(chance: &mut ChaCha20Rng) -> Result<Self, Error> {
        Ok(Self(Kind::Rsa(Box::new(RsaKey::generate(RSA, chance)?))))
    }

    /// A key of the kind that `genPrivateKey` calls `name`, or `None` if there is none of that name.
    pub fn generate(name: &[u8], chance: &mut ChaCha20Rng) -> Option<Result<Self, Error>> {
        let kind = match name {
            b"" | b"rsa" => RsaKey::generate(LONG_RSA, chance).map(|key| Kind::Rsa(Box::new(key))),
            b"dsa" => dsa::generate(chance).map(Kind::Dsa),
            b"ecdsa" => EllipticKey::generate(chance).map(|key| Kind::Elliptic(Box::new(key))),
            b"ed25519" => {
                let mut seed = [0; 32];
                chance.fill_bytes(&mut seed);
                Ok(Kind::Ed25519(Box::new(Ed25519::from_bytes(&seed))))
            }
            _ => return None,
        };
        Some(kind.map(Self))
    }

    /// The key in the first PEM block of `text`.
    ///
    /// Fails as sprig does for text without a block, and for blocks that are no private keys.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        parse::from_pem(text).map(Self)
    }

    /// The key as PEM, in the form that is usual for its kind.
    pub fn to_pem(&self) -> String {
        match &self.0 {
            Kind::Rsa(key) => pem::encode("RSA PRIVATE KEY", &key.encode()),
            Kind::Elliptic(key) => pem::encode("EC PRIVATE KEY", &key.encode()),
            Kind::Ed25519(key) => pem::encode("PRIVATE KEY", &encode_ed25519(key)),
            Kind::Dsa(pem) => pem.clone(),
            Kind::X25519 => String::new(),
        }
    }

    /// Whether the key can sign; Go finds out before anything else.
    pub(crate) fn check_signer(&self) -> Result<(), Error> {
        match self.0 {
            Kind::Dsa(_) | Kind::X25519 => Err(not_a_signer()),
            Kind::Rsa(_) | Kind::Elliptic(_) | Kind::Ed25519(_) => Ok(()),
        }
    }

    /// The encoded `AlgorithmIdentifier` of its signatures.
    pub(crate) fn signature_algorithm(&self) -> Result<&'static [u8], Error> {
        match &self.0 {
            Kind::Rsa(_) => Ok(RSA_SHA256),
            Kind::Elliptic(key) => Ok(key.signature_algorithm()),
            Kind::Ed25519(_) => Ok(ED25519),
            Kind::Dsa(_) | Kind::X25519 => Err(not_a_signer()),
        }
    }

    /// Signs a message. Chance blinds the calculation: it does not change the signature.
    pub(crate) fn sign(&self, message: &[u8], chance: &mut ChaCha20Rng) -> Result<Vec<u8>, Error> {
        match &self.0 {
            Kind::Rsa(key) => key.sign(message, chance),
            Kind::Elliptic(key) => key.sign(message),
            Kind::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Kind::Dsa(_) | Kind::X25519 => Err(not_a_signer()),
        }
    }

    /// The key's public half.
    pub(crate) fn public(&self) -> Result<PublicKey, Error> {
        let (algorithm, bytes) = match &self.0 {
            Kind::Rsa(key) => (RSA_KEY, key.encode_public()),
            Kind::Elliptic(key) => (key.algorithm(), key.point()),
            Kind::Ed25519(key) => (ED25519, key.verifying_key().to_bytes().to_vec()),
            Kind::Dsa(_) => return Err(unsupported_public("*dsa.PublicKey")),
            Kind::X25519 => return Err(unsupported_public("*ecdh.PublicKey")),
        };
        Ok(PublicKey { info: der::sequence(&[algorithm, &der::bits(0, &bytes)]), bytes })
    }
}

fn not_a_signer() -> Error {
    Error::new("x509: certificate private key does not implement crypto.Signer")
}

fn unsupported_public(name: &str) -> Error {
    Error::new(format!("x509: unsupported public key type: {name}"))
}

/// PKCS #8: a version, the algorithm, and the seed in an octet string within another.
fn encode_ed25519(key: &Ed25519) -> Vec<u8> {
    let seed = der::element(tag::OCTETS, key.as_bytes());
    der::sequence(&[&der::integer(&[0]), ED25519, &der::element(tag::OCTETS, &seed)])
}
