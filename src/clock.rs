//! The clock: the only place that asks what time it is. Waiting and time-outs count with `tokio`.

use jiff::{Timestamp, Zoned};

/// The time, in RFC 3339 and whole seconds: `2025-11-21T09:30:00Z`.
pub fn now() -> String {
    format!("{:.0}", Timestamp::now())
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

#[cfg(test)]
mod tests {
    use super::{now, now_micro};

    #[test]
    fn times_have_the_forms_that_the_server_reads() {
        assert_eq!((now().len(), now_micro().len()), (20, 27));
        assert!(now().ends_with('Z') && now_micro().ends_with('Z'));
        assert_eq!(now_micro().as_bytes()[19], b'.');
    }
}
