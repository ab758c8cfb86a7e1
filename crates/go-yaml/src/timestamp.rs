//! Which texts go-yaml takes for a time: what Go's `time.Parse` accepts in four layouts. Go only
//! wants to know whether it is one; nobody reads the time itself.

/// Whether a text is a date (`2006-1-2`), or a date and time parted by `T`, `t` or blanks.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', rest @ ..] = bytes else {
        return false;
    };
    let year = bytes.iter().take(4).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    read_date(rest, year).is_some_and(is_clock)
}

/// Reads month and day, and returns what follows.
fn read_date(text: &[u8], year: u32) -> Option<&[u8]> {
    let (month, rest) = read_number(text)?;
    let (day, rest) = read_number(rest.strip_prefix(b"-")?)?;
    ((1..=12).contains(&month) && (1..=days_in(month, year)).contains(&day)).then_some(rest)
}

fn days_in(month: u32, year: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether this may follow a date: nothing, or a time of the day (with a zone behind `T`, without
/// one behind blanks).
fn is_clock(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'T' | b't', rest @ ..] => read_clock(rest).is_some_and(is_zone),
        [b' ', ..] => read_clock(skip_spaces(text)).is_some_and(<[u8]>::is_empty),
        _ => false,
    }
}

fn skip_spaces(text: &[u8]) -> &[u8] {
    let count = text.iter().take_while(|byte| **byte == b' ').count();
    text.get(count..).unwrap_or_default()
}

/// Reads hours, minutes, seconds and a fraction, and returns what follows.
fn read_clock(text: &[u8]) -> Option<&[u8]> {
    let (hour, rest) = read_number(text)?;
    let (minute, rest) = read_number(rest.strip_prefix(b":")?)?;
    let (second, rest) = read_number(rest.strip_prefix(b":")?)?;
    (hour < 24 && minute < 60 && second < 60).then_some(skip_fraction(rest))
}

fn skip_fraction(text: &[u8]) -> &[u8] {
    let [b'.' | b',', b'0'..=b'9', rest @ ..] = text else {
        return text;
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(count..).unwrap_or_default()
}

/// `Z` or `+07:00`; Go's limits are 24 hours and 60 minutes, both included.
fn is_zone(text: &[u8]) -> bool {
    match text {
        [b'Z'] => true,
        [b'+' | b'-', hours @ .., b':', minute_tens, minute_ones] if hours.len() == 2 => {
            let hour = two_digits(hours);
            let minute = two_digits(&[*minute_tens, *minute_ones]);
            hour.is_some_and(|hour| hour <= 24) && minute.is_some_and(|minute| minute <= 60)
        }
        _ => false,
    }
}

fn two_digits(text: &[u8]) -> Option<u32> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
        }
        _ => None,
    }
}

/// One or two digits, as many as there are.
fn read_number(text: &[u8]) -> Option<(u32, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
            Some((u32::from(tens - b'0') * 10 + u32::from(ones - b'0'), rest))
        }
        [digit @ b'0'..=b'9', rest @ ..] => Some((u32::from(digit - b'0'), rest)),
        _ => None,
    }
}
