//! Bare server-side apply patches in parallel: the least that any tool must do, for comparison.
//!
//! `cargo bench --bench patches -- KUBECONFIG FOLDER NAMESPACE PARALLEL` applies every manifest below the
//! folder, reads nothing, records nothing, and prints the seconds it took. What is read and parsed
//! before the first request does not count.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that fails may end")]

use futures_util::{StreamExt as _, stream};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Config};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [kubeconfig, folder, namespace, parallel] = arguments.as_slice() else {
        println!("patches KUBECONFIG FOLDER NAMESPACE PARALLEL");
        return;
    };
    let objects = read(Path::new(folder));
    let parallel = parallel.parse().expect("a number");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(apply(kubeconfig, namespace, objects, parallel));
}

async fn apply(kubeconfig: &str, namespace: &str, objects: Vec<DynamicObject>, parallel: usize) {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a context");
    let client = Client::try_from(config).expect("a client");
    let mut resources: BTreeMap<String, ApiResource> = BTreeMap::new();
    for object in &objects {
        let types = object.types.as_ref().expect("a kind");
        let kind = GroupVersionKind::try_from(types).expect("a kind");
        resources.entry(types.kind.clone()).or_insert_with(|| ApiResource::from_gvk(&kind));
    }
    let how = PatchParams::apply("bare").force();
    let begun = Instant::now();
    let patches = objects.iter().map(async |object| {
        let kind = &object.types.as_ref().expect("a kind").kind;
        let api: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), namespace, &resources[kind]);
        let name = object.metadata.name.as_deref().expect("a name");
        api.patch(name, &how, &Patch::Apply(object)).await.expect("applied");
    });
    let applied = stream::iter(patches).buffer_unordered(parallel).count().await;
    println!("{:.3} {applied}", begun.elapsed().as_secs_f64());
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads its own files")]
fn read(folder: &Path) -> Vec<DynamicObject> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|item| item.expect("an entry").path())
        .collect();
    paths.sort();
    let mut objects = Vec::new();
    for path in paths {
        if path.is_dir() {
            objects.extend(read(&path));
            continue;
        }
        let text = std::fs::read(&path).expect("a file");
        for draft in manifest::parse(&text, "").expect("YAML") {
            let body = manifest::to_json(&draft.body);
            objects.push(serde_json::from_value(body).expect("an object"));
        }
    }
    objects
}
