//! The calendar: days since the epoch and dates, for every year that Go can count.
//!
//! It must not know zones or texts.

/// The days before each month of a year that is not a leap year, and before the next year.
const DAYS_BEFORE: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    pub(super) day: i64,
}

impl Date {
    /// The date so many days after 1 January 1970.
    ///
    /// Counts from 1 March of year 0, so that the leap day is the last of its year.
    pub(super) fn of(days: i64) -> Self {
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day: day_of_year - (153 * shifted + 2) / 5 + 1 }
    }

    /// The days from 1 January 1970 to this date, whose parts may be out of their ranges.
    pub(super) fn days(self) -> i128 {
        let month = i128::from(self.month) - 1;
        let year = i128::from(self.year) + month.div_euclid(12);
        let month = i64::try_from(month.rem_euclid(12)).unwrap_or(0) + 1;
        let years = year - i128::from(month <= 2);
        let (era, year_of_era) = (years.div_euclid(400), years.rem_euclid(400));
        let shifted = i128::from(if month > 2 { month - 3 } else { month + 9 });
        let day_of_year = (153 * shifted + 2) / 5 + i128::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// 1 to 366.
    pub(super) fn day_of_year(self) -> i64 {
        days_before(self.month) + self.day + i64::from(self.month > 2 && is_leap(self.year))
    }
}

/// The days of a year that is not a leap year before the month, which may be 13.
pub(super) fn days_before(month: i64) -> i64 {
    let index = usize::try_from(month - 1).unwrap_or(0);
    DAYS_BEFORE.get(index).copied().unwrap_or(365)
}

pub(super) fn days_in(month: i64, year: i64) -> i64 {
    let is_leap_day = month == 2 && is_leap(year);
    days_before(month + 1) - days_before(month) + i64::from(is_leap_day)
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn dates_and_days_are_inverse() {
        for days in (-1_000_000..3_000_000).step_by(17) {
            assert_eq!(Date::of(days).days(), i128::from(days));
        }
        assert_eq!(Date::of(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(Date::of(11_016), Date { year: 2000, month: 2, day: 29 });
        assert_eq!(Date { year: 2024, month: 14, day: -1 }.days(), 20_118);
        assert_eq!(Date { year: 2024, month: 12, day: 31 }.day_of_year(), 366);
    }
}
