//! Regular expressions that templates use again, compiled once.
//!
//! To compile one takes longer than most searches. It must not know in which syntax they are
//! written, nor what is looked for.

use regex::Regex;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// How many are remembered; of what comes after, none. Each may take megabytes.
const MOST: usize = 16;

/// The expressions of a set of templates, for all threads and renders.
#[derive(Default)]
pub(super) struct Expressions {
    known: RwLock<BTreeMap<Box<str>, Regex>>,
}

impl Expressions {
    /// The expression that `source` is compiled to: as remembered, or as `compile` makes it.
    ///
    /// # Errors
    ///
    /// What `compile` fails with, each time anew.
    pub(super) fn get<E>(
        &self,
        source: &str,
        compile: impl FnOnce() -> Result<Regex, E>,
    ) -> Result<Regex, E> {
        if let Some(known) = self.find(source) {
            return Ok(known);
        }
        let regex = compile()?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(source.into(), regex.clone());
        }
        Ok(regex)
    }

    fn find(&self, source: &str) -> Option<Regex> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Expressions, MOST};
    use regex::Regex;

    fn compiles(expressions: &Expressions, source: &str) -> bool {
        let mut compiles = false;
        let compile = || {
            compiles = true;
            Regex::new(source)
        };
        let regex = expressions.get(source, compile).expect("an expression");
        assert_eq!(regex.as_str(), source);
        compiles
    }

    #[test]
    fn an_expression_is_compiled_once_as_long_as_there_is_room() {
        let expressions = Expressions::default();
        let source = |number: usize| format!("a{number}");
        for number in 0..=MOST {
            assert!(compiles(&expressions, &source(number)));
        }
        assert!(!compiles(&expressions, &source(0)));
        assert!(!compiles(&expressions, &source(MOST - 1)));
        assert!(compiles(&expressions, &source(MOST)));
    }

    #[test]
    fn a_failure_is_not_remembered() {
        let expressions = Expressions::default();
        assert_eq!(expressions.get("a", || Err("broken")).err(), Some("broken"));
        assert!(compiles(&expressions, "a"));
    }
}
