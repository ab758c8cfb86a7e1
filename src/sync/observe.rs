//! Asks the cluster what the survey wants to know. It must not judge the answers.

use super::listing::{Listed, Listing};
use super::repeated::has_repeated_key;
use super::request::Request;
use super::transition;
use crate::cluster::{ApiError, Apply, Class, Cluster, Discovery, Resource};
use futures_util::{StreamExt as _, stream};
use manifest::{Object, ObjectId};
use plan::marks::{self, MANAGER, Owner};
use plan::{
    Desired, Inventory, Live, Observed, Phase, Question, Sight, Verdict, Wanted, adoption,
    ownership,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many questions are under way at once; the cluster's own limit comes on top.
const PARALLEL: usize = 64;

/// How often an object that others are changing is looked at.
const LOOKS: u32 = 5;

/// How it is asked what an apply would do.
pub(super) const TRIAL: Apply<'static> = Apply { manager: MANAGER, force: true, dry_run: true };

/// What a question is answered with.
pub(super) struct Observer<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) discovery: &'a Discovery,
    pub(super) request: &'a Request<'a>,
    pub(super) inventory: Option<&'a Inventory>,
    /// Every wanted object with its service.
    pub(super) wanted: BTreeMap<&'a ObjectId, (&'a str, &'a Wanted)>,
    /// The kinds that the wanted definitions define.
    defined: BTreeSet<(String, String)>,
    /// Those of them whose definitions this run may change.
    redefined: BTreeSet<(String, String)>,
    applyset: String,
    /// The key for digests of Secrets.
    key: Option<&'a [u8]>,
}

/// One answer.
enum Answer {
    Seen(Sight),
    /// The kind is not served in any version.
    Unserved,
    /// The version is not served, and a wanted definition brings it.
    Coming(Sight),
    /// The namespace is not there, or on its way out.
    NoNamespace {
        sight: Sight,
        is_ending: bool,
    },
}

impl<'a> Observer<'a> {
    pub(super) fn new(
        cluster: &'a Cluster,
        discovery: &'a Discovery,
        request: &'a Request<'a>,
        inventory: Option<&'a Inventory>,
        desired: &'a Desired,
        key: Option<&'a [u8]>,
    ) -> Self {
        Self {
            cluster,
            discovery,
            request,
            inventory,
            wanted: desired.by_id(),
            defined: defined_kinds(desired, |_| true),
            redefined: defined_kinds(desired, |wanted| is_changed(inventory, wanted)),
            applyset: request.identity().applyset,
            key,
        }
    }

    /// Asks every question: by lists what they can answer, the rest one by one. `progress` is told
    /// how many are answered. Fails only if the cluster cannot be asked at all.
    pub(super) async fn ask(
        &self,
        questions: &BTreeMap<ObjectId, Question>,
        mut progress: impl FnMut(usize),
    ) -> Result<Observed, ApiError> {
        let Listed { sights, mut strays } = self.listed(questions).await?;
        // What is wanted besides is asked about by itself.
        strays.retain(|id| !self.wanted.contains_key(id));
        let mut observed = Observed { sights, strays, ..Observed::default() };
        progress(observed.sights.len());
        let open: Vec<_> =
            questions.iter().filter(|(id, _)| !observed.sights.contains_key(id)).collect();
        let answers =
            open.into_iter().map(async |(id, question)| (id, self.answer(id, *question).await));
        let mut answers = stream::iter(answers).buffer_unordered(PARALLEL);
        while let Some((id, answer)) = answers.next().await {
            let answer = match answer {
                // Who may not look knows nothing of it, and does nothing with it.
                Err(error) if error.class == Class::Forbidden => {
                    observed.lacking.insert(id.clone(), error.message);
                    continue;
                }
                answer => answer?,
            };
            match answer {
                Answer::Seen(sight) => drop(observed.sights.insert(id.clone(), sight)),
                Answer::Unserved => {
                    observed.unserved.insert((id.group.clone(), id.kind.clone()));
                }
                Answer::Coming(sight) => {
                    observed.unserved_versions.extend(self.version_and_kind(id));
                    observed.sights.insert(id.clone(), sight);
                }
                Answer::NoNamespace { sight, is_ending } => {
                    observed.missing_namespaces.extend(id.namespace.clone());
                    observed.ending_namespaces.extend(id.namespace.clone().filter(|_| is_ending));
                    observed.sights.insert(id.clone(), sight);
                }
            }
            progress(observed.sights.len());
        }
        Ok(observed)
    }

    async fn listed(&self, questions: &BTreeMap<ObjectId, Question>) -> Result<Listed, ApiError> {
        let Some(inventory) = self.inventory else { return Ok(Listed::default()) };
        let (cluster, discovery) = (self.cluster, self.discovery);
        let listing =
            Listing { cluster, discovery, inventory, applyset: &self.applyset, key: self.key };
        listing.answer(questions).await
    }

    /// API version and kind of a wanted object, as it has them.
    fn version_and_kind(&self, id: &ObjectId) -> Option<(String, String)> {
        let (_, wanted) = self.wanted.get(id)?;
        Some((wanted.object.api_version.clone(), id.kind.clone()))
    }

    async fn answer(&self, id: &ObjectId, question: Question) -> Result<Answer, ApiError> {
        let Some(wanted) = self.wanted.get(id).filter(|_| question != Question::Look) else {
            return self.look(id).await;
        };
        let version = wanted.1.object.version();
        let Some(resource) = self.discovery.find(&id.group, &id.kind, version) else {
            return self.without_resource(id, version).await;
        };
        match question {
            Question::Create => self.try_create(resource, wanted).await,
            Question::Update | Question::Confirm | Question::Look => {
                self.try_update(resource, id, wanted).await
            }
        }
    }

    /// The kind is not served in the version that is wanted; perhaps it will be once a definition is
    /// applied, and it may be served in another one until then.
    async fn without_resource(&self, id: &ObjectId, version: &str) -> Result<Answer, ApiError> {
        let other = self.served(id);
        if self.defined.contains(&(id.group.clone(), id.kind.clone())) {
            let live = match other {
                Some(other) => self.get(other, id).await?,
                None => None,
            };
            return Ok(Answer::Coming(Sight { live, verdict: Verdict::Unverified }));
        }
        let Some(other) = other else { return Ok(Answer::Unserved) };
        let reason = format!(
            "the cluster does not serve `{}` in version `{version}`, but in `{}`",
            id.kind, other.version
        );
        Ok(Answer::Seen(Sight { live: None, verdict: Verdict::Rejected(reason) }))
    }

    async fn look(&self, id: &ObjectId) -> Result<Answer, ApiError> {
        let Some(resource) = self.served(id) else { return Ok(Answer::Unserved) };
        let live = self.get(resource, id).await?;
        Ok(Answer::Seen(Sight { live, verdict: Verdict::Unasked }))
    }

    /// The resource of a recorded object: in the version last applied, or in another.
    fn served(&self, id: &ObjectId) -> Option<&'a Resource> {
        let recorded = self.inventory.and_then(|inventory| inventory.entries.get(id));
        let version = recorded.map(|entry| entry.version.as_str()).unwrap_or_default();
        self.discovery.serving(id, version)
    }

    /// Whether the server would make the object; whether it is there already shows in the refusal.
    async fn try_create(
        &self,
        resource: &Resource,
        wanted: &(&str, &Wanted),
    ) -> Result<Answer, ApiError> {
        let id = &wanted.1.object.id;
        let body = self.marked(wanted, &self.request.run.id);
        let error = match self.cluster.create(resource, &body, true).await {
            Ok(live) => {
                let verdict = self.try_first_apply(resource, id, &body, live).await?;
                return Ok(Answer::Seen(Sight { live: None, verdict }));
            }
            Err(error) => error,
        };
        match error.class {
            Class::Exists => self.try_take_over(resource, wanted).await,
            Class::NamespaceMissing | Class::NamespaceTerminating => {
                let verdict = self.try_elsewhere(resource, body).await?;
                let is_ending = error.class == Class::NamespaceTerminating;
                Ok(Answer::NoNamespace { sight: Sight { live: None, verdict }, is_ending })
            }
            _ => {
                let live = self.get(resource, id).await?;
                Ok(Answer::Seen(Sight { live, verdict: self.verdict_of(id, error)? }))
            }
        }
    }

    /// A creation would pass; of what repeats a key, an apply might not.
    async fn try_first_apply(
        &self,
        resource: &Resource,
        id: &ObjectId,
        body: &Value,
        created: Live,
    ) -> Result<Verdict, ApiError> {
        if !has_repeated_key(body) {
            return Ok(Verdict::Accepted(Box::new(created)));
        }
        match self.cluster.apply(resource, body, TRIAL).await {
            Ok(applied) => Ok(Verdict::Accepted(Box::new(applied.live))),
            Err(error) => self.verdict_of(id, error),
        }
    }

    /// Something is there under the name. Whether we could apply it matters only if it may become
    /// ours.
    async fn try_take_over(
        &self,
        resource: &Resource,
        wanted: &(&str, &Wanted),
    ) -> Result<Answer, ApiError> {
        let id = &wanted.1.object.id;
        let may_be_ours = self.request.options.adopt
            || self.inventory.is_some_and(|inventory| inventory.entries.contains_key(id));
        let attempt = async |live: &Live| {
            if may_be_ours {
                self.try_apply(resource, wanted, live).await
            } else {
                Ok(Verdict::Unasked)
            }
        };
        let seen = look_and_try(async || self.get(resource, id).await, attempt).await?;
        Ok(Answer::Seen(seen.unwrap_or_default()))
    }

    /// The namespace comes with the same run: the object itself can still be checked, under the
    /// same name in a namespace that is always there. What only that namespace refuses does not
    /// count.
    async fn try_elsewhere(
        &self,
        resource: &Resource,
        mut body: Value,
    ) -> Result<Verdict, ApiError> {
        if let Some(namespace) = body.pointer_mut("/metadata/namespace") {
            *namespace = Value::String("default".to_owned());
        }
        let mut result = self.cluster.create(resource, &body, true).await.map(drop);
        if result.is_ok() && has_repeated_key(&body) {
            result = self.cluster.apply(resource, &body, TRIAL).await.map(drop);
        }
        match result {
            Err(error) if error.class == Class::Invalid => Ok(Verdict::Rejected(error.message)),
            Err(error) if error.class == Class::Unreachable => Err(error),
            Ok(()) | Err(_) => Ok(Verdict::Unverified),
        }
    }

    async fn try_update(
        &self,
        resource: &Resource,
        id: &ObjectId,
        wanted: &(&str, &Wanted),
    ) -> Result<Answer, ApiError> {
        let attempt = async |live: &Live| self.try_apply(resource, wanted, live).await;
        match look_and_try(async || self.get(resource, id).await, attempt).await? {
            Some(sight) => Ok(Answer::Seen(sight)),
            None => self.try_create(resource, wanted).await,
        }
    }

    async fn try_apply(
        &self,
        resource: &Resource,
        wanted: &(&str, &Wanted),
        live: &Live,
    ) -> Result<Verdict, ApiError> {
        let id = &wanted.1.object.id;
        let recorded = self.inventory.and_then(|inventory| inventory.entries.get(id));
        let attempt = recorded.map_or(&self.request.run.id, |entry| &entry.attempt);
        let mut body = self.marked(wanted, attempt);
        set_uid(&mut body, live.uid());
        let trial = Apply { force: !self.request.flags.yields, ..TRIAL };
        match self.cluster.apply(resource, &body, trial).await {
            Ok(applied) => self.try_without(resource, wanted, live, applied.live).await,
            Err(error) if error.class != Class::Invalid || self.is_redefined(id) => {
                self.verdict_of(id, error)
            }
            Err(error) => {
                let is_valid =
                    transition::is_valid_anew(self.cluster, resource, &body, live).await?;
                let verdict = if is_valid { Verdict::Immutable } else { Verdict::Rejected };
                Ok(verdict(error.message))
            }
        }
    }

    /// An apply would pass. Of an object that is to be adopted, what its keepers set and we leave out
    /// goes as well, and the server may put defaults in its place, or refuse that.
    async fn try_without(
        &self,
        resource: &Resource,
        (_, wanted): &(&str, &Wanted),
        live: &Live,
        after: Live,
    ) -> Result<Verdict, ApiError> {
        let id = &wanted.object.id;
        let recorded = self.inventory.and_then(|inventory| inventory.entries.get(id));
        let is_taken = self.request.options.adopt
            && after.resource_version() == live.resource_version()
            && adoption::is_to_be_taken(&self.request.identity(), live, recorded);
        let patch =
            is_taken.then(|| ownership::leaving_out(live, &after, &adoption::predecessors()));
        let Some(patch) = patch.flatten() else { return Ok(Verdict::Accepted(Box::new(after))) };
        let trial = (MANAGER, true);
        match self.cluster.amend(resource, id.namespace.as_deref(), &id.name, &patch, trial).await {
            Ok(left) => Ok(Verdict::Accepted(Box::new(left))),
            Err(error) => Ok(match self.verdict_of(id, error)? {
                Verdict::Rejected(reason) => Verdict::Rejected(format!(
                    "what its keepers set and Git does not have cannot be taken out of it: {reason}"
                )),
                verdict => verdict,
            }),
        }
    }

    /// Whether a definition that this run may change says what the object must look like.
    fn is_redefined(&self, id: &ObjectId) -> bool {
        self.redefined.contains(&(id.group.clone(), id.kind.clone()))
    }

    /// What a refused dry-run says of the object.
    fn verdict_of(&self, id: &ObjectId, error: ApiError) -> Result<Verdict, ApiError> {
        if error.class == Class::Invalid && self.is_redefined(id) {
            return Ok(Verdict::Unverified);
        }
        verdict_of(id, error)
    }

    async fn get(&self, resource: &Resource, id: &ObjectId) -> Result<Option<Live>, ApiError> {
        self.cluster.get(resource, id.namespace.as_deref(), &id.name).await
    }

    fn marked(&self, (service, wanted): &(&str, &Wanted), attempt: &str) -> Value {
        marked(&wanted.object, &self.applyset, &owner(self.request, service, attempt))
    }
}

/// Looks at an object and asks what an apply would make of it, until both answers are about the
/// same version: otherwise what a controller wrote in between would pass for what the apply
/// changes. Nothing if it is not there.
async fn look_and_try(
    look: impl AsyncFn() -> Result<Option<Live>, ApiError>,
    attempt: impl AsyncFn(&Live) -> Result<Verdict, ApiError>,
) -> Result<Option<Sight>, ApiError> {
    let mut seen = None;
    for _ in 0..LOOKS {
        let Some(live) = look().await? else { return Ok(None) };
        let verdict = if live.is_terminating() { Verdict::Unasked } else { attempt(&live).await? };
        let is_settled = match &verdict {
            Verdict::Accepted(after) => after.resource_version() == live.resource_version(),
            _ => true,
        };
        seen = Some(Sight { live: Some(live), verdict });
        if is_settled {
            break;
        }
    }
    Ok(seen)
}

/// The body of an object as it is applied.
pub(super) fn marked(object: &Object, applyset: &str, owner: &Owner) -> Value {
    let mut body = manifest::to_json(&object.body);
    marks::mark(&mut body, applyset, owner);
    body
}

/// Whose an object of a service is.
pub(super) fn owner(request: &Request<'_>, service: &str, attempt: &str) -> Owner {
    Owner {
        project: request.project.to_owned(),
        environment: request.environment.to_owned(),
        service: service.to_owned(),
        attempt: attempt.to_owned(),
    }
}

/// Makes the UID a precondition of an apply.
pub(super) fn set_uid(body: &mut Value, uid: &str) {
    if let Some(Value::Object(metadata)) = body.get_mut("metadata") {
        metadata.insert("uid".to_owned(), Value::String(uid.to_owned()));
    }
}

/// What a refused dry-run says of the object. Where the server could not be asked, the run cannot
/// go on; where the answer is about something else that comes with the same run, it says nothing.
fn verdict_of(id: &ObjectId, error: ApiError) -> Result<Verdict, ApiError> {
    let is_bare_pod = id.is("", "Pod");
    match error.class {
        Class::Unreachable | Class::Busy => Err(error),
        // A role that comes with the same run, or an object that changed between the look and the
        // dry-run: the apply will tell.
        Class::Absent | Class::Conflict => Ok(Verdict::Unverified),
        // A pod whose ServiceAccount comes with the same run.
        Class::Forbidden if is_bare_pod => Ok(Verdict::Unverified),
        _ => Ok(Verdict::Rejected(error.message)),
    }
}

/// Whether an object is not recorded as applied as it is wanted.
fn is_changed(inventory: Option<&Inventory>, wanted: &Wanted) -> bool {
    let entry = inventory.and_then(|inventory| inventory.entries.get(&wanted.object.id));
    entry.is_none_or(|entry| entry.phase != Phase::Applied || entry.digest != wanted.digest)
}

/// The kinds, by group and name, that some of the wanted definitions define.
pub(super) fn defined_kinds(
    desired: &Desired,
    is_meant: impl Fn(&Wanted) -> bool,
) -> BTreeSet<(String, String)> {
    let objects = desired.services.values().flat_map(|service| &service.objects);
    let defined = objects
        .filter(|wanted| wanted.object.id.is_definition() && is_meant(wanted))
        .filter_map(|wanted| manifest::defined_kind(&wanted.object.body));
    defined.map(|(group, kind)| (group.to_owned(), kind.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{LOOKS, look_and_try};
    use plan::{Live, Verdict};
    use serde_json::json;
    use std::cell::Cell;

    fn version(number: u32) -> Live {
        Live(json!({"metadata": {"resourceVersion": number.to_string()}}))
    }

    /// Looks at an object that is changed by others so many times, each time after it was looked at.
    async fn looks(changes: u32) -> (u32, bool) {
        let (now, count) = (Cell::new(0), Cell::new(0));
        let look = async || {
            count.set(count.get() + 1);
            let seen = version(now.get());
            now.set(changes.min(now.get() + 1));
            Ok(Some(seen))
        };
        let attempt = async |_: &Live| Ok(Verdict::Accepted(Box::new(version(now.get()))));
        let sight = look_and_try(look, attempt).await.unwrap().unwrap();
        let Verdict::Accepted(after) = sight.verdict else { panic!("it is accepted") };
        let seen = sight.live.unwrap();
        (count.get(), seen.resource_version() == after.resource_version())
    }

    #[tokio::test]
    async fn what_changed_between_look_and_trial_is_looked_at_again() {
        assert_eq!(looks(0).await, (1, true));
        assert_eq!(looks(1).await, (2, true));
        assert_eq!(looks(3).await, (4, true));
        assert_eq!(looks(u32::MAX).await, (LOOKS, false));
    }
}
