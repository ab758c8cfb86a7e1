//! Single commands: words, function calls and method calls.
//!
//! It must not know how arguments are checked (`arguments`) or fields are found (`field`).

use super::Call;
use super::arguments::{Given, Signature};
use super::state::{At, Fallible, Held, State};
use crate::functions::{Failure, Function, Special};
use crate::parse::node::{Command, Number, Operand};
use crate::value::Value;

impl<'r> State<'r> {
    /// The value of one stage of a pipeline; `last` is the value of the stage before.
    pub(super) fn evaluate_command(
        &mut self,
        dot: &Held,
        command: &'r Command,
        last: Option<Value>,
    ) -> Fallible<Value> {
        let Some((word, arguments)) = command.arguments.split_first() else {
            return self.fail("empty command".to_owned());
        };
        let given = Given { arguments, last };
        match word {
            Operand::Field(..) | Operand::Variable(_) | Operand::Chain(..) => {
                self.evaluate_receiver(dot, word, given)
            }
            Operand::Identifier(..) => {
                self.evaluate_function(dot, word, At::Command(command), given)
            }
            Operand::Pipe(pipe) => {
                self.refuse_arguments(word, &given)?;
                self.evaluate_pipe(dot, pipe)
            }
            _ => {
                self.at = Some(At::operand(word));
                self.refuse_arguments(word, &given)?;
                self.evaluate_constant(dot, word)
            }
        }
    }

    /// A word that can be a method with arguments.
    fn evaluate_receiver(
        &mut self,
        dot: &Held,
        word: &'r Operand,
        given: Given<'r>,
    ) -> Fallible<Value> {
        match word {
            Operand::Field(_, fields) => {
                self.at = Some(At::Operand(word));
                self.evaluate_fields(dot, dot, fields, At::Operand(word), given)
            }
            Operand::Variable(variable) => self.evaluate_variable(dot, word, variable, given),
            Operand::Chain(_, base, fields) => {
                self.evaluate_chain(dot, word, (base, fields), given)
            }
            _ => self.fail(format!("can't evaluate command {word}")),
        }
    }

    /// The value of a word that stands by itself, as an argument or before `.Field`.
    pub(super) fn evaluate_word(&mut self, dot: &Held, word: &'r Operand) -> Fallible<Value> {
        self.at = Some(At::operand(word));
        match word {
            Operand::Field(..) | Operand::Variable(_) | Operand::Chain(..) => {
                self.evaluate_receiver(dot, word, Given::NOTHING)
            }
            Operand::Pipe(pipe) => self.evaluate_pipe(dot, pipe),
            Operand::Identifier(..) => {
                self.evaluate_function(dot, word, At::Operand(word), Given::NOTHING)
            }
            _ => self.evaluate_constant(dot, word),
        }
    }

    fn evaluate_constant(&mut self, dot: &Held, word: &'r Operand) -> Fallible<Value> {
        match word {
            Operand::Dot(_) => {
                self.record(|recorder| recorder.read(&dot.value, None, &dot.value));
                Ok(dot.value.clone())
            }
            Operand::Bool(_, value) => Ok(Value::Bool(*value)),
            Operand::Number(_, number) => self.number(number),
            Operand::String(_, _, text) => Ok(Value::String(text.clone())),
            Operand::Nil(_) => self.fail("nil is not a command".to_owned()),
            _ => self.fail(format!("can't evaluate command {word}")),
        }
    }

    /// A number constant where no type is asked for: how it is written decides.
    pub(super) fn number(&self, number: &Number) -> Fallible<Value> {
        if number.is_complex {
            return self.fail(format!("complex number {} is not supported", number.text));
        }
        match number {
            Number { float: Some(float), .. } if is_written_as_float(number) => {
                Ok(Value::float(*float))
            }
            Number { int: Some(int), .. } => Ok(Value::int(*int)),
            Number { uint: Some(_), .. } => self.fail(format!("{} overflows int", number.text)),
            _ => Ok(Value::Invalid),
        }
    }

    pub(super) fn refuse_arguments(&self, word: &Operand, given: &Given<'_>) -> Fallible<()> {
        if given.is_something() {
            let word = At::operand(word).text();
            return self.fail(format!("can't give argument to non-function {word}"));
        }
        Ok(())
    }

    fn evaluate_function(
        &mut self,
        dot: &Held,
        word: &'r Operand,
        at: At<'r>,
        given: Given<'r>,
    ) -> Fallible<Value> {
        self.at = Some(At::Operand(word));
        let Operand::Identifier(_, name, id) = word else {
            return self.fail(format!("can't evaluate command {word}"));
        };
        let functions = self.run.set.functions();
        let Some(function) = functions.get(*id) else {
            return self.fail(format!("\"{name}\" is not a defined function"));
        };
        self.call_function(dot, (function, functions.special(*id)), at, given)
    }

    fn call_function(
        &mut self,
        dot: &Held,
        (function, special): (&'r Function, Special),
        at: At<'r>,
        given: Given<'r>,
    ) -> Fallible<Value> {
        let signature = Signature::of(function);
        self.step()?;
        self.check_count(&signature, &given)?;
        match special {
            Special::And => return self.short_circuit(dot, false, given),
            Special::Or => return self.short_circuit(dot, true, given),
            Special::Call | Special::None => {}
        }
        let callee = match (special, given.arguments.first()) {
            (Special::Call, Some(word)) => At::operand(word).text(),
            (Special::Call, None) => given.last.as_ref().map(reflected).unwrap_or_default(),
            _ => String::new(),
        };
        let base = self.push_arguments(dot, &signature, given)?;
        self.charge_sizes(base)?;
        let arguments = self.arguments.get(base..).unwrap_or_default();
        let result = if special == Special::Call {
            Err(refuse_callee(&callee, arguments))
        } else {
            let mut call = Call { function: function.name, ..self.call(Some(at)) };
            (function.body)(&mut call, arguments)
        };
        self.arguments.truncate(base);
        self.finish_call(function.name, at, result)
    }

    /// Takes steps for the arguments from `base` on: what a function does grows with them.
    fn charge_sizes(&self, base: usize) -> Fallible<()> {
        let arguments = self.arguments.get(base..).unwrap_or_default();
        let steps = arguments.iter().map(size_in_steps).sum();
        self.spend(steps)
    }

    /// Calls a method with checked arguments.
    pub(super) fn call_method(
        &mut self,
        dot: &Held,
        signature: Signature<'_>,
        at: At<'r>,
        given: Given<'r>,
        call: impl FnOnce(&[Value]) -> Result<Value, Failure>,
    ) -> Fallible<Value> {
        self.step()?;
        self.check_count(&signature, &given)?;
        let base = self.push_arguments(dot, &signature, given)?;
        let result = call(self.arguments.get(base..).unwrap_or_default());
        self.arguments.truncate(base);
        self.finish_call(signature.name, at, result)
    }

    fn finish_call(
        &mut self,
        name: &str,
        at: At<'r>,
        result: Result<Value, Failure>,
    ) -> Fallible<Value> {
        let charged = result.and_then(|value| {
            if let Value::String(text) | Value::Bytes(text) = &value {
                self.run.host.budget.write(text.len())?;
            }
            Ok(value)
        });
        charged.map_err(|failure| {
            self.at = Some(at);
            self.error(format!("error calling {name}"), Some(failure))
        })
    }

    /// `and` and `or`: the first argument that decides, or the last; the rest is not evaluated.
    fn short_circuit(&mut self, dot: &Held, is_or: bool, given: Given<'r>) -> Fallible<Value> {
        let mut value = Value::Invalid;
        for argument in given.arguments {
            value = match argument {
                Operand::Nil(_) => {
                    self.at = Some(At::Operand(argument));
                    Value::Invalid
                }
                argument => self.evaluate_word(dot, argument)?,
            };
            if value.is_true() == is_or {
                return Ok(value);
            }
        }
        Ok(given.last.unwrap_or(value))
    }
}

/// Whether `1.0`, `1e3` or `0x1p4`, which are floats where no type is asked for.
fn is_written_as_float(number: &Number) -> bool {
    let text = number.text.as_bytes();
    let is_hexadecimal = text.len() > 2
        && matches!(text, [b'0', b'x' | b'X', ..])
        && !text.iter().any(|byte| matches!(byte, b'p' | b'P'));
    let is_rune = text.first() == Some(&b'\'');
    let marks = |byte: &u8| matches!(byte, b'.' | b'e' | b'E' | b'p' | b'P');
    !is_hexadecimal && !is_rune && text.iter().any(marks)
}

/// Nothing that templates can reach is a function value.
fn refuse_callee(callee: &str, arguments: &[Value]) -> Failure {
    match arguments.first() {
        None | Some(Value::Invalid | Value::Nil) => Failure::from("call of nil"),
        Some(value) => {
            Failure::from(format!("non-function {callee} of type {}", value.type_name()))
        }
    }
}

/// Go's `reflect.Value.String`: the text of a string, the type of anything else.
fn reflected(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_str_lossy().into_owned(),
        Value::Invalid | Value::Nil => "<invalid Value>".to_owned(),
        value => format!("<{} Value>", value.type_name()),
    }
}

/// A step for four items of a collection and for each 16 bytes of text: copying and hashing them
/// take about as long as that many nodes. What functions do beyond that they charge themselves.
fn size_in_steps(value: &Value) -> u64 {
    match value {
        Value::String(text) | Value::Bytes(text) => text.len() as u64 / 16,
        Value::List(list) => list.len() as u64 / 4,
        Value::Map(map) => map.len() as u64 / 4,
        _ => 0,
    }
}
