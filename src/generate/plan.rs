//! What has to be written and removed so that the output folder is what it should be.
//!
//! Pure: compares two values. What `generate` may remove is decided here and nowhere else.
//!
//! | in the output folder | becomes |
//! |---|---|
//! | `<env>/<app>/…` that is not wanted, in a folder with a lock | removed |
//! | `<env>/<app>/…` in a folder without a lock and not wanted | left alone, and told of: someone else's |
//! | `<env>/.gitkeep` of an environment that has services | removed |
//! | `….molave-tmp`, left by a run that was killed | removed |
//! | `<env>` that is gone from `molave.yaml` | kept, and told of: `molave destroy <env>` comes first |
//! | anything else beside these | left alone |
//!
//! An environment without services keeps its folder, with nothing in it but a `.gitkeep`, because
//! Git keeps no empty folders and "there, without services" must not look like "missing".

use super::lock;
use crate::config::tree::{Entry, Folder, is_hidden};
use crate::config::{Project, Selection};
use crate::error::{Diagnostic, Place};
use crate::fs::UNFINISHED;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the manifests of a service.
pub const MANIFESTS: &str = "resources.yaml";
/// The name of the file that keeps the folder of an environment without services.
pub const KEEP: &str = ".gitkeep";

/// The files that should be there, by their paths below the output folder.
pub type Wanted = BTreeMap<String, Vec<u8>>;

/// What is to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WritePlan {
    /// Files to write, with their content.
    pub writes: Vec<(String, Vec<u8>)>,
    /// How many wanted files are as they should be.
    pub unchanged: usize,
    /// Files to remove, so that a folder's lock goes last.
    pub removals: Vec<String>,
    /// Folders to remove once they are empty, inner ones first.
    pub folders: Vec<String>,
    /// What was left alone that deserves a word.
    pub notices: Vec<Diagnostic>,
}

impl WritePlan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.removals.is_empty()
    }
}

/// Compares what is there with what should be, within the selection.
pub fn compare(
    project: &Project,
    selection: &Selection,
    existing: &Folder,
    wanted: Wanted,
) -> WritePlan {
    let mut plan = WritePlan::default();
    let names: BTreeSet<String> = wanted.keys().cloned().collect();
    for (name, entry) in &existing.entries {
        let Entry::Folder(folder) = entry else { continue };
        if !project.environments.contains_key(name) {
            plan.notices.extend(abandoned(project, name));
        } else if selection.has_environment(name) {
            let comparison = Environment { project, selection, name, wanted: &names };
            comparison.find_stale(folder, &mut plan);
        }
    }
    for (path, content) in wanted {
        if existing.file(&path) == Some(content.as_slice()) {
            plan.unchanged += 1;
        } else {
            plan.writes.push((path, content));
        }
    }
    plan
}

fn abandoned(project: &Project, name: &str) -> Option<Diagnostic> {
    if is_hidden(name) {
        return None;
    }
    let path = format!("{}/{name}", project.output);
    let message = format!("the environment `{name}` is gone from `molave.yaml`, `{path}` is kept");
    let hint = format!("run `molave destroy {name}`, then remove the folder");
    Some(Diagnostic::warning(message).at(Place::file(path)).hint(hint))
}

/// The comparison of one environment.
struct Environment<'a> {
    project: &'a Project,
    selection: &'a Selection,
    name: &'a str,
    wanted: &'a BTreeSet<String>,
}

impl Environment<'_> {
    fn find_stale(&self, folder: &Folder, plan: &mut WritePlan) {
        for (name, entry) in &folder.entries {
            let path = format!("{}/{name}", self.name);
            match entry {
                Entry::Folder(inner) if self.selection.has_app(name) && !is_hidden(name) => {
                    self.find_stale_service(&path, inner, plan);
                }
                Entry::File(_) if is_leftover(name) => plan.removals.push(path),
                Entry::File(_) if name == KEEP && !self.wanted.contains(&path) => {
                    plan.removals.push(path);
                }
                Entry::Folder(_) | Entry::File(_) | Entry::Unreadable(_) => {}
            }
        }
    }

    fn find_stale_service(&self, path: &str, folder: &Folder, plan: &mut WritePlan) {
        let is_wanted = self.wanted.contains(&format!("{path}/{MANIFESTS}"));
        let names = || folder.entries.keys();
        let is_ours = is_wanted
            || folder.entries.contains_key(lock::FILE)
            || names().all(|name| is_leftover(name));
        if !is_ours {
            plan.notices.push(self.foreign(path));
            return;
        }
        let lock_path = format!("{path}/{}", lock::FILE);
        let before = plan.removals.len();
        self.find_unwanted(path, folder, plan);
        if let Some(found) = plan.removals.iter().skip(before).position(|found| *found == lock_path)
        {
            let lock = plan.removals.remove(before + found);
            plan.removals.push(lock);
        }
        if !is_wanted {
            plan.folders.push(path.to_owned());
        }
    }

    fn find_unwanted(&self, path: &str, folder: &Folder, plan: &mut WritePlan) {
        for (name, entry) in &folder.entries {
            let path = format!("{path}/{name}");
            match entry {
                Entry::Folder(inner) => {
                    self.find_unwanted(&path, inner, plan);
                    plan.folders.push(path);
                }
                Entry::File(_) | Entry::Unreadable(_) if !self.wanted.contains(&path) => {
                    plan.removals.push(path);
                }
                Entry::File(_) | Entry::Unreadable(_) => {}
            }
        }
    }

    fn foreign(&self, path: &str) -> Diagnostic {
        let path = format!("{}/{path}", self.project.output);
        Diagnostic::warning(format!("`{path}` was not made by `generate`, it is left alone"))
            .at(Place::file(path))
            .hint(format!("it has no `{}`; remove the folder if it is not needed", lock::FILE))
    }
}

fn is_leftover(name: &str) -> bool {
    name.ends_with(UNFINISHED)
}

#[cfg(test)]
mod tests {
    use super::{Folder, Project, Selection, Wanted, WritePlan, compare};
    use crate::config::decode::Problems;
    use crate::config::project;

    fn project() -> Project {
        let text = b"project: shop\nenvironments: {staging: , production: }\n";
        project::parse(text, &Problems::default()).expect("a project")
    }

    fn check(existing: &[&str], wanted: &[&str], apps: &[&str], expected: &str) {
        let mut folder = Folder::default();
        for path in existing {
            folder.insert_file(path, b"old".to_vec());
        }
        let wanted: Wanted =
            wanted.iter().map(|path| ((*path).to_owned(), b"new".to_vec())).collect();
        let selection = Selection {
            apps: apps.iter().map(|app| (*app).to_owned()).collect(),
            ..Selection::default()
        };
        assert_eq!(show(&compare(&project(), &selection, &folder, wanted)), expected);
    }

    fn show(plan: &WritePlan) -> String {
        let writes = plan.writes.iter().map(|(path, _)| format!("+{path}"));
        let removals = plan.removals.iter().map(|path| format!("-{path}"));
        let folders = plan.folders.iter().map(|path| format!("-{path}/"));
        let notices = plan.notices.iter().filter_map(|notice| notice.place.as_ref());
        let notices = notices.map(|place| format!("?{place}"));
        writes.chain(removals).chain(folders).chain(notices).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_service_that_is_gone_is_removed_with_its_lock_last() {
        check(
            &["staging/a/molave.lock", "staging/a/resources.yaml", "staging/a/x/y"],
            &["staging/.gitkeep"],
            &[],
            "+staging/.gitkeep -staging/a/resources.yaml -staging/a/x/y -staging/a/molave.lock \
             -staging/a/x/ -staging/a/",
        );
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        check(&["staging/a/deployment.yaml"], &[], &[], "?_gen/staging/a");
        check(&["README.md", "staging/README.md"], &[], &[], "");
        check(&["old/a/molave.lock"], &[], &[], "?_gen/old");
    }

    #[test]
    fn what_a_killed_run_left_is_removed() {
        check(
            &["staging/a/.resources.yaml.molave-tmp", "staging/..gitkeep.molave-tmp"],
            &[],
            &[],
            "-staging/..gitkeep.molave-tmp -staging/a/.resources.yaml.molave-tmp -staging/a/",
        );
    }

    #[test]
    fn a_selection_leaves_other_services_alone() {
        check(
            &["staging/a/molave.lock", "staging/b/molave.lock", "staging/.gitkeep"],
            &["staging/b/resources.yaml"],
            &["b"],
            "+staging/b/resources.yaml -staging/.gitkeep -staging/b/molave.lock",
        );
    }
}
