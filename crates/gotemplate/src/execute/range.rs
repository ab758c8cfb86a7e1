//! `range`.
//!
//! It must not know how its body is evaluated.

use super::recorder::Recorder;
use super::state::{Fallible, Held, State};
use super::walk::Flow;
use crate::format::sprint;
use crate::parse::node::Branch;
use crate::value::{Element, Map, MapType, Text, UintKind, Value};

impl<'r> State<'r> {
    /// Walks the body for each element, or the `else` part if there is none.
    pub(super) fn walk_range(&mut self, dot: &Held, branch: &'r Branch) -> Fallible<Flow> {
        let mark = self.mark();
        self.record(Recorder::begin_node);
        let value = self.evaluate_pipe(dot, &branch.pipe)?;
        self.record(Recorder::enter_branch);
        let ran = self.walk_elements(branch, &value)?;
        let mut flow = Flow::Next;
        if !ran {
            flow = self.walk_otherwise(dot, branch)?;
        }
        self.record(Recorder::leave_branch);
        self.pop(mark);
        // As in Go, a `break` in the `else` part ends this range, not the one around it.
        Ok(if flow == Flow::Break { Flow::Next } else { flow })
    }

    /// Whether there was any element.
    fn walk_elements(&mut self, branch: &'r Branch, value: &Value) -> Fallible<bool> {
        match value {
            Value::Invalid | Value::Nil => Ok(false),
            Value::Int(kind, count) => {
                let numbers = (0..*count).map(|number| {
                    (Value::Invalid, Held { value: Value::Int(*kind, number), is_interface: false })
                });
                self.walk_numbers(branch, value, numbers)
            }
            Value::Uint(kind, count) => {
                let numbers = (0..*count).map(|number| {
                    (
                        Value::Invalid,
                        Held { value: Value::Uint(*kind, number), is_interface: false },
                    )
                });
                self.walk_numbers(branch, value, numbers)
            }
            Value::List(list) => {
                let is_interface = list.element() == Element::Interface;
                let items = list.iter().enumerate().map(|(index, item)| {
                    (position(index), Held { value: item.clone(), is_interface })
                });
                self.walk_turns(branch, items)
            }
            Value::Bytes(bytes) => {
                let items = bytes.iter().enumerate().map(|(index, byte)| {
                    let value = Value::Uint(UintKind::Uint8, u64::from(*byte));
                    (position(index), Held { value, is_interface: false })
                });
                self.walk_turns(branch, items)
            }
            Value::Map(map) => self.walk_turns(branch, map_turns(map)),
            Value::Object(object) if object.entries().is_some() => {
                let entries = object.entries().unwrap_or_default().into_iter();
                self.walk_turns(branch, entries.map(|(key, value)| (key, field_held(value))))
            }
            value => self.refuse(value),
        }
    }

    fn refuse<T>(&self, value: &Value) -> Fallible<T> {
        let text = sprint(std::slice::from_ref(value));
        self.fail(format!("range can't iterate over {}", String::from_utf8_lossy(&text)))
    }

    fn walk_numbers(
        &mut self,
        branch: &'r Branch,
        value: &Value,
        numbers: impl Iterator<Item = (Value, Held)>,
    ) -> Fallible<bool> {
        if branch.pipe.declarations.len() > 1 {
            let text = sprint(std::slice::from_ref(value));
            let text = String::from_utf8_lossy(&text);
            return self.fail(format!("can't use {text} to iterate over more than one variable"));
        }
        self.walk_turns(branch, numbers)
    }

    fn walk_turns(
        &mut self,
        branch: &'r Branch,
        turns: impl Iterator<Item = (Value, Held)>,
    ) -> Fallible<bool> {
        let mark = self.mark();
        let mut ran = false;
        for (index, element) in turns {
            ran = true;
            self.step()?;
            self.bind(branch, index, &element)?;
            let flow = self.walk_list(&element, &branch.body)?;
            self.pop(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    /// Gives the range's variables their values for one turn: one variable takes the element, two
    /// the index and the element.
    fn bind(&mut self, branch: &'r Branch, index: Value, element: &Held) -> Fallible<()> {
        let index = Held { value: index, is_interface: false };
        match branch.pipe.declarations.as_slice() {
            [] => {}
            [only] if branch.pipe.is_assignment => *self.variable(&only.name)? = element.clone(),
            [first, second, ..] if branch.pipe.is_assignment => {
                *self.variable(&first.name)? = index;
                *self.variable(&second.name)? = element.clone();
            }
            [_] => self.set_top_variable(1, element.clone()),
            [_, _, ..] => {
                self.set_top_variable(1, element.clone());
                self.set_top_variable(2, index);
            }
        }
        Ok(())
    }
}

/// A map's entries as they are when the range begins.
fn map_turns(map: &Map) -> impl Iterator<Item = (Value, Held)> + use<> {
    let is_interface = map.map_type() != MapType::StringString;
    let entry =
        move |(key, value): (Text, Value)| (Value::String(key), Held { value, is_interface });
    map.entries().into_iter().map(entry)
}

fn position(index: usize) -> Value {
    Value::int(i64::try_from(index).unwrap_or(i64::MAX))
}

/// What an object gives has its own type, unless it is nil.
pub(super) fn field_held(value: Value) -> Held {
    Held { is_interface: matches!(value, Value::Nil), value }
}
