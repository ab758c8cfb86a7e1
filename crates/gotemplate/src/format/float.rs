//! Floats as text (`strconv.FormatFloat`).
//!
//! Owns the decimal, binary and hexadecimal forms. It must not know of widths, flags or values.

/// The digits beyond which a decimal expansion of a float has only zeros.
const EXACT_DIGITS: usize = 1100;

/// The form of a float, by the letter Go uses for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatForm {
    /// `-d.dddde±dd`
    Exponent,
    /// `-ddd.ddd`
    Fixed,
    /// The exponent form for large and small exponents, else the fixed one.
    General,
    /// `-dddp±ddd`
    Binary,
    /// `-0x1.yyyp±dd`
    Hexadecimal,
}

/// `strconv.FormatFloat` of a `float64`: `number` in `form` with `precision` digits, or as few
/// as say it exactly.
pub fn format_float(number: f64, form: FloatForm, precision: Option<usize>) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Inf" } else { "+Inf" }.to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let magnitude = number.abs();
    let body = match form {
        FloatForm::Exponent => exponent_form(magnitude, precision),
        FloatForm::Fixed => fixed_form(magnitude, precision),
        FloatForm::General => general_form(magnitude, precision),
        FloatForm::Binary => binary_form(magnitude),
        FloatForm::Hexadecimal => hexadecimal_form(magnitude, precision),
    };
    format!("{sign}{body}")
}

/// Significant digits without trailing zeros; the value is `0.DIGITS * 10^point`.
struct Decimal {
    digits: String,
    point: i32,
}

impl Decimal {
    /// The shortest digits that read back as the number, or the number rounded to `count`.
    fn new(magnitude: f64, count: Option<usize>) -> Self {
        let text = match count {
            None => format!("{magnitude:e}"),
            Some(count) => {
                format!("{magnitude:.*e}", count.saturating_sub(1).min(EXACT_DIGITS))
            }
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_end_matches('0').to_owned();
        let exponent = exponent.parse().unwrap_or(0);
        Self { point: if digits.is_empty() { 0 } else { exponent + 1 }, digits }
    }

    fn len(&self) -> i32 {
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX)
    }

    fn exponent(&self) -> i32 {
        if self.digits.is_empty() { 0 } else { self.point - 1 }
    }
}

fn exponent_form(magnitude: f64, precision: Option<usize>) -> String {
    let decimal = Decimal::new(magnitude, precision.map(|precision| precision + 1));
    with_exponent(&decimal, precision.unwrap_or(decimal.digits.len().saturating_sub(1)))
}

fn with_exponent(decimal: &Decimal, precision: usize) -> String {
    let mut digits = decimal.digits.chars();
    let mut out = String::from(digits.next().unwrap_or('0'));
    if precision > 0 {
        out.push('.');
        out.extend(digits.chain(std::iter::repeat('0')).take(precision));
    }
    let exponent = decimal.exponent();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{out}e{sign}{:02}", exponent.unsigned_abs())
}

fn fixed_form(magnitude: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision else {
        return without_exponent(&Decimal::new(magnitude, None));
    };
    let exact = precision.min(EXACT_DIGITS);
    let mut out = format!("{magnitude:.exact$}");
    out.extend(std::iter::repeat_n('0', precision - exact));
    out
}

fn without_exponent(decimal: &Decimal) -> String {
    let digits = decimal.digits.as_str();
    let Ok(point) = usize::try_from(decimal.point) else {
        return format!("0.{}{digits}", "0".repeat(decimal.point.unsigned_abs() as usize));
    };
    if point == 0 {
        return if digits.is_empty() { "0".to_owned() } else { format!("0.{digits}") };
    }
    match digits.split_at_checked(point) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{digits}{}", "0".repeat(point - digits.len())),
    }
}

fn general_form(magnitude: f64, precision: Option<usize>) -> String {
    let decimal = Decimal::new(magnitude, precision.map(|precision| precision.max(1)));
    let threshold = match precision {
        None => 6,
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            let whole = precision > decimal.len() && decimal.len() >= decimal.point;
            if whole { decimal.len() } else { precision }
        }
    };
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= threshold {
        with_exponent(&decimal, decimal.digits.len().saturating_sub(1))
    } else {
        without_exponent(&decimal)
    }
}

/// The significand with its leading bit, and the exponent of that bit.
fn parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    if exponent == 0 { (fraction, -1022) } else { (fraction | (1 << 52), exponent - 1023) }
}

fn binary_form(magnitude: f64) -> String {
    let (significand, exponent) = parts(magnitude);
    format!("{significand}p{:+}", exponent - 52)
}

fn hexadecimal_form(magnitude: f64, precision: Option<usize>) -> String {
    let (significand, mut exponent) = parts(magnitude);
    let mut bits = significand << 8;
    if bits == 0 {
        exponent = 0;
    }
    while bits != 0 && bits & (1 << 60) == 0 {
        bits <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        (bits, exponent) = round_hexadecimal(bits, exponent, precision * 4);
    }
    let lead = (bits >> 60) & 1;
    let digits = format!("{:015x}", bits & ((1 << 60) - 1));
    let mut fraction = digits.trim_end_matches('0').to_owned();
    if let Some(precision) = precision {
        fraction = format!("{fraction:0<precision$}", precision = precision.min(EXACT_DIGITS));
        fraction.extend(std::iter::repeat_n('0', precision.saturating_sub(fraction.len())));
    }
    let dot = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x{lead}{dot}{fraction}p{sign}{:02}", exponent.unsigned_abs())
}

/// Rounds to `kept` fraction bits of 60, ties to even, and renormalises.
fn round_hexadecimal(bits: u64, exponent: i32, kept: usize) -> (u64, i32) {
    let extra = (bits << kept) & ((1 << 60) - 1);
    let mut rounded = bits >> (60 - kept);
    if extra | (rounded & 1) > 1 << 59 {
        rounded += 1;
    }
    rounded <<= 60 - kept;
    if rounded & (1 << 61) == 0 { (rounded, exponent) } else { (rounded >> 1, exponent + 1) }
}
