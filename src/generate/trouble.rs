//! What is wrong with one release, and the gathering of what is wrong with many: one fault of a
//! chart is told once, however many services use it.

use crate::config::Release;
use crate::error::{Diagnostic, Place};
use manifest::Problem;
use std::collections::BTreeMap;

/// A problem of one release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouble {
    /// `<app>/<env>`.
    pub(super) subject: String,
    /// Where the problem is.
    pub(super) place: Place,
    /// What it is.
    pub(super) reason: String,
    /// More about it.
    pub(super) causes: Vec<String>,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

impl Trouble {
    /// A problem of a release at a place.
    pub(super) fn of(release: &Release<'_>, place: Place, reason: impl Into<String>) -> Self {
        let subject = format!("{}/{}", release.app, release.environment);
        Self { subject, place, reason: reason.into(), causes: Vec::new(), hint: None }
    }

    /// A problem with a rendered object. Its line is one of the rendered text, which is no file.
    pub(super) fn from_manifest(release: &Release<'_>, problem: Problem) -> Self {
        let line = format!("it is in line {} of what the template writes", problem.line);
        let trouble = Self::of(release, Place::file(problem.source), problem.message);
        Self { causes: vec![line], hint: problem.hint, ..trouble }
    }

    /// The same problem, with advice.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The problems as they are told: the same one of several releases once, with their number.
pub(super) fn gather(troubles: Vec<Trouble>) -> Vec<Diagnostic> {
    told(troubles, |subjects, reason| {
        Diagnostic::error(format!("cannot render {subjects}: {reason}"))
    })
}

/// The same for what stops nothing.
pub(super) fn gather_warnings(troubles: Vec<Trouble>) -> Vec<Diagnostic> {
    told(troubles, |subjects, reason| Diagnostic::warning(format!("{subjects}: {reason}")))
}

fn told(troubles: Vec<Trouble>, tell: impl Fn(&str, &str) -> Diagnostic) -> Vec<Diagnostic> {
    let mut subjects: BTreeMap<Trouble, Vec<String>> = BTreeMap::new();
    for mut trouble in troubles {
        let subject = std::mem::take(&mut trouble.subject);
        subjects.entry(trouble).or_default().push(subject);
    }
    let told = subjects.into_iter().map(|(trouble, subjects)| Diagnostic {
        place: Some(trouble.place),
        causes: trouble.causes,
        hint: trouble.hint,
        ..tell(&listed(&subjects), &trouble.reason)
    });
    told.collect()
}

fn listed(subjects: &[String]) -> String {
    match subjects {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
    }
}
