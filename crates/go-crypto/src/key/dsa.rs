//! DSA keys, which can be made but not used: Go signs no certificates with them.

use super::prime::{Search, random};
use crate::der;
use crate::error::Error;
use crate::pem;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, U256, U2048, Uint};
use rand_chacha::ChaCha20Rng;

/// The label of its PEM block.
const LABEL: &str = "DSA PRIVATE KEY";

/// The PEM of a new key of 2048 bits with an order of 256, as OpenSSL writes it.
#[expect(clippy::many_single_char_names, reason = "the standard's names")]
pub(super) fn generate(chance: &mut ChaCha20Rng) -> Result<String, Error> {
    let (p, q) = primes(chance)?;
    let (order, _) = p.wrapping_sub(&U2048::ONE).div_rem_vartime(&nonzero(q)?);
    let g = generator(p, &order)?;
    let x = loop {
        let x: U256 = random(256, chance)?;
        if x != U256::ZERO && x < q.resize() {
            break x.resize();
        }
    };
    let y = power(p, &g, &x)?;
    let numbers = [U2048::ZERO, p, q, g, y, x];
    let encoded =
        numbers.map(|number| der::integer(&BoxedUint::from(&number).to_be_bytes_trimmed_vartime()));
    Ok(pem::encode(LABEL, &der::sequence(&[&encoded.concat()])))
}

/// A prime, and one that divides its predecessor.
fn primes(chance: &mut ChaCha20Rng) -> Result<(U2048, U2048), Error> {
    let search = Search::new();
    let q = search.prime::<{ U256::LIMBS }>(U256::BITS, chance)?.resize::<{ U2048::LIMBS }>();
    let step = q.wrapping_add(&q);
    loop {
        let start = random::<{ U2048::LIMBS }>(U2048::BITS, chance)? | U2048::ONE.shl(2047);
        let start = start.wrapping_sub(&start.rem_vartime(&nonzero(step)?));
        if let Some(p) = search.first(start.wrapping_add(&U2048::ONE), step, U2048::BITS) {
            return Ok((p, q));
        }
    }
}

/// The smallest power that generates the subgroup.
fn generator(p: U2048, order: &U2048) -> Result<U2048, Error> {
    let mut base = U2048::from_u8(2);
    loop {
        let g = power(p, &base, order)?;
        if g != U2048::ONE {
            return Ok(g);
        }
        base = base.wrapping_add(&U2048::ONE);
    }
}

fn power(p: U2048, base: &U2048, exponent: &U2048) -> Result<U2048, Error> {
    let modulus = Odd::new(p).into_option().ok_or_else(|| Error::new("modulus must be odd"))?;
    let parameters = FixedMontyParams::new_vartime(modulus);
    Ok(FixedMontyForm::new(base, &parameters).pow(exponent).retrieve())
}

fn nonzero<const LIMBS: usize>(number: Uint<LIMBS>) -> Result<NonZero<Uint<LIMBS>>, Error> {
    NonZero::new(number).into_option().ok_or_else(|| Error::new("modulus must be > 1"))
}
