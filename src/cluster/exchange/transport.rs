//! Requests without an answer: whether they can have reached the server, and what to say of them.
//! It must not know what was asked.

use kube::client::AuthError;
use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

/// A request that no answer came to.
#[derive(Debug)]
pub(super) struct Outage {
    /// Whether nothing can have reached the server.
    pub(super) was_unsent: bool,
    /// Whether trying again is in vain.
    pub(super) is_permanent: bool,
    /// What happened, for people.
    reason: String,
}

impl Outage {
    /// A request that could not even be made.
    pub(super) fn refused(reason: &str) -> Self {
        Self { was_unsent: true, is_permanent: true, reason: reason.to_owned() }
    }

    /// No answer in time.
    pub(super) fn timeout(after: Duration) -> Self {
        let reason = format!("no answer within {} s", after.as_secs_f32());
        Self { was_unsent: false, is_permanent: false, reason }
    }

    /// No answer, because of an error on the way to the server or back.
    pub(super) fn before_answer(error: &kube::Error) -> Self {
        if let Some(error) = chain(error).find_map(|error| error.downcast_ref::<AuthError>()) {
            let reason = format!("cannot log in: {}", login(error));
            return Self { was_unsent: true, is_permanent: true, reason };
        }
        let is_connecting = chain(error).any(is_connecting);
        Self {
            was_unsent: is_connecting,
            is_permanent: is_connecting && chain(error).any(is_bad_certificate),
            reason: deepest(error),
        }
    }

    /// An answer that broke off.
    pub(super) fn amid_answer(error: &kube::Error) -> Self {
        let reason = format!("the answer broke off: {}", deepest(error));
        Self { was_unsent: false, is_permanent: false, reason }
    }

    /// What happened, for people.
    pub(super) fn describe(&self, server: &str) -> String {
        let Self { reason, was_unsent, .. } = self;
        if *was_unsent {
            format!("cannot reach `{server}`: {reason}")
        } else {
            format!("no answer from `{server}`: {reason}")
        }
    }
}

/// What kept us from logging in. Never what a login program printed, which may be a token.
fn login(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { cmd, out } => {
            format!("`{}` ended with {}", program(cmd), out.status)
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            "the login program printed no credential".to_owned()
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("the token file `{}`: {}", path.display(), crate::fs::reason(error))
        }
        AuthError::AuthExecStart(error) => {
            format!("the login program cannot be started: {}", crate::fs::reason(error))
        }
        AuthError::MissingCommand | AuthError::ExecMissingClusterInfo => error.to_string(),
        _ => "the credentials of the kubeconfig cannot be used".to_owned(),
    }
}

/// The name of a program in a printed command, whose arguments may be secret.
fn program(command: &str) -> &str {
    command.split_whitespace().next().unwrap_or_default().trim_matches('"')
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn inner<'a>(error: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        (*error).source()
    }
    std::iter::successors(Some(error), inner)
}

/// Whether there was no connection yet. Two tests, because the HTTP client keeps the kind of its
/// errors to itself but for their words.
fn is_connecting(error: &(dyn Error + 'static)) -> bool {
    let is_refused = error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused);
    is_refused || error.to_string() == "client error (Connect)"
}

/// Whether the two sides did not agree on certificates, as `rustls` reports through `std::io`.
fn is_bad_certificate(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::InvalidData)
}

/// The words of the innermost error: the outer ones only say that there was one.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let words = chain(error).last().map(ToString::to_string).unwrap_or_default();
    match words.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => words,
    }
}
