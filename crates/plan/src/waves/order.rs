//! The place of each object in a run, from its kind, its service and its ties to others.
//!
//! Every object first has the stage of its level, wave and kind. Whatever must come before it, says
//! an annotation, a reference or a service, lifts it to a later stage where that is not so already.
//! So the order of stages is a linear extension of all ties. It must not know what is applied.

use super::graph::{Graph, Junction};
use super::ties::{Ties, WAVE};
use super::{DEPENDS_ON, Stage, Wave, dependencies, levels};
use crate::desired::{Desired, Wanted};
use crate::live::Live;
use manifest::ObjectId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// An object whose place is sought.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// Its service.
    pub service: &'a str,
    /// Its identity.
    pub id: &'a ObjectId,
    /// Where it comes from; empty if that is not known.
    pub source: &'a str,
    /// The line there.
    pub line: u32,
    /// What it says of its place.
    pub ties: Cow<'a, Ties>,
}

/// The services that each service depends on.
pub type Dependencies<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The order of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    levels: BTreeMap<String, u32>,
    /// The stages of those objects that kind and service alone do not tell.
    stages: BTreeMap<ObjectId, Stage>,
    needs: Needs,
}

/// What objects need of others that is not said by their stages alone.
pub type Needs = BTreeMap<ObjectId, Vec<Need>>;

/// What an object needs of another before it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The other.
    pub on: ObjectId,
    /// Whether it must be ready, and not only applied.
    pub is_ready: bool,
}

/// What keeps objects from having an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, as a phrase.
    pub message: String,
    /// The file, if it is of one; else empty.
    pub source: String,
    /// The line there.
    pub line: u32,
    /// How it comes about, a line each.
    pub notes: Vec<String>,
    /// What to do about it.
    pub hint: &'static str,
}

impl<'a> Item<'a> {
    /// An object that a service wants.
    pub fn of(service: &'a str, wanted: &'a Wanted) -> Self {
        let Wanted { object, ties, .. } = wanted;
        let (id, source, line) = (&object.id, object.source.as_str(), object.line);
        Self { service, id, source, line, ties: Cow::Borrowed(ties) }
    }

    /// A live object that was of a service.
    pub(crate) fn live(service: &'a str, id: &'a ObjectId, live: &Live) -> Self {
        let ties = Cow::Owned(Ties::said(id, |name| live.annotation(name)));
        Self { service, id, source: "", line: 0, ties }
    }

    fn place(&self) -> String {
        match (self.source, self.line) {
            ("", _) => String::new(),
            (source, 0) => format!(" ({source})"),
            (source, line) => format!(" ({source}:{line})"),
        }
    }

    fn is_foundation(&self) -> bool {
        self.ties.place.0 == Wave::Foundations
    }
}

impl Order {
    /// The order of an environment.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from having one: annotations that make no sense, circles.
    pub fn of(desired: &Desired) -> Result<Self, Vec<Problem>> {
        Self::tied(desired, &BTreeMap::new())
    }

    /// The same, where Services also wait until what they will lead to is ready. If that is a circle,
    /// they do not.
    pub(crate) fn switching(
        &self,
        desired: &Desired,
        switches: &BTreeMap<&ObjectId, Vec<&ObjectId>>,
    ) -> Cow<'_, Self> {
        let switching = (!switches.is_empty()).then(|| Self::tied(desired, switches).ok());
        switching.flatten().map_or(Cow::Borrowed(self), Cow::Owned)
    }

    /// The order of an environment where some objects have ties besides those that they name.
    fn tied(
        desired: &Desired,
        further: &BTreeMap<&ObjectId, Vec<&ObjectId>>,
    ) -> Result<Self, Vec<Problem>> {
        let services = desired.services.iter();
        let items = services.flat_map(|(name, service)| {
            service.objects.iter().map(|wanted| {
                let mut item = Item::of(name, wanted);
                if let Some(on) = further.get(item.id) {
                    item.ties.to_mut().add_targets(on);
                }
                item
            })
        });
        Self::among(&items.collect::<Vec<_>>(), &dependencies(desired))
    }

    /// The order of objects whose services depend on each other like this.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn among(
        items: &[Item<'_>],
        dependencies: &Dependencies<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let (links, problems) = Links::find(items);
        if !problems.is_empty() {
            return Err(problems);
        }
        Self::arranged(items, dependencies, &links).map_err(|problem| vec![problem])
    }

    /// The order of objects that are live and to be deleted. What they name may be anywhere, so
    /// that nothing is a problem: a circle counts as no order at all.
    pub(crate) fn of_live(items: &[Item<'_>], dependencies: &Dependencies<'_>) -> Self {
        let (links, _) = Links::find(items);
        Self::arranged(items, dependencies, &links).unwrap_or_default()
    }

    fn arranged(
        items: &[Item<'_>],
        dependencies: &Dependencies<'_>,
        links: &Links,
    ) -> Result<Self, Problem> {
        let levels = levels(dependencies).map_err(|circle| circle_of_services(&circle))?;
        let mut order = Self { levels, needs: links.needs(items), ..Self::default() };
        let turns = links.turns(items);
        let natural: Vec<Stage> = items
            .iter()
            .zip(&turns)
            .map(|(item, turn)| natural_stage(item, *turn, order.level(item.service)))
            .collect();
        if links.are_kept(&natural, &turns) {
            return Ok(order);
        }
        let graph = graph(items, links, &turns, dependencies);
        let lifted = graph.lift(&natural).map_err(|circle| circle_of(items, &circle))?;
        for (item, stage) in items.iter().zip(lifted) {
            if stage != natural_stage(item, 0, order.level(item.service)) {
                order.stages.insert(item.id.clone(), stage);
            }
        }
        Ok(order)
    }

    /// How deep what a service depends on goes; 0 for one that is not there.
    fn level(&self, service: &str) -> u32 {
        self.levels.get(service).copied().unwrap_or_default()
    }

    /// The stage of an object of a service, given the place of its kind.
    pub(crate) fn stage(&self, id: &ObjectId, service: &str, place: (Wave, i64)) -> Stage {
        let natural = || Stage::natural(self.level(service), 0, place.0, place.1);
        self.stages.get(id).copied().unwrap_or_else(natural)
    }

    /// What objects need of others.
    pub(crate) fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The same, for good.
    pub(crate) fn into_needs(self) -> Needs {
        self.needs
    }
}

fn natural_stage(item: &Item<'_>, turn: i64, level: u32) -> Stage {
    let (wave, weight) = item.ties.place;
    Stage::natural(level, turn, wave, weight)
}

/// Which objects must come before which, by their places in the list.
struct Links {
    /// For each object those it names in an annotation.
    named: Vec<Vec<usize>>,
    /// For each object those it refers to.
    referred: Vec<Vec<usize>>,
}

impl Links {
    fn find(items: &[Item<'_>]) -> (Self, Vec<Problem>) {
        let mut problems: Vec<Problem> = Vec::new();
        for item in items {
            let mistakes = item.ties.mistakes.iter();
            problems.extend(mistakes.map(|mistake| problem(item, mistake.clone(), HOW_TO_WRITE)));
        }
        let named = named(items, &mut problems);
        let mut referred = referred(items);
        add_late_foundations(items, &mut referred);
        (Self { named, referred }, problems)
    }

    fn before(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        let of = |all: &'_ [Vec<usize>]| all.get(place).cloned().unwrap_or_default();
        of(&self.named).into_iter().chain(of(&self.referred))
    }

    /// The wave of each object within its service. One that asks for none and is referred to by one
    /// of an earlier wave comes with that one: it could not start otherwise.
    fn turns(&self, items: &[Item<'_>]) -> Vec<i64> {
        let mut turns: Vec<i64> =
            items.iter().map(|item| item.ties.wave.unwrap_or_default()).collect();
        for (item, referred) in items.iter().zip(&self.referred) {
            let Some(turn) = item.ties.wave else { continue };
            for place in referred {
                let is_free = items.get(*place).is_some_and(|other| {
                    other.service == item.service && other.ties.wave.is_none()
                });
                if let Some(other) = turns.get_mut(*place).filter(|_| is_free) {
                    *other = turn.min(*other);
                }
            }
        }
        turns
    }

    /// Whether the natural stages are in order already, so that nothing has to be lifted.
    fn are_kept(&self, natural: &[Stage], turns: &[i64]) -> bool {
        let has_turns = turns.iter().any(|turn| *turn != 0);
        let is_before = |(place, stage): (usize, &Stage)| {
            self.before(place).all(|other| natural.get(other).is_some_and(|other| other < stage))
        };
        !has_turns && natural.iter().enumerate().all(is_before)
    }

    fn needs(&self, items: &[Item<'_>]) -> Needs {
        let mut needs = Needs::new();
        let places = self.named.iter().zip(&self.referred).zip(items);
        for ((named, referred), item) in places {
            let other = |place: &usize| items.get(*place);
            let named = named.iter().filter_map(other).map(|other| (other, true));
            let referred = referred.iter().filter_map(other).map(|other| (other, false));
            let far = referred.filter(|(other, _)| other.service != item.service);
            let all: Vec<Need> = named
                .chain(far)
                .map(|(other, is_ready)| Need { on: other.id.clone(), is_ready })
                .collect();
            if !all.is_empty() {
                needs.insert(item.id.clone(), all);
            }
        }
        needs
    }
}

/// What each object names in its annotation.
fn named(items: &[Item<'_>], problems: &mut Vec<Problem>) -> Vec<Vec<usize>> {
    if items.iter().all(|item| item.ties.targets.is_empty()) {
        return vec![Vec::new(); items.len()];
    }
    let mut places: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        places.entry((&item.id.kind, &item.id.name)).or_default().push(place);
    }
    let find = |item: &Item<'_>| {
        let mut found = Vec::new();
        for target in &item.ties.targets {
            let like = places.get(&(target.kind.as_str(), target.name.as_str()));
            let like = like.into_iter().flatten().copied().filter(|place| {
                items
                    .get(*place)
                    .is_some_and(|other| target.is(other.id, item.id.namespace.as_deref()))
            });
            match like.collect::<Vec<_>>().as_slice() {
                [one] => found.push(*one),
                // Those that Molave makes by itself always come first.
                [] if target.kind == "Namespace" => {}
                [] => problems.push(problem(
                    item,
                    format!(
                        "`{}` in `{DEPENDS_ON}` of `{}` is no object of this environment",
                        target.text, item.id
                    ),
                    HOW_TO_WRITE,
                )),
                _ => problems.push(problem(
                    item,
                    format!(
                        "`{}` in `{DEPENDS_ON}` of `{}` may be of several groups",
                        target.text, item.id
                    ),
                    "write it as `group/Kind/namespace/name`",
                )),
            }
        }
        found
    };
    items.iter().map(find).collect()
}

const HOW_TO_WRITE: &str = "a wave is a whole number such as `-1`; a duration is `90s`, `30m` or \
    `2h`; what an object depends on is \
    written as `Kind/name` in its own namespace, `Kind/namespace/name` or \
    `group/Kind/namespace/name`, with commas in between";

/// What the pods of each object refer to.
fn referred(items: &[Item<'_>]) -> Vec<Vec<usize>> {
    let mut places: BTreeMap<(&str, Option<&str>, &str), usize> = BTreeMap::new();
    for (place, Item { id, .. }) in items.iter().enumerate() {
        let kinds = ["ConfigMap", "PersistentVolumeClaim", "Secret", "ServiceAccount"];
        if id.group.is_empty() && kinds.contains(&id.kind.as_str()) {
            places.insert((&id.kind, id.namespace.as_deref(), &id.name), place);
        }
    }
    let find = |item: &Item<'_>| -> Vec<usize> {
        let namespace = item.id.namespace.as_deref();
        let references = item.ties.references.iter();
        let found =
            references.filter_map(|(kind, name)| places.get(&(*kind, namespace, name.as_str())));
        found.copied().collect()
    };
    items.iter().map(find).collect()
}

/// Namespaces and definitions come before everything else, but for those that name something
/// themselves: these come before what is in them, or of their kind.
fn add_late_foundations(items: &[Item<'_>], referred: &mut [Vec<usize>]) {
    let late = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.is_foundation() && !item.ties.targets.is_empty());
    for (place, foundation) in late {
        for (item, referred) in items.iter().zip(referred.iter_mut()) {
            let id = item.id;
            let is_within = foundation.id.is("", "Namespace")
                && id.namespace.as_ref() == Some(&foundation.id.name);
            let is_of =
                foundation.ties.defines.as_ref().is_some_and(|(group, kind)| id.is(group, kind));
            if is_within || is_of {
                referred.push(place);
            }
        }
    }
}

/// All ties as a graph.
fn graph<'a>(
    items: &[Item<'a>],
    links: &Links,
    turns: &[i64],
    dependencies: &Dependencies<'a>,
) -> Graph<'a> {
    let mut graph = Graph::of(items.len());
    for place in 0..items.len() {
        for before in links.before(place) {
            graph.add(before, place);
        }
    }
    let mut services: Services<'a> = BTreeMap::new();
    for (place, (item, turn)) in items.iter().zip(turns).enumerate() {
        if !item.is_foundation() {
            let service = services.entry(item.service).or_default();
            service.entry(*turn).or_default().push(place);
        }
    }
    add_turns(&mut graph, &services);
    add_services(&mut graph, &services, dependencies);
    graph
}

/// The objects of each service by their waves within it.
type Services<'a> = BTreeMap<&'a str, BTreeMap<i64, Vec<usize>>>;

/// Each wave of a service comes after those before it.
fn add_turns<'a>(graph: &mut Graph<'a>, services: &Services<'a>) {
    for (service, turns) in services {
        let mut last: Option<(&Vec<usize>, Option<usize>)> = None;
        for (turn, places) in turns {
            let gate = last.map(|(earlier, gate)| {
                let junction = graph.join(Junction::Turn(service, *turn));
                for before in earlier.iter().copied().chain(gate) {
                    graph.add(before, junction);
                }
                for place in places {
                    graph.add(junction, *place);
                }
                junction
            });
            last = Some((places, gate));
        }
    }
}

/// Everything of a service comes after everything of those it depends on.
fn add_services<'a>(
    graph: &mut Graph<'a>,
    services: &Services<'a>,
    dependencies: &Dependencies<'a>,
) {
    let mut gates: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for service in dependencies.keys() {
        let begin = graph.join(Junction::Begin(service));
        let end = graph.join(Junction::End(service));
        graph.add(begin, end);
        for place in services.get(service).into_iter().flat_map(BTreeMap::values).flatten() {
            graph.add(begin, *place);
            graph.add(*place, end);
        }
        gates.insert(service, (begin, end));
    }
    for (service, on) in dependencies {
        let Some((begin, _)) = gates.get(service) else { continue };
        for end in on.iter().filter_map(|on| gates.get(on)).map(|(_, end)| *end) {
            graph.add(end, *begin);
        }
    }
}

fn problem(item: &Item<'_>, message: String, hint: &'static str) -> Problem {
    let (source, line) = (item.source.to_owned(), item.line);
    Problem { message, source, line, notes: Vec::new(), hint }
}

fn circle_of_services(circle: &[String]) -> Problem {
    Problem {
        message: format!("services depend on each other in a circle: {}", chain(circle)),
        source: String::new(),
        line: 0,
        notes: Vec::new(),
        hint: "take one of them out of `dependsOn`",
    }
}

/// `` `a` -> `b` -> `a` ``: each needs the next.
fn chain(names: &[String]) -> String {
    let names: Vec<String> =
        names.iter().chain(names.first()).map(|name| format!("`{name}`")).collect();
    names.join(" -> ")
}

/// A circle of objects, each needing the next, with how each tie comes about.
fn circle_of(items: &[Item<'_>], circle: &[(usize, Vec<Junction<'_>>)]) -> Problem {
    let circle: Vec<(&Item<'_>, &Vec<Junction<'_>>)> = circle
        .iter()
        .filter_map(|(place, junctions)| Some((items.get(*place)?, junctions)))
        .collect();
    let names: Vec<String> = circle.iter().map(|(item, _)| item.id.to_string()).collect();
    let next = circle.iter().cycle().skip(1);
    let notes = circle.iter().zip(next).map(|((item, junctions), (next, _))| {
        format!("{}{}", tie(item, junctions, next), item.place())
    });
    let first = circle.first().map(|(item, _)| *item);
    Problem {
        message: format!("objects depend on each other in a circle: {}", chain(&names)),
        source: first.map(|item| item.source.to_owned()).unwrap_or_default(),
        line: first.map(|item| item.line).unwrap_or_default(),
        notes: notes.collect(),
        hint: "undo one of these",
    }
}

/// Why an object comes after the next one of its circle.
fn tie(item: &Item<'_>, junctions: &[Junction<'_>], next: &Item<'_>) -> String {
    let id = item.id;
    for junction in junctions {
        match junction {
            Junction::Turn(service, turn) => {
                return format!(
                    "`{id}` is in wave {turn} of `{service}` (`{WAVE}`), `{}` before it",
                    next.id
                );
            }
            Junction::Begin(service) => {
                return format!(
                    "`{id}` is of `{service}`, which depends on `{}` (`dependsOn`)",
                    next.service
                );
            }
            Junction::End(_) => {}
        }
    }
    let is_named = item.ties.targets.iter().any(|on| on.is(next.id, id.namespace.as_deref()));
    if is_named {
        format!("`{id}` names `{}` in `{DEPENDS_ON}`", next.id)
    } else {
        format!("`{id}` refers to `{}`", next.id)
    }
}
