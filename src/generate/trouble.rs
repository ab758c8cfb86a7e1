//! What is wrong with one release, and the gathering of what is wrong with many: one fault of a
//! chart is told once, however many services use it.

use crate::config::Release;
use crate::error::{Diagnostic, Place, Scene};
use std::collections::BTreeMap;

/// A problem of one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// `<app>/<env>`.
    subject: String,
    /// Where the problem is.
    place: Option<Place>,
    /// What it is.
    reason: String,
    /// More about it, which may differ between releases with the same problem.
    details: Details,
}

/// More about a problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    /// What stands there and what led there.
    pub(super) scene: Scene,
    /// Why it is so.
    pub(super) causes: Vec<String>,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

impl Trouble {
    /// A problem of a release at a place.
    pub(super) fn of(release: &Release<'_>, place: Place, reason: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::in_words_of_helm(release, reason) }
    }

    /// A failure of a release as Helm tells it, all in its own words.
    pub(super) fn in_words_of_helm(release: &Release<'_>, words: impl Into<String>) -> Self {
        let subject = format!("{}/{}", release.app, release.environment);
        Self { subject, place: None, reason: words.into(), details: Details::default() }
    }

    /// The same problem, with more about it.
    #[must_use]
    pub(super) fn with(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// The same problem, with advice if there is any.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.details.hint = hint.into().or(self.details.hint);
        self
    }
}

/// The problems as they are told: the same one of several releases once, with their number and what
/// is known of the first.
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
    let mut known: BTreeMap<(Option<Place>, String), (Vec<String>, Details)> = BTreeMap::new();
    for Trouble { subject, place, reason, details } in troubles {
        let (subjects, _) = known.entry((place, reason)).or_insert((Vec::new(), details));
        subjects.push(subject);
    }
    let told = known.into_iter().map(|((place, reason), (subjects, details))| Diagnostic {
        place,
        scene: Some(details.scene).filter(|scene| *scene != Scene::default()).map(Box::new),
        causes: details.causes,
        hint: details.hint.map(String::into),
        ..tell(&listed(&subjects), &reason)
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
