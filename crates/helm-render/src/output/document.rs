//! What a render results in.

use gotemplate::{Asker, Text};

/// All that a render made, in Helm's order.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The files under `crds/` of the chart and its enabled sub-charts, unrendered.
    pub definitions: Vec<Definition>,
    /// The manifests.
    pub documents: Vec<Document>,
    /// The hooks.
    pub hooks: Vec<Document>,
    /// The text of the root chart's `NOTES.txt`, if it has one.
    pub notes: Option<String>,
    /// What Helm writes to standard error.
    pub warnings: Vec<String>,
    /// The calls that asked for the time or for chance, whether their answers mattered or not.
    pub askers: Vec<Asker>,
}

/// A file of custom resource definitions, which is never rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Where it stands: `service/crds/widgets.yaml`.
    pub path: String,
    /// The whole file.
    pub content: Text,
}

/// One YAML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The template that wrote it: `service/templates/deployment.yaml`.
    pub path: String,
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`; empty in a document of comments alone.
    pub kind: String,
    /// Its `metadata.name`.
    pub name: String,
    /// What makes it a hook.
    pub hook: Option<Hook>,
    /// The 1-based line of what the template writes with which [`Self::content`] begins.
    pub line: u32,
    /// The text as Helm prints it.
    pub content: Vec<u8>,
}

/// The hook annotations of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// When it runs, in the order written.
    pub events: Vec<HookEvent>,
    /// `helm.sh/hook-weight`, 0 where it is no number.
    pub weight: i64,
    /// `helm.sh/hook-delete-policy`: the entries, in lower case.
    pub delete_policies: Vec<String>,
}

impl Hook {
    /// Whether it runs when a release is installed or upgraded.
    pub fn is_of_a_release(&self) -> bool {
        use HookEvent::{PostInstall, PostUpgrade, PreInstall, PreUpgrade};
        let is_one = |event: &HookEvent| {
            matches!(event, PreInstall | PostInstall | PreUpgrade | PostUpgrade)
        };
        self.events.iter().any(is_one)
    }

    /// Whether `--skip-tests` leaves it out.
    pub fn is_test(&self) -> bool {
        self.events.contains(&HookEvent::Test)
    }
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookEvent {
    /// `pre-install`
    PreInstall,
    /// `post-install`
    PostInstall,
    /// `pre-delete`
    PreDelete,
    /// `post-delete`
    PostDelete,
    /// `pre-upgrade`
    PreUpgrade,
    /// `post-upgrade`
    PostUpgrade,
    /// `pre-rollback`
    PreRollback,
    /// `post-rollback`
    PostRollback,
    /// `test` and the older `test-success`
    Test,
}

impl HookEvent {
    const ALL: [Self; 9] = [
        Self::PreInstall,
        Self::PostInstall,
        Self::PreDelete,
        Self::PostDelete,
        Self::PreUpgrade,
        Self::PostUpgrade,
        Self::PreRollback,
        Self::PostRollback,
        Self::Test,
    ];

    /// Its name in the annotation.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }

    /// The event of that name, if Helm knows it: `test-success` is the older name of `test`.
    pub fn find(name: &str) -> Option<Self> {
        let name = if name == "test-success" { Self::Test.name() } else { name };
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}
