//! Arithmetic and number sequences.
//!
//! Owns the functions; integers wrap as Go's do, floats go through [`super::decimal`], conversions
//! through [`super::casts`].

use super::casts::{atoi, parse_int, to_float64, to_int64};
use super::decimal::Decimal;
use super::signature::{fixed, int, reserve, rest, size, string, text, value, variadic};
use crate::execute::Call;
use crate::format::sprint;
use crate::functions::Parameter::{Float64, Int, Interface, String};
use crate::functions::{Failure, Function};
use crate::value::{Element, List, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("atoi", &[String], |_, a| {
        Ok(Value::int(std::str::from_utf8(text(a, 0)).map_or(0, atoi)))
    }),
    fixed("int", &[Interface], |_, a| Ok(Value::int(to_int64(value(a, 0))))),
    fixed("int64", &[Interface], |_, a| Ok(Value::int64(to_int64(value(a, 0))))),
    fixed("float64", &[Interface], |_, a| Ok(Value::float(to_float64(value(a, 0))))),
    fixed("toDecimal", &[Interface], to_decimal),
    variadic("add", &[], Interface, |_, a| Ok(fold(0, a, i64::wrapping_add))),
    fixed("add1", &[Interface], |_, a| Ok(Value::int64(integer(a, 0).wrapping_add(1)))),
    fixed("sub", &[Interface, Interface], |_, a| {
        Ok(Value::int64(integer(a, 0).wrapping_sub(integer(a, 1))))
    }),
    variadic("mul", &[Interface], Interface, |_, a| {
        Ok(fold(integer(a, 0), rest(a, 1), i64::wrapping_mul))
    }),
    fixed("div", &[Interface, Interface], |_, a| divided(a, i64::wrapping_div)),
    fixed("mod", &[Interface, Interface], |_, a| divided(a, i64::wrapping_rem)),
    variadic("max", &[Interface], Interface, |_, a| Ok(fold(integer(a, 0), a, i64::max))),
    variadic("biggest", &[Interface], Interface, |_, a| Ok(fold(integer(a, 0), a, i64::max))),
    variadic("min", &[Interface], Interface, |_, a| Ok(fold(integer(a, 0), a, i64::min))),
    variadic("maxf", &[Interface], Interface, |_, a| Ok(extreme(a, larger))),
    variadic("minf", &[Interface], Interface, |_, a| Ok(extreme(a, smaller))),
    variadic("addf", &[], Interface, |call, a| {
        compute(call, 0.0, a, |left, right| Ok(left.add(right)))
    }),
    fixed("add1f", &[Interface], |call, a| {
        compute(call, 1.0, a, |left, right| Ok(left.add(right)))
    }),
    variadic("subf", &[Interface], Interface, |call, a| {
        compute(call, float(a), rest(a, 1), |left, right| Ok(left.subtract(right)))
    }),
    variadic("mulf", &[Interface], Interface, |call, a| {
        compute(call, float(a), rest(a, 1), |left, right| Ok(left.multiply(right)))
    }),
    variadic("divf", &[Interface], Interface, |call, a| {
        compute(call, float(a), rest(a, 1), |left, right| {
            left.divide(right).ok_or("decimal division by 0")
        })
    }),
    fixed("floor", &[Interface], |_, a| Ok(Value::float(float(a).floor()))),
    fixed("ceil", &[Interface], |_, a| Ok(Value::float(float(a).ceil()))),
    variadic("round", &[Interface, Int], Float64, |_, a| Ok(Value::float(round(a)))),
    fixed("until", &[Int], |call, a| {
        let stop = int(a, 0);
        sequence(call, 0, stop, if stop < 0 { -1 } else { 1 }).map(ints)
    }),
    fixed("untilStep", &[Int, Int, Int], |call, a| {
        sequence(call, int(a, 0), int(a, 1), int(a, 2)).map(ints)
    }),
    variadic("seq", &[], Int, seq),
];

fn integer(arguments: &[Value], index: usize) -> i64 {
    to_int64(value(arguments, index))
}

fn float(arguments: &[Value]) -> f64 {
    to_float64(value(arguments, 0))
}

fn fold(first: i64, values: &[Value], combine: fn(i64, i64) -> i64) -> Value {
    Value::int64(values.iter().map(to_int64).fold(first, combine))
}

fn divided(arguments: &[Value], divide: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    match (integer(arguments, 0), integer(arguments, 1)) {
        (_, 0) => Err("runtime error: integer divide by zero".into()),
        (dividend, divisor) => Ok(Value::int64(divide(dividend, divisor))),
    }
}

/// Go's `math.Max`: what is no number wins over all but infinity, and 0 over -0.
fn larger(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() {
        let has_infinity = left == f64::INFINITY || right == f64::INFINITY;
        return if has_infinity { f64::INFINITY } else { f64::NAN };
    }
    if left.total_cmp(&right).is_gt() { left } else { right }
}

/// Go's `math.Min`, its mirror.
fn smaller(left: f64, right: f64) -> f64 {
    let smaller = -larger(-left, -right);
    if smaller.is_nan() { f64::NAN } else { smaller }
}

/// The largest or smallest.
fn extreme(values: &[Value], choose: fn(f64, f64) -> f64) -> Value {
    Value::float(values.iter().map(to_float64).reduce(choose).unwrap_or(0.0))
}

type Operation = fn(&Decimal, &Decimal) -> Result<Decimal, &'static str>;

/// Applies an operation from left to right in exact decimals.
fn compute(
    call: &mut Call<'_>,
    first: f64,
    values: &[Value],
    operation: Operation,
) -> Result<Value, Failure> {
    let mut result = decimal(first)?;
    for value in values {
        let operand = decimal(to_float64(value))?;
        call.spend(20 + size(result.len()) * size(operand.len()) / 64)?;
        result = operation(&result, &operand)?;
    }
    Ok(Value::float(result.to_float()))
}

fn decimal(number: f64) -> Result<Decimal, Failure> {
    let shown = || sprint(&[Value::float(number)]);
    Decimal::new(number).ok_or_else(|| {
        format!("Cannot create a Decimal from {}", std::string::String::from_utf8_lossy(&shown()))
            .into()
    })
}

/// Reads the value's text as octal, 0 if it is none.
fn to_decimal(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    call.spend_on(arguments)?;
    let digits = sprint(arguments);
    let number = std::str::from_utf8(&digits).ok().and_then(|digits| parse_int(digits, 8));
    Ok(Value::int64(number.unwrap_or(0)))
}

/// Rounds to a number of places; the third argument is the fraction from which it rounds up.
fn round(arguments: &[Value]) -> f64 {
    let round_on = match value(arguments, 2) {
        Value::Float(_, round_on) => *round_on,
        _ => 0.5,
    };
    let power = power_of_ten(int(arguments, 1));
    let digits = power * float(arguments);
    let rounded = if digits.fract() >= round_on { digits.ceil() } else { digits.floor() };
    rounded / power
}

fn power_of_ten(exponent: i64) -> f64 {
    let exponent =
        i32::try_from(exponent).unwrap_or(if exponent < 0 { i32::MIN } else { i32::MAX });
    if exponent < 0 { 1.0 / 10_f64.powi(exponent.saturating_neg()) } else { 10_f64.powi(exponent) }
}

/// The integers from `start` up or down to before `stop`; none if `step` leads away.
fn sequence(call: &mut Call<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let distance = i128::from(stop) - i128::from(start);
    let step = i128::from(step);
    if distance == 0 || step == 0 || (distance > 0) != (step > 0) {
        return Ok(Vec::new());
    }
    let count = (distance.abs() + step.abs() - 1) / step.abs();
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    reserve(call, size(count).saturating_mul(64))?;
    let numbers = (0..count).scan(i128::from(start), |next, _| {
        let number = *next;
        *next += step;
        Some(i64::try_from(number).unwrap_or(0))
    });
    Ok(numbers.collect())
}

fn ints(numbers: Vec<i64>) -> Value {
    Value::List(List::new(Element::Int, numbers.into_iter().map(Value::int).collect()))
}

/// The integers from a start to an end, both included, as text with spaces.
fn seq(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (start, step, end) = match arguments {
        [_] => (1, None, int(arguments, 0)),
        [_, _] => (int(arguments, 0), None, int(arguments, 1)),
        [_, _, _] => (int(arguments, 0), Some(int(arguments, 1)), int(arguments, 2)),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if end < start && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let stop = end.wrapping_add(direction);
    let numbers = sequence(call, start, stop, step.unwrap_or(direction))?;
    let texts: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    Ok(string(texts.join(" ")))
}
