//! The clock: the only place that asks what time it is. Waiting and time-outs count with `tokio`.

use jiff::{Timestamp, Zoned};

/// The time, in RFC 3339 and whole seconds: `2025-11-21T09:30:00Z`.
pub fn now() -> String {
    format!("{:.0}", Timestamp::now())
}

/// The time, in seconds since 1970.
pub fn seconds() -> i64 {
    Timestamp::now().as_second()
}

/// A time in seconds since 1970, in the form of [`now`]; as late as can be written, if that is later.
pub fn written(seconds: i64) -> String {
    format!("{:.0}", Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}

/// The time in the zone of this machine.
pub fn local() -> Zoned {
    Zoned::now()
}

/// The time with microseconds, as the fields of a Lease have it.
pub fn now_micro() -> String {
    format!("{:.6}", Timestamp::now())
}

/// How many seconds ago a time was, negative if it is to come; nothing if it is no time.
pub fn seconds_since(time: &str) -> Option<i64> {
    let then: Timestamp = time.parse().ok()?;
    Some(Timestamp::now().as_second().saturating_sub(then.as_second()))
}

/// How many seconds a clock that shows `date` (as HTTP has it) is ahead of this machine's, negative
/// if it is behind; nothing if it is no date.
pub fn seconds_ahead(date: &str) -> Option<i64> {
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    Some(there.as_second().saturating_sub(Timestamp::now().as_second()))
}

#[cfg(test)]
mod tests {
    use super::{now, now_micro, seconds_ahead, seconds_since};

    #[test]
    fn times_have_the_forms_that_the_server_reads() {
        assert_eq!((now().len(), now_micro().len()), (20, 27));
        assert!(now().ends_with('Z') && now_micro().ends_with('Z'));
        assert_eq!(now_micro().as_bytes()[19], b'.');
    }

    #[test]
    fn times_are_compared_with_now() {
        assert!((0..5).contains(&seconds_since(&now()).unwrap()));
        assert!(seconds_since("2001-01-01T00:00:00Z").unwrap() > 700_000_000);
        assert!(seconds_ahead("Mon, 01 Jan 2001 00:00:00 GMT").unwrap() < -700_000_000);
        assert_eq!((seconds_since("yesterday"), seconds_ahead("noon")), (None, None));
    }
}
