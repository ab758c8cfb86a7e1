//! Excerpts of rendered text without what may be secret. The text may be no YAML, so it is judged
//! line by line, and in doubt a line is hidden.

use crate::error::Excerpt;
use manifest::secrecy::is_secret_name;

/// What stands for a value that must not be seen.
const HIDDEN: &str = "(hidden)";
/// What of a Secret may be seen.
const OPEN_KEYS: [&str; 8] =
    ["apiVersion", "kind", "metadata", "name", "namespace", "type", "labels", "annotations"];

/// How much of a line may be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    All,
    Key,
    Nothing,
}

/// The lines around one of a rendered text.
pub(super) fn excerpt(text: &[u8], line: u32, around: u32) -> Option<Excerpt> {
    let mut excerpt = Excerpt::of(text, line, None, around)?;
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let seen = seen(&lines);
    for (number, shown) in &mut excerpt.lines {
        let index = usize::try_from(*number).ok()?.checked_sub(1)?;
        match seen.get(index).copied().unwrap_or(Sight::Nothing) {
            Sight::All => {}
            Sight::Key => *shown = without_value(shown),
            Sight::Nothing => *shown = hidden(shown),
        }
    }
    Some(excerpt)
}

fn seen(lines: &[&str]) -> Vec<Sight> {
    let mut seen = Vec::with_capacity(lines.len());
    for document in lines.split_inclusive(|line| line.starts_with("---")) {
        let is_secret = document.iter().any(|line| is_secret_kind(line));
        let mut within: Option<usize> = None;
        let mut is_named = false;
        for line in document {
            let indent = line.len() - line.trim_start().len();
            within = within.filter(|outer| line.trim().is_empty() || indent > *outer);
            let (key, value) = parts(line);
            let is_telling = key.is_some_and(is_secret_name)
                || (is_named && key == Some("value"))
                || (is_secret && key.is_some_and(|key| matches!(key, "data" | "stringData")));
            let is_open =
                line.starts_with("---") || key.is_some_and(|key| OPEN_KEYS.contains(&key));
            seen.push(match (within, is_telling) {
                (Some(_), _) => Sight::Nothing,
                (None, true) => Sight::Key,
                (None, false) if is_secret && !is_open => Sight::Nothing,
                (None, false) => Sight::All,
            });
            if is_telling && within.is_none() {
                within = Some(indent);
            }
            if key == Some("name") {
                is_named = is_secret_name(value);
            }
        }
    }
    seen
}

fn is_secret_kind(line: &str) -> bool {
    let (key, value) = parts(line);
    let key = key.map(|key| key.trim_matches(['"', '\'']));
    key.is_some_and(|key| key.eq_ignore_ascii_case("kind"))
        && value.trim_matches(['"', '\'']).starts_with("Secret")
        || line.contains("\"Secret\"")
}

/// The key of a line, without the dashes before it, and the value.
fn parts(line: &str) -> (Option<&str>, &str) {
    match line.split_once(':') {
        Some((key, value)) => (Some(key.trim().trim_start_matches(['-', ' '])), value.trim()),
        None => (None, line.trim()),
    }
}

fn without_value(line: &str) -> String {
    match line.split_once(':') {
        Some((key, value)) if value.trim().is_empty() => format!("{key}:"),
        Some((key, _)) => format!("{key}: {HIDDEN}"),
        None => hidden(line),
    }
}

fn hidden(line: &str) -> String {
    let text = line.trim_start();
    let indent = line.get(..line.len() - text.len()).unwrap_or_default();
    if text.is_empty() { String::new() } else { format!("{indent}{HIDDEN}") }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    fn check(text: &str, expected: &[&str]) {
        let shown = excerpt(text.as_bytes(), 1, 100).expect("lines").lines;
        let shown: Vec<String> = shown.into_iter().map(|(_, line)| line).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_data_of_a_secret_is_not_shown() {
        check(
            "kind: ConfigMap\na: b\n---\nkind: Secret\nmetadata:\n  name: x\ndata:\n  a: b\nfree text\n---\na: b",
            &[
                "kind: ConfigMap",
                "a: b",
                "---",
                "kind: Secret",
                "metadata:",
                "  name: x",
                "data:",
                "  (hidden)",
                "(hidden)",
                "---",
                "a: b",
            ],
        );
    }

    #[test]
    fn what_has_a_telling_name_is_not_shown() {
        check(
            "env:\n- name: DB_PASSWORD\n  value: abc\n- name: A\n  value: b\npassword: |\n  abc\n\n  def\nb: c",
            &[
                "env:",
                "- name: DB_PASSWORD",
                "  value: (hidden)",
                "- name: A",
                "  value: b",
                "password: (hidden)",
                "  (hidden)",
                "",
                "  (hidden)",
                "b: c",
            ],
        );
    }
}
