//! Why a render failed: Helm's text, and the positions as data.

use std::fmt;
use std::sync::Arc;

/// Which part of the work failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The chart cannot be used as it is (kubeVersion, library chart, dependencies).
    Load,
    /// The values do not fit the chart.
    Values,
    /// The values break a `values.schema.json`.
    Schema,
    /// A template does not parse.
    Parse,
    /// A template failed while running.
    Execute,
    /// What a template wrote is not the YAML of Kubernetes objects.
    Yaml,
    /// The render used up its steps, output or depth.
    Exhausted,
    /// Anything else, for instance a `--show-only` that matches nothing.
    Other,
}

const HINT: &str = "\n\nUse --debug flag to render out invalid YAML";

/// How the reason begins where declared dependencies are not vendored.
pub(super) const LACKS: &str = "found in Chart.yaml, but missing in charts/ directory: ";

/// A failed render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// Which part failed.
    pub kind: ErrorKind,
    /// The text that `helm template` prints after `Error: `.
    pub message: String,
    /// The reason alone, without positions, call chain and hint.
    pub reason: String,
    /// The template (`service/templates/deployment.yaml`) at fault, if one is: the innermost of
    /// [`Self::trace`].
    pub template: Option<String>,
    /// The 1-based line there; for [`ErrorKind::Yaml`] a line of the rendered text instead.
    pub line: Option<u32>,
    /// The 1-based byte column there.
    pub column: Option<u32>,
    /// From the rendered file through every `include` to the failing expression.
    pub trace: Box<[Frame]>,
    /// What `--debug` prints of a render that began and failed: the files as they were rendered,
    /// if that is what went well.
    pub partial: Option<Arc<Vec<u8>>>,
}

/// A place in a chain of template calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The file; `gotpl` for the text given to `tpl`.
    pub file: String,
    /// The 1-based line.
    pub line: u32,
    /// The 1-based byte column.
    pub column: u32,
    /// The template, which for a `define` is not the file.
    pub template: String,
    /// The expression, re-printed.
    pub expression: String,
}

impl RenderError {
    /// An error without a position.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            kind,
            reason: message.clone(),
            message,
            template: None,
            line: None,
            column: None,
            trace: Box::default(),
            partial: None,
        }
    }

    /// Adds the hint that `helm template` prints after failures of the rendering itself.
    pub(crate) fn with_hint(mut self) -> Self {
        self.message.push_str(HINT);
        self.partial = self.partial.or_else(|| Some(Arc::default()));
        self
    }

    /// Whether declared dependencies are not in `charts/`.
    pub fn lacks_dependencies(&self) -> bool {
        self.kind == ErrorKind::Load && self.reason.starts_with(LACKS)
    }

    /// The text without the hint that only stands there without `--debug`.
    pub fn message_without_hint(&self) -> &str {
        self.message.strip_suffix(HINT).unwrap_or(&self.message)
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for RenderError {}
