//! How a difference between two sets of manifests looks: as text, as a comment on a pull request,
//! as JSON. What Secrets hold is hidden in all of them, on both sides.

mod json;
mod markdown;
mod text;

use super::diff;
use crate::difference::{Change, Counts};
pub use json::json;
use manifest::Object;
pub use markdown::markdown;
pub use text::text;

/// `kubectl apply` keeps a whole copy of the object in it, a Secret's data included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is compared with what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// What it is compared with: `git:origin/main`.
    pub origin: &'a str,
}

/// The numbers in words. Moves are rare and only told of if there are any.
fn summary(counts: Counts) -> String {
    let Counts { delete, change, moved, create, unchanged } = counts;
    if delete + change + moved + create == 0 {
        return format!("no difference, {unchanged} unchanged");
    }
    let moves = if moved > 0 { format!("{moved} to move, ") } else { String::new() };
    format!(
        "{delete} to delete, {change} to change, {moves}{create} to create, {unchanged} unchanged"
    )
}

/// How the manifest of an object differs, without colours; empty if it only moves.
fn plain(change: &Change<'_>) -> String {
    shown(change, diff::plain)
}

/// The same in colour.
fn coloured(change: &Change<'_>) -> String {
    shown(change, diff::unified)
}

/// Takes a name and the two texts.
type Differ = fn(&str, Option<&[u8]>, Option<&[u8]>) -> String;

fn shown(change: &Change<'_>, differ: Differ) -> String {
    let [old, new] = [change.old, change.new].map(|object| object.map(written));
    differ(&change.id.to_string(), old.as_deref(), new.as_deref())
}

/// The manifest of one object. Where it came from is left out: it differs whenever a file moves.
fn written(object: &Object) -> Vec<u8> {
    let mut object = Object { source: String::new(), ..object.clone() };
    if object.id.kind == "Secret" {
        hide_copy(&mut object);
    }
    let text = manifest::write(&[object]);
    text.strip_prefix("---\n").unwrap_or(&text).as_bytes().to_vec()
}

/// The data itself is hidden line by line where texts are compared; the copy is one line of JSON.
fn hide_copy(object: &mut Object) {
    let metadata = object.body.map_mut("metadata");
    let annotations = metadata.and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(go_yaml::Data::Map(map)) = annotations.map(|entry| &mut entry.value.data)
        && let Some(copy) = map.get_mut(LAST_APPLIED)
    {
        copy.value.data = go_yaml::Data::String("(hidden)".into());
    }
}

#[cfg(test)]
mod tests;
