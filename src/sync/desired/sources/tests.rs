use super::Sources;
use crate::config::Project;
use crate::config::decode::Problems;
use crate::config::project;
use crate::config::tree::{Entry as Content, Folder};
use crate::sync::desired::Context;
use plan::{Desired, Entry, Inventory, Options, Phase, Run, RunPhase};

const KEY: Option<&[u8]> = Some(b"key");
const PROJECT: &str = "{namespace: shop}";

/// Three services: `api` has a Secret and a custom resource, `db` a lock, `web` neither.
const FILES: [(&str, &str); 4] = [
    (
        "api/x.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: api}\n---\n\
         apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: api}\n",
    ),
    ("db/molave.lock", "settings:\n  wait: {timeout: 3m}\n"),
    ("db/resources.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: shop}\n"),
    ("web/x.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"),
];

fn project(environment: &str, rest: &str) -> Project {
    let text = format!("project: shop\nenvironments: {{staging: {environment}}}\n{rest}");
    project::parse(text.as_bytes(), &Problems::default()).expect("a project")
}

fn folder() -> Folder {
    let mut folder = Folder::default();
    for (path, text) in FILES {
        folder.insert_file(path, text.into());
    }
    folder
}

fn sources(project: &Project, folder: Folder) -> Sources<'_> {
    let (path, charts) = ("_gen/staging".to_owned(), Box::new(Folder::default));
    Sources::new(folder, Context { project, environment: "staging", path, charts })
}

/// The record of a run that made everything.
fn record(sources: &Sources<'_>) -> Inventory {
    let desired = sources.read().expect("no problem").desired(KEY);
    let entries = desired.by_id().into_iter().map(|(id, (service, wanted))| {
        let entry = Entry {
            service: service.to_owned(),
            version: wanted.object.version().to_owned(),
            digest: wanted.digest.clone(),
            uid: Some("u".to_owned()),
            phase: Phase::Applied,
            ..Entry::default()
        };
        (id.clone(), entry)
    });
    Inventory {
        entries: entries.collect(),
        fingerprints: sources.fingerprints(&desired, None, KEY),
        run: Run { phase: RunPhase::Succeeded, ..Run::default() },
        ..Inventory::default()
    }
}

fn recorded() -> Inventory {
    record(&sources(&project(PROJECT, ""), folder()))
}

fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// `read: api; unread: db web`, or `whole`.
fn shown(desired: Option<Desired>) -> String {
    desired.map_or_else(
        || "whole".to_owned(),
        |desired| {
            let unread = names(&desired.untouched);
            format!("read: {}; unread: {unread}", names(desired.services.keys()))
        },
    )
}

/// What is read of a folder after the record was made of [`folder`].
fn check_in(project: &Project, folder: Folder, expected: &str) {
    let sources = sources(project, folder);
    assert_eq!(shown(sources.changed(&recorded(), &Options::default(), KEY)), expected);
}

fn check(change: impl FnOnce(&mut Folder), expected: &str) {
    let mut folder = folder();
    change(&mut folder);
    check_in(&project(PROJECT, ""), folder, expected);
}

#[test]
fn what_is_as_recorded_is_not_read() {
    check(|_| {}, "read: ; unread: api db web");
}

#[test]
fn a_service_whose_files_changed_is_read_and_no_other() {
    let text = format!("{}# another byte\n", FILES[3].1);
    check(|folder| folder.insert_file(FILES[3].0, text.into()), "read: web; unread: api db");
    check(|folder| folder.insert_file("web/README.md", vec![]), "read: web; unread: api db");
    check(|folder| folder.insert_file("db/molave.lock", vec![]), "read: db; unread: api web");
    check(
        |folder| folder.insert_file("new/x.yaml", FILES[2].1.replace("db", "new").into()),
        "read: new; unread: api db web",
    );
    check(|folder| drop(folder.entries.remove("web")), "read: ; unread: api db");
}

#[test]
fn everything_is_read_where_anything_is_wrong() {
    check(|folder| folder.insert_file("web/x.yaml", b"a: [".into()), "whole");
    check(|folder| folder.insert_file("README.md", vec![]), "whole");
    check(|folder| folder.insert_file("new/x.yaml", FILES[2].1.into()), "whole");
    check(
        |folder| {
            let Some(Content::Folder(web)) = folder.entries.get_mut("web") else { return };
            let link = Content::Unreadable("is a link".to_owned());
            drop(web.entries.insert("link.yaml".to_owned(), link));
        },
        "whole",
    );
}

#[test]
fn what_decides_on_namespaces_counts() {
    check_in(&project("{namespace: other}", ""), folder(), "whole");
    let kind = |scope: &str| {
        format!("kinds: [{{group: cert-manager.io, kind: Certificate, scope: {scope}}}]\n")
    };
    let same = project(PROJECT, &kind("Namespaced"));
    check_in(&same, folder(), "read: ; unread: api db web");
    let other = project(PROJECT, &kind("Cluster"));
    check_in(&other, folder(), "read: api; unread: db web");
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
        metadata: {name: certificates.cert-manager.io}\n\
        spec: {group: cert-manager.io, names: {kind: Certificate}, scope: Cluster}\n";
    check(
        |folder| folder.insert_file("new/x.yaml", definition.into()),
        "read: api new; unread: db web",
    );
}

#[test]
fn what_others_depend_on_is_read() {
    check(
        |folder| {
            folder.insert_file("new/molave.lock", b"settings: {dependsOn: [db]}".into());
            folder.insert_file("new/resources.yaml", FILES[2].1.replace("db", "new").into());
        },
        "read: db new; unread: api web",
    );
}

#[test]
fn another_key_makes_secrets_be_read() {
    let project = project(PROJECT, "");
    let of = |key| sources(&project, folder()).changed(&recorded(), &Options::default(), key);
    assert_eq!(shown(of(Some(b"other"))), "read: api; unread: db web");
    assert_eq!(shown(of(None)), "read: api; unread: db web");
}

#[test]
fn a_full_run_reads_everything() {
    let project = project(PROJECT, "");
    let full = Options { full: true, ..Options::default() };
    assert_eq!(shown(sources(&project, folder()).changed(&recorded(), &full, KEY)), "whole");
}

#[test]
fn fingerprints_of_what_was_not_read_are_kept_and_those_of_what_is_gone_are_not() {
    let project = project(PROJECT, "");
    let mut folder = folder();
    folder.insert_file("web/README.md", vec![]);
    drop(folder.entries.remove("db"));
    let (sources, before) = (sources(&project, folder), recorded());
    let desired = sources.changed(&before, &Options::default(), KEY).expect("a part");
    let after = sources.fingerprints(&desired, Some(&before.fingerprints), KEY);
    assert_eq!(names(after.keys()), "api web");
    assert_eq!(after["api"], before.fingerprints["api"]);
    assert_ne!(after["web"], before.fingerprints["web"]);
    let again =
        sources.changed(&Inventory { fingerprints: after, ..before }, &Options::default(), KEY);
    assert_eq!(shown(again), "read: ; unread: api web");
}

#[test]
fn a_service_says_how_long_to_wait_for_it_whether_or_not_it_was_read() {
    let project = project(PROJECT, "");
    let sources = sources(&project, folder());
    let both = || (sources.wait_timeout("db"), sources.wait_timeout("web"));
    assert_eq!(both(), (Some("3m".to_owned()), None));
    sources.read().expect("no problem");
    assert_eq!(both(), (Some("3m".to_owned()), None));
}
