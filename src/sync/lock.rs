//! The lease of a run: taking it, and what is said when that fails. It must not know what is done
//! under it.

use super::event::Event;
use super::outcome::Outcome;
use super::request::Request;
use super::situation::cannot;
use crate::cluster::{Cluster, Holder, Lease, LeaseError};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::signals::Stop;

/// Takes the lease of the environment, waiting for another run as long as the request says, or not
/// at all if it says that the other one is dead.
pub(super) async fn acquire(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    told: &mut dyn FnMut(Event<'_>),
) -> Result<Lease, LeaseError> {
    let (namespace, name) = (&request.settings.state_namespace, request.state_name());
    if request.flags.take_over {
        return Lease::take_over(cluster, namespace, &name, request.holder(), stop.flag()).await;
    }
    Lease::acquire(
        cluster,
        namespace,
        &name,
        request.holder(),
        request.flags.lock_timeout,
        stop.flag(),
        |holder| told(Event::Waiting(holder)),
    )
    .await
}

/// How a run ends that has no lease.
pub(super) fn not_acquired(
    request: &Request<'_>,
    mut outcome: Outcome,
    error: LeaseError,
    stop: &Stop,
) -> Result<Outcome, Failure> {
    match error {
        LeaseError::Held(holder) => {
            outcome.problems.push(held(request, &holder));
            outcome.status = Status::Held;
            Ok(outcome)
        }
        LeaseError::Stopped => {
            outcome.status = stop.status().unwrap_or(Status::Interrupted);
            Ok(outcome)
        }
        LeaseError::Api(error) => Err(cannot(&error, "take the lease")),
    }
}

/// The lease, for what is no run with an outcome of its own.
pub(super) async fn hold(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    told: &mut dyn FnMut(Event<'_>),
) -> Result<Lease, Failure> {
    let lease = acquire(cluster, request, stop, told).await;
    lease.map_err(|error| match error {
        LeaseError::Held(holder) => Failure::Held(Box::new(held(request, &holder))),
        LeaseError::Stopped => Failure::Stopped(stop.status().unwrap_or(Status::Interrupted)),
        LeaseError::Api(error) => cannot(&error, "take the lease"),
    })
}

fn held(request: &Request<'_>, holder: &Holder) -> Diagnostic {
    let by = holder.actor.as_deref().unwrap_or("someone");
    let message = format!("`{by}` is syncing this environment since {}", holder.since);
    let problem = Diagnostic::error(message).because(format!("run `{}`", holder.run));
    let problem = match &holder.url {
        Some(url) => problem.because(format!("its log: {url}")),
        None => problem,
    };
    problem.hint(format!(
        "wait for it, or longer with `--lock-timeout 30m`; a run that died lets go after 30 s, or at \
         once with `--take-over`; `molave state unlock {}` shows whether it lives, and takes the lease away",
        request.environment
    ))
}

/// The lease was lost on the way.
pub(super) fn lost() -> Diagnostic {
    Diagnostic::error("the lease was lost to another run; nothing was written after that")
        .hint("run it again: what this run left open is settled then")
}
