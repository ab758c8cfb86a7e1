//! Random primes.
//!
//! Owns the search: a sieve over an arithmetic progression, so that few candidates need the costly
//! test. It must not know what the primes are for.

use crate::error::Error;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Limb, NonZero, Odd, RandomBits as _, Uint};
use crypto_primes::{Flavor, is_prime};
use rand_chacha::ChaCha20Rng;

/// How far the sieve divides: what is left has a chance of about 1 in 50 for 1024 bits.
const SMALL: u32 = 1 << 15;
/// How many numbers of a progression one sieve looks at.
const SPAN: usize = 1 << 12;

/// The odd primes below [`SMALL`].
fn small_primes() -> Vec<u32> {
    let mut composite = vec![false; SMALL as usize];
    let mut primes = Vec::with_capacity(3600);
    for number in (3..SMALL).step_by(2) {
        if composite.get(number as usize) == Some(&false) {
            primes.push(number);
            for multiple in composite.iter_mut().skip(number as usize).step_by(number as usize) {
                *multiple = true;
            }
        }
    }
    primes
}

/// Finds primes of one size; makes the table of small ones only once.
pub(super) struct Search {
    small: Vec<u32>,
}

impl Search {
    pub(super) fn new() -> Self {
        Self { small: small_primes() }
    }

    /// A random prime of `bits` bits whose two highest are set, so that a product of two such has
    /// all its bits.
    pub(super) fn prime<const LIMBS: usize>(
        &self,
        bits: u32,
        chance: &mut ChaCha20Rng,
    ) -> Result<Uint<LIMBS>, Error> {
        loop {
            let start = random::<LIMBS>(bits, chance)?
                | Uint::ONE
                | Uint::ONE.shl(bits - 1)
                | Uint::ONE.shl(bits - 2);
            if let Some(prime) = self.first(start, Uint::from_u8(2), bits) {
                return Ok(prime);
            }
        }
    }

    /// The first prime of `bits` bits in `start`, `start + step` … within [`SPAN`] of them. The
    /// start is odd and the step even.
    pub(super) fn first<const LIMBS: usize>(
        &self,
        start: Uint<LIMBS>,
        step: Uint<LIMBS>,
        bits: u32,
    ) -> Option<Uint<LIMBS>> {
        let composite = self.sieve(&start, &step);
        let survivors = composite.iter().zip(0_u32..).filter(|(composite, _)| !**composite);
        survivors
            .map(|(_, place)| start.wrapping_add(&step.wrapping_mul(&Uint::<1>::from_u32(place))))
            .take_while(|candidate| candidate.bits_vartime() == bits)
            .find(|candidate| passes_base_two(candidate) && is_prime(Flavor::Any, candidate))
    }

    /// Which places of the progression have a small divisor.
    fn sieve<const LIMBS: usize>(&self, start: &Uint<LIMBS>, step: &Uint<LIMBS>) -> Vec<bool> {
        let mut composite = vec![false; SPAN];
        for &prime in &self.small {
            let (Some(first), Some(step)) = (remainder(start, prime), remainder(step, prime))
            else {
                continue;
            };
            // The place where the progression is divisible, if the step is not.
            let Some(inverse) = inverse(step, prime) else { continue };
            let place = u64::from(prime - first) * u64::from(inverse) % u64::from(prime);
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            for mark in composite.iter_mut().skip(place).step_by(prime as usize) {
                *mark = true;
            }
        }
        composite
    }
}

/// A random number of at most `bits` bits.
pub(super) fn random<const LIMBS: usize>(
    bits: u32,
    chance: &mut ChaCha20Rng,
) -> Result<Uint<LIMBS>, Error> {
    Uint::try_random_bits(chance, bits).map_err(|error| Error::new(error.to_string()))
}

fn remainder<const LIMBS: usize>(number: &Uint<LIMBS>, prime: u32) -> Option<u32> {
    let prime = NonZero::new(Limb::from_u32(prime)).into_option()?;
    u32::try_from(number.rem_limb(prime).0).ok()
}

/// The inverse of `number` modulo a prime, by Euclid.
fn inverse(number: u32, prime: u32) -> Option<u32> {
    let modulus = i64::from(prime);
    let (mut rest, mut next) = (modulus, i64::from(number));
    let (mut inverse, mut following) = (0_i64, 1_i64);
    while next != 0 {
        let quotient = rest / next;
        (rest, next) = (next, rest - quotient * next);
        (inverse, following) = (following, inverse - quotient * following);
    }
    u32::try_from(inverse.rem_euclid(modulus)).ok().filter(|_| rest == 1)
}

/// Fermat's test with base 2, which needs squares and doublings only: quicker than the full test,
/// which follows for the few that pass.
fn passes_base_two<const LIMBS: usize>(candidate: &Uint<LIMBS>) -> bool {
    let Some(odd) = Odd::new(*candidate).into_option() else { return false };
    let parameters = FixedMontyParams::new_vartime(odd);
    let one = FixedMontyForm::one(&parameters);
    let exponent = candidate.wrapping_sub(&Uint::ONE);
    let mut power = one;
    for place in (0..exponent.bits_vartime()).rev() {
        power = power.square();
        if exponent.bit_vartime(place) {
            power = power.double();
        }
    }
    power == one
}

#[cfg(test)]
mod tests {
    use super::{Search, inverse, passes_base_two, small_primes};
    use crypto_bigint::{U64, U128, U256};
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    #[test]
    fn the_table_holds_the_odd_primes() {
        let primes = small_primes();
        assert_eq!(primes.get(..6), Some(&[3, 5, 7, 11, 13, 17][..]));
        assert_eq!(primes.len(), 3511);
    }

    #[test]
    fn inverses_are_those_of_the_field() {
        for number in 1..101 {
            assert_eq!(number * inverse(number, 101).unwrap() % 101, 1);
        }
        assert_eq!(inverse(0, 101), None);
    }

    #[test]
    fn fermat_tells_primes_from_most_others() {
        assert!(passes_base_two(&U64::from_u64(1_000_003)));
        assert!(!passes_base_two(&U64::from_u64(1_000_001)));
        assert!(!passes_base_two(&U64::from_u64(2)));
    }

    #[test]
    fn found_primes_have_the_bits_asked_for() {
        let mut chance = ChaCha20Rng::from_seed([1; 32]);
        let search = Search::new();
        for _ in 0..20 {
            let prime: U256 = search.prime(256, &mut chance).unwrap();
            assert_eq!(prime.bits_vartime(), 256);
            assert!(prime.bit_vartime(254));
            assert!(crypto_primes::is_prime(crypto_primes::Flavor::Any, &prime));
        }
    }

    #[test]
    fn a_progression_is_followed_and_ends() {
        let search = Search::new();
        let start = U128::from_u64(1_000_000_000_000_000_001);
        let step = U128::from_u64(30);
        let prime = search.first(start, step, 60).unwrap();
        assert_eq!(
            prime
                .wrapping_sub(&start)
                .rem_limb(crypto_bigint::NonZero::new(crypto_bigint::Limb::from_u32(30)).unwrap())
                .0,
            0
        );
        // 9 + 6n is always divisible by 3.
        assert_eq!(search.first(U128::from_u64((1 << 40) + 5), U128::from_u64(6), 41), None);
    }
}
