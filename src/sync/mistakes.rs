//! Mistakes of whoever asked for a run, found before the cluster is asked about any object. It must
//! not know what happens if there are none.

use super::request::Request;
use super::situation::Situation;
use crate::config::sources;
use crate::error::{Diagnostic, Failure};
use crate::generate::order;
use plan::desired::NAMESPACES;
use plan::waves::Order;
use std::collections::BTreeSet;

/// The order of what should be there; fails if there is a mistake.
pub(super) fn check(request: &Request<'_>, situation: &Situation) -> Result<Order, Failure> {
    no_folder(request)?;
    unknown_services(request, situation)?;
    order_of(situation)
}

/// There is no folder of manifests, and nothing is recorded either.
fn no_folder(request: &Request<'_>) -> Result<(), Failure> {
    if request.manifests.is_some() || request.options.destroy {
        return Ok(());
    }
    let problem = Diagnostic::error(format!("there is no `{}`", request.folder));
    Err(problem.hint("run `molave generate`").into())
}

/// A service that is named must be in Git or in the record.
fn unknown_services(request: &Request<'_>, situation: &Situation) -> Result<(), Failure> {
    if request.options.apps.is_empty() {
        return Ok(());
    }
    let services = situation.desired.services.keys().map(String::as_str);
    let entries = situation.inventory.iter().flat_map(|inventory| inventory.entries.values());
    let recorded = entries.map(|entry| entry.service.as_str());
    let known: BTreeSet<&str> =
        services.chain(recorded).filter(|service| *service != NAMESPACES).collect();
    let apps = request.options.apps.iter().filter(|app| !known.contains(app.as_str()));
    let problem = |app: &String| sources::unknown("service", app, &known.iter().copied());
    let problems: Vec<Diagnostic> = apps.map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// What depends on each other in a circle has no order. `generate` says so of services as well, but
/// nobody has to call it.
fn order_of(situation: &Situation) -> Result<Order, Failure> {
    Order::of(&situation.desired).map_err(|problems| {
        let problems: Vec<Diagnostic> = problems.into_iter().map(order::told).collect();
        problems.into()
    })
}
