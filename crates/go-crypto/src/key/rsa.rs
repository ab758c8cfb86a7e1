//! RSA keys: made, checked as Go checks them, written, and signed with.
//!
//! It must not know PEM or certificates.

use super::prime::Search;
use crate::der;
use crate::error::Error;
use crypto_bigint::{
    BoxedUint, ConcatenatingMul as _, Gcd as _, NonZero, Resize as _, U1024, U2048, Uint,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use sha2::Sha256;

/// The public exponent of new keys.
const EXPONENT: u32 = 65_537;
/// The shortest modulus that Go signs with, in bits.
const SHORTEST: u32 = 1024;
/// The longest modulus that Go and this crate use, in bits.
const LONGEST: u32 = 8192;

/// The numbers of a key, whose names are those of PKCS #1.
pub(super) struct RsaKey {
    n: BoxedUint,
    e: u32,
    d: BoxedUint,
    p: BoxedUint,
    q: BoxedUint,
    dp: BoxedUint,
    dq: BoxedUint,
    qinv: BoxedUint,
}

/// The numbers of a key as they were read, all positive; the last three may be missing.
pub(super) struct Numbers<'a> {
    pub(super) n: &'a [u8],
    pub(super) e: i64,
    pub(super) d: &'a [u8],
    pub(super) p: &'a [u8],
    pub(super) q: &'a [u8],
    pub(super) rest: [Option<&'a [u8]>; 3],
}

impl RsaKey {
    /// A new key whose modulus has 2048 or 4096 bits.
    pub(super) fn generate(bits: usize, chance: &mut ChaCha20Rng) -> Result<Self, Error> {
        if bits == 4096 { new::<{ U2048::LIMBS }>(chance) } else { new::<{ U1024::LIMBS }>(chance) }
    }

    /// A key from its numbers, checked as Go does, in the same order.
    #[expect(clippy::many_single_char_names, reason = "the names of PKCS #1")]
    pub(super) fn from_numbers(numbers: &Numbers<'_>) -> Result<Self, Error> {
        let [n, d, p, q] = [numbers.n, numbers.d, numbers.p, numbers.q].map(number);
        if d >= n {
            return Err(Error::new("input overflows the modulus"));
        }
        if n.bits_vartime() > LONGEST {
            return Err(Error::new("RSA keys of more than 8192 bits are not supported by molave"));
        }
        let e = exponent(&n, numbers.e)?;
        if p >= n || q >= n {
            return Err(Error::new("crypto/rsa: invalid prime"));
        }
        let mut key = Self { n, e, dp: d.clone(), dq: d.clone(), qinv: q.clone(), d, p, q };
        match numbers.rest {
            [Some(dp), Some(dq), Some(qinv)] => {
                [key.dp, key.dq, key.qinv] = [dp, dq, qinv].map(number);
            }
            _ => key.derive()?,
        }
        key.check()?;
        Ok(key)
    }

    /// Sets what follows from the other numbers.
    fn derive(&mut self) -> Result<(), Error> {
        if !is_odd(&self.p) {
            return Err(Error::new("crypto/rsa: p is even"));
        }
        self.dp = self.d.rem_vartime(&positive(minus_one(&self.p))?);
        self.dq = self.d.rem_vartime(&positive(minus_one(&self.q))?);
        let p = positive(self.p.clone())?;
        let q = self.q.rem_vartime(&p);
        self.qinv = q
            .invert_mod(&p)
            .into_option()
            .ok_or_else(|| Error::new("crypto/rsa: invalid CRT coefficient"))?;
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        let fail = |text: &str| Err(Error::new(format!("crypto/rsa: {text}")));
        let modulus = positive(self.n.clone())?;
        if self.p.concatenating_mul(&self.q).rem_vartime(&modulus) != BoxedUint::zero() {
            return fail("p * q != n");
        }
        let e = BoxedUint::from(self.e);
        for (exponent, prime) in [(&self.dp, &self.p), (&self.dq, &self.q)] {
            let order = positive(minus_one(prime))?;
            if exponent >= order.as_ref() || product(exponent, &e, &order) != BoxedUint::one() {
                return fail("invalid CRT exponent");
            }
        }
        if product(&self.qinv, &self.q, &positive(self.p.clone())?) != BoxedUint::one() {
            return fail("invalid CRT coefficient");
        }
        for (exponent, prime, name) in [(&self.dp, &self.p, "dP"), (&self.dq, &self.q, "dQ")] {
            if self.d.rem_vartime(&positive(minus_one(prime))?) != *exponent {
                return fail(&format!("d does not match {name}"));
            }
        }
        self.check_distances()
    }

    /// Refuses keys that are easy to break.
    fn check_distances(&self) -> Result<(), Error> {
        let half = self.n.bits_vartime() / 2;
        if self.p == self.q {
            return Err(Error::new("crypto/rsa: p == q"));
        }
        let (larger, smaller) =
            if self.p > self.q { (&self.p, &self.q) } else { (&self.q, &self.p) };
        let distance = larger.wrapping_sub(smaller).bits_vartime();
        if i64::from(distance) <= i64::from(half) - 100 {
            return Err(Error::new("crypto/rsa: |p - q| too small"));
        }
        if self.d.bits_vartime() <= half {
            return Err(Error::new("crypto/rsa: d too small"));
        }
        Ok(())
    }

    /// PKCS #1's `RSAPrivateKey`.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Self { n, e, d, p, q, dp, dq, qinv } = self;
        let e = BoxedUint::from(*e);
        let numbers = [&BoxedUint::zero(), n, &e, d, p, q, dp, dq, qinv];
        der::sequence(&[&numbers.map(encode).concat()])
    }

    /// PKCS #1's `RSAPublicKey`.
    pub(super) fn encode_public(&self) -> Vec<u8> {
        der::sequence(&[&encode(&self.n), &encode(&BoxedUint::from(self.e))])
    }

    /// A signature of PKCS #1 v1.5 with SHA-256.
    pub(super) fn sign(&self, message: &[u8], chance: &mut ChaCha20Rng) -> Result<Vec<u8>, Error> {
        let bits = self.n.bits_vartime();
        if bits < SHORTEST {
            return Err(Error::new(format!(
                "crypto/rsa: {bits}-bit keys are insecure (see \
                 https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"
            )));
        }
        let primes = vec![self.p.clone(), self.q.clone()];
        let (n, e, d) = (self.n.clone(), BoxedUint::from(self.e), self.d.clone());
        let key = if self.p.bits_vartime().max(self.q.bits_vartime()) > bits.div_ceil(2) {
            RsaPrivateKey::from_components_with_wide_primes(n, e, d, primes)
        } else {
            RsaPrivateKey::from_components(n, e, d, primes)
        };
        let key = key.map_err(|error| Error::new(format!("crypto/rsa: {error}")))?;
        SigningKey::<Sha256>::new(key)
            .try_sign_with_rng(chance, message)
            .map(|signature| signature.to_vec())
            .map_err(|error| Error::new(format!("crypto/rsa: {error}")))
    }
}

/// A new key from two primes that fill `LIMBS` each.
#[expect(clippy::many_single_char_names, reason = "the names of PKCS #1")]
fn new<const LIMBS: usize>(chance: &mut ChaCha20Rng) -> Result<RsaKey, Error> {
    let search = Search::new();
    loop {
        let (p, q) = primes::<LIMBS>(&search, chance)?;
        let (from_p, from_q) = (minus_one(&p), minus_one(&q));
        let common = from_p.gcd_vartime(&from_q);
        let order = from_p.concatenating_mul(&from_q);
        let order = positive(order.div_rem_vartime(&positive(common)?).0)?;
        let e = BoxedUint::from(EXPONENT).resize(order.bits_precision());
        // An exponent that divides the order has no inverse: other primes, then.
        let Some(d) = e.invert_mod(&order).into_option() else { continue };
        let n = p.concatenating_mul(&q);
        let mut key =
            RsaKey { n, e: EXPONENT, dp: d.clone(), dq: d.clone(), qinv: q.clone(), d, p, q };
        key.derive()?;
        if key.check().is_ok() {
            return Ok(key);
        }
    }
}

/// Two primes, looked for at the same time: that takes nearly all the time of a key.
fn primes<const LIMBS: usize>(
    search: &Search,
    chance: &mut ChaCha20Rng,
) -> Result<(BoxedUint, BoxedUint), Error> {
    let find = |chance: &mut ChaCha20Rng| search.prime::<LIMBS>(Uint::<LIMBS>::BITS, chance);
    // Which primes are found must not depend on who is quicker.
    let mut other = ChaCha20Rng::from_rng(chance);
    let mut again = other.clone();
    let (p, q) = std::thread::scope(|scope| {
        let q = std::thread::Builder::new().spawn_scoped(scope, || find(&mut other));
        let p = find(chance);
        (p, q.ok().and_then(|q| q.join().ok()))
    });
    // Without a second thread, one after the other.
    let q = q.unwrap_or_else(|| find(&mut again));
    Ok((boxed(&p?), boxed(&q?)))
}

fn exponent(n: &BoxedUint, e: i64) -> Result<u32, Error> {
    let problem = match u32::try_from(e) {
        _ if !is_odd(n) => "public modulus is even",
        _ if e < 2 => "public exponent too small or negative",
        _ if e % 2 == 0 => "public exponent is even",
        Ok(e) if e < 1 << 31 => return Ok(e),
        _ => "public exponent too large",
    };
    Err(Error::new(format!("crypto/rsa: {problem}")))
}

fn number(bytes: &[u8]) -> BoxedUint {
    let digits = bytes.iter().position(|byte| *byte != 0).and_then(|first| bytes.get(first..));
    digits.map_or_else(BoxedUint::zero, BoxedUint::from_be_slice_vartime)
}

fn boxed<const LIMBS: usize>(number: &Uint<LIMBS>) -> BoxedUint {
    BoxedUint::from(number)
}

fn encode(number: &BoxedUint) -> Vec<u8> {
    der::integer(&number.to_be_bytes_trimmed_vartime())
}

fn is_odd(number: &BoxedUint) -> bool {
    number.bit_vartime(0)
}

fn minus_one(number: &BoxedUint) -> BoxedUint {
    number.wrapping_sub(BoxedUint::one())
}

fn positive(number: BoxedUint) -> Result<NonZero<BoxedUint>, Error> {
    NonZero::new(number).into_option().ok_or_else(|| Error::new("modulus must be > 1"))
}

fn product(left: &BoxedUint, right: &BoxedUint, modulus: &NonZero<BoxedUint>) -> BoxedUint {
    left.concatenating_mul(right).rem_vartime(modulus)
}
