//! What one render may use.
//!
//! Owns the counters and their messages. It must not know what the steps are taken for.

use crate::functions::Failure;
use std::cell::Cell;

/// How deep branches, pipelines and templates may be nested in each other at run time, counted
/// together. Sized for a debug build on a stack of [`STACK_SIZE`].
pub const NESTING: u32 = 10_000;

/// The stack, in bytes, on which the deepest evaluation that [`NESTING`] allows is safe.
pub const STACK_SIZE: usize = 64 << 20;

/// What one render may use in all, so that no template hangs or eats the machine.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nodes, function calls and loop turns.
    pub steps: u64,
    /// Bytes written, intermediate results included.
    pub output: u64,
    /// Nested template invocations. Go's own limit is 100,000, which needs a larger stack:
    /// [`NESTING`] holds as well.
    pub depth: u32,
}

/// What is left of the [`Limits`] of one render; shared by all templates it runs.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    steps: Cell<u64>,
    output: Cell<u64>,
    depth: Cell<u32>,
    nesting: Cell<u32>,
}

impl Budget {
    /// A full budget.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            steps: Cell::new(0),
            output: Cell::new(0),
            depth: Cell::new(0),
            nesting: Cell::new(0),
        }
    }

    /// Takes steps.
    pub(super) fn spend(&self, steps: u64) -> Result<(), Failure> {
        let spent = self.steps.get().saturating_add(steps);
        self.steps.set(spent);
        if spent > self.limits.steps {
            return exhausted(format!("template takes more than {} steps", self.limits.steps));
        }
        Ok(())
    }

    /// Takes bytes of output.
    pub(super) fn write(&self, bytes: usize) -> Result<(), Failure> {
        let written = self.output.get().saturating_add(bytes as u64);
        self.output.set(written);
        if written > self.limits.output {
            return Err(self.too_much_output());
        }
        Ok(())
    }

    /// The failure of writing more than there may be.
    pub(super) fn too_much_output(&self) -> Failure {
        Failure::Exhausted(format!("template writes more than {} bytes", self.limits.output))
    }

    /// What may still be written.
    pub(super) fn output_left(&self) -> u64 {
        self.limits.output.saturating_sub(self.output.get())
    }

    /// Goes one level down within a template; [`Self::leave`] comes back up.
    pub(super) fn enter(&self) -> Result<(), Failure> {
        if self.nesting.get() >= NESTING {
            return exhausted(format!("exceeded maximum nesting depth ({NESTING})"));
        }
        self.nesting.set(self.nesting.get() + 1);
        Ok(())
    }

    /// Undoes a successful [`Self::enter`].
    pub(super) fn leave(&self) {
        self.nesting.set(self.nesting.get().saturating_sub(1));
    }

    /// Goes down into another template; [`Self::leave_template`] comes back up.
    pub(super) fn enter_template(&self) -> Result<(), Failure> {
        let limit = self.limits.depth;
        if self.depth.get() >= limit {
            return exhausted(format!("exceeded maximum template depth ({limit})"));
        }
        self.depth.set(self.depth.get() + 1);
        Ok(())
    }

    /// Undoes a successful [`Self::enter_template`].
    pub(super) fn leave_template(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

fn exhausted(message: String) -> Result<(), Failure> {
    Err(Failure::Exhausted(message))
}
