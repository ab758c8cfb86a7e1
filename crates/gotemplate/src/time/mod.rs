//! Go's `time.Time`: an instant to the nanosecond, seen in a zone.
//!
//! Owns the calendar, the layout language, zones, and the object that templates see. It reads no
//! clock: the moment is handed in.

mod civil;
mod layout;
mod methods;
pub(crate) mod names;
mod object;
mod read;
pub(crate) mod scalars;
mod write;
mod zone;

use civil::Date;
use jiff::Zoned;
use jiff::tz::TimeZone;
pub(crate) use read::quoted;
use std::cmp::Ordering;
use write::Shown;
use zone::Reading;
pub(crate) use zone::Zone;

const DAY: i64 = 86_400;

/// Nanoseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Seconds from Go's year 1 to the epoch.
const YEAR_ONE: i64 = 62_135_596_800;

/// Seconds from the year that Go begins to count days at to the epoch, as a wrapping number.
const BEGINNING: u64 = 9_223_372_028_741_760_000;

/// The days in those seconds.
const BEGINNING_DAYS: i64 = 106_751_991_073_400;

/// A clock reading can only be kept between the years 1885 and 2157.
const CLOCK_FROM: i64 = -2_682_288_000;
const CLOCK_UNTIL: i64 = CLOCK_FROM + (1 << 33);

/// `time.Time`
#[derive(Clone, Debug)]
pub struct Time {
    /// Seconds since the epoch; Go's wrap, too.
    seconds: i64,
    nanoseconds: u32,
    zone: Zone,
    /// The reading of Go's monotonic clock, which only printing shows.
    clock: Option<i64>,
    /// The zone that Go calls `Local`, for `Time.Local`.
    local: TimeZone,
}

impl Time {
    /// `time.Now`: the moment with a reading of the clock that began when the program did. Here
    /// that is always its first reading.
    pub(crate) fn now(moment: &Zoned) -> Self {
        let instant = moment.timestamp();
        let whole = instant.as_nanosecond().div_euclid(i128::from(SECOND));
        let part = instant.as_nanosecond().rem_euclid(i128::from(SECOND));
        Self {
            seconds: wrap(whole),
            nanoseconds: u32::try_from(part).unwrap_or(0),
            zone: Zone::Local(moment.time_zone().clone()),
            clock: Some(1),
            local: moment.time_zone().clone(),
        }
    }

    /// `time.Unix(seconds, 0)`
    pub(crate) fn unix(seconds: i64, local: &TimeZone) -> Self {
        let zone = Zone::Local(local.clone());
        Self { seconds, nanoseconds: 0, zone, clock: None, local: local.clone() }
    }

    /// The zero value: the beginning of year 1.
    pub(crate) fn zero(local: &TimeZone) -> Self {
        Self::unix(-YEAR_ONE, local).within(Zone::Utc)
    }

    /// A time that a text tells of in a layout, as TOML has them: in a zone that stands for none,
    /// with its name and its offset in seconds; in the local zone without.
    ///
    /// Fails as Go does.
    pub fn read(
        layout: &str,
        text: &str,
        unzoned: Option<(&'static str, i64)>,
        local: &TimeZone,
    ) -> Result<Self, String> {
        let zone = match unzoned {
            Some((name, offset)) => Zone::Unzoned(name, offset),
            None => Zone::Local(local.clone()),
        };
        Self::parse(layout.as_bytes(), text.as_bytes(), &zone, local)
    }

    /// `Time.UTC`
    #[must_use]
    pub fn in_utc(&self) -> Self {
        self.clone().within(Zone::Utc)
    }

    /// The name given to [`Self::read`], for a time that has no zone.
    pub fn unzoned(&self) -> Option<&'static str> {
        match &self.zone {
            Zone::Unzoned(name, _) => Some(name),
            _ => None,
        }
    }

    /// `time.Date`, of a date and the seconds that a clock in the zone shows.
    fn of_date(
        date: Date,
        seconds: i64,
        nanoseconds: u32,
        (zone, local): (Zone, &TimeZone),
    ) -> Self {
        let shown = wrap(date.days() * i128::from(DAY) + i128::from(seconds));
        let seconds = shown.wrapping_sub(zone.offset_of_clock(shown));
        Self { seconds, nanoseconds, zone, clock: None, local: local.clone() }
    }

    fn shifted(self, seconds: i64) -> Self {
        Self { seconds: self.seconds.wrapping_add(seconds), ..self }
    }

    /// `Time.In`
    #[must_use]
    pub(crate) fn within(self, zone: Zone) -> Self {
        Self { zone, clock: None, ..self }
    }

    /// `Time.In(time.LoadLocation(name))`, in UTC where there is no such zone.
    #[must_use]
    pub(crate) fn within_named(self, name: &[u8], local: &TimeZone) -> Self {
        self.within(Zone::load(name, local).unwrap_or(Zone::Utc))
    }

    /// `Time.Add`
    #[must_use]
    pub(crate) fn plus(&self, duration: i64) -> Self {
        let nanoseconds = i64::from(self.nanoseconds) + duration % SECOND;
        let carry = nanoseconds.div_euclid(SECOND);
        let seconds = self.seconds.wrapping_add(duration / SECOND).wrapping_add(carry);
        let clock = self.clock.filter(|_| (CLOCK_FROM..CLOCK_UNTIL).contains(&seconds));
        Self {
            seconds,
            nanoseconds: u32::try_from(nanoseconds.rem_euclid(SECOND)).unwrap_or(0),
            clock: clock.and_then(|clock| clock.checked_add(duration)),
            ..self.clone()
        }
    }

    /// `Time.Sub`: the nearest duration if there is none so long.
    pub(crate) fn since(&self, earlier: &Self) -> i64 {
        let difference = self.total() - earlier.total();
        let limit = if difference < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(difference).unwrap_or(limit)
    }

    /// `Time.AddDate`
    fn plus_date(&self, years: i64, months: i64, days: i64) -> Self {
        let shown = self.shown().1;
        let date = Date {
            year: shown.date.year.wrapping_add(years),
            month: shown.date.month.wrapping_add(months),
            day: shown.date.day.wrapping_add(days),
        };
        let seconds = (shown.hour * 60 + shown.minute) * 60 + shown.second;
        Self::of_date(date, seconds, self.nanoseconds, (self.zone.clone(), &self.local))
    }

    /// Nanoseconds since the beginning of year 1.
    fn total(&self) -> i128 {
        let seconds = i128::from(self.seconds.wrapping_add(YEAR_ONE));
        seconds * i128::from(SECOND) + i128::from(self.nanoseconds)
    }

    /// What is left over a multiple of `duration` since year 1.
    fn remainder(&self, duration: i64) -> i64 {
        i64::try_from(self.total().rem_euclid(i128::from(duration.max(1)))).unwrap_or(0)
    }

    /// `Time.Truncate`
    fn truncated(&self, duration: i64) -> Self {
        let back = if duration > 0 { self.remainder(duration) } else { 0 };
        Self { clock: None, ..self.plus(-back) }
    }

    /// `Time.Round`
    fn rounded(&self, duration: i64) -> Self {
        let remainder = if duration > 0 { self.remainder(duration) } else { 0 };
        let rounds_up = duration > 0 && remainder >= duration - remainder;
        let by = if rounds_up { duration - remainder } else { -remainder };
        Self { clock: None, ..self.plus(by) }
    }

    /// `Time.Unix`
    pub(crate) fn seconds(&self) -> i64 {
        self.seconds
    }

    fn compared(&self, other: &Self) -> Ordering {
        let key = |time: &Self| (time.seconds.wrapping_add(YEAR_ONE), time.nanoseconds);
        key(self).cmp(&key(other))
    }

    /// The zone, and what calendar and clock show in it.
    fn shown(&self) -> (Reading, Shown) {
        let reading = self.zone.at(self.seconds);
        let seconds = self.seconds.wrapping_add(reading.offset).cast_unsigned();
        let absolute = seconds.wrapping_add(BEGINNING);
        let day = DAY.unsigned_abs();
        let part = |unit, count| i64::try_from(absolute / unit % count).unwrap_or(0);
        let days = i64::try_from(absolute / day).unwrap_or(0) - BEGINNING_DAYS;
        let shown = Shown {
            date: Date::of(days),
            weekday: (days + 4).rem_euclid(7),
            hour: part(3600, 24),
            minute: part(60, 60),
            second: part(1, 60),
        };
        (reading, shown)
    }
}

/// The low 64 bits, as Go's arithmetic leaves them.
fn wrap(number: i128) -> i64 {
    u64::try_from(number.rem_euclid(1 << 64)).unwrap_or(0).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_a_whole_number_of_days() {
        assert_eq!(BEGINNING, BEGINNING_DAYS.unsigned_abs() * DAY.unsigned_abs());
    }

    #[test]
    fn a_local_zone_is_read_by_its_abbreviations_and_over_its_gaps() {
        let moment: Zoned = "2026-07-01T12:00[Europe/Berlin]".parse().unwrap();
        let local = moment.time_zone();
        let zone = Zone::Local(local.clone());
        let layout = b"2006-01-02 15:04 MST";
        let cases = [
            ("2024-07-01 12:00 CEST", "2024-07-01 12:00:00 +0200 CEST"),
            ("2024-07-01 12:00 CET", "2024-07-01 13:00:00 +0200 CEST"),
            ("2024-01-01 12:00 CET", "2024-01-01 12:00:00 +0100 CET"),
            ("2024-01-01 12:00 XYZ", "2024-01-01 12:00:00 +0000 XYZ"),
        ];
        for (text, expected) in cases {
            let time = Time::parse(layout, text.as_bytes(), &zone, local).unwrap();
            assert_eq!(time.text(), expected, "{text}");
        }
        let gap = Time::parse(b"2006-01-02 15:04", b"2024-03-31 02:30", &zone, local).unwrap();
        assert_eq!(gap.text(), "2024-03-31 03:30:00 +0200 CEST");
        let now = Time::now(&moment);
        assert_eq!(now.text(), "2026-07-01 12:00:00 +0200 CEST m=+0.000000001");
        assert_eq!(now.plus(SECOND).text(), "2026-07-01 12:00:01 +0200 CEST m=+1.000000001");
    }
}
