//! What has to be asked before a plan can be made.
//!
//! Owns which objects need a look, so that a run that changes little asks little. It must not
//! know how a question is asked.

use crate::desired::NAMESPACES;
use crate::inventory::{Entry, Phase};
use crate::options::Options;
use crate::selection::{Selection, Subject};
use manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// A question about one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is anything there under this name, and would the server create what we want?
    Create,
    /// What is there, and would the server take what we want in its place?
    Update,
    /// Is it still as our last write left it ([`crate::ownership::is_as_left`])? If that is not
    /// certain, the same as [`Self::Update`].
    Confirm,
    /// What is there?
    Look,
}

/// The questions, by object. Nothing is asked about what is recorded as we want it, unless the run
/// is a full one or looks for drift only.
pub fn survey(selection: &Selection<'_>) -> BTreeMap<ObjectId, Question> {
    let options = selection.options;
    let is_namespace = |subject: &&Subject<'_>| subject.wanting() == Some(NAMESPACES);
    let mut questions = BTreeMap::new();
    let mut used = BTreeSet::new();
    for subject in selection.subjects.iter().filter(|subject| !is_namespace(subject)) {
        if let Some(question) = question(subject, options) {
            questions.insert(subject.id.clone(), question);
            used.extend(subject.claim.and(subject.id.namespace.as_deref()));
        }
    }
    for subject in selection.subjects.iter().filter(is_namespace) {
        let is_open = subject.entry.is_none_or(|entry| entry.uid.is_none());
        if used.contains(subject.id.name.as_str()) && (is_open || options.looks_at_all()) {
            questions.insert(subject.id.clone(), Question::Look);
        }
    }
    questions
}

/// What is asked about an object that a service wants, or that is only recorded.
fn question(subject: &Subject<'_>, options: &Options) -> Option<Question> {
    let is_known = subject.entry.is_some_and(|entry| entry.uid.is_some());
    match subject.claim {
        _ if subject.is_done() => options.looks_at_all().then_some(Question::Look),
        Some(claim) if subject.is_settled() => {
            let question = if claim.is_job() { Question::Look } else { Question::Confirm };
            options.looks_at_all().then_some(question)
        }
        // That it goes was deployed already, by the run that kept it for a while.
        None if subject.entry.is_some_and(|entry| entry.kept_until.is_some()) => {
            Some(Question::Look)
        }
        _ if options.drift_only => None,
        None if subject.entry.is_some_and(is_namespace_left) => {
            (options.destroy || options.looks_at_all()).then_some(Question::Look)
        }
        None => Some(Question::Look),
        Some(_) if is_known => Some(Question::Update),
        Some(_) => Some(Question::Create),
    }
}

/// Whether it is a namespace that Molave made, and stays whatever it looks like.
fn is_namespace_left(entry: &Entry) -> bool {
    entry.service == NAMESPACES && entry.phase == Phase::Kept
}

#[cfg(test)]
mod tests;
