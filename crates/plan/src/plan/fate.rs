//! What becomes of one object, by itself.
//!
//! Owns what a decision is and what it is made from. It must not know who decides, nor of other
//! objects: that a service is blocked comes later.

use super::{Action, Identity};
use crate::live::Live;
use crate::observed::{Observed, Verdict};
use crate::options::Options;
use crate::ownership::Difference;
use crate::selection::Subject;
use std::borrow::Cow;

/// What decisions are made from, besides the object.
pub(super) struct Context<'a> {
    pub(super) identity: &'a Identity,
    pub(super) observed: &'a Observed,
    pub(super) options: &'a Options,
}

/// An object and what becomes of it.
pub(super) struct Draft<'a> {
    pub(super) subject: Subject<'a>,
    /// The UID of the live object that was seen.
    pub(super) seen: Option<String>,
    pub(super) fate: Fate,
}

/// What becomes of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// This is done with it.
    Becomes { action: Action, reason: Cow<'static, str>, differences: Vec<Difference> },
    /// It is someone else's, and wanted.
    Foreign { holder: String, adoptable: bool, reason: String },
    /// It would be applied, and the server would refuse it, with this reason.
    Rejected(String),
}

/// What was seen of an object that was looked at.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) live: Option<&'a Live>,
    pub(super) verdict: &'a Verdict,
}

impl Draft<'_> {
    /// What is done with it, if it is not someone else's or refused.
    pub(super) fn action(&self) -> Option<Action> {
        match &self.fate {
            Fate::Becomes { action, .. } => Some(*action),
            Fate::Foreign { .. } | Fate::Rejected(_) => None,
        }
    }
}

impl Fate {
    /// This is done, for this reason.
    pub(super) fn is(action: Action, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Becomes { action, reason: reason.into(), differences: Vec::new() }
    }

    /// This is done, unless the server would refuse it.
    pub(super) fn applied(
        action: Action,
        reason: impl Into<Cow<'static, str>>,
        verdict: &Verdict,
    ) -> Self {
        match verdict {
            Verdict::Rejected(reason) => Self::Rejected(reason.clone()),
            Verdict::Immutable(reason) => {
                Self::Rejected(format!("it cannot be changed in place: {reason}"))
            }
            Verdict::Unasked | Verdict::Confirmed | Verdict::Accepted(_) | Verdict::Unverified => {
                Self::is(action, reason)
            }
        }
    }
}
