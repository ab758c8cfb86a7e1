//! The failures that were observed with Kahoy, the tool whose workflow Molave follows, and that
//! could be ours: each is a test here or where its topic is.
//!
//! | observed with Kahoy | here |
//! |---|---|
//! | **Command line** | |
//! | `-r -`, which the manual names, is refused by the parser | `reports::the_report_goes_to_standard_output_if_asked` |
//! | manifests on standard input end the prompt with EOF | cannot be ours: no manifests are read there |
//! | the prompt shows numbers, never the plan it asks about | [`the_plan_is_shown_before_the_question`] |
//! | a declined prompt ends with 0 | [`the_plan_is_shown_before_the_question`] |
//! | `diff` ends with 0 whether there are differences or not | `tests/cases/diff/from_git` |
//! | a `diff` whose kubectl was killed ends with 0 | cannot be ours: no other program is run |
//! | SIGTERM in the middle of an apply ends with 0 | `crash::terminated_a_run_writes_its_state_and_lets_go`, `scripts` |
//! | **Discovery, groups, settings** | |
//! | JSON files are passed over without a word | [`json_manifests_are_read_like_yaml_ones`] |
//! | an object goes into the context's namespace, recorded as in `default` | [`the_namespace_of_the_context_has_no_say`] |
//! | names of groups are what a regular expression leaves of a path | [`services_have_the_names_of_their_folders_or_none`] |
//! | `--kube-exclude-type v1/Pod` also drops PodDisruptionBudgets | [`a_selection_takes_whole_names`] |
//! | misspelt keys in `kahoy.yml` are ignored | [`a_misspelt_key_in_the_project_file_ends_the_run`] |
//! | the released key `wait.duration` fails the load | cannot be ours: nothing is released yet |
//! | **State** | |
//! | one Secret for each object | [`the_state_is_one_object_however_much_it_names`] |
//! | a run that failed halfway records nothing; what it made stays for ever | [`what_a_failed_run_made_goes_when_it_leaves_git`], `crash` |
//! | the same after a failing hook | cannot be ours: there are no hooks |
//! | the same where the state's namespace is missing | [`the_namespace_of_the_state_is_made_before_anything_else`], `rights::who_may_not_write_the_state_changes_nothing` |
//! | a body of 907 kB makes a state of 910 kB | [`a_large_object_makes_no_large_state`] |
//! | **Planning and execution** | |
//! | with nothing to do no report is written | `reports::a_run_with_nothing_to_do_leaves_a_report` |
//! | the field manager is kubectl's own | [`the_field_manager_is_our_own`] |
//! | a namespace and its objects fail in 8 of 20 runs | `kinds::a_namespace_a_kind_and_objects_of_both_come_in_one_run` |
//! | a new API version deletes the object and makes another | `kinds::a_new_api_version_of_a_live_autoscaler_is_one_update` |
//! | with a finalizer on it, it is lost and nobody notices | [`a_new_api_version_of_an_object_with_a_finalizer_is_one_update`] |
//! | two states hold one object; leaving one deletes it under the other | [`an_object_has_one_environment`], `ownership` |
//! | **Dry run, diff, report** | |
//! | deletions show where their Secret is instead of what they are | `basics::a_change_is_applied_and_what_leaves_git_is_deleted` |
//! | a `%` in a path garbles the line | [`percent_signs_in_paths_mean_nothing`] |
//! | it needs a cluster, although the help says otherwise | `tests/cases/diff`: none there has one |
//! | Secrets are printed in the differences of deletions | `tests/it/diff.rs`, `services::secret_values_appear_nowhere_when_they_are_made_changed_and_set_right` |
//! | a new namespace fails the diff, or is made by it | [`looking_makes_no_namespace`] |
//! | a run that fails leaves an empty report | `reports::a_run_that_fails_leaves_a_report` |
//! | **Its example** | |
//! | services without their files are passed over | `tests/cases/generate/missing_config` |
//! | `args` of two items become one, odd versions break | `tests/charts/values.rs`, `tests/cases/generate/versions_are_strings` |
//! | replicas and an autoscaler fight | `autoscaling`, `full::what_an_autoscaler_sets_is_no_drift` |
//! | the Ingress API is long gone | `tests/charts`, `scripts` |
//! | a label in an immutable selector: half applied, an outage | `services::a_change_of_what_cannot_change_is_refused_before_anything_is_written` |
//! | the last service's folder goes, and nothing is deleted | `deletion::the_last_service_goes_only_if_that_is_allowed`, `deletion::without_the_folder_of_its_manifests_nothing_goes` |
//! | only Deployments are waited for | `readiness::every_kind_of_workload_is_waited_for` |
//! | **Limitations** | |
//! | a filter of paths deletes what it leaves out | `services::a_selection_changes_and_deletes_nothing_of_other_services`, [`a_selection_takes_whole_names`] |
//! | an empty folder deletes everything | `deletion::the_last_service_goes_only_if_that_is_allowed` |
//! | a kind that is served no more ends every command | `kinds::a_recorded_kind_that_is_served_no_more_blocks_nothing` |
//! | a definition and an object of its kind never come in one run | `kinds::a_namespace_a_kind_and_objects_of_both_come_in_one_run` |
//! | one broken aggregated API ends every run | [`a_broken_aggregated_api_stops_nothing`] |
//! | 1,000 ConfigMaps take 42 s | `scripts/bench sync` |

use crate::plane::{Plane, eventually};
use crate::shop::{Run, STATE, Shop, config_map, deployment, unique};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs the program in a terminal that types these keys once it was asked. Without the `script` of
/// util-linux there is no terminal, and nothing is tested.
fn in_terminal(shop: &Shop, arguments: &str, keys: &str) -> Option<Run> {
    let program = env!("CARGO_BIN_EXE_molave");
    let mut command = Command::new("script");
    let line = format!("{program} {arguments}");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command
        .current_dir(shop.path())
        .env("KUBECONFIG", shop.plane.kubeconfig())
        .env("SHELL", "/bin/sh");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        writeln!(std::io::stderr(), "skipped: needs `script`").ok();
        return None;
    };
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = child.stdout.take().expect("a pipe");
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    let mut is_asked = false;
    loop {
        let read = std::io::Read::read(&mut output, &mut buffer).expect("output");
        if read == 0 {
            break;
        }
        seen.extend_from_slice(buffer.get(..read).expect("what was read"));
        if !is_asked && String::from_utf8_lossy(&seen).contains("[y/N]") {
            is_asked = true;
            input.write_all(keys.as_bytes()).expect("typed");
            input.flush().expect("typed");
        }
    }
    let mut output = child.wait_with_output().expect("ended");
    output.stdout = seen;
    Some(Run::of(&output))
}

#[test]
fn the_plan_is_shown_before_the_question() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let sync = "sync test --first";
    // No, nothing, and Ctrl-C.
    for keys in ["n\n", "\n", "\u{3}"] {
        let Some(run) = in_terminal(&shop, sync, keys) else { return };
        let run = run.expect(130).says(&shop.id("ConfigMap/cart")).says("nothing was changed");
        let (plan, question) = run.stdout.split_once("[y/N]").expect("a question");
        assert!(plan.contains("1 to create") && plan.contains("create "), "{plan}");
        assert!(!question.contains("created"), "{question}");
        assert!(shop.live("configmap", "cart").is_none());
        assert!(!shop.has_state("test").contains(&"configmap"));
    }
    in_terminal(&shop, sync, "y\n").expect("a terminal").expect(0).says("1 created");
    assert!(shop.live("configmap", "cart").is_some());
    shop.remove("cart");
    shop.service("web", &config_map("web", "1"));
    let run = in_terminal(&shop, sync, "n\n").expect("a terminal").expect(130);
    run.says("delete ").says(&shop.id("ConfigMap/cart")).says("delete 1 object?");
    assert!(shop.live("configmap", "cart").is_some());
}

#[test]
fn json_manifests_are_read_like_yaml_ones() {
    let Some(shop) = Shop::open() else { return };
    let json = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"json\"}}";
    shop.file("_gen/test/cart/map.json", json);
    shop.file("_gen/test/cart/map.yml", &config_map("yml", "1"));
    shop.synced(&[]);
    shop.holds_exactly(["ConfigMap/json", "ConfigMap/yml"]);
}

#[test]
fn the_namespace_of_the_context_has_no_say() {
    let Some(shop) = Shop::open() else { return };
    let elsewhere = shop.plane.namespace();
    let kubeconfig = shop.kubeconfig(|kubeconfig| {
        for context in kubeconfig["contexts"].as_array_mut().expect("contexts") {
            context["context"]["namespace"] = elsewhere.as_str().into();
        }
    });
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&["--kubeconfig", kubeconfig.to_str().expect("UTF-8")]);
    assert!(shop.plane.get_json("configmap", &elsewhere, "cart").is_none());
    shop.holds_exactly(["ConfigMap/cart"]);
}

#[test]
fn services_have_the_names_of_their_folders_or_none() {
    let Some(shop) = Shop::open() else { return };
    shop.service("team-g-x", &config_map("x", "1"));
    shop.synced(&[]);
    assert_eq!(shop.state()["objects"][0]["service"], "team-g-x");
    shop.service("v1.2", &config_map("y", "1"));
    shop.sync(&[]).expect(2).says("`v1.2` cannot be the name of a service");
    assert!(shop.live("configmap", "y").is_none());
}

#[test]
fn a_selection_takes_whole_names() {
    let Some(shop) = Shop::open() else { return };
    for service in ["web", "web-admin", "my-web"] {
        shop.service(service, &config_map(service, "1"));
    }
    shop.synced(&[]);
    for service in ["web", "web-admin", "my-web"] {
        shop.service(service, &config_map(service, "2"));
    }
    shop.synced(&["--app", "web"]).says("1 updated");
    for (name, value) in [("web", "2"), ("web-admin", "1"), ("my-web", "1")] {
        assert_eq!(shop.live("configmap", name).expect("live")["data"]["value"], value);
    }
    shop.sync(&["--app", "we"]).expect(2).says("there is no service `we`").says("`web`");
}

#[test]
fn a_misspelt_key_in_the_project_file_ends_the_run() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.configure(&[("test", "    guards: {maxDeletion: 1}\n")]);
    shop.sync(&[]).expect(2).says("maxDeletion").says("maxDeletions").says("molave.yaml:");
    assert!(shop.live("configmap", "cart").is_none());
}

#[test]
fn the_state_is_one_object_however_much_it_names() {
    let Some(shop) = Shop::open() else { return };
    let many: String = (0..40).map(|number| config_map(&format!("map-{number}"), "1")).collect();
    shop.service("cart", &many);
    shop.synced(&[]);
    let kinds = ["get", "configmaps,secrets", "--namespace", STATE, "--output=name"];
    let names = shop.plane.kubectl(&kinds);
    let name = plan::marks::state_name(&shop.name, "test");
    let ours: Vec<&str> = names.lines().filter(|line| line.contains(&name)).collect();
    assert_eq!(ours, [format!("configmap/{name}")]);
}

#[test]
fn what_a_failed_run_made_goes_when_it_leaves_git() {
    let Some(shop) = Shop::open() else { return };
    let invalid = "---\napiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999999}]}\n";
    shop.service("stays", &config_map("stays", "1"));
    shop.service("good", &config_map("good", "1"));
    shop.service("bad", invalid);
    shop.sync(&[]).expect(1).says("2 created");
    assert_eq!(shop.phase("/good").as_deref(), Some("applied"));
    shop.remove("good");
    shop.remove("bad");
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("configmap", "good").is_none());
    shop.holds_exactly(["ConfigMap/stays"]);
}

#[test]
fn the_namespace_of_the_state_is_made_before_anything_else() {
    let Some(shop) = Shop::open() else { return };
    let state = unique("state");
    shop.configure(&[("test", &format!("    state: {{namespace: {state}}}\n"))]);
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]).says("2 created");
    let name = plan::marks::state_name(&shop.name, "test");
    assert!(shop.plane.get_json("configmap", &state, &name).is_some());
    let made = |kind: &str, namespace: &str, name: &str| {
        let live = shop.plane.get_json(kind, namespace, name).expect("live");
        let version = live["metadata"]["managedFields"][0]["time"].as_str().expect("a time");
        version.to_owned()
    };
    assert!(made("namespace", "", &state) <= made("configmap", &shop.namespace, "cart"));
    shop.remove("cart");
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("configmap", "cart").is_none());
}

#[test]
fn a_large_object_makes_no_large_state() {
    let Some(shop) = Shop::open() else { return };
    let large = "x".repeat(900_000);
    shop.service("cart", &config_map("large", &large));
    shop.synced(&[]);
    let name = plan::marks::state_name(&shop.name, "test");
    let state = shop.plane.get_json("configmap", STATE, &name).expect("a state");
    let length = state["data"].to_string().len();
    assert!(length < 2_000, "{length} bytes");
    shop.synced(&[]).says("nothing to do");
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn the_field_manager_is_our_own() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &deployment("cart", 1));
    shop.synced(&[]);
    let live = shop.live("deployment", "cart").expect("cart");
    let entries = live["metadata"]["managedFields"].as_array().expect("a list").iter();
    let applied = entries.clone().filter(|entry| entry["operation"] == "Apply");
    let managers: Vec<&str> = applied.filter_map(|entry| entry["manager"].as_str()).collect();
    assert_eq!(managers, ["molave"]);
    assert!(entries.clone().all(|entry| entry["manager"] != "kubectl"));
}

#[test]
fn a_new_api_version_of_an_object_with_a_finalizer_is_one_update() {
    let Some(shop) = Shop::open() else { return };
    let autoscaler = |version: &str, target: &str| {
        format!(
            "---\napiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\n\
             spec:\n  maxReplicas: 4\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}\n  {target}\n"
        )
    };
    shop.service("web", &autoscaler("v1", "targetCPUUtilizationPercentage: 80"));
    shop.synced(&[]);
    shop.hold("hpa", "web");
    let uid = shop.uid("hpa", "web");
    let resource = "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]";
    shop.service("web", &autoscaler("v2", resource));
    shop.synced(&[]).says("1 updated");
    assert_eq!(shop.uid("hpa", "web"), uid);
    let live = shop.live("hpa", "web").expect("the autoscaler");
    assert!(live["metadata"]["deletionTimestamp"].is_null());
    shop.synced(&[]).says("nothing to do");
    assert_eq!(shop.uid("hpa", "web"), uid);
    shop.release("hpa", "web");
}

#[test]
fn an_object_has_one_environment() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    let namespace = plane.namespace();
    let shop = Shop::with(plane, &unique("shop"), &namespace, &[("test", ""), ("other", "")]);
    shop.service("cart", &config_map("shared", "1"));
    shop.file("_gen/other/cart/manifests.yaml", &config_map("shared", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    for flags in [&["--first"][..], &["--first", "--adopt"]] {
        let run = shop.run(&[&["sync", "other", "--yes"], flags].concat()).expect(3);
        run.says(&shop.id("ConfigMap/shared")).says(&format!("{}/test", shop.name));
    }
    let uid = shop.uid("configmap", "shared");
    shop.synced(&["--full"]).says("nothing to do");
    // It leaves the one environment, and only then can the other have it.
    shop.remove("cart");
    shop.synced(&[]).says("1 deleted");
    shop.run(&["sync", "other", "--yes", "--first"]).expect(0).says("1 created");
    assert_ne!(shop.uid("configmap", "shared"), uid);
    shop.synced(&[]).says("nothing to do");
    assert!(shop.live("configmap", "shared").is_some());
}

#[test]
fn percent_signs_in_paths_mean_nothing() {
    let Some(shop) = Shop::open() else { return };
    let path = "_gen/test/cart/100%d%s%n.yaml";
    shop.file(path, "kind: [\n");
    shop.sync(&[]).expect(2).says(path);
    shop.file(path, &config_map("cart", "100%d%s%n"));
    shop.synced(&[]);
    assert_eq!(shop.live("configmap", "cart").expect("cart")["data"]["value"], "100%d%s%n");
}

#[test]
fn looking_makes_no_namespace() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    let namespace = unique("unmade");
    let settings = "    createNamespaces: true\n";
    let shop = Shop::with(plane, &unique("shop"), &namespace, &[("test", settings)]);
    shop.service("cart", &config_map("cart", "1"));
    shop.sync(&["--dry-run"]).expect(0).says("2 to create").says(&format!("Namespace/{namespace}"));
    assert!(plane.get_json("namespace", "", &namespace).is_none());
}

/// An aggregated API behind which there is nothing, until the value is dropped.
struct BrokenApi {
    plane: &'static Plane,
    name: String,
}

impl BrokenApi {
    fn new(plane: &'static Plane) -> Self {
        let group = unique("broken") + ".example.com";
        let api = Self { plane, name: format!("v1.{group}") };
        plane.apply(
            "default",
            &format!(
                "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: {}}}\nspec:\n  \
                 group: {group}\n  version: v1\n  groupPriorityMinimum: 100\n  versionPriority: 100\n  \
                 insecureSkipTLSVerify: true\n  service: {{name: nobody, namespace: default}}\n",
                api.name
            ),
        );
        eventually("it is known as broken", || {
            let live = plane.get_json("apiservice", "", &api.name).expect("the API");
            live["status"]["conditions"][0]["status"] == "False"
        });
        eventually("it is discovered as broken", || {
            let groups = plane.kubectl(&["get", "--raw", "/apis"]);
            groups.contains(&group)
        });
        api
    }
}

impl Drop for BrokenApi {
    fn drop(&mut self) {
        // Namespaces cannot go while there is one.
        let delete = ["delete", "apiservice", &self.name, "--ignore-not-found"];
        drop(self.plane.try_kubectl(&delete));
    }
}

#[test]
fn a_broken_aggregated_api_stops_nothing() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &deployment("cart", 1));
    shop.service("web", &config_map("web", "1"));
    let api = BrokenApi::new(shop.plane);
    let group = api.name.trim_start_matches("v1.").to_owned();
    shop.run(&["doctor", "test"]).expect(0).says(&format!("`{group}` does not answer"));
    shop.sync(&["--dry-run"]).expect(0).says("2 to create");
    shop.synced(&["--wait", "--timeout", "60s"]).says("2 created");
    shop.service("cart", &deployment("cart", 2));
    shop.remove("web");
    shop.synced(&["--wait", "--timeout", "60s"]).says("1 updated, 1 deleted");
    shop.synced(&["--full"]).says("nothing to do");
    shop.run(&["wait", "test", "--timeout", "60s"]).expect(0);
    drop(api);
    shop.holds_exactly(["Deployment.apps/cart"]);
}
