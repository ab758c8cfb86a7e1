//! The names of months and weekdays.

/// `time.Month`, from January on.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `time.Weekday`, from Sunday on.
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The name at an index.
pub(crate) fn named<'n>(names: &[&'n str], index: i64) -> Option<&'n str> {
    usize::try_from(index).ok().and_then(|index| names.get(index).copied())
}
