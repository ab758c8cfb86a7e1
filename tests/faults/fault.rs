//! What can go wrong with a request. It must not know what was asked.

use std::fmt;

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The run is killed before the request is sent.
    KillBefore,
    /// The run is killed once the server has done what was asked, before it learns of it.
    KillAfter,
    /// The server answers 409 and does nothing.
    Conflict,
    /// The server answers 500 and does nothing.
    Broken,
    /// The server does what was asked, and a gateway answers 504.
    Gateway,
    /// The connection is reset; the server never saw the request.
    Reset,
    /// The connection is reset once the server has done what was asked.
    Lost,
    /// The request stays on its way for longer than the run waits, and then is done.
    Stall,
    /// The run is killed, and its request arrives only after the next run has ended.
    Late,
    /// The run stands still before the request is sent, until another run has taken its lease over
    /// and has ended.
    Pause,
}

impl Fault {
    /// Those after which the next run has to find out what happened.
    pub(crate) const ALL: [Self; 8] = [
        Self::KillBefore,
        Self::KillAfter,
        Self::Conflict,
        Self::Broken,
        Self::Gateway,
        Self::Reset,
        Self::Lost,
        Self::Stall,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KillBefore => "kill-before",
            Self::KillAfter => "kill-after",
            Self::Conflict => "409",
            Self::Broken => "500",
            Self::Gateway => "504-after",
            Self::Reset => "reset",
            Self::Lost => "reset-after",
            Self::Stall => "stall",
            Self::Late => "late",
            Self::Pause => "pause",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A mutating request of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one of this name, such as `PATCH-configmaps/settings#1`: the same in every run of the
    /// same history, whatever the order of requests.
    Named(String),
    /// The one that comes at this place, from 0.
    At(usize),
}

impl fmt::Display for Which {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => formatter.write_str(name),
            Self::At(place) => write!(formatter, "at {place}"),
        }
    }
}

/// A fault that is to befall a request.
#[derive(Clone, Debug)]
pub(crate) struct Injection {
    pub(crate) which: Which,
    pub(crate) fault: Fault,
}

impl fmt::Display for Injection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.which, self.fault)
    }
}
