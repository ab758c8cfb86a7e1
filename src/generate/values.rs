//! Which file set a value that a template looked at: one of the project's, or the chart's
//! `values.yaml`. It shows names and places, never the values themselves.

use super::charts::LoadedChart;
use super::task::Task;
use crate::config::layers;
use crate::error::Place;
use crate::suggestion;
use go_yaml::{Data, Node};
use helm_render::chart::Chart;

/// So many values are told of one problem.
const MOST: usize = 4;

/// What is known of the values at some pointers.
#[derive(Default)]
pub(super) struct Told {
    /// Where each comes from.
    pub(super) causes: Vec<String>,
    /// What to do about one that is missing.
    pub(super) hint: Option<String>,
}

/// Where the values at these JSON pointers come from.
pub(super) fn tell(task: Task<'_>, pointers: &[String]) -> Told {
    let mut told = Told::default();
    for pointer in pointers.iter().take(MOST) {
        let keys: Vec<String> = go_yaml::pointer::keys(pointer).collect();
        let keys = shared(&keys).unwrap_or(&keys);
        let name = keys.join(".");
        let place = place(task, keys);
        let Some(place) = place else {
            told.causes.push(format!("`{name}` is not set"));
            told.hint.get_or_insert_with(|| advice(task, keys));
            continue;
        };
        told.causes.push(format!("`{name}` comes from {place}"));
    }
    told
}

/// The place that sets a value, exactly.
pub(super) fn place(task: Task<'_>, keys: &[String]) -> Option<Place> {
    let Task { release, chart, .. } = task;
    let shared = shared(keys);
    let root = chart.compiled.chart();
    shared
        .and_then(|keys| layers::exact_place_of(&release.values, keys))
        .or_else(|| layers::exact_place_of(&release.values, keys))
        .or_else(|| default_place(root, &chart.folder, keys))
        .or_else(|| default_place(root, &chart.folder, shared?))
}

/// What a sub-chart sees under `global` is set at the root.
fn shared(keys: &[String]) -> Option<&[String]> {
    let at = keys.iter().position(|key| key == "global").filter(|at| *at > 0)?;
    keys.get(at..)
}

fn default_place(chart: &Chart, folder: &str, keys: &[String]) -> Option<Place> {
    if let Some(position) = position(&chart.values, keys) {
        return Some(Place::position(format!("{folder}/values.yaml"), position));
    }
    let (name, rest) = keys.split_first()?;
    let inner = sub_chart(chart, name)?;
    default_place(inner, &format!("{folder}/charts/{}", inner.metadata.name), rest)
}

/// The position of the last key, all of them being there.
fn position(node: &Node, keys: &[String]) -> Option<go_yaml::Position> {
    let (key, rest) = keys.split_first()?;
    let (position, inner) = match &node.data {
        Data::Map(mapping) => {
            let entry = mapping.get(key.as_str())?;
            (entry.key_position, &entry.value)
        }
        Data::List(items) => {
            let item = items.get(key.parse::<usize>().ok()?)?;
            (item.position, item)
        }
        _ => return None,
    };
    if rest.is_empty() { Some(position) } else { self::position(inner, rest) }
}

/// The sub-chart whose values stand under a key.
pub(super) fn sub_chart<'a>(chart: &'a Chart, name: &str) -> Option<&'a Chart> {
    let declared = chart.metadata.dependencies.iter().find(|dependency| dependency.alias == name);
    let real = declared.map_or(name, |dependency| dependency.name.as_str());
    chart.dependencies.iter().find(|inner| inner.metadata.name == real)
}

/// What to do about a value that nothing sets: a name close to it, or the file to set it in.
fn advice(task: Task<'_>, keys: &[String]) -> String {
    if let Some(name) = similar(task, keys) {
        return format!("did you mean `{name}`?");
    }
    let name = keys.join(".");
    format!("set `{name}` in `{}`, or in a file that it inherits from", task.release.config)
}

/// A value whose name is close to the first part of a path that is not there: its whole path.
fn similar(task: Task<'_>, keys: &[String]) -> Option<String> {
    let is_there = |count: &usize| {
        keys.get(..*count).is_some_and(|keys| keys.is_empty() || place(task, keys).is_some())
    };
    let count = (0..keys.len()).rev().find(is_there)?;
    let (around, missing) = (keys.get(..count)?, keys.get(count)?);
    let known = names(task, around);
    let nearest = suggestion::nearest(missing, known.iter().map(String::as_str))?;
    let path: Vec<&str> = around.iter().map(String::as_str).chain([nearest]).collect();
    Some(path.join("."))
}

/// The keys of a map of values, set or by default.
fn names(task: Task<'_>, keys: &[String]) -> Vec<String> {
    let mut names = layers::names_at(&task.release.values, keys);
    default_names(task.chart.compiled.chart(), keys, &mut names);
    names
}

fn default_names(chart: &Chart, keys: &[String], names: &mut Vec<String>) {
    let mut node = Some(&chart.values);
    for key in keys {
        node = node.and_then(|node| node.get(key));
    }
    if let Some(Node { data: Data::Map(mapping), .. }) = node {
        names.extend(mapping.keys().map(ToString::to_string));
    }
    if let Some((name, rest)) = keys.split_first()
        && let Some(inner) = sub_chart(chart, name)
    {
        default_names(inner, rest, names);
    }
}

/// The text of a template, by the name that the renderer has for it.
pub(super) fn template<'a>(chart: &'a LoadedChart, name: &str) -> Option<&'a [u8]> {
    let mut chart = chart.compiled.chart();
    let (_, mut rest) = name.split_once('/')?;
    while let Some((inner, after)) =
        rest.strip_prefix("charts/").and_then(|rest| rest.split_once('/'))
    {
        chart = sub_chart(chart, inner)?;
        rest = after;
    }
    let file = chart.templates.iter().find(|file| file.path == rest)?;
    Some(&file.content)
}
