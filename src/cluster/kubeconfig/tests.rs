#![expect(clippy::disallowed_methods, reason = "tests write files themselves")]

use super::load;
use crate::cluster::{Class, Cluster, Target};
use crate::error::Diagnostic;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A kubeconfig with a context for each name, the server after the name.
fn kubeconfig(current: &str, contexts: &[(&str, &str)]) -> String {
    let mut text = format!("apiVersion: v1\nkind: Config\ncurrent-context: '{current}'\n");
    let mut section = |title: &str, entry: &dyn Fn(&str, &str) -> String| {
        text.push_str(title);
        text.push_str(":\n");
        for (name, server) in contexts {
            text.extend(["- name: ", name, "\n  ", &entry(name, server), "\n"]);
        }
    };
    section("clusters", &|_, server| format!("cluster: {{server: '{server}'}}"));
    section("contexts", &|name, _| format!("context: {{cluster: {name}, user: {name}}}"));
    section("users", &|name, _| format!("user: {{token: hunter2-{name}}}"));
    text
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn list(paths: &[&Path]) -> PathBuf {
    let joined: OsString = std::env::join_paths(paths).unwrap();
    joined.into()
}

fn refusal(files: &Path, context: Option<&str>) -> Diagnostic {
    load(Some(files), context).map(drop).unwrap_err()
}

#[test]
fn of_several_files_the_first_to_name_something_wins_and_missing_ones_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let one = kubeconfig("a", &[("a", "https://one:1")]);
    let one = write(folder.path(), "one", &one);
    let two = kubeconfig("b", &[("a", "https://two:1"), ("b", "https://two:2")]);
    let two = write(folder.path(), "two", &two);
    let files = list(&[&folder.path().join("absent"), &one, &two]);
    let server = |context| load(Some(&files), context).unwrap().cluster_url.to_string();
    assert_eq!(server(None), "https://one:1/");
    assert_eq!(server(Some("b")), "https://two:2/");
}

#[test]
fn a_context_that_is_not_there_is_told_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let contexts = [("staging", "https://a:1"), ("production", "https://b:1")];
    let file = write(folder.path(), "config", &kubeconfig("", &contexts));
    let problem = refusal(&file, Some("stagin"));
    assert_eq!(problem.message, "there is no context `stagin` in the kubeconfig");
    assert_eq!(problem.causes, ["its contexts are `production`, `staging`"]);
    assert_eq!(problem.hint.as_deref(), Some("did you mean `staging`?"));
    let problem = refusal(&file, Some("elsewhere"));
    assert!(problem.hint.unwrap().contains("kubectl config get-contexts"));
    let problem = refusal(&file, None);
    assert_eq!(problem.message, "the kubeconfig names no current context");
    assert_eq!(problem.hint.as_deref(), Some("choose one with `--context NAME`"));
}

#[test]
fn files_that_are_not_there_or_hold_something_else_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent");
    let problem = refusal(&absent, None);
    assert_eq!(problem.message, format!("there is no kubeconfig `{}`", absent.display()));
    let broken = write(folder.path(), "broken", "users: [{name: x, user: {token: hunter2}, }, ]]");
    let problem = refusal(&broken, None);
    assert_eq!(problem.place.as_ref().unwrap().file, broken.display().to_string());
    assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
}

#[tokio::test]
async fn a_write_to_a_server_that_is_not_there_was_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "config", &kubeconfig("a", &[("a", &server)]));
    let target = Target {
        kubeconfig: Some(file),
        context: None,
        request_timeout: Duration::from_secs(5),
        concurrency: 1,
    };
    let mut cluster = Cluster::connect(&target).await.unwrap();
    cluster.first_wait = Duration::from_millis(1);
    let body = serde_json::json!({"metadata": {"name": "a"}});
    let kind = crate::cluster::request::namespaces();
    let error = cluster.create(&kind, &body, false).await.unwrap_err();
    assert_eq!(error.class, Class::Unreachable, "it is known that nothing was stored");
    assert_eq!(error.message, format!("cannot reach `{server}`: connection refused"));
}

/// A server that speaks no TLS: the connection is there, and yet nothing was sent.
#[tokio::test]
async fn a_connection_that_fails_before_a_request_sent_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(5) {
            use std::io::Write as _;
            drop(stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "config", &kubeconfig("a", &[("a", &server)]));
    let target = Target {
        kubeconfig: Some(file),
        context: None,
        request_timeout: Duration::from_secs(5),
        concurrency: 1,
    };
    let mut cluster = Cluster::connect(&target).await.unwrap();
    cluster.first_wait = Duration::from_millis(1);
    let body = serde_json::json!({"metadata": {"name": "a"}});
    let kind = crate::cluster::request::namespaces();
    let error = cluster.create(&kind, &body, false).await.unwrap_err();
    assert_eq!(error.class, Class::Unreachable, "{error}");
}
