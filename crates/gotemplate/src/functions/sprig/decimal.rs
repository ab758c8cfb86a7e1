//! Decimal numbers of any length, as the `shopspring/decimal` library computes `addf` and its kin.
//!
//! Owns exact sums and products, and quotients rounded to 16 places. It must not know values.

use crate::format::{FloatForm, format_float};
use std::cmp::Ordering;

/// The places after the point to which a quotient is rounded, half away from zero.
const QUOTIENT_PLACES: i64 = 16;

/// `±digits × 10^exponent`, digits from the lowest up.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that reads back as `number`; `None` for an infinity or NaN.
    pub(super) fn new(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = format_float(number.abs(), FloatForm::Exponent, None);
        let (mantissa, exponent) = text.split_once('e')?;
        let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let exponent = exponent.parse::<i64>().ok()? - i64::try_from(places).ok()?;
        let digits = mantissa.bytes().rev().filter(u8::is_ascii_digit).map(|digit| digit - b'0');
        Some(Self { negative: number < 0.0, digits: trimmed(digits.collect()), exponent })
    }

    /// The number of digits, for those who pay for the work.
    pub(super) fn len(&self) -> usize {
        self.digits.len()
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        if self.digits.is_empty() {
            return 0.0;
        }
        let sign = if self.negative { "-" } else { "" };
        let digits: String =
            self.digits.iter().rev().map(|digit| char::from(digit + b'0')).collect();
        format!("{sign}{digits}e{}", self.exponent).parse().unwrap_or(0.0)
    }

    /// The exact sum.
    pub(super) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled(exponent), other.scaled(exponent));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&left, &right))
        } else if compare(&left, &right) == Ordering::Less {
            (other.negative, difference(&right, &left))
        } else {
            (self.negative, difference(&left, &right))
        };
        Self { negative, digits, exponent }
    }

    /// The exact difference.
    pub(super) fn subtract(&self, other: &Self) -> Self {
        self.add(&Self { negative: !other.negative, ..other.clone() })
    }

    /// The exact product.
    pub(super) fn multiply(&self, other: &Self) -> Self {
        Self {
            negative: self.negative != other.negative,
            digits: product(&self.digits, &other.digits),
            exponent: self.exponent + other.exponent,
        }
    }

    /// The quotient; `None` for a division by zero.
    pub(super) fn divide(&self, other: &Self) -> Option<Self> {
        if other.digits.is_empty() {
            return None;
        }
        let shift = self.exponent - other.exponent + QUOTIENT_PLACES;
        let dividend = shifted(&self.digits, shift.max(0));
        let divisor = shifted(&other.digits, (-shift).max(0));
        let (mut quotient, remainder) = quotient(&dividend, &divisor);
        if compare(&sum(&remainder, &remainder), &divisor) != Ordering::Less {
            quotient = sum(&quotient, &[1]);
        }
        let negative = self.negative != other.negative;
        Some(Self { negative, digits: quotient, exponent: -QUOTIENT_PLACES })
    }

    /// The digits for a lower exponent.
    fn scaled(&self, exponent: i64) -> Vec<u8> {
        shifted(&self.digits, self.exponent - exponent)
    }
}

fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn shifted(digits: &[u8], places: i64) -> Vec<u8> {
    if digits.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0; usize::try_from(places).unwrap_or(0)];
    out.extend_from_slice(digits);
    out
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

fn sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(left.len().max(right.len()) + 1);
    let mut carry = 0;
    for index in 0..=left.len().max(right.len()) {
        let digit =
            carry + left.get(index).copied().unwrap_or(0) + right.get(index).copied().unwrap_or(0);
        out.push(digit % 10);
        carry = digit / 10;
    }
    trimmed(out)
}

/// `left - right`, for a `left` that is not smaller.
fn difference(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(left.len());
    let mut borrow = 0;
    for (index, digit) in left.iter().enumerate() {
        let taken = right.get(index).copied().unwrap_or(0) + borrow;
        borrow = u8::from(*digit < taken);
        out.push(digit + 10 * borrow - taken);
    }
    trimmed(out)
}

fn product(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut columns = vec![0_u64; left.len() + right.len() + 1];
    for (index, digit) in left.iter().enumerate() {
        for (column, factor) in columns.iter_mut().skip(index).zip(right) {
            *column += u64::from(*digit) * u64::from(*factor);
        }
    }
    let mut carry = 0;
    let mut out = Vec::with_capacity(columns.len());
    for column in columns {
        let total = column + carry;
        out.push(u8::try_from(total % 10).unwrap_or(0));
        carry = total / 10;
    }
    trimmed(out)
}

/// Long division: the quotient and the remainder.
fn quotient(dividend: &[u8], divisor: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut remainder: Vec<u8> = Vec::new();
    let mut digits = Vec::with_capacity(dividend.len());
    for digit in dividend.iter().rev() {
        remainder.insert(0, *digit);
        remainder = trimmed(remainder);
        let mut count = 0;
        while compare(&remainder, divisor) != Ordering::Less {
            remainder = difference(&remainder, divisor);
            count += 1;
        }
        digits.push(count);
    }
    digits.reverse();
    (trimmed(digits), remainder)
}
