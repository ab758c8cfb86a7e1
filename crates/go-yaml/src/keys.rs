//! The order in which go-yaml writes the keys of a map. It knows keys as text only.

use std::cmp::Ordering;

use crate::emitter::Style;

/// Up to this many items sorting by insertion is the fastest.
const SHORT: usize = 16;

/// Go-yaml v2's order of map keys: digit runs compare as numbers, letters after non-letters.
///
/// It is no total order where digit runs overflow 64 bits, so do not hand it to
/// [`slice::sort_by`], which may panic then: [`sort_keys`] does not.
pub fn compare_keys(left: &str, right: &str) -> Ordering {
    compare(left, right, false)
}

/// Sorts items by their keys as the emitter of this style does. Equal keys keep their order.
pub fn sort_keys<T>(items: &mut Vec<T>, style: Style, key: impl Fn(&T) -> &str) {
    let behind_digits = style == Style::V3;
    merge_sort(items, &|left, right| {
        compare(key(left), key(right), behind_digits) == Ordering::Greater
    });
}

/// A merge sort, which ends and loses nothing whatever `after` answers.
fn merge_sort<T>(items: &mut Vec<T>, after: &impl Fn(&T, &T) -> bool) {
    if items.len() <= SHORT {
        return insertion_sort(items, after);
    }
    let mut right = items.split_off(items.len() / 2);
    merge_sort(items, after);
    merge_sort(&mut right, after);
    let mut merged = Vec::with_capacity(items.len() + right.len());
    let mut left = std::mem::take(items).into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let next = if after(first, second) { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    *items = merged;
}

fn insertion_sort<T>(items: &mut [T], after: &impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        for place in (1..=end).rev() {
            match items.get(place - 1..=place) {
                Some([left, right]) if after(left, right) => items.swap(place - 1, place),
                _ => break,
            }
        }
    }
}

/// `behind_digits`: v3 puts letters before other characters where a digit stands before both.
fn compare(left: &str, right: &str, behind_digits: bool) -> Ordering {
    let same = left.chars().zip(right.chars()).take_while(|(left, right)| left == right);
    let length = same.map(|(character, _)| character.len_utf8()).sum();
    let (Some((before, left)), Some((_, right))) =
        (left.split_at_checked(length), right.split_at_checked(length))
    else {
        return left.cmp(right);
    };
    let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
        return left.len().cmp(&right.len());
    };
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => first.cmp(&second),
        (false, false) => compare_numbers(before, left, right),
        (letter, _) => {
            let digits = behind_digits && before.chars().next_back().is_some_and(is_digit);
            if letter == digits { Ordering::Less } else { Ordering::Greater }
        }
    }
}

/// Compares what begins with two different characters that are no letters.
fn compare_numbers(before: &str, left: &str, right: &str) -> Ordering {
    let zero = left.starts_with('0') || right.starts_with('0');
    // A zero must not vanish behind digits that are the same on both sides.
    let start = i64::from(zero && ends_in_number(before));
    let (left_number, left_digits) = read_number(left, start);
    let (right_number, right_digits) = read_number(right, start);
    left_number
        .cmp(&right_number)
        .then(left_digits.cmp(&right_digits))
        .then_with(|| left.chars().next().cmp(&right.chars().next()))
}

fn ends_in_number(text: &str) -> bool {
    text.chars().rev().take_while(|character| is_digit(*character)).any(|digit| digit != '0')
}

/// Reads a run of digits behind a start, wrapping around as Go does, and counts them.
fn read_number(text: &str, start: i64) -> (i64, usize) {
    let digits = text.chars().take_while(|character| is_digit(*character));
    digits.fold((start, 0), |(number, count), digit| {
        let value = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
        (number.wrapping_mul(10).wrapping_add(value), count + 1)
    })
}

/// Go's `unicode.IsDigit`, but for digits outside ASCII, which no key of a chart has.
fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}
