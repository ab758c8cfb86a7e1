//! What happens during a run, for whoever shows it. It must not know how it is shown.

use super::outcome::ObjectResult;
use crate::cluster::Holder;
use manifest::ObjectId;
use plan::{Action, Plan, Readiness};

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The cluster is asked about so many objects.
    Observing(usize),
    /// So many of the questions are answered.
    Observed {
        /// So many.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// Another run holds the lease, and we wait.
    Waiting(&'a Holder),
    /// The plan is made.
    Planned(&'a Plan),
    /// An object was applied or deleted, or was not.
    Finished {
        /// The object.
        id: &'a ObjectId,
        /// What was to be done.
        action: Action,
        /// What came of it.
        result: &'a ObjectResult,
    },
    /// The server warns.
    Warning {
        /// Of what.
        id: &'a ObjectId,
        /// Its words.
        text: &'a str,
    },
    /// An object was asked to go and is still there.
    Going {
        /// The object.
        id: &'a ObjectId,
        /// What holds it.
        finalizers: &'a [String],
    },
    /// How far an object is, whenever that changes.
    Readiness {
        /// The object.
        id: &'a ObjectId,
        /// How far it is.
        readiness: &'a Readiness,
    },
    /// We were told to stop.
    Stopping,
}
