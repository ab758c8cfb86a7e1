//! How a problem looks.

use super::{BAD, DOUBTFUL, POINTER, QUIET};
use crate::error::{Diagnostic, Excerpt, Scene, Severity};
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
    if let Some(Scene { excerpts, trail }) = problem.scene.as_deref() {
        for excerpt in excerpts {
            add_excerpt(&mut text, excerpt);
        }
        for place in trail {
            add(&mut text, format_args!("{POINTER}called at{POINTER:#}: {place}"));
        }
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

/// The lines with their numbers: a mark below the column that is meant, or before the line if others
/// are shown around it.
fn add_excerpt(text: &mut String, excerpt: &Excerpt) {
    if let Some(title) = &excerpt.title {
        add(text, format_args!("{POINTER}in{POINTER:#} {title}"));
    }
    let last = excerpt.lines.last().map_or(0, |(number, _)| *number);
    let width = last.to_string().len();
    for (number, line) in &excerpt.lines {
        let is_meant = *number == excerpt.line;
        let mark = if is_meant && excerpt.lines.len() > 1 { '>' } else { ' ' };
        let line = if line.is_empty() { String::new() } else { format!(" {line}") };
        add(text, format_args!("{mark} {QUIET}{number:width$} |{QUIET:#}{line}"));
        if let Some(column) = excerpt.column.filter(|_| is_meant) {
            let before = usize::try_from(column).unwrap_or(1).saturating_sub(1);
            let indent = " ".repeat(before);
            add(text, format_args!("  {:width$} {QUIET}|{QUIET:#} {indent}{BAD}^{BAD:#}", ""));
        }
    }
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::error::{Diagnostic, Excerpt, Place, Scene};

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
    fn shown(problem: &Diagnostic) -> String {
        anstream::adapter::strip_str(&render(problem)).to_string()
    }

    #[test]
    fn an_excerpt_marks_the_column_that_is_meant() {
        let text = "a\nü: {{ fail }}\nc".as_bytes();
        let mut problem = Diagnostic::error("it broke").at(Place::line("a/b.yaml", 2));
        let excerpts = vec![Excerpt::of(text, 2, Some(8), 0).expect("a line")];
        problem.scene = Some(Box::new(Scene { excerpts, trail: vec!["c.yaml:3".to_owned()] }));
        assert_eq!(
            shown(&problem),
            "error: it broke\n  --> a/b.yaml:2\n    2 | ü: {{ fail }}\n      |       ^\n  \
             called at: c.yaml:3"
        );
    }

    #[test]
    fn an_excerpt_of_several_lines_marks_the_line_that_is_meant() {
        let text = "8\n\n10\n".repeat(5);
        let excerpt = Excerpt::of(text.as_bytes(), 9, None, 1).expect("a line");
        let mut problem = Diagnostic::error("it broke");
        let excerpts = vec![excerpt.titled("what `a` writes")];
        problem.scene = Some(Box::new(Scene { excerpts, trail: Vec::new() }));
        assert_eq!(
            shown(&problem),
            "error: it broke\n  in what `a` writes\n     8 |\n  >  9 | 10\n    10 | 8"
        );
        assert_eq!(Excerpt::of(b"one", 2, None, 1), None);
    }
}
