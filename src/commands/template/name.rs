//! The name of the release: given, made from a template, or Helm's stand-in.

use crate::cli::template::Arguments;
use crate::config::names;
use gotemplate::Moment;
use helm_render::Profile;
use helm_render::release::name_from_template;

/// What `helm template` calls a release without a name, with `--generate-name` too.
const STAND_IN: &str = "release-name";

/// The name of the release and the chart, as they are on the command line. The error is Helm's.
pub(super) fn choose<'a>(
    arguments: &'a Arguments,
    moment: &Moment,
) -> Result<(String, &'a str), String> {
    let template = arguments.name_template.as_str();
    match arguments.names.as_slice() {
        [] => Err("\"helm template\" requires at least 1 argument".to_owned()),
        [chart] if template.is_empty() => Ok((STAND_IN.to_owned(), chart)),
        [chart] => Ok((name_from_template(template, moment.clone())?, chart)),
        [_, _] if arguments.generate_name => Err(both("--generate-name")),
        [_, _] if !template.is_empty() => Err(both("--name-template")),
        [name, chart] => Ok((name.clone(), chart)),
        [_, _, more @ ..] => {
            let more = more.join(", ");
            Err(format!("expected at most two arguments, unexpected arguments: {more}"))
        }
    }
}

fn both(flag: &str) -> String {
    format!("cannot set {flag} and also specify a name")
}

/// Refuses what Helm refuses as a name.
pub(super) fn check(name: &str, profile: Profile) -> Result<(), String> {
    if names::check_release(name).is_ok() {
        return Ok(());
    }
    let before = if profile == Profile::Helm4 { "release name check failed: " } else { "" };
    let reason = if name.is_empty() {
        "no name provided"
    } else {
        "invalid release name, must match regex \
         ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must \
         not be longer than 53"
    };
    Err(format!("{before}release name {name:?}: {reason}"))
}
