//! Renders that could never be repeated: values made by chance or from the time, and questions to a
//! cluster that is not there.
//!
//! It must not know how calls are tried out: that is `helm_render::chance`.

use super::origin::{Chain, chain};
use super::task::{Task, render_chart};
use super::trouble::Trouble;
use crate::error::Place;
use gotemplate::{Asker, Moment};
use helm_render::chance::{LOOKUP, decisive};
use helm_render::{Frame, Options, Rendering};

/// How a release is rendered: what chance makes is an error wherever it shows.
pub(super) fn rehearsal() -> Options {
    let moment = Moment { rehearsal: true, ..Moment::default() };
    Options { moment, ..Options::default() }
}

/// The calls that would make each run write something else, as problems.
pub(super) fn unrepeatable(task: Task<'_>, rendering: &Rendering) -> Vec<Trouble> {
    let again = |others| render_chart(task, Options { others, ..rehearsal() });
    decisive(rendering, again).iter().map(|asker| changing(task, asker)).collect()
}

/// The questions to the cluster, which find nothing here, as warnings.
pub(super) fn unanswered(task: Task<'_>, rendering: &Rendering) -> Vec<Trouble> {
    let lookups = rendering.askers.iter().filter(|asker| asker.function == LOOKUP);
    let warning = |asker| {
        let reason = "`lookup` finds nothing here: manifests are made without a cluster";
        trouble(task, asker, reason)
    };
    lookups.map(warning).collect()
}

fn changing(task: Task<'_>, asker: &Asker) -> Trouble {
    let (what, hint) = match asker.function {
        "now" | "ago" | "date" | "htmlDate" | "dateInZone" | "date_in_zone" | "htmlDateInZone" => {
            ("the time of the run", "set the value that the template asks for in config.yaml")
        }
        _ => (
            "something else in each run",
            "set the value in config.yaml, or name a Secret that something else makes, for \
             instance with `existingSecret`",
        ),
    };
    let reason = format!("`{}` gives {what}, and that is part of the manifests", asker.function);
    trouble(task, asker, reason).hint(hint.to_owned())
}

/// A problem with a call; inside of `tpl` only the chart is known.
fn trouble(task: Task<'_>, asker: &Asker, reason: impl Into<String>) -> Trouble {
    if !asker.file.contains('/') {
        return Trouble::of(task.release, Place::file(&task.chart.folder), reason);
    }
    let frame = Frame {
        file: asker.file.clone(),
        line: asker.line,
        column: asker.column.saturating_add(1),
        template: String::new(),
        expression: String::new(),
    };
    let Chain { place, details } = chain(task.chart, &[frame]);
    Trouble::of(task.release, place, reason).with(details)
}
