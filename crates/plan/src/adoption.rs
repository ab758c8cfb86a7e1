//! Taking over what another tool keeps: which objects, and why the others are left.
//!
//! Owns the decision for one object. It must not know how the other tool's record is read, nor what
//! is done about the decision.

use crate::inventory::{Entry, Phase};
use crate::live::Live;
use crate::ownership;
use crate::ownership::transfer::{self, Predecessor};
use crate::plan::Identity;
use crate::plan::holder::{self, Holder};

/// The annotation in which `kubectl apply` keeps what it was given last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A tool that kept objects before us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `kubectl apply`, on either side.
    Kubectl,
    /// Kahoy, which lets `kubectl` apply.
    Kahoy,
}

/// What becomes of an object of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It becomes ours, with the fields of that tool.
    Taken,
    /// It becomes ours, though Git does not have it: the next sync deletes it.
    Doomed,
    /// It is left as it is, for this reason.
    Left(String),
}

/// What is known of an object.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What is live.
    pub live: Option<&'a Live>,
    /// What is recorded of it by us.
    pub entry: Option<&'a Entry>,
    /// Whether Git has it.
    pub is_wanted: bool,
}

/// A field manager by which tools write.
struct Hand {
    manager: &'static str,
    operation: &'static str,
    /// The tools whose fields it holds where only theirs are taken over.
    tools: &'static [Tool],
}

const fn hand(manager: &'static str, operation: &'static str, tools: &'static [Tool]) -> Hand {
    Hand { manager, operation, tools }
}

/// Everyone whose fields can become ours. Helm writes under the name of its program: version 3 by
/// updates, version 4 by applies, and by updates where it is told to.
static HANDS: [Hand; 8] = [
    hand("kubectl-client-side-apply", "Update", &[Tool::Kubectl, Tool::Kahoy]),
    hand("kubectl", "Update", &[Tool::Kubectl, Tool::Kahoy]),
    hand("before-first-apply", "Update", &[Tool::Kubectl]),
    hand("kahoy", "Update", &[Tool::Kahoy]),
    hand("helm", "Update", &[]),
    hand("kubectl", "Apply", &[Tool::Kubectl, Tool::Kahoy]),
    hand("kahoy", "Apply", &[Tool::Kubectl, Tool::Kahoy]),
    hand("helm", "Apply", &[]),
];

impl Hand {
    fn predecessor(&'static self, keeps: Option<&'static str>) -> Predecessor<'static> {
        let managers = std::slice::from_ref(&self.manager);
        Predecessor { managers, operation: self.operation, keeps }
    }
}

/// Whose fields become ours where an object of others does, whoever they are, and what an adoption
/// that was broken off set. The record of `kubectl apply` goes along: it would hold what Git does not
/// have, for a later `kubectl apply` to delete by.
pub fn predecessors() -> Vec<Predecessor<'static>> {
    let all = HANDS.iter().map(|hand| hand.predecessor(None));
    all.chain([transfer::OURSELVES]).collect()
}

impl Tool {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubectl => "kubectl",
            Self::Kahoy => "kahoy",
        }
    }

    /// Whose fields become ours. Its own record on the object stays where it is, unless it goes too.
    pub fn predecessors(self, takes_record: bool) -> Vec<Predecessor<'static>> {
        let hands = HANDS.iter().filter(|hand| hand.tools.contains(&self));
        let keeps = (!takes_record).then_some(LAST_APPLIED);
        hands.map(|hand| hand.predecessor(keeps)).collect()
    }
}

/// Decides on an object. `takes_dropped` is whether what Git does not have is taken over as well, to
/// be deleted.
pub fn decide(
    tool: Tool,
    identity: &Identity,
    candidate: Candidate<'_>,
    takes_dropped: bool,
) -> Fate {
    let left = |reason: &str| Fate::Left(reason.to_owned());
    let Some(live) = candidate.live else {
        return left(if candidate.is_wanted { "is not there: a sync makes it" } else { "is gone" });
    };
    if live.is_terminating() {
        return left("is being deleted");
    }
    if live.has_controller() {
        return left("belongs to a controller");
    }
    let Holder { name, adoptable } = holder::of(live, identity);
    if !adoptable {
        return Fate::Left(format!("belongs to `{name}`"));
    }
    let has_fields = transfer::is_of(live, &tool.predecessors(true));
    let is_ours = candidate.entry.is_some_and(|entry| ownership::is_recorded(live, entry))
        && ownership::is_marked(live, &identity.applyset)
        && !is_begun(candidate.entry);
    if is_ours {
        return left("is ours already");
    }
    if !has_fields && !is_begun(candidate.entry) {
        return Fate::Left(format!("was not made by `{}`", tool.name()));
    }
    match (candidate.is_wanted, takes_dropped) {
        (true, _) => Fate::Taken,
        (false, true) => Fate::Doomed,
        (false, false) => left("Git does not have it"),
    }
}

/// Whether a sync that may adopt takes a live object from others, if it is wanted and no other
/// environment holds it.
pub fn is_to_be_taken(identity: &Identity, live: &Live, entry: Option<&Entry>) -> bool {
    entry.is_none_or(|entry| {
        entry.phase == Phase::Foreign
            || !ownership::is_recorded(live, entry)
            || is_half_taken(identity, live, entry)
    })
}

/// Whether a run meant to take over the object, and was broken off before it had our marks. Some
/// of its fields may be ours already.
pub(crate) fn is_half_taken(identity: &Identity, live: &Live, entry: &Entry) -> bool {
    matches!(entry.phase, Phase::Intent | Phase::Maybe)
        && entry.uid.as_deref() == Some(live.uid())
        && !ownership::is_marked(live, &identity.applyset)
}

/// Whether taking it over was begun, and perhaps not ended.
fn is_begun(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.phase == Phase::Intent && entry.digest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Fate, Tool, decide, predecessors};
    use crate::inventory::{Entry, Phase};
    use crate::live::Live;
    use crate::marks;
    use crate::ownership::transfer;
    use crate::plan::tests::{APPLYSET, identity};
    use serde_json::{Value, json};

    fn entry_of(manager: &str, operation: &str) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1",
               "fieldsV1": {"f:data": {}}})
    }

    fn live(entries: &[Value], rest: &Value) -> Live {
        let mut object = json!({"metadata": {"uid": "u1", "managedFields": entries}});
        for (key, value) in rest.as_object().unwrap() {
            object["metadata"][key] = value.clone();
        }
        Live(object)
    }

    fn fate(tool: Tool, live: &Live, entry: Option<&Entry>) -> Fate {
        let candidate = Candidate { live: Some(live), entry, is_wanted: true };
        decide(tool, &identity(), candidate, false)
    }

    fn left(reason: &str) -> Fate {
        Fate::Left(reason.to_owned())
    }

    #[test]
    fn what_the_tool_wrote_is_taken_and_what_others_wrote_is_not() {
        let managers = [
            (Tool::Kubectl, "kubectl-client-side-apply", "Update", true),
            (Tool::Kubectl, "kubectl", "Apply", true),
            (Tool::Kubectl, "before-first-apply", "Update", true),
            (Tool::Kahoy, "kubectl", "Apply", true),
            (Tool::Kahoy, "kahoy", "Apply", true),
            (Tool::Kubectl, "helm", "Update", false),
            (Tool::Kubectl, "kubectl-edit", "Update", false),
            (Tool::Kahoy, "helm", "Apply", false),
        ];
        for (tool, manager, operation, is_taken) in managers {
            let live = live(&[entry_of(manager, operation)], &json!({}));
            assert_eq!(fate(tool, &live, None) == Fate::Taken, is_taken, "{manager}");
        }
    }

    #[test]
    fn a_sync_takes_the_fields_of_every_tool_and_of_an_adoption_that_was_broken_off() {
        let managers = [
            ("kubectl-client-side-apply", "Update", true),
            ("kubectl", "Update", true),
            ("before-first-apply", "Update", true),
            ("kahoy", "Update", true),
            ("helm", "Update", true),
            ("kubectl", "Apply", true),
            ("kahoy", "Apply", true),
            ("helm", "Apply", true),
            ("molave-handover", "Update", true),
            ("kubectl-client-side-apply", "Apply", false),
            ("molave-handover", "Apply", false),
            ("kubectl-edit", "Update", false),
            ("kube-controller-manager", "Update", false),
        ];
        for (manager, operation, is_taken) in managers {
            let live = live(&[entry_of(manager, operation)], &json!({}));
            assert_eq!(transfer::is_of(&live, &predecessors()), is_taken, "{manager} {operation}");
        }
    }

    #[test]
    fn what_git_does_not_have_is_taken_only_if_asked_for() {
        let live = live(&[entry_of("kubectl", "Apply")], &json!({}));
        let candidate = Candidate { live: Some(&live), entry: None, is_wanted: false };
        assert_eq!(
            decide(Tool::Kahoy, &identity(), candidate, false),
            left("Git does not have it")
        );
        assert_eq!(decide(Tool::Kahoy, &identity(), candidate, true), Fate::Doomed);
        let gone = Candidate { live: None, ..candidate };
        assert_eq!(decide(Tool::Kahoy, &identity(), gone, true), left("is gone"));
    }

    #[test]
    fn what_is_going_controlled_or_anothers_is_left() {
        let cases = [
            (json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}), "is being deleted"),
            (json!({"ownerReferences": [{"controller": true}]}), "belongs to a controller"),
            (
                json!({"annotations": {marks::OWNER: "shop/production/cart#1"}}),
                "belongs to `shop/production`",
            ),
        ];
        for (rest, reason) in cases {
            let live = live(&[entry_of("kubectl", "Apply"), entry_of("molave", "Apply")], &rest);
            assert_eq!(fate(Tool::Kubectl, &live, None), left(reason));
        }
    }

    #[test]
    fn what_is_ours_is_left_unless_taking_it_over_was_broken_off() {
        let rest = json!({
            "labels": {marks::PART_OF: APPLYSET},
            "annotations": {marks::OWNER: "shop/staging/cart#1"},
        });
        let live = live(&[entry_of("molave", "Apply")], &rest);
        let mut entry =
            Entry { uid: Some("u1".to_owned()), phase: Phase::Applied, ..Entry::default() };
        assert_eq!(fate(Tool::Kubectl, &live, Some(&entry)), left("is ours already"));
        entry.phase = Phase::Intent;
        assert_eq!(fate(Tool::Kubectl, &live, Some(&entry)), Fate::Taken);
    }
}
