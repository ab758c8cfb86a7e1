//! Exit codes: what each means, and which wins when several apply.
//!
//! Codes are a promise to scripts; the table in DESIGN.md ("Commands") is the contract. This module
//! must not know which command ended how.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0: done, nothing to do, no difference.
    Done,
    /// 1: the work failed; for `diff` and `check`, there is a difference.
    Failed,
    /// 2: usage, configuration or environment error.
    Unusable,
    /// 3: refused by a guard.
    Refused,
    /// 4: held by another run.
    Held,
    /// 5: not ready.
    NotReady,
    /// 130: interrupted.
    Interrupted,
    /// 143: terminated.
    Terminated,
}

impl Status {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Unusable => 2,
            Self::Refused => 3,
            Self::Held => 4,
            Self::NotReady => 5,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The one of two endings that the process reports: 130 and 143 before 4, 3, 2, 1, 5 and 0.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.precedence() > self.precedence() { other } else { self }
    }

    fn precedence(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotReady => 1,
            Self::Failed => 2,
            Self::Unusable => 3,
            Self::Refused => 4,
            Self::Held => 5,
            Self::Interrupted | Self::Terminated => 6,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn the_graver_ending_wins_in_either_order() {
        let rising = [
            Status::Done,
            Status::NotReady,
            Status::Failed,
            Status::Unusable,
            Status::Refused,
            Status::Held,
            Status::Interrupted,
        ];
        for pair in rising.windows(2) {
            assert_eq!(pair[0].and(pair[1]), pair[1]);
            assert_eq!(pair[1].and(pair[0]), pair[1]);
        }
    }
}
