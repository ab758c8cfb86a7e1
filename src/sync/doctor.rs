//! Is this environment fit to be synced? Everything that a sync would stumble over, found out without
//! changing anything: the server, its clock, which cluster it is, what it serves, what we may, the
//! record, the lock, and Git.
//!
//! It must not know how anything is shown.

use super::request::Request;
use super::rights::{self, Lack};
use super::situation::{self, move_command, store, unreachable};
use crate::clock;
use crate::cluster::{ApiError, Cluster, Discovery, ServerVersion, Standing, Stored};
use crate::error::Failure;
use helm_render::KubeVersion;
use plan::guards;
use plan::inventory::codec;
use plan::{Desired, Inventory, Moving, Phase, RunPhase};
use std::collections::BTreeMap;

/// How many minor versions of Kubernetes are supported.
const MINORS: u32 = 4;
/// How far clocks may be apart, in seconds, before it is worth a word.
const SKEW: u64 = 10;

/// What was found.
#[derive(Debug)]
pub struct Examination {
    /// The name under which the server knows us, if it says so.
    pub user: Option<String>,
    /// Each check, in order.
    pub findings: Vec<Finding>,
    /// Rights that are missing.
    pub lacks: Vec<Lack>,
}

/// What one check found.
#[derive(Debug)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, as a phrase.
    pub message: String,
    /// More of it, a phrase each.
    pub details: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// A sync works, and somebody should look at it.
    Doubtful,
    /// A sync would refuse, fail, or leave something out.
    Bad,
}

/// What is known of Git without a cluster.
#[derive(Debug, Default)]
pub struct Git {
    /// The commit that is checked out.
    pub commit: Option<String>,
    /// Whether the history ends early.
    pub is_shallow: bool,
}

impl Examination {
    /// The worst of it.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Good)
    }
}

impl Finding {
    fn new(check: &'static str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self { check, verdict, message: message.into(), details: Vec::new(), hint: None }
    }

    fn good(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Verdict::Good, message)
    }

    fn doubtful(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Verdict::Doubtful, message)
    }

    fn bad(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, Verdict::Bad, message)
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

/// Examines an environment. Fails only if the server cannot be asked at all.
pub async fn examine(
    cluster: &Cluster,
    request: &Request<'_>,
    git: &Git,
) -> Result<Examination, Failure> {
    let version = cluster.version().await;
    let version = version.map_err(|error| unreachable(&error, "the server's version"))?;
    let discovery = situation::discover(cluster).await?;
    let store = store(cluster, request);
    let (uid, stored, key) = tokio::join!(cluster.uid(), store.read(), store.key());
    let standing =
        Standing::look(cluster, &request.settings.state_namespace, &request.state_name()).await;
    let desired = situation::desired(request, key.ok().flatten().as_deref())?;
    let (record, inventory) = record(request, &stored, uid.as_ref().ok());
    let lacking =
        rights::of_environment(cluster, &discovery, request, &desired, inventory.as_ref()).await;
    let findings = vec![
        server(&version),
        clocks(&version),
        pin(request, &uid),
        served(&discovery, &desired),
        permitted(request, &lacking.lacks),
        record,
        lock(request, &standing),
        history(request, git, inventory.as_ref()),
    ];
    let user = cluster.whoami().await.ok().filter(|name| !name.is_empty());
    Ok(Examination { user, findings, lacks: lacking.lacks })
}

fn server(version: &ServerVersion) -> Finding {
    let text = format!("Kubernetes {}", version.version);
    let newest: u32 = KubeVersion::default().minor.parse().unwrap_or_default();
    let oldest = newest.saturating_sub(MINORS - 1);
    match version.minor {
        Some(minor) if (oldest..=newest).contains(&minor) => Finding::good("server", text),
        Some(minor) if minor < oldest => Finding::doubtful("server", text)
            .hint(format!("tested are 1.{oldest} to 1.{newest}: upgrade the cluster")),
        Some(_) => Finding::doubtful("server", text)
            .hint(format!("tested are 1.{oldest} to 1.{newest}: upgrade `molave`")),
        None => Finding::doubtful("server", text).hint("its version cannot be read"),
    }
}

fn clocks(version: &ServerVersion) -> Finding {
    let Some(ahead) = version.date.as_deref().and_then(clock::seconds_ahead) else {
        return Finding::doubtful("clock", "the server does not tell its time");
    };
    let apart = ahead.unsigned_abs();
    if apart <= SKEW {
        return Finding::good("clock", format!("the server's is {apart} s apart from ours"));
    }
    let side = if ahead > 0 { "ahead" } else { "behind" };
    Finding::doubtful("clock", format!("the server's is {apart} s {side} of ours")).hint(
        "no decision goes by it, but the times in records and reports will be odd: set the clock",
    )
}

fn pin(request: &Request<'_>, uid: &Result<String, ApiError>) -> Finding {
    let environment = request.environment;
    let uid = match uid {
        Ok(uid) => uid,
        Err(error) => {
            return Finding::bad("pin", "the cluster's identity cannot be read")
                .details([error.message.clone()])
                .hint("it is the UID of the namespace `kube-system`: allow `get` on that one");
        }
    };
    match &request.settings.cluster {
        Some(pinned) if pinned == uid => {
            Finding::good("pin", format!("this is `{uid}`, as pinned"))
        }
        Some(pinned) => {
            Finding::bad("pin", format!("this is `{uid}`, and `molave.yaml` pins `{pinned}`"))
                .hint("choose the right cluster with `--context`, or change `cluster`")
        }
        None => Finding::doubtful("pin", format!("this is `{uid}`, and no cluster is pinned"))
            .hint(format!("add `cluster: {uid}` to `environments.{environment}` in `molave.yaml`")),
    }
}

fn served(discovery: &Discovery, desired: &Desired) -> Finding {
    let objects = desired.services.values().flat_map(|service| &service.objects);
    let ids = objects.map(|wanted| (&wanted.object.id, wanted.object.api_version.as_str()));
    let kinds: BTreeMap<(&str, &str), &str> =
        ids.map(|(id, version)| ((id.group.as_str(), id.kind.as_str()), version)).collect();
    let is_unserved = |(group, kind): &(&str, &str)| discovery.preferred(group, kind).is_none();
    let unserved: Vec<_> = kinds.iter().filter(|(kind, _)| is_unserved(kind)).collect();
    let is_broken = |group: &str| discovery.broken.iter().any(|broken| broken == group);
    let broken: Vec<String> =
        discovery.broken.iter().map(|group| format!("`{group}` does not answer")).collect();
    let details = unserved
        .iter()
        .map(|((_, kind), version)| format!("`{kind}` of `{version}` is wanted and not served"));
    if unserved.iter().any(|((group, _), _)| is_broken(group)) {
        return Finding::bad("discovery", "an API that is needed does not answer")
            .details(broken)
            .details(details)
            .hint("look at `kubectl get apiservices`");
    }
    if !broken.is_empty() {
        return Finding::doubtful("discovery", "an API that is not needed does not answer")
            .details(broken)
            .hint("look at `kubectl get apiservices`; syncs go on without it");
    }
    if !unserved.is_empty() {
        return Finding::doubtful("discovery", "not all wanted kinds are served")
            .details(details)
            .hint("that is right if their definitions come with the next sync");
    }
    Finding::good("discovery", format!("all {} wanted kinds are served", kinds.len()))
}

fn permitted(request: &Request<'_>, lacks: &[Lack]) -> Finding {
    if lacks.is_empty() {
        return Finding::good("rights", "everything that a sync does is allowed");
    }
    let namespace = lacks.iter().find_map(|lack| lack.namespace.as_deref());
    let namespace = namespace.unwrap_or(&request.settings.namespace);
    Finding::bad("rights", "not everything that a sync does is allowed")
        .details(lacks.iter().map(ToString::to_string))
        .hint(format!(
            "the roles below grant it; `kubectl auth can-i --list --namespace {namespace}` shows what is there"
        ))
}

/// The record, and what is in it if it can be gone by.
fn record(
    request: &Request<'_>,
    stored: &Result<Option<Stored>, ApiError>,
    uid: Option<&String>,
) -> (Finding, Option<Inventory>) {
    let place = format!("`{}/{}`", request.settings.state_namespace, request.state_name());
    let stored = match stored {
        Ok(Some(stored)) => stored,
        Ok(None) => {
            return (Finding::good("state", "nothing is recorded yet"), None);
        }
        Err(error) => {
            let finding = Finding::bad("state", format!("ConfigMap {place} cannot be read"));
            return (finding.details([error.message.clone()]), None);
        }
    };
    match codec::decode(&stored.written) {
        Ok(inventory) => (recorded(request, stored, &inventory, uid), Some(inventory)),
        Err(unreadable) => {
            let finding = Finding::bad("state", format!("ConfigMap {place} cannot be read"));
            (finding.details([unreadable.to_string()]), None)
        }
    }
}

fn recorded(
    request: &Request<'_>,
    stored: &Stored,
    inventory: &Inventory,
    uid: Option<&String>,
) -> Finding {
    let shards = &stored.written.shards;
    let maps = std::iter::once(&stored.written.data).chain(shards.values());
    let bytes: usize = maps.flatten().map(|(key, text)| key.len() + text.len()).sum();
    let size = format!(
        "{} objects, schema {}, {bytes} bytes in {} shards, written {} times",
        inventory.entries.len(),
        codec::SCHEMA,
        shards.len(),
        inventory.generation
    );
    let is_ours = inventory.project == request.project
        && inventory.environment == request.environment
        && uid.is_none_or(|uid| *uid == inventory.cluster);
    if !is_ours {
        let whose = format!("it is that of `{}/{}`", inventory.project, inventory.environment);
        let whose = format!("{whose} in the cluster `{}`", inventory.cluster);
        return Finding::bad("state", size).details([whose]).hint("was it copied from elsewhere?");
    }
    if let Some(moving) = &inventory.moving {
        return on_its_way(request, size, moving);
    }
    let open = unsettled(inventory);
    let has_died = inventory.run.phase == RunPhase::Started;
    let died = has_died.then(|| format!("run `{}` did not come to its end", inventory.run.id));
    let details: Vec<String> = died.into_iter().chain(open).collect();
    if details.is_empty() {
        return Finding::good("state", size);
    }
    let environment = request.environment;
    Finding::doubtful("state", size)
        .details(details)
        .hint(format!("the next `molave sync {environment}` settles that, unless one runs now"))
}

fn on_its_way(request: &Request<'_>, size: String, moving: &Moving) -> Finding {
    match moving {
        Moving::To(place) => Finding::bad("state", size)
            .details([format!("it is being moved to {place}")])
            .hint("finish that where `molave.yaml` has the new names"),
        Moving::From(place) => Finding::bad("state", size)
            .details([format!("it is being moved here from {place}")])
            .hint(format!("finish that with `{}`", move_command(request.environment, place))),
    }
}

/// What nobody knows yet, by phase.
fn unsettled(inventory: &Inventory) -> impl Iterator<Item = String> {
    let mut by_phase: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let is_open = |phase: Phase| !phase.is_settled();
    for (id, entry) in inventory.entries.iter().filter(|(_, entry)| is_open(entry.phase)) {
        by_phase.entry(entry.phase.word()).or_default().push(format!("`{id}`"));
    }
    by_phase
        .into_iter()
        .map(|(phase, ids)| format!("{} `{phase}`: {}", ids.len(), guards::list(&ids)))
}

fn lock(request: &Request<'_>, standing: &Result<Option<Standing>, ApiError>) -> Finding {
    let standing = match standing {
        Ok(None) => return Finding::good("lock", "free"),
        Ok(Some(standing)) => standing,
        Err(error) => {
            return Finding::bad("lock", "the lease cannot be read")
                .details([error.message.clone()]);
        }
    };
    let holder = standing.holder();
    let actor = holder.actor.as_deref().unwrap_or("someone");
    let message = format!("held by `{actor}` since {}", holder.since);
    let details = [("log", &holder.url), ("commit", &holder.commit)];
    let details = details
        .into_iter()
        .filter_map(|(what, value)| value.as_ref().map(|value| format!("{what}: {value}")));
    let age = clock::seconds_since(standing.renewed()).unwrap_or_default();
    let heard = format!("run `{}`, last heard of {age} s ago", holder.run);
    let finding = Finding::doubtful("lock", message).details([heard]).details(details);
    let patience = i64::try_from(Standing::PATIENCE.as_secs()).unwrap_or(i64::MAX);
    if age < patience {
        return finding.hint("a run is under way: the next one waits for it");
    }
    finding.hint(format!(
        "it seems to be dead: the next run takes over after {patience} s, or run `molave state unlock {}`",
        request.environment
    ))
}

fn history(request: &Request<'_>, git: &Git, inventory: Option<&Inventory>) -> Finding {
    let Some(commit) = &git.commit else {
        return Finding::doubtful("git", "there is no commit")
            .hint("without one, nothing keeps an older state from being synced over a newer one");
    };
    let recorded = inventory.and_then(|inventory| inventory.run.commit.as_ref());
    let refused = recorded.and_then(|recorded| {
        let reason = (request.ancestry)(recorded).err()?;
        Some(format!("it does not follow `{recorded}`, which is deployed: {reason}"))
    });
    let message = format!("commit `{commit}`");
    match (refused, git.is_shallow) {
        (Some(refused), _) => Finding::bad("git", message)
            .details([refused])
            .hint("sync a newer commit, or go back on purpose with `--allow-older`"),
        (None, true) => Finding::doubtful("git", format!("{message}, in a shallow clone")).hint(
            "it cannot tell whether a commit follows another: `git fetch --unshallow`, \
             or `fetch-depth: 0` for the checkout in CI",
        ),
        (None, false) => Finding::good("git", message),
    }
}

/// The namespaces in which rights are missing, none for the whole cluster, each with what is.
pub fn by_namespace(lacks: &[Lack]) -> BTreeMap<Option<&str>, Vec<&Lack>> {
    let mut by_namespace: BTreeMap<Option<&str>, Vec<&Lack>> = BTreeMap::new();
    for lack in lacks {
        by_namespace.entry(lack.namespace.as_deref()).or_default().push(lack);
    }
    by_namespace
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest::ObjectId;
    use plan::{Entry, Run};

    fn version(minor: u32, date: &str) -> ServerVersion {
        let version = format!("v1.{minor}.0");
        ServerVersion { version, minor: Some(minor), date: Some(date.to_owned()) }
    }

    #[test]
    fn a_server_is_good_if_it_is_one_of_the_four_newest_minors() {
        let newest: u32 = KubeVersion::default().minor.parse().unwrap();
        let verdict = |minor| server(&version(minor, "")).verdict;
        assert_eq!(verdict(newest), Verdict::Good);
        assert_eq!(verdict(newest - 3), Verdict::Good);
        assert_eq!(verdict(newest - 4), Verdict::Doubtful);
        assert_eq!(verdict(newest + 1), Verdict::Doubtful);
        let old = server(&version(newest - 4, ""));
        assert!(old.hint.unwrap().contains("upgrade the cluster"));
    }

    #[test]
    fn clocks_that_are_apart_are_told() {
        let far = clocks(&version(34, "Mon, 01 Jan 2001 00:00:00 GMT"));
        assert_eq!(far.verdict, Verdict::Doubtful);
        assert!(far.message.contains("behind"), "{}", far.message);
        assert_eq!(clocks(&version(34, "noon")).verdict, Verdict::Doubtful);
    }

    #[test]
    fn of_much_that_is_unsettled_some_is_named_by_phase() {
        let entry = |number: u32, phase| {
            let id = ObjectId {
                group: String::new(),
                kind: "ConfigMap".to_owned(),
                namespace: Some("shop".to_owned()),
                name: format!("n{number:02}"),
            };
            (id, Entry { phase, ..Entry::default() })
        };
        let maybes = (0..12).map(|number| entry(number, Phase::Maybe));
        let others = [entry(20, Phase::Applied), entry(21, Phase::Intent)];
        let inventory = Inventory {
            entries: maybes.chain(others).collect(),
            run: Run::default(),
            ..Inventory::default()
        };
        let told: Vec<String> = unsettled(&inventory).collect();
        assert_eq!(told[0], "1 `intent`: `ConfigMap/shop/n21`");
        assert!(told[1].starts_with("12 `maybe`: `ConfigMap/shop/n00`, "), "{}", told[1]);
        assert!(told[1].ends_with(" and 2 more"), "{}", told[1]);
        assert_eq!(told.len(), 2);
    }
}
