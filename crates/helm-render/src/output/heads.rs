//! The heads of long documents that were read before.
//!
//! Definitions and dashboards come out of a template the same for every release; to read one takes
//! longer than to render it. It must not know what a head says.

use super::head::Head;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// From how many bytes on a document is remembered: shorter ones name their release.
const LONG: usize = 8 * 1024;

/// How many bytes of documents are remembered; of what comes after, nothing.
const MOST: usize = 8 * 1024 * 1024;

/// The documents that are remembered, for all threads and renders of a chart.
#[derive(Default)]
pub(crate) struct Heads {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    by_length: BTreeMap<usize, Vec<Read>>,
    bytes: usize,
}

/// A document that was read.
struct Read {
    content: Box<[u8]>,
    head: Head,
}

impl Heads {
    /// The head of a document: as remembered, or as `read` reads it.
    ///
    /// # Errors
    ///
    /// What `read` fails with, each time anew.
    pub(super) fn get<E>(
        &self,
        content: &[u8],
        read: impl FnOnce() -> Result<Head, E>,
    ) -> Result<Head, E> {
        if content.len() < LONG {
            return read();
        }
        if let Some(head) = self.find(content) {
            return Ok(head);
        }
        let head = read()?;
        self.remember(content, &head);
        Ok(head)
    }

    fn find(&self, content: &[u8]) -> Option<Head> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let alike = known.by_length.get(&content.len())?;
        alike.iter().find(|read| *read.content == *content).map(|read| read.head.clone())
    }

    fn remember(&self, content: &[u8], head: &Head) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.bytes + content.len() > MOST {
            return;
        }
        known.bytes += content.len();
        let read = Read { content: content.into(), head: head.clone() };
        known.by_length.entry(content.len()).or_default().push(read);
    }
}

#[cfg(test)]
mod tests {
    use super::{Heads, LONG, MOST};
    use crate::output::head::Head;

    fn head(name: &str) -> Head {
        Head { name: name.to_owned(), ..Head::default() }
    }

    fn get(heads: &Heads, content: &[u8], name: &str) -> String {
        heads.get(content, || Ok::<_, ()>(head(name))).expect("read").name
    }

    #[test]
    fn a_long_document_is_read_once_and_another_of_its_length_by_itself() {
        let heads = Heads::default();
        let (one, mut other) = (vec![b'a'; LONG], vec![b'a'; LONG]);
        other[LONG - 1] = b'b';
        assert_eq!(get(&heads, &one, "one"), "one");
        assert_eq!(get(&heads, &other, "other"), "other");
        assert_eq!(get(&heads, &one, "again"), "one");
        assert_eq!(get(&heads, &other, "again"), "other");
    }

    #[test]
    fn a_short_document_is_read_each_time() {
        let heads = Heads::default();
        assert_eq!(get(&heads, b"kind: A", "one"), "one");
        assert_eq!(get(&heads, b"kind: A", "again"), "again");
    }

    #[test]
    fn a_failure_is_not_remembered() {
        let heads = Heads::default();
        let content = vec![b'a'; LONG];
        assert_eq!(heads.get(&content, || Err("broken")), Err("broken"));
        assert_eq!(get(&heads, &content, "mended"), "mended");
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let heads = Heads::default();
        let content = |number: usize| vec![u8::try_from(number).expect("small"); MOST / 2];
        for number in 0..3 {
            get(&heads, &content(number), "first");
        }
        assert_eq!(get(&heads, &content(1), "again"), "first");
        assert_eq!(get(&heads, &content(2), "again"), "again");
    }
}
