//! Functions whose answer is a matter of chance.
//!
//! Owns alphabets and how they are drawn from without favour. The source of chance comes from the
//! call.

use super::signature::{fixed, int, reserve, size, string, text};
use crate::execute::Call;
use crate::format::runes::{push, runes};
use crate::functions::Parameter::{Int, String};
use crate::functions::{Failure, Function};
use crate::value::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;

pub(super) const TABLE: &[Function] = &[
    fixed("randAlpha", &[Int], |call, a| letters(call, a, u8::is_ascii_alphabetic)),
    fixed("randAlphaNum", &[Int], |call, a| letters(call, a, u8::is_ascii_alphanumeric)),
    fixed("randNumeric", &[Int], |call, a| letters(call, a, u8::is_ascii_digit)),
    fixed("randAscii", &[Int], |call, a| letters(call, a, |byte| (b' '..=b'~').contains(byte))),
    fixed("randBytes", &[Int], bytes),
    fixed("randInt", &[Int, Int], number),
    fixed("shuffle", &[String], shuffle),
    fixed("uuidv4", &[], |call, _| {
        let mut bytes = [0; 16];
        call.generator().fill_bytes(&mut bytes);
        Ok(string(uuid(bytes)))
    }),
];

/// A number below `limit`, each as likely as any other; 0 if there is none.
fn below(generator: &mut ChaCha20Rng, limit: u64) -> u64 {
    // What lies beyond the last whole multiple would favour the small numbers.
    let fair = u64::MAX - u64::MAX % limit.max(1);
    loop {
        let number = generator.next_u64();
        if number < fair {
            return number % limit.max(1);
        }
    }
}

/// So many of the ASCII characters that are asked for; none for a negative number, as in sprig.
fn letters(
    call: &mut Call<'_>,
    arguments: &[Value],
    is_wanted: fn(&u8) -> bool,
) -> Result<Value, Failure> {
    let count = usize::try_from(int(arguments, 0)).unwrap_or(0);
    reserve(call, size(count))?;
    let alphabet: Vec<u8> = (0..=127).filter(is_wanted).collect();
    let mut generator = call.generator();
    let mut draw = || {
        let index = below(&mut generator, size(alphabet.len()));
        usize::try_from(index).ok().and_then(|index| alphabet.get(index)).copied()
    };
    Ok(string((0..count).filter_map(|_| draw()).collect::<Vec<u8>>()))
}

/// Random bytes in base64.
fn bytes(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let Ok(count) = usize::try_from(int(arguments, 0)) else {
        return Err("runtime error: makeslice: len out of range".into());
    };
    reserve(call, size(count).saturating_mul(2))?;
    let mut bytes = vec![0; count];
    call.generator().fill_bytes(&mut bytes);
    Ok(string(STANDARD.encode(bytes)))
}

/// A number from the first to below the second.
fn number(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (least, limit) = (int(arguments, 0), int(arguments, 1));
    let Ok(range @ 1..) = u64::try_from(limit.wrapping_sub(least)) else {
        return Err("invalid argument to Intn".into());
    };
    let number = below(&mut call.generator(), range);
    Ok(Value::int(least.wrapping_add(number.cast_signed())))
}

/// The characters in another order.
fn shuffle(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let text = text(arguments, 0);
    call.spend(size(text.len()))?;
    if text.is_empty() {
        return Ok(string(""));
    }
    let mut characters: Vec<char> = runes(text).map(|rune| rune.character).collect();
    let mut generator = call.generator();
    for last in (1..characters.len()).rev() {
        let other = below(&mut generator, size(last).saturating_add(1));
        characters.swap(last, usize::try_from(other).unwrap_or(last));
    }
    let mut out = Vec::with_capacity(text.len());
    for character in characters {
        push(&mut out, character);
    }
    Ok(string(out))
}

/// A UUID of version 4 and the common variant.
fn uuid(bytes: [u8; 16]) -> std::string::String {
    let number = u128::from_be_bytes(bytes);
    let number = number & !(0xf << 76) | 4 << 76;
    let number = number & !(0b11 << 62) | 0b10 << 62;
    let digits = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| digits.get(part).unwrap_or_default().to_owned()).join("-")
}
