//! Which template lines wrote a line of a release's manifests, and which files set the values in it.
//!
//! Made only where something is to be said about a line: the chart is rendered once more for it,
//! with a record of where the output comes from.

use super::charts::LoadedChart;
use super::task::{self, Task};
use super::trouble::{Details, Trouble};
use super::{hide, values};
use crate::error::{Excerpt, Place, Scene};
use helm_render::{Frame, LineOrigin, SourceMap};
use manifest::Problem;

/// What `tpl` parses its text under.
const TEXT_OF_TPL: &str = "gotpl";
/// How much of an expression is shown.
const SHOWN_WIDTH: usize = 80;
/// How many lines of the rendered text are shown before and after the one that is meant.
const AROUND: u32 = 2;

/// The origins of what one release renders.
pub(super) struct Origins<'a> {
    task: Task<'a>,
    map: SourceMap,
}

impl<'a> Origins<'a> {
    /// Renders the release once more.
    pub(super) fn of(task: Task<'a>) -> Self {
        Self { task, map: task::trace_chart(task) }
    }

    /// Where a line of the rendered text of a template comes from. A blank line, at which nothing
    /// can be wrong, stands for the one above it.
    pub(super) fn line(&self, template: &str, line: u32) -> Option<LineOrigin> {
        (1..=line).rev().find_map(|line| self.map.line(template, line))
    }

    /// Where a line of the rendered text of a template comes from, if it is not blank.
    pub(super) fn exact_line(&self, template: &str, line: u32) -> Option<LineOrigin> {
        self.map.line(template, line)
    }

    /// The places of a chain in files of the project.
    pub(super) fn places(&self, frames: &[Frame]) -> Vec<Place> {
        let frames = frames.iter().filter(|frame| frame.file != TEXT_OF_TPL);
        frames.map(|frame| Place { column: None, ..place(self.task.chart, frame) }).collect()
    }

    /// A problem with a line of the rendered text of a template.
    pub(super) fn trouble(&self, template: &str, line: u32, reason: &str) -> Trouble {
        let Task { release, chart, .. } = self.task;
        let text = self.map.text(template);
        let rendered = text.and_then(|text| hide::excerpt(text, line, AROUND));
        let rendered = rendered.map(|excerpt| excerpt.titled("what the template writes"));
        let Some(LineOrigin { places, values }) = self.line(template, line) else {
            let place = Place::file(chart.project_path(template));
            let trouble = Trouble::of(release, place, reason);
            let excerpts = rendered.into_iter().collect();
            let scene = Scene { excerpts, trail: Vec::new() };
            let causes = vec![format!("it is in line {line} of what the template writes")];
            return trouble.with(Details { scene, causes, hint: None });
        };
        let Chain { place, mut details } = chain(chart, &places);
        details.scene.excerpts.extend(rendered);
        let told = values::tell(self.task, &values);
        details.causes.extend(told.causes);
        Trouble::of(release, place, reason).with(details)
    }

    /// The place that wrote a line of the rendered text of a template, if it is known.
    pub(super) fn place(&self, template: &str, line: u32) -> Option<Place> {
        let LineOrigin { places, .. } = self.line(template, line)?;
        Some(chain(self.task.chart, &places).place)
    }

    /// What is known of the values that a failed expression looked at.
    pub(super) fn failed(&self) -> values::Told {
        values::tell(self.task, &self.map.failed())
    }

    /// The names of all templates.
    pub(super) fn templates(&self) -> &[String] {
        self.map.templates()
    }
}

/// Problems with what a release renders, at the places that wrote it.
pub(super) fn troubles(task: Task<'_>, problems: Vec<Problem>) -> Vec<Trouble> {
    let origins = Origins::of(task);
    let told = problems.into_iter().map(|Problem { source, line, message, hint }| {
        let template = task.chart.template_path(&source);
        let trouble = if origins.map.text(&template).is_some() {
            origins.trouble(&template, line, &message)
        } else {
            Trouble::of(task.release, Place::line(source, line), message)
        };
        trouble.hint(hint)
    });
    told.collect()
}

/// A chain of places, from the innermost.
pub(super) struct Chain {
    /// The innermost place in a file.
    pub(super) place: Place,
    /// What stands there, and the places that led there.
    pub(super) details: Details,
}

/// A chain of template calls as it is told: the innermost place with what stands there, then what
/// led there.
pub(super) fn chain(chart: &LoadedChart, frames: &[Frame]) -> Chain {
    let mut details = Details::default();
    let innermost = frames.iter().rposition(|frame| frame.file != TEXT_OF_TPL);
    let Some((index, frame)) = innermost.and_then(|at| Some((at, frames.get(at)?))) else {
        return Chain { place: Place::file(&chart.folder), details };
    };
    let text = values::template(chart, &frame.file);
    details.scene.excerpts.extend(
        text.and_then(|text| Excerpt::of(text, frame.line, Some(frame.column), 0))
            .filter(|excerpt| excerpt.lines.iter().any(|(_, line)| !line.is_empty())),
    );
    if let Some(inner) = frames.get(index + 1) {
        details.causes.push(format!("in line {} of the text given to `tpl`", inner.line));
    }
    let place = place(chart, frame);
    let mut known = (frame.file.as_str(), frame.line);
    for outer in frames.get(..index).unwrap_or_default().iter().rev() {
        if (outer.file.as_str(), outer.line) != known {
            details.scene.trail.push(called(chart, outer));
        }
        known = (outer.file.as_str(), outer.line);
    }
    Chain { place, details }
}

fn place(chart: &LoadedChart, frame: &Frame) -> Place {
    let file = chart.project_path(&frame.file);
    Place { file, line: Some(frame.line), column: Some(frame.column) }
}

fn called(chart: &LoadedChart, frame: &Frame) -> String {
    if frame.file == TEXT_OF_TPL {
        return format!("line {} of the text given to `tpl`", frame.line);
    }
    let place = place(chart, frame);
    if frame.expression.is_empty() {
        return place.to_string();
    }
    let mut expression: String = frame.expression.chars().take(SHOWN_WIDTH).collect();
    if expression.len() < frame.expression.len() {
        expression.push('…');
    }
    format!("{place}: `{expression}`")
}
