//! Time zones as Go's `time.Location` knows them.
//!
//! Owns what a zone is called and how far it is from UTC at an instant. It must not know texts.

use crate::value::Text;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::rc::Rc;
use std::sync::LazyLock;

/// The zones that the crate carries: those of the machine would make output depend on it.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The Gregorian calendar, and with it every rule of a zone, repeats after 400 years.
const CYCLE: i64 = 146_097 * 86_400;

/// The last second that is looked up as it is.
const LAST: i64 = 253_000_000_000;

/// The first second that is looked up as it is, long before any zone.
const FIRST: i64 = -300_000_000_000;

/// `*time.Location`
#[derive(Clone, Debug)]
pub(crate) enum Zone {
    /// `time.UTC`
    Utc,
    /// `time.Local`
    Local(TimeZone),
    /// One of the zone database.
    Named(TimeZone),
    /// One that a text told of by its offset or abbreviation.
    Fixed(Rc<Fixed>),
    /// A date or time without any zone, as TOML has them: the name of what it is, and the offset that
    /// it is shown with.
    Unzoned(&'static str, i64),
}

/// A zone with one offset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(super) name: Text,
    /// Seconds east of UTC.
    pub(super) offset: i64,
}

/// What a zone is at an instant.
pub(super) struct Reading {
    pub(super) abbreviation: Text,
    /// Seconds east of UTC.
    pub(super) offset: i64,
    pub(super) is_summer: bool,
}

impl Zone {
    /// `time.LoadLocation`: none for a name that is not there.
    pub(super) fn load(name: &[u8], local: &TimeZone) -> Option<Self> {
        match name {
            b"" | b"UTC" => return Some(Self::Utc),
            b"Local" => return Some(Self::Local(local.clone())),
            _ => {}
        }
        let name = str::from_utf8(name).ok()?;
        let zone = ZONES.get(name).ok()?;
        // Go finds zones as files, which have one spelling.
        (zone.iana_name() == Some(name)).then_some(Self::Named(zone))
    }

    /// A zone of its own, which is equal to no other.
    pub(super) fn fixed(name: &[u8], offset: i64) -> Self {
        Self::Fixed(Rc::new(Fixed { name: Text::from(name), offset }))
    }

    /// The zone at a second since the epoch.
    pub(super) fn at(&self, seconds: i64) -> Reading {
        match self {
            Self::Utc => Reading { abbreviation: Text::from("UTC"), offset: 0, is_summer: false },
            Self::Unzoned(name, offset) => {
                Reading { abbreviation: Text::from(*name), offset: *offset, is_summer: false }
            }
            Self::Fixed(fixed) => {
                Reading { abbreviation: fixed.name.clone(), offset: fixed.offset, is_summer: false }
            }
            Self::Local(zone) | Self::Named(zone) => reading(zone, seconds),
        }
    }

    /// The offset of the seconds that a clock in this zone shows, as Go guesses it in the hours
    /// that a clock skips or shows twice.
    pub(super) fn offset_of_clock(&self, seconds: i64) -> i64 {
        match self.at(seconds).offset {
            0 => 0,
            offset => self.at(seconds.wrapping_sub(offset)).offset,
        }
    }

    /// The offset that goes by an abbreviation in this zone, best at the seconds its clock shows.
    pub(super) fn offset_of_abbreviation(&self, name: &[u8], seconds: i64) -> Option<i64> {
        let (Self::Local(zone) | Self::Named(zone)) = self else { return None };
        let mut offsets = Vec::new();
        let first = std::iter::once(reading(zone, FIRST));
        let later = zone.following(instant(FIRST)).map(|transition| Reading {
            abbreviation: Text::from(transition.abbreviation()),
            offset: i64::from(transition.offset().seconds()),
            is_summer: false,
        });
        // Rules without an end give transitions without an end.
        for reading in first.chain(later.take(400)) {
            if *reading.abbreviation == *name && !offsets.contains(&reading.offset) {
                offsets.push(reading.offset);
            }
        }
        let holds = |offset: &&i64| {
            let reading = self.at(seconds.wrapping_sub(**offset));
            *reading.abbreviation == *name
        };
        offsets.iter().find(holds).or(offsets.first()).copied()
    }

    /// `Location.String`
    pub(super) fn name(&self) -> Text {
        match self {
            Self::Utc => Text::from("UTC"),
            Self::Local(zone) if *zone == TimeZone::UTC => Text::from("UTC"),
            Self::Local(_) => Text::from("Local"),
            Self::Named(zone) => Text::from(zone.iana_name().unwrap_or_default()),
            Self::Fixed(fixed) => fixed.name.clone(),
            Self::Unzoned(name, _) => Text::from(*name),
        }
    }

    /// Whether Go has one and the same pointer for both.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Utc, Self::Utc) | (Self::Local(_), Self::Local(_)) => true,
            (Self::Fixed(one), Self::Fixed(two)) => Rc::ptr_eq(one, two),
            (Self::Unzoned(one, _), Self::Unzoned(two, _)) => one == two,
            _ => false,
        }
    }

    /// Whether both are the same in all they hold.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(one), Self::Fixed(two)) => one == two,
            _ => self.is_same(other),
        }
    }
}

fn reading(zone: &TimeZone, seconds: i64) -> Reading {
    let information = zone.to_offset_info(instant(seconds));
    Reading {
        abbreviation: Text::from(information.abbreviation()),
        offset: i64::from(information.offset().seconds()),
        is_summer: information.dst().is_dst(),
    }
}

/// The instant, or one in its place where the zone's rules are the same.
fn instant(seconds: i64) -> Timestamp {
    let seconds = if seconds > LAST {
        LAST - CYCLE + seconds.saturating_sub(LAST).rem_euclid(CYCLE)
    } else {
        seconds.max(FIRST)
    };
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
