//! What happens to a string on its way through JSON text, which sigs.k8s.io/yaml writes and then
//! reads as YAML. It knows nothing of the emitter.

use std::borrow::Cow;

const NEXT_LINE: char = '\u{85}';

/// A string as `yaml.Marshal` of sigs.k8s.io/yaml gets to see it: JSON leaves U+0085 as it is,
/// which YAML takes for a line break and folds. Nothing if YAML refuses a character (U+007F,
/// U+0080 to U+009F, U+FFFE, U+FFFF), which makes the whole `Marshal` fail with `yaml: control
/// characters are not allowed`.
pub fn reread_json_text(text: &str) -> Option<Cow<'_, str>> {
    if text.bytes().all(|byte| byte < 0x7F) {
        return Some(Cow::Borrowed(text));
    }
    if text.chars().any(is_refused) {
        return None;
    }
    if text.contains(NEXT_LINE) {
        return Some(Cow::Owned(fold(text)));
    }
    Some(Cow::Borrowed(text))
}

fn is_refused(character: char) -> bool {
    character != NEXT_LINE && matches!(character, '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// One break becomes a blank, of more the first vanishes; blanks around them go.
fn fold(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((line, after)) = rest.split_once(NEXT_LINE) {
        let tail = after.trim_start_matches([' ', NEXT_LINE]);
        let blanks = after.len() - tail.len();
        let more = after.get(..blanks).unwrap_or_default().matches(NEXT_LINE).count();
        output.push_str(line.trim_end_matches(' '));
        match more {
            0 => output.push(' '),
            _ => output.extend(std::iter::repeat_n('\n', more)),
        }
        rest = tail;
    }
    output.push_str(rest);
    output
}
