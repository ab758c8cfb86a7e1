//! From a failed render to the template line that failed, what led there, and the values it looked
//! at.

use super::origin::{Chain, Origins, chain};
use super::task::Task;
use super::trouble::{Details, Trouble};
use super::values::template;
use crate::error::{Excerpt, Place, Scene};
use crate::suggestion;
use helm_render::{ErrorKind, RenderError};

/// The problem behind an error, at the nearest place that is known.
pub(super) fn explain(task: Task<'_>, error: &RenderError) -> Trouble {
    match (&error.template, error.kind) {
        (None, _) => without_template(task, error),
        (Some(template), ErrorKind::Yaml) => broken_yaml(task, error, template),
        (Some(template), ErrorKind::Parse) => not_parsed(task, error, template),
        (Some(_), _) => failed(task, error),
    }
}

fn without_template(task: Task<'_>, error: &RenderError) -> Trouble {
    let place = match error.kind {
        ErrorKind::Load => Place::line(format!("{}/Chart.yaml", task.chart.folder), 1),
        _ => task.release.place(),
    };
    Trouble::of(task.release, place, &error.reason)
}

/// Here the line is one of the rendered text.
fn broken_yaml(task: Task<'_>, error: &RenderError, template: &str) -> Trouble {
    let reason = without_line(&error.reason);
    match error.line {
        Some(line) => Origins::of(task).trouble(template, line, &reason),
        None => Trouble::of(task.release, Place::file(task.chart.project_path(template)), reason),
    }
}

/// What Go says of broken YAML without the line, which is told in another way.
fn without_line(reason: &str) -> String {
    const BEGIN: &str = "error converting YAML to JSON: yaml: ";
    let Some(rest) = reason.strip_prefix(BEGIN) else { return reason.to_owned() };
    let numbered = rest.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    let told = match numbered {
        Some((number, told)) if number.bytes().all(|byte| byte.is_ascii_digit()) => told,
        _ => rest,
    };
    format!("what the template writes is no YAML: {told}")
}

fn not_parsed(task: Task<'_>, error: &RenderError, name: &str) -> Trouble {
    let place = Place { file: task.chart.project_path(name), line: error.line, column: None };
    let text = template(task.chart, name).zip(error.line);
    let excerpt = text.and_then(|(text, line)| Excerpt::of(text, line, None, 0));
    let is_blank = |excerpt: &Excerpt| excerpt.lines.iter().all(|(_, line)| line.is_empty());
    let excerpts = excerpt.into_iter().filter(|excerpt| !is_blank(excerpt)).collect();
    let missing = between(&error.reason, "function \"", "\" not defined");
    let hint = missing.and_then(|name| {
        let known = helm_render::function_names(task.project.profile);
        suggested(suggestion::nearest(name, known))
    });
    Trouble::of(task.release, place, &error.reason).with(Details {
        scene: Scene { excerpts, trail: Vec::new() },
        causes: Vec::new(),
        hint,
    })
}

/// The last place of the trace is where it failed; what the expression there looked at is learnt by
/// failing once more.
fn failed(task: Task<'_>, error: &RenderError) -> Trouble {
    let Chain { place, mut details } = chain(task.chart, &error.trace);
    if error.kind == ErrorKind::Exhausted {
        return Trouble::of(task.release, place, &error.reason).with(details);
    }
    let origins = Origins::of(task);
    if let Some(name) = missing_template(&error.reason) {
        let known = origins.templates().iter().map(String::as_str);
        details.hint = suggested(suggestion::nearest(name, known));
        let reason = format!("there is no template `{name}`");
        return Trouble::of(task.release, place, reason).with(details);
    }
    let told = origins.failed();
    details.causes.extend(told.causes);
    details.hint = told.hint;
    let (reason, within) = without_text_of_tpl(&error.reason);
    details.causes.splice(0..0, within);
    Trouble::of(task.release, place, reason).with(details)
}

fn suggested(name: Option<&str>) -> Option<String> {
    name.map(|name| format!("did you mean `{name}`?"))
}

/// The reason of a failure within `tpl` without the text, which is a value, and where in it.
fn without_text_of_tpl(reason: &str) -> (&str, Option<String>) {
    const BEGIN: &str = "template: gotpl:";
    let is_of_tpl = ["error calling tpl: error during tpl", "error calling tpl: cannot parse"]
        .iter()
        .any(|begin| reason.starts_with(begin));
    let Some((_, rest)) = reason.rsplit_once(BEGIN).filter(|_| is_of_tpl) else {
        return (reason, None);
    };
    let (line, rest) = rest.split_once(':').unwrap_or_default();
    let within = format!("in line {line} of the text given to `tpl`");
    match between(rest, " at <", ">: ").zip(rest.split_once(">: ")) {
        Some((expression, (_, reason))) => (reason, Some(format!("{within}: `{expression}`"))),
        None => (rest.trim_start(), Some(within)),
    }
}

/// The template that an `include` or `template` did not find.
fn missing_template(reason: &str) -> Option<&str> {
    between(reason, "no template \"", "\" associated with template \"gotpl\"")
        .or_else(|| between(reason, "template \"", "\" not defined"))
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::{without_line, without_text_of_tpl};

    #[test]
    fn the_text_given_to_tpl_is_not_told() {
        let check = |reason: &str, told: &str, within: Option<&str>| {
            let (actual, cause) = without_text_of_tpl(reason);
            assert_eq!((actual, cause.as_deref()), (told, within));
        };
        check(
            "error calling tpl: error during tpl function execution for \"secret\": template: \
             gotpl:1:10: executing \"gotpl\" at <.a.b>: nil pointer evaluating interface {}.b",
            "nil pointer evaluating interface {}.b",
            Some("in line 1 of the text given to `tpl`: `.a.b`"),
        );
        check(
            "error calling tpl: cannot parse template \"secret\": template: gotpl:2: unclosed action",
            "unclosed action",
            Some("in line 2 of the text given to `tpl`"),
        );
        check("error calling include: x", "error calling include: x", None);
    }

    #[test]
    fn the_line_of_broken_yaml_is_told_apart() {
        assert_eq!(
            without_line("error converting YAML to JSON: yaml: line 2: did not find it"),
            "what the template writes is no YAML: did not find it"
        );
        assert_eq!(
            without_line("error converting YAML to JSON: yaml: control characters"),
            "what the template writes is no YAML: control characters"
        );
        assert_eq!(without_line("another: line 2: x"), "another: line 2: x");
    }
}
