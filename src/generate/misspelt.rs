//! Values that a chart without a schema most likely does not know: a key that neither the defaults
//! nor any template names, beside a default of nearly the same name that templates do name.
//!
//! Charts may hand on whole maps without naming their keys, so everything short of that is believed.

use super::charts::LoadedChart;
use super::task::Task;
use super::trouble::Trouble;
use super::values::sub_chart;
use crate::config::layers::{Layered, LayeredValue, Values};
use go_yaml::{Data, Mapping, Node, Text};
use helm_render::chart::Chart;

/// Shorter names are near to many others.
const SHORTEST: usize = 4;

/// The keys of a release that are most likely misspelt.
pub(super) fn find(task: Task<'_>) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    look(task, task.chart.compiled.chart(), &task.release.values, &mut Vec::new(), &mut troubles);
    troubles
}

/// Looks at the values of a chart, and at those of its sub-charts.
fn look<'a>(
    task: Task<'a>,
    chart: &Chart,
    values: &Values<'a>,
    path: &mut Vec<&'a str>,
    troubles: &mut Vec<Trouble>,
) {
    if chart.schema.is_none() {
        compare(task, (chart, &chart.values), values, path, troubles);
    }
    for (key, layered) in values {
        if let (Some(inner), LayeredValue::Map(values)) = (sub_chart(chart, key), &layered.value) {
            path.push(key);
            look(task, inner, values, path, troubles);
            path.pop();
        }
    }
}

/// Looks at one map of values and the defaults for it.
fn compare<'a>(
    task: Task<'a>,
    (chart, defaults): (&Chart, &Node),
    values: &Values<'a>,
    path: &mut Vec<&'a str>,
    troubles: &mut Vec<Trouble>,
) {
    let Data::Map(defaults) = &defaults.data else { return };
    for (key, layered) in values {
        if *key == "global" || sub_chart(chart, key).is_some() {
            continue;
        }
        path.push(key);
        match (defaults.get(*key), &layered.value) {
            (Some(entry), LayeredValue::Map(inner)) => {
                compare(task, (chart, &entry.value), inner, path, troubles);
            }
            (Some(_), _) => {}
            (None, _) => {
                if let Some(meant) = meant(task.chart, (key, layered), values, defaults) {
                    let message = format!("the chart knows no value `{}`", path.join("."));
                    let trouble = Trouble::of(task.release, layered.place(), message);
                    troubles.push(trouble.hint(Some(format!("did you mean `{meant}`?"))));
                }
            }
        }
        path.pop();
    }
}

/// The default that a key is most likely meant to be: no other that stands in the same file.
fn meant<'d>(
    chart: &LoadedChart,
    (key, layered): (&str, &Layered<'_>),
    values: &Values<'_>,
    defaults: &'d Mapping,
) -> Option<&'d str> {
    if key.chars().count() < SHORTEST {
        return None;
    }
    let is_beside = |name: &&str| values.get(name).is_some_and(|other| other.file == layered.file);
    let names = defaults.keys().map(Text::as_str).filter(|name| !is_beside(name));
    let (_, nearest) = names.filter_map(|name| Some((wrong(key, name)?, name))).min()?;
    let root = chart.compiled.chart();
    (!is_named(root, key) && is_named(root, nearest)).then_some(nearest)
}

/// How many letters differ, if that is at most two, fewer in short names, and not digits alone.
fn wrong(key: &str, name: &str) -> Option<usize> {
    let letters =
        |text: &str| text.chars().filter(|letter| !letter.is_numeric()).collect::<String>();
    let wrong = strsim::osa_distance(key, name);
    let allowed = if key.chars().count() < 7 { 1 } else { 2 };
    (wrong <= allowed && letters(key) != letters(name)).then_some(wrong)
}

/// Whether any template of a chart or its sub-charts has the word.
fn is_named(chart: &Chart, word: &str) -> bool {
    chart.templates.iter().any(|file| has_word(&file.content, word.as_bytes()))
        || chart.dependencies.iter().any(|inner| is_named(inner, word))
}

fn has_word(text: &[u8], word: &[u8]) -> bool {
    let is_part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    text.windows(word.len()).enumerate().any(|(start, window)| {
        let before = start.checked_sub(1).and_then(|before| text.get(before));
        window == word && !is_part(before) && !is_part(text.get(start + word.len()))
    })
}
