//! Base 64, base 32 and checksums.
//!
//! Owns the functions and Go's error texts, which sprig returns in place of a result.

use super::signature::{fixed, string, text};
use crate::functions::Function;
use crate::functions::Parameter::String;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha512};
use std::fmt::Write as _;

pub(super) const TABLE: &[Function] = &[
    fixed("b64enc", &[String], |_, a| Ok(string(STANDARD.encode(text(a, 0))))),
    fixed("b64dec", &[String], |_, a| {
        Ok(string(decode64(text(a, 0)).unwrap_or_else(|offset| illegal("base64", offset))))
    }),
    fixed("b32enc", &[String], |_, a| Ok(string(encode32(text(a, 0))))),
    fixed("b32dec", &[String], |_, a| {
        Ok(string(decode32(text(a, 0)).unwrap_or_else(|offset| illegal("base32", offset))))
    }),
    fixed("sha1sum", &[String], |_, a| Ok(string(hexadecimal(&Sha1::digest(text(a, 0)))))),
    fixed("sha256sum", &[String], |_, a| Ok(string(hexadecimal(&Sha256::digest(text(a, 0)))))),
    fixed("sha512sum", &[String], |_, a| Ok(string(hexadecimal(&Sha512::digest(text(a, 0)))))),
    fixed("adler32sum", &[String], |_, a| Ok(string(adler32(text(a, 0)).to_string()))),
];

pub(super) fn illegal(encoding: &str, offset: usize) -> Vec<u8> {
    format!("illegal {encoding} data at input byte {offset}").into_bytes()
}

/// Bytes in hexadecimal, two digits each.
pub fn hexadecimal(bytes: &[u8]) -> std::string::String {
    let mut out = std::string::String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    });
    high << 16 | low
}

/// Base 64 with padding and free line breaks; fails with the offset of the first bad byte as Go
/// reports it.
pub(super) fn decode64(input: &[u8]) -> Result<Vec<u8>, usize> {
    let is_break = |byte: u8| matches!(byte, b'\n' | b'\r');
    let mut symbols =
        input.iter().copied().enumerate().filter(|(_, byte)| !is_break(*byte)).peekable();
    let mut out = Vec::with_capacity(input.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_usize);
    while let Some((offset, byte)) = symbols.next() {
        if let Some(symbol) = symbol64(byte) {
            bits = bits << 6 | u32::from(symbol);
            count += 1;
            if count == 4 {
                out.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
                (bits, count) = (0, 0);
            }
            continue;
        }
        if byte != b'=' || count < 2 {
            return Err(offset);
        }
        if count == 2 {
            match symbols.next() {
                None => return Err(input.len()),
                // Go points one byte before what should have been the second padding.
                Some((second, byte)) if byte != b'=' => return Err(second - 1),
                Some(_) => {}
            }
        }
        if let Some((trailing, _)) = symbols.next() {
            return Err(trailing);
        }
        let decoded = (bits << (6 * (4 - count))).to_be_bytes();
        out.extend_from_slice(decoded.get(1..count).unwrap_or_default());
        return Ok(out);
    }
    if count == 0 { Ok(out) } else { Err(input.len() - count) }
}

fn symbol64(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

const ALPHABET32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn encode32(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len() / 5 * 8 + 8);
    for chunk in input.chunks(5) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let bits = bits << (8 * (5 - chunk.len()));
        let symbols = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let symbol = usize::try_from(bits >> (35 - 5 * index) & 31).unwrap_or(0);
            let shown = ALPHABET32.get(symbol).copied().unwrap_or(b'=');
            out.push(if index < symbols { shown } else { b'=' });
        }
    }
    out
}

/// Base 32 with padding and free line breaks; offsets count without the line breaks, as in Go.
fn decode32(input: &[u8]) -> Result<Vec<u8>, usize> {
    let input: Vec<u8> =
        input.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(input.len() / 8 * 5);
    for (index, group) in input.chunks(8).enumerate() {
        let base = index * 8;
        let is_last = base + 8 >= input.len();
        let (bits, count) = group32(group, base, is_last, input.len())?;
        let decoded = (bits << (5 * (8 - count))).to_be_bytes();
        out.extend_from_slice(decoded.get(3..3 + count * 5 / 8).unwrap_or_default());
    }
    Ok(out)
}

/// The bits and the number of symbols of up to 8 bytes, the padding left out.
fn group32(group: &[u8], base: usize, is_last: bool, length: usize) -> Result<(u64, usize), usize> {
    let mut bits = 0;
    for (index, byte) in group.iter().enumerate() {
        if *byte == b'=' && index >= 2 && is_last {
            return padding32(group, base, index, length).map(|()| (bits, index));
        }
        let symbol = ALPHABET32.iter().position(|symbol| symbol == byte).ok_or(base + index)?;
        bits = bits << 5 | size64(symbol);
    }
    // Go counts back over the incomplete group from the end of the input.
    if group.len() == 8 { Ok((bits, 8)) } else { Err(length - group.len()) }
}

fn padding32(group: &[u8], base: usize, index: usize, length: usize) -> Result<(), usize> {
    if group.len() < 8 {
        return Err(length);
    }
    let after = group.iter().skip(index + 1).position(|byte| *byte != b'=');
    match after {
        Some(offset) => Err(base + index + offset),
        None if matches!(index, 3 | 6) => Err(base + index),
        None => Ok(()),
    }
}

fn size64(symbol: usize) -> u64 {
    u64::try_from(symbol).unwrap_or(0)
}
