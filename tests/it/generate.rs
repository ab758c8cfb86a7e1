//! `molave generate` where a case directory cannot see: times of files, kills, closed pipes.

use crate::project::{Project, files, program};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

fn times(folder: &Path) -> BTreeMap<String, SystemTime> {
    let time = |path: &str| {
        std::fs::metadata(folder.join(path))
            .and_then(|metadata| metadata.modified())
            .expect("a time")
    };
    files(folder).into_iter().map(|(path, _)| (path.clone(), time(&path))).collect()
}

#[test]
fn a_second_run_touches_no_file_and_a_change_touches_only_its_own() {
    let project = Project::base();
    let output = project.path().join("_gen");
    assert!(project.run(&["generate"]).status.success());
    let first = times(&output);
    assert!(!first.is_empty());
    std::thread::sleep(Duration::from_millis(20));
    assert!(project.run(&["generate"]).status.success());
    assert_eq!(times(&output), first);
    project.write("services/api/staging/config.yaml", "replicas: 7\n");
    assert!(project.run(&["generate"]).status.success());
    let second = times(&output);
    let touched: Vec<&String> =
        first.iter().filter(|(path, time)| second[*path] != **time).map(|(path, _)| path).collect();
    assert_eq!(touched, ["staging/api/molave.lock", "staging/api/resources.yaml"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::base();
    let mut child = Command::new(program())
        .args(["completion", "bash"])
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Kills the run that moves many services from one version to the next, at a different moment each
/// time: every file must be the old or the new one, and the next run must complete the work.
#[test]
fn a_kill_leaves_every_file_old_or_new() {
    let project = Project::base();
    for number in 0..200 {
        project.write(&format!("services/s{number}/config.yaml"), "");
        project.write(&format!("services/s{number}/staging/config.yaml"), "");
    }
    let output = project.path().join("_gen");
    let expected = |replicas: &str| {
        project.write("services/config.yaml", &format!("replicas: {replicas}\n"));
        assert!(project.run(&["generate"]).status.success());
        files(&output)
    };
    let old = expected("1");
    let new = expected("2");
    let mut killed = 0;
    for round in 0..30_u64 {
        let (before, after, replicas) =
            if round % 2 == 0 { (&new, &old, 1) } else { (&old, &new, 2) };
        assert_eq!(&files(&output), before);
        project.write("services/config.yaml", &format!("replicas: {replicas}\n"));
        let mut child = Command::new(program())
            .args(["generate", "-q"])
            .current_dir(project.path())
            .spawn()
            .expect("runs");
        std::thread::sleep(Duration::from_micros(3_000 * round));
        child.kill().expect("killed");
        killed += u32::from(!child.wait().expect("ends").success());
        for (path, content) in files(&output) {
            let is = |tree: &[(String, String)]| tree.contains(&(path.clone(), content.clone()));
            assert!(path.ends_with(".molave-tmp") || is(before) || is(after), "{path}");
        }
        assert!(project.run(&["generate"]).status.success());
        assert_eq!(&files(&output), after);
    }
    assert!(killed > 0, "no run was killed in time");
}
