//! Against repositories that the real `git` makes.

#![expect(clippy::disallowed_methods, reason = "tests start git and make files themselves")]

use super::{Ancestry, Repository, follows, head};
use crate::config::tree::{Entry, Folder};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Runs git in a folder, with nothing of the machine's configuration, and returns what it prints.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]);
    command.args(arguments).current_dir(folder).env("GIT_CONFIG_NOSYSTEM", "1");
    for (name, value) in [("NAME", "a"), ("EMAIL", "a@example.com"), ("DATE", "@1700000000 +0000")]
    {
        command.env(format!("GIT_AUTHOR_{name}"), value);
        command.env(format!("GIT_COMMITTER_{name}"), value);
    }
    let output = command.env("HOME", folder).output().expect("git runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {text}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, text).expect("written");
}

fn commit(folder: &Path, path: &str, text: &str) -> String {
    write(folder, path, text);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "x"]);
    git(folder, &["rev-parse", "HEAD"])
}

fn new() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    git(folder.path(), &["init", "-q"]);
    folder
}

fn open(folder: &Path) -> Repository {
    Repository::discover(folder).expect("readable").expect("a repository")
}

fn names(folder: Option<Folder>) -> Vec<String> {
    folder.map(|folder| folder.entries.into_keys().collect()).unwrap_or_default()
}

#[test]
fn a_folder_outside_of_git_has_no_repository() {
    let folder = TempDir::new().expect("a folder");
    assert!(Repository::discover(folder.path()).expect("readable").is_none());
    assert!(Repository::discover(&folder.path().join("absent")).is_err());
}

#[test]
fn before_the_first_commit_there_is_no_head() {
    let folder = new();
    assert_eq!(open(folder.path()).head().expect("readable"), None);
    assert!(open(folder.path()).folder("HEAD", "_gen").is_err());
}

#[test]
fn a_folder_is_read_as_of_branches_tags_hashes_and_parents() {
    let folder = new();
    let path = folder.path();
    let first = commit(path, "_gen/staging/a/x.yaml", "one");
    git(path, &["tag", "-a", "-m", "x", "v1"]);
    git(path, &["gc", "-q"]);
    let second = commit(path, "_gen/staging/b/x.yaml", "two");
    write(path, "_gen/staging/c/x.yaml", "not committed");
    let repository = open(path);
    assert_eq!(repository.head().expect("readable"), Some(second.clone()));
    for revision in ["HEAD~1", "v1", &first, &first[..10], "main^"] {
        let found = repository.folder(revision, "_gen/staging").expect("known").expect("there");
        assert_eq!(found.file("a/x.yaml"), Some(b"one".as_slice()), "{revision}");
        assert_eq!(names(Some(found)), ["a"], "{revision}");
        assert_eq!(repository.commit(revision).expect("known"), first, "{revision}");
    }
    assert_eq!(names(repository.folder("HEAD", "_gen/staging").expect("known")), ["a", "b"]);
    assert_eq!(repository.folder("HEAD", "_gen/production").expect("known"), None);
    for path in ["no/such/path", "_gen/staging/a/x.yaml/more"] {
        assert_eq!(repository.folder("HEAD", path).expect("known"), None);
    }
    assert!(repository.folder("HEAD", "_gen/staging/a/x.yaml").is_err());
    let file = repository.file("HEAD", "_gen/staging/a/x.yaml").expect("known");
    assert_eq!(file, Some(b"one".to_vec()));
    assert_eq!(repository.file("HEAD", "_gen").expect("known"), None);
}

#[test]
fn the_longer_hashes_are_known_too() {
    let folder = TempDir::new().expect("a folder");
    git(folder.path(), &["init", "-q", "--object-format=sha256"]);
    let first = commit(folder.path(), "_gen/a", "one");
    let second = commit(folder.path(), "_gen/b", "two");
    let repository = open(folder.path());
    assert_eq!(repository.head().expect("readable"), Some(second.clone()));
    assert_eq!(names(repository.folder(&first, "_gen").expect("known")), ["a"]);
    assert_eq!(repository.ancestry(&first, &second), Ancestry::Ancestor);
}

#[test]
fn a_project_in_a_sub_folder_sees_its_own_paths() {
    let folder = new();
    commit(folder.path(), "deep/shop/_gen/staging/a/x.yaml", "one");
    let repository = open(&folder.path().join("deep/shop"));
    assert_eq!(names(repository.folder("HEAD", "_gen/staging").expect("known")), ["a"]);
    assert_eq!(repository.folder("HEAD", "deep").expect("known"), None);
}

#[test]
fn a_work_tree_of_its_own_is_found_too() {
    let folder = new();
    commit(folder.path(), "_gen/a", "one");
    let other = TempDir::new().expect("a folder");
    let path = other.path().join("tree");
    git(folder.path(), &["worktree", "add", "-q", "--detach", path.to_str().expect("UTF-8")]);
    assert_eq!(names(open(&path).folder("HEAD", "_gen").expect("known")), ["a"]);
}

#[test]
fn links_and_submodules_are_not_followed() {
    let inner = new();
    commit(inner.path(), "x", "one");
    let folder = new();
    let path = folder.path();
    write(path, "_gen/a/x.yaml", "one");
    std::os::unix::fs::symlink("a", path.join("_gen/link")).expect("linked");
    let from = inner.path().to_str().expect("UTF-8");
    git(path, &["submodule", "add", "-q", from, "_gen/sub"]);
    commit(path, "_gen/b", "two");
    let found = open(path).folder("HEAD", "_gen").expect("known").expect("there");
    let reason = |name: &str| match found.entry(name) {
        Some(Entry::Unreadable(reason)) => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!([reason("link"), reason("sub")], ["is a link", "is a submodule"]);
    assert!(open(path).folder("HEAD", "_gen/sub").is_err());
    assert!(open(path).folder("HEAD", "_gen/link").is_err());
}

#[test]
fn an_unknown_revision_comes_with_advice() {
    let folder = new();
    commit(folder.path(), "a", "one");
    let problem = open(folder.path()).folder("origin/main", "a").expect_err("unknown");
    assert_eq!(problem.message, "the revision `origin/main` is not known here");
    assert_eq!(problem.hint.as_deref(), Some("fetch it: `git fetch origin main`"));
    for revision in ["", "HEAD~7", "a..b", "0123456789012345678901234567890123456789", ":/x", "^"] {
        assert!(open(folder.path()).folder(revision, "a").is_err(), "{revision}");
    }
    let clone = shallow(folder.path());
    let problem = open(clone.path()).folder("HEAD~7", "a").expect_err("unknown");
    assert!(problem.hint.expect("a hint").contains("fetch-depth: 0"));
}

fn shallow(from: &Path) -> TempDir {
    let clone = TempDir::new().expect("a folder");
    let url = format!("file://{}", from.display());
    git(clone.path(), &["clone", "-q", "--depth", "1", &url, "."]);
    clone
}

#[test]
fn ancestry_goes_through_merges_and_in_one_direction() {
    let folder = new();
    let path = folder.path();
    let first = commit(path, "a", "1");
    git(path, &["checkout", "-q", "-b", "side"]);
    let side = commit(path, "b", "1");
    git(path, &["checkout", "-q", "main"]);
    let main = commit(path, "a", "2");
    git(path, &["merge", "-q", "-m", "x", "side"]);
    let merge = git(path, &["rev-parse", "HEAD"]);
    git(path, &["checkout", "-q", "--orphan", "other"]);
    let unrelated = commit(path, "c", "1");
    for graph in [false, true] {
        if graph {
            git(path, &["commit-graph", "write", "--reachable"]);
        }
        let repository = open(path);
        let check = |older: &str, newer: &str, expected: Ancestry| {
            assert_eq!(repository.ancestry(older, newer), expected, "{older} {newer}");
        };
        for older in [&first, &side, &main, &merge] {
            check(older, &merge, Ancestry::Ancestor);
        }
        check(&merge, &first, Ancestry::NotAncestor);
        check(&side, &main, Ancestry::NotAncestor);
        check(&unrelated, &merge, Ancestry::NotAncestor);
        check(&first, &unrelated, Ancestry::NotAncestor);
    }
}

#[test]
fn ancestry_goes_through_merges_that_cross() {
    let folder = new();
    let path = folder.path();
    commit(path, "a", "1");
    git(path, &["checkout", "-q", "-b", "side"]);
    let side = commit(path, "b", "1");
    git(path, &["checkout", "-q", "main"]);
    let main = commit(path, "a", "2");
    git(path, &["merge", "-q", "-m", "x", &side]);
    git(path, &["checkout", "-q", "side"]);
    git(path, &["merge", "-q", "-m", "y", &main]);
    // Two best common ancestors, neither of which is before the other.
    let ends = ["main", "side"].map(|name| git(path, &["rev-parse", name]));
    let repository = open(path);
    for end in &ends {
        for older in [&main, &side] {
            assert_eq!(repository.ancestry(older, end), Ancestry::Ancestor);
        }
    }
    assert_eq!(repository.ancestry(&ends[0], &ends[1]), Ancestry::NotAncestor);
    assert_eq!(repository.ancestry(&main, &side), Ancestry::NotAncestor);
}

#[test]
fn ancestry_is_unknown_where_the_history_is_not_here() {
    let folder = new();
    let path = folder.path();
    let first = commit(path, "a", "1");
    let second = commit(path, "a", "2");
    let nobody = "0123456789012345678901234567890123456789";
    let unknown = |ancestry: Ancestry| match ancestry {
        Ancestry::Unknown(reason) => reason,
        known => panic!("{known:?}"),
    };
    assert!(unknown(open(path).ancestry(nobody, &second)).contains("not in this repository"));
    assert!(unknown(open(path).ancestry("rubbish", &second)).contains("no id of a commit"));
    let tree = git(path, &["rev-parse", "HEAD^{tree}"]);
    assert!(unknown(open(path).ancestry(&tree, &second)).contains("not in this repository"));
    let clone = shallow(path);
    let repository = open(clone.path());
    assert_eq!(repository.ancestry(&second, &second), Ancestry::Ancestor);
    assert!(unknown(repository.ancestry(&first, &second)).contains("shallow"));
    let third = commit(clone.path(), "a", "3");
    assert_eq!(open(clone.path()).ancestry(&second, &third), Ancestry::Ancestor);
    assert!(unknown(open(clone.path()).ancestry(&third, &second)).contains("shallow"));
}

#[test]
fn what_cannot_be_told_does_not_follow() {
    let outside = TempDir::new().expect("a folder");
    assert_eq!(head(outside.path()).expect("no repository is no problem"), None);
    assert!(follows(outside.path(), "a", "b").is_err());
    let folder = new();
    let first = commit(folder.path(), "a", "1");
    let second = commit(folder.path(), "a", "2");
    assert_eq!(head(folder.path()).expect("readable"), Some(second.clone()));
    assert_eq!(follows(folder.path(), &second, &first), Ok(()));
    assert!(follows(folder.path(), &first, &second).is_err());
    assert!(follows(shallow(folder.path()).path(), &second, &first).is_err());
    write(folder.path(), ".git/HEAD", "rubbish");
    assert!(head(folder.path()).is_err(), "a broken repository is not the same as none");
}

#[test]
fn long_histories_are_walked_quickly() {
    let folder = new();
    let path = folder.path();
    let mut stream = String::new();
    for number in 1..=3000 {
        let from = if number > 1 { format!("from :{}\n", number - 1) } else { String::new() };
        let time = 1_600_000_000 + number;
        let author = format!("commit refs/heads/main\nmark :{number}\ncommitter a <a@example.com>");
        write!(stream, "{author} {time} +0000\ndata 1\nx\n{from}\n").expect("a string");
    }
    write(path, "stream", &stream);
    let import = "git fast-import --quiet < stream";
    let done = Command::new("sh").args(["-c", import]).current_dir(path).status().expect("runs");
    assert!(done.success());
    let ends = ["main", "main~2999"].map(|name| git(path, &["rev-parse", name]));
    let begun = std::time::Instant::now();
    assert_eq!(open(path).ancestry(&ends[1], &ends[0]), Ancestry::Ancestor);
    assert_eq!(open(path).ancestry(&ends[0], &ends[1]), Ancestry::NotAncestor);
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

/// A commit with nothing new in it, which names its branch: all else is the same at any time.
fn step(folder: &Path) -> String {
    let branch = git(folder, &["branch", "--show-current"]);
    git(folder, &["commit", "-q", "--allow-empty", "-m", &branch]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A commit that is older than all others: of two that come into question, Git prefers the newer.
fn step_early(folder: &Path) -> String {
    let date = "GIT_COMMITTER_DATE='@1600000000 +0000'";
    let alias = format!("alias.early=!{date} git commit -q --allow-empty -m early");
    git(folder, &["-c", &alias, "early"]);
    git(folder, &["rev-parse", "HEAD"])
}

fn merge(folder: &Path, other: &str) -> String {
    git(folder, &["merge", "-q", "--no-ff", "-m", "x", other]);
    git(folder, &["rev-parse", "HEAD"])
}

/// What `git clone` and `git fetch` leave behind.
fn fetched(folder: &Path, main: &str) {
    git(folder, &["update-ref", "refs/remotes/origin/main", main]);
    git(folder, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
}

#[test]
fn a_branch_is_a_change_of_where_it_left_the_main_line() {
    let folder = new();
    let path = folder.path();
    let base = |expected: &str| assert_eq!(open(path).base().as_deref(), Some(expected));
    step(path);
    let left = step(path);
    git(path, &["checkout", "-q", "-b", "side"]);
    let first = step(path);
    step(path);
    git(path, &["checkout", "-q", "main"]);
    let main = step(path);
    fetched(path, &main);
    git(path, &["checkout", "-q", "side"]);
    base(&left);
    write(path, "a", "not committed");
    base(&left);
    // Nobody knows where without `origin/HEAD`.
    git(path, &["symbolic-ref", "-d", "refs/remotes/origin/HEAD"]);
    base(&first);
    git(path, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone"]);
    base(&first);
    fetched(path, &main);
    merge(path, "main");
    base(&main);
    step(path);
    base(&main);
    git(path, &["checkout", "-q", "--orphan", "unrelated"]);
    let first = step(path);
    assert_eq!(open(path).base(), None);
    step(path);
    base(&first);
}

#[test]
fn the_main_line_is_a_change_of_the_commit_before() {
    let folder = new();
    let path = folder.path();
    let base = |expected: &str| assert_eq!(open(path).base().as_deref(), Some(expected));
    step(path);
    git(path, &["checkout", "-q", "-b", "side"]);
    step(path);
    git(path, &["checkout", "-q", "main"]);
    let before = step(path);
    let merged = merge(path, "side");
    base(&before);
    fetched(path, &merged);
    base(&before);
    let last = step(path);
    base(&merged);
    fetched(path, &last);
    base(&merged);
    // What is not pushed yet is one change.
    step(path);
    step(path);
    base(&last);
    // What was fetched and not pulled is none.
    git(path, &["checkout", "-q", "--detach", &merged]);
    base(&before);
}

#[test]
fn what_ci_merges_for_a_pull_request_is_a_change_of_its_target() {
    let folder = new();
    let path = folder.path();
    let base = |expected: &str| assert_eq!(open(path).base().as_deref(), Some(expected));
    step_early(path);
    git(path, &["checkout", "-q", "-b", "release"]);
    let release = step(path);
    git(path, &["checkout", "-q", "-b", "side"]);
    step(path);
    step(path);
    git(path, &["checkout", "-q", "main"]);
    let main = step_early(path);
    merge(path, "side");
    base(&main);
    fetched(path, &main);
    base(&main);
    git(path, &["checkout", "-q", "--detach", "release"]);
    merge(path, "side");
    base(&release);
    // Also once the pull request has been merged.
    git(path, &["checkout", "-q", "--detach", &main]);
    git(path, &["merge", "-q", "--no-ff", "-m", "landed", "side"]);
    fetched(path, "HEAD");
    git(path, &["checkout", "-q", "--detach", &main]);
    merge(path, "side");
    base(&main);
}

#[test]
fn too_little_history_is_a_change_of_nothing() {
    let folder = new();
    let path = folder.path();
    assert_eq!(open(path).base(), None, "no commit yet");
    commit(path, "a", "1");
    assert_eq!(open(path).base(), None, "the first commit");
    commit(path, "a", "2");
    let clone = shallow(path);
    assert_eq!(open(clone.path()).base(), None);
    // Where the branch began may not be here.
    git(clone.path(), &["checkout", "-q", "-b", "side"]);
    commit(clone.path(), "a", "3");
    assert_eq!(open(clone.path()).base(), None);
}
