//! How a problem looks.

use super::{BAD, DOUBTFUL, POINTER};
use crate::error::{Diagnostic, Severity};
use std::fmt::Write as _;

/// The problem with its place, causes and hint, without a final newline.
pub(super) fn render(problem: &Diagnostic) -> String {
    let (style, word) = match problem.severity {
        Severity::Error => (BAD, "error"),
        Severity::Warning => (DOUBTFUL, "warning"),
    };
    let mut text = format!("{style}{word}{style:#}: {}", indented(&problem.message));
    if let Some(place) = &problem.place {
        add(&mut text, format_args!("{POINTER}-->{POINTER:#} {place}"));
    }
    for cause in &problem.causes {
        add(&mut text, format_args!("caused by: {}", indented(cause)));
    }
    if let Some(hint) = &problem.hint {
        add(&mut text, format_args!("{POINTER}hint{POINTER:#}: {hint}"));
    }
    text
}

/// Writing into a string cannot fail.
fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = write!(text, "\n  {line}");
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::error::{Diagnostic, Place};

    #[test]
    fn a_problem_shows_place_cause_and_hint_below_its_message() {
        let problem = Diagnostic::error("it broke")
            .at(Place::line("a/b.yaml", 7))
            .because("first\nsecond")
            .hint("run `molave check`");
        assert_eq!(
            anstream::adapter::strip_str(&render(&problem)).to_string(),
            "error: it broke\n  --> a/b.yaml:7\n  caused by: first\n    second\n  hint: run `molave check`"
        );
    }
}
