//! Templates, branches and pipelines: the order in which nodes are evaluated.
//!
//! Writes output and declares variables. It must not know how single commands are evaluated.

use super::recorder::Recorder;
use super::state::{At, Fallible, Held, State, concrete};
use crate::format::quote;
use crate::parse::Template;
use crate::parse::node::{Branch, Invocation, List, Node, Pipe};
use crate::value::Value;

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'r> State<'r> {
    /// Evaluates the nodes of a list with `dot`.
    pub(super) fn walk_list(&mut self, dot: &Held, list: &'r List) -> Fallible<Flow> {
        self.enter()?;
        let flow = self.walk_nodes(dot, list);
        self.run.host.budget.leave();
        flow
    }

    fn walk_nodes(&mut self, dot: &Held, list: &'r List) -> Fallible<Flow> {
        for node in &list.nodes {
            self.at = Some(At::Node(node));
            self.step()?;
            let flow = self.walk_node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk_node(&mut self, dot: &Held, node: &'r Node) -> Fallible<Flow> {
        match node {
            Node::Text(position, text) => {
                self.write(text)?;
                self.record_piece(*position, true);
            }
            Node::Action(_, pipe) => self.walk_action(dot, node, pipe)?,
            Node::If(branch) => return self.walk_branch(dot, branch, false),
            Node::With(branch) => return self.walk_branch(dot, branch, true),
            Node::Range(branch) => return self.walk_range(dot, branch),
            Node::Template(invocation) => self.walk_invocation(dot, invocation)?,
            Node::Break(_) => return Ok(Flow::Break),
            Node::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// Variables that the action declares stay until the enclosing list ends.
    fn walk_action(&mut self, dot: &Held, node: &'r Node, pipe: &'r Pipe) -> Fallible<()> {
        self.record(Recorder::begin_node);
        let value = self.evaluate_pipe(dot, pipe)?;
        if !pipe.declarations.is_empty() {
            return Ok(());
        }
        self.at = Some(At::Node(node));
        self.print(&value)?;
        self.record_piece(pipe.position, false);
        Ok(())
    }

    fn walk_branch(&mut self, dot: &Held, branch: &'r Branch, is_with: bool) -> Fallible<Flow> {
        let mark = self.mark();
        self.record(Recorder::begin_node);
        let value = self.evaluate_pipe(dot, &branch.pipe)?;
        self.record(Recorder::enter_branch);
        let flow = if !value.is_true() {
            self.walk_otherwise(dot, branch)?
        } else if is_with {
            self.walk_list(&Held { value, is_interface: false }, &branch.body)?
        } else {
            self.walk_list(dot, &branch.body)?
        };
        self.record(Recorder::leave_branch);
        self.pop(mark);
        Ok(flow)
    }

    /// The `else` part, if there is one.
    pub(super) fn walk_otherwise(&mut self, dot: &Held, branch: &'r Branch) -> Fallible<Flow> {
        match &branch.otherwise {
            Some(list) => self.walk_list(dot, list),
            None => Ok(Flow::Next),
        }
    }

    /// Variables that the invocation's pipeline declares stay until the enclosing list ends.
    fn walk_invocation(&mut self, dot: &Held, invocation: &'r Invocation) -> Fallible<()> {
        let Some(template) = self.run.set.template(&invocation.name) else {
            let name = quote(&invocation.name);
            return self.fail(format!("template {} not defined", String::from_utf8_lossy(&name)));
        };
        self.enter_template()?;
        let result = self.walk_invoked(dot, invocation, template);
        self.run.host.budget.leave_template();
        result
    }

    fn walk_invoked(
        &mut self,
        dot: &Held,
        invocation: &'r Invocation,
        template: &'r Template,
    ) -> Fallible<()> {
        self.record(Recorder::begin_node);
        let value = match &invocation.pipe {
            Some(pipe) => self.evaluate_pipe(dot, pipe)?,
            None => Value::Invalid,
        };
        self.record(|recorder| recorder.enter_call(self.point(invocation.position)));
        self.invoke(template, &Held { value, is_interface: false })?;
        self.record(Recorder::leave_call);
        Ok(())
    }

    /// The value of a pipeline, with any interface around it taken off; declares or assigns the
    /// pipeline's variables.
    pub(super) fn evaluate_pipe(&mut self, dot: &Held, pipe: &'r Pipe) -> Fallible<Value> {
        self.enter()?;
        let value = self.evaluate_commands(dot, pipe);
        self.run.host.budget.leave();
        let value = value?;
        for variable in &pipe.declarations {
            let held = Held { value: value.clone(), is_interface: false };
            if pipe.is_assignment {
                *self.variable(&variable.name)? = held;
            } else {
                self.push(&variable.name, held);
            }
        }
        Ok(value)
    }

    fn evaluate_commands(&mut self, dot: &Held, pipe: &'r Pipe) -> Fallible<Value> {
        self.at = Some(At::Pipe(pipe));
        let mut last = None;
        for command in &pipe.commands {
            last = Some(concrete(self.evaluate_command(dot, command, last)?));
        }
        Ok(last.unwrap_or_default())
    }
}
