//! Which calls for the time or for chance decide what a chart renders.
//!
//! Found by experiment: the same release is rendered at another moment, with other chance. Most
//! charts make a password only where the user has set none; such a call is made and its answer
//! thrown away, which nobody needs to hear of. It must not know how a problem is told.

use super::error::RenderError;
use crate::output::document::{Document, Rendering};
use gotemplate::execute::Others;
use gotemplate::{Asker, Moment};
use jiff::civil::date;
use jiff::tz::TimeZone;

/// The function that asks the cluster, which a render without one answers with nothing.
pub const LOOKUP: &str = "lookup";

/// The calls whose answers show in what was rendered, in the order in which they were made.
///
/// `render` renders the release of `rendering` again, with the moments it is given.
pub fn decisive(
    rendering: &Rendering,
    render: impl Fn(Others) -> Result<Rendering, RenderError>,
) -> Vec<Asker> {
    let asked = |asker: &&Asker| asker.function != LOOKUP;
    let askers: Vec<&Asker> = rendering.askers.iter().filter(asked).collect();
    let matters = |others| render(others).map_or(true, |other| !is_same(rendering, &other));
    if askers.is_empty() || !matters(Others::All(other())) {
        return Vec::new();
    }
    let alone = |asker: &&&Asker| matters(Others::One((**asker).clone(), other()));
    let decisive: Vec<Asker> = askers.iter().filter(alone).copied().cloned().collect();
    if decisive.is_empty() { askers.into_iter().cloned().collect() } else { decisive }
}

/// A moment that shares no digit of the date, the time or the chance with the default.
fn other() -> Moment {
    let now = date(2048, 12, 23).at(17, 38, 59, 987_654_321).to_zoned(TimeZone::UTC);
    Moment { now: now.unwrap_or_default(), seed: [0xa5; 32], ..Moment::default() }
}

fn is_same(one: &Rendering, two: &Rendering) -> bool {
    are_same(&one.documents, &two.documents) && are_same(&one.hooks, &two.hooks)
}

fn are_same(one: &[Document], two: &[Document]) -> bool {
    fn told(document: &Document) -> (&str, &[u8]) {
        (&document.path, &document.content)
    }
    one.iter().map(told).eq(two.iter().map(told))
}
