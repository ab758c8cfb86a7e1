//! Keys on the curves of NIST, all but P-224.
//!
//! Owns the curves and their identifiers. It must not know PEM or certificates.

use crate::der::{self, tag};
use crate::error::Error;
use p256::ecdsa::{self, signature::Signer as _};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;

/// A key on one of the curves.
pub(super) enum EllipticKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

/// A curve.
#[derive(Clone, Copy)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

/// Does the same for a key of each curve.
macro_rules! each {
    ($key:expr, $name:ident => $what:expr) => {
        match $key {
            EllipticKey::P256($name) => $what,
            EllipticKey::P384($name) => $what,
            EllipticKey::P521($name) => $what,
        }
    };
}

impl Curve {
    const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The curve with that identifier.
    pub(super) fn find(identifier: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.identifier() == identifier)
    }

    fn identifier(self) -> &'static [u8] {
        // The tag, the length, and the length of the content around it stand before it.
        self.algorithm().get(13..).unwrap_or_default()
    }

    /// The encoded `AlgorithmIdentifier` of a public key: `ecPublicKey` on the curve.
    fn algorithm(self) -> &'static [u8] {
        match self {
            Self::P256 => &[
                0x30, 19, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce,
                0x3d, 3, 1, 7,
            ],
            Self::P384 => {
                &[0x30, 16, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 34]
            }
            Self::P521 => {
                &[0x30, 16, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 35]
            }
        }
    }

    /// How many bytes a secret has.
    pub(super) fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// Checks a public key as it stands in a certificate: an uncompressed point on a curve of that
/// identifier. Go knows one more curve, P-224, whose points are not checked.
pub(crate) fn check_point(curve: &[u8], point: &[u8]) -> Result<(), Error> {
    const P224: &[u8] = &[0x2b, 0x81, 4, 0, 33];
    let Some(curve) = Curve::find(curve) else {
        let is_known = curve == P224;
        return if is_known { Ok(()) } else { Err(Error::new("x509: unsupported elliptic curve")) };
    };
    if point.first() != Some(&4) {
        return Err(Error::new("ecdsa: invalid uncompressed public key"));
    }
    let (name, is_good) = match curve {
        Curve::P256 => ("P256", p256::PublicKey::from_sec1_bytes(point).is_ok()),
        Curve::P384 => ("P384", p384::PublicKey::from_sec1_bytes(point).is_ok()),
        Curve::P521 => ("P521", p521::PublicKey::from_sec1_bytes(point).is_ok()),
    };
    match is_good {
        true => Ok(()),
        false if point.len() != 1 + 2 * curve.size() => {
            Err(Error::new(format!("invalid {name} point encoding")))
        }
        false => Err(Error::new(format!("{name} point not on curve"))),
    }
}

impl EllipticKey {
    /// A new key on P-256.
    pub(super) fn generate(chance: &mut ChaCha20Rng) -> Result<Self, Error> {
        loop {
            let mut secret = [0; 32];
            chance.fill_bytes(&mut secret);
            // All but the rarest draws are below the curve's order.
            if let Ok(key) = Self::new(Curve::P256, &secret) {
                return Ok(key);
            }
        }
    }

    /// The key with that secret, of [`Curve::size`] bytes.
    pub(super) fn new(curve: Curve, secret: &[u8]) -> Result<Self, Error> {
        if secret.iter().all(|byte| *byte == 0) {
            return Err(Error::new("ecdsa: private key is zero"));
        }
        let key = match curve {
            Curve::P256 => p256::ecdsa::SigningKey::from_slice(secret).map(Self::P256),
            Curve::P384 => p384::ecdsa::SigningKey::from_slice(secret).map(Self::P384),
            Curve::P521 => p521::ecdsa::SigningKey::from_slice(secret).map(Self::P521),
        };
        key.map_err(|_| Error::new("input overflows the modulus"))
    }

    fn curve(&self) -> Curve {
        match self {
            Self::P256(_) => Curve::P256,
            Self::P384(_) => Curve::P384,
            Self::P521(_) => Curve::P521,
        }
    }

    /// SEC 1's `ECPrivateKey`, with the curve and the public key.
    pub(super) fn encode(&self) -> Vec<u8> {
        let secret = each!(self, key => key.to_bytes().to_vec());
        der::sequence(&[
            &der::integer(&[1]),
            &der::element(tag::OCTETS, &secret),
            &der::element(
                tag::context_constructed(0),
                &der::element(tag::IDENTIFIER, self.curve().identifier()),
            ),
            &der::element(tag::context_constructed(1), &der::bits(0, &self.point())),
        ])
    }

    /// The public key as an uncompressed point.
    pub(super) fn point(&self) -> Vec<u8> {
        each!(self, key => key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
    }

    /// The encoded `AlgorithmIdentifier` of the public key.
    pub(super) fn algorithm(&self) -> &'static [u8] {
        self.curve().algorithm()
    }

    /// The encoded `AlgorithmIdentifier` of its signatures: with the hash that fits the curve.
    pub(super) fn signature_algorithm(&self) -> &'static [u8] {
        match self.curve() {
            Curve::P256 => &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
            Curve::P384 => &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3],
            Curve::P521 => &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4],
        }
    }

    /// A signature whose nonce is derived from the message, so that it needs no chance.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        fn failed(error: &ecdsa::Error) -> Error {
            Error::new(format!("ecdsa: {error}"))
        }
        Ok(match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|error| failed(&error))?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature =
                    key.try_sign(message).map_err(|error| failed(&error))?;
                signature.to_der().as_bytes().to_vec()
            }
            Self::P521(key) => {
                let signature: p521::ecdsa::Signature =
                    key.try_sign(message).map_err(|error| failed(&error))?;
                signature.to_der().as_bytes().to_vec()
            }
        })
    }
}
