//! What happens where not everything is allowed: told before anything is written, all at once.

use crate::shop::{Run, STATE, Shop, config_map, deployment, document, unique};
use serde_json::Value;

/// Someone who may read everything, with these rights besides in the whole cluster, and what else
/// they may in the project's namespace; the arguments that make the program act as them.
pub(crate) fn someone(shop: &Shop, rules: &str, own: &str) -> Vec<String> {
    let read = "{apiGroups: ['*'], resources: ['*'], verbs: [get, list]}";
    granted(shop, &format!("{read}{rules}"), own)
}

/// Someone with these rights in the whole cluster and in the project's namespace: lists of rules.
pub(crate) fn granted(shop: &Shop, rules: &str, own: &str) -> Vec<String> {
    let name = unique("someone");
    let namespace = &shop.namespace;
    shop.plane.apply(
        namespace,
        &format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}}}\n\
             rules: [{rules}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}\n\
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {name}}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: {name}}}\n\
             rules: [{own}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: {name}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}\n\
             subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {name}}}]\n"
        ),
    );
    let kubeconfig = shop.kubeconfig(|kubeconfig| {
        kubeconfig["users"][0]["user"]["as"] = name.clone().into();
    });
    // The authoriser hears of it a moment later.
    crate::plane::eventually("the rights hold", || {
        let may = ["auth", "can-i", "get", "configmaps", "--all-namespaces", "--as", &name];
        shop.plane.try_kubectl(&may).status.success()
    });
    vec!["--kubeconfig".to_owned(), kubeconfig.to_str().expect("UTF-8").to_owned()]
}

pub(crate) fn as_someone(shop: &Shop, flags: &[String], arguments: &[&str]) -> Run {
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    shop.run(&[&flags, &["sync", "test", "--yes", "--first"][..], arguments].concat())
}

pub(crate) const EVERYTHING: &str = "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}";
const LEASES: &str = ", {apiGroups: [coordination.k8s.io], resources: [leases], verbs: ['*']}";

#[test]
fn who_may_not_write_the_state_changes_nothing() {
    let Some(shop) = Shop::open() else { return };
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: cart}\nstringData: {a: b}\n";
    shop.service("cart", &(config_map("cart", "1") + secret));
    for (rules, leases) in
        [("", "`create`, `update` on `leases.coordination.k8s.io`"), (LEASES, "")]
    {
        // The namespace is there already, or it could not be made either.
        shop.plane.try_kubectl(&["create", "namespace", STATE]);
        let flags = someone(&shop, rules, EVERYTHING);
        as_someone(&shop, &flags, &["--dry-run"]).expect(0).says("2 to create");
        as_someone(&shop, &flags, &[])
            .expect(2)
            .says("cannot keep the record of `test`: rights are missing")
            .says(&format!("`create`, `update` on `configmaps` in namespace `{STATE}`"))
            .says(&format!("`create` on `secrets` in namespace `{STATE}`"))
            .says(leases)
            .says("kubectl create role molave-test --namespace ");
        assert!(shop.live("configmap", "cart").is_none());
        // Not even a lease was taken.
        assert_eq!(shop.has_state("test"), [""; 0]);
    }
    shop.synced(&[]).says("2 created");
}

#[test]
fn who_may_not_apply_an_object_changes_nothing_of_its_service() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    let rules =
        format!("{LEASES}, {{apiGroups: [''], resources: [configmaps, namespaces], verbs: ['*']}}");
    let flags = someone(&shop, &rules, "");
    let lack = format!("`create`, `patch` on `deployments.apps` in namespace `{}`", shop.namespace);
    as_someone(&shop, &flags, &[])
        .expect(1)
        .says("`cart` is left as it is")
        .says(&format!("forbidden: there is no right to {lack}"))
        .says("1 created");
    assert!(shop.live("configmap", "cart").is_none());
    shop.holds_exactly(["ConfigMap/web"]);
    // Someone who may goes on from there.
    shop.synced(&[]).says("2 created");
}

#[test]
fn a_lost_record_is_noticed_by_who_may_only_look_into_the_namespace() {
    let Some(shop) = Shop::open() else { return };
    let rules = format!(
        "{{apiGroups: [''], resources: [configmaps, namespaces, secrets], verbs: [get, list, create, update]}}{LEASES}"
    );
    let flags = granted(&shop, &rules, EVERYTHING);
    shop.service("cart", &service("cart"));
    shop.service("old", &service("old"));
    as_someone(&shop, &flags, &[]).expect(0).says("2 created");
    shop.plane.delete("configmap", STATE, &plan::marks::state_name(&shop.name, "test"));
    shop.remove("old");
    let run = as_someone(&shop, &flags, &[]).expect(3).says("`molave state rebuild test`");
    run.says(&shop.id("Service/cart")).says(&shop.id("Service/old"));
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let rebuild = [&flags[..], &["state", "rebuild", "test", "--yes"]].concat();
    shop.run(&rebuild).expect(0).says("2 objects");
    shop.holds_exactly(["Service/cart", "Service/old"]);
}

fn service(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{ports: [{{port: 80}}]}}\n"
    )
}

/// Everything that a run does to objects.
const OBJECTS: &str = "create, delete, get, list, patch";

/// A service account that may do only this in these namespaces, and know the cluster; the path of a
/// kubeconfig with its token.
fn account(shop: &Shop, grants: &[(&str, &str)]) -> String {
    let name = unique("account");
    let home = &shop.namespace;
    shop.kubectl(&["create", "serviceaccount", &name]);
    let identity =
        "{apiGroups: [''], resources: [namespaces], resourceNames: [kube-system], verbs: [get]}";
    for (namespace, rules) in grants.iter().chain(&[("kube-system", identity)]) {
        shop.plane.apply(
            namespace,
            &format!(
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: {name}}}\nrules: [{rules}]\n---\n\
                 apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: {name}}}\n\
                 roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}\n\
                 subjects: [{{kind: ServiceAccount, name: {name}, namespace: {home}}}]\n"
            ),
        );
    }
    let token = shop.kubectl(&["create", "token", &name]);
    let path = shop.kubeconfig(|kubeconfig| {
        kubeconfig["users"][0]["user"] = serde_json::json!({ "token": token.trim() });
    });
    let user = format!("system:serviceaccount:{home}:{name}");
    crate::plane::eventually("the rights hold", || {
        let may = ["auth", "can-i", "get", "namespaces/kube-system", "--as", &user];
        let may = [&may[..], &["--namespace", "kube-system"]].concat();
        shop.plane.try_kubectl(&may).status.success()
    });
    path.to_str().expect("UTF-8").to_owned()
}

fn rules(resources: &[&str], verbs: &str) -> String {
    let resources = resources.join(", ");
    format!(
        "{{apiGroups: ['', apps, coordination.k8s.io], resources: [{resources}], verbs: [{verbs}]}}"
    )
}

const RECORD: [&str; 3] = ["configmaps", "secrets", "leases"];

/// A project whose state is in a namespace of its own, which is there.
fn apart() -> Option<(Shop, String)> {
    let shop = Shop::open()?;
    let state = shop.plane.namespace();
    shop.configure(&[("test", &format!("    state: {{namespace: {state}}}\n"))]);
    Some((shop, state))
}

#[test]
fn an_account_of_two_namespaces_works_within_them_and_says_what_it_lacks_elsewhere() {
    let Some((shop, state)) = apart() else { return };
    let other = shop.plane.namespace();
    let record = rules(&RECORD, "create, delete, get, list, update");
    let own = rules(&["configmaps", "deployments", "secrets"], OBJECTS);
    let kubeconfig = account(&shop, &[(&shop.namespace, &own), (&state, &record)]);
    let run = |arguments: &[&str]| shop.run(&[&["--kubeconfig", &kubeconfig], arguments].concat());
    let sync = ["sync", "test", "--yes", "--first", "--max-deletions", "9"];
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: cart}\nstringData: {a: b}\n";
    shop.service("cart", &format!("{}{secret}", deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    run(&["doctor", "test"]).expect(0).says("everything that a sync does is allowed");
    run(&sync).expect(0).says("3 created");
    shop.remove("web");
    shop.service("cart", &format!("{}{secret}", deployment("cart", 2)));
    run(&sync).expect(0).says("1 updated, 1 deleted");
    run(&[&sync[..], &["--full"]].concat()).expect(0).says("nothing to do");

    let foreign = config_map("far", "1")
        .replace("{name: far}", &format!("{{name: far, namespace: {other}}}"));
    shop.service("far", &foreign);
    shop.service("near", &config_map("near", "1"));
    let lack = format!("`create`, `get`, `patch` on `configmaps` in namespace `{other}`");
    for dry_run in [&["--dry-run"][..], &[]] {
        run(&[&sync[..], dry_run].concat())
            .expect(1)
            .says("`far` is left as it is")
            .says(&format!("forbidden: there is no right to {lack}"))
            .says(&format!("kubectl create role molave-test --namespace {other}"))
            .says("molave doctor test");
    }
    assert!(shop.live("configmap", "near").is_some(), "others go on");
    assert!(shop.plane.get_json("configmap", &other, "far").is_none());

    // What the doctor prints is what is missing.
    let found = run(&["doctor", "test", "-o", "json"]).expect(1);
    let found = document("doctor", &found.stdout);
    let missing = serde_json::json!([{
        "namespace": other, "group": "", "resource": "configmaps",
        "verbs": ["create", "delete", "get", "list", "patch"],
    }]);
    assert_eq!(found["missingRights"], missing);
    let text = run(&["doctor", "test"]).expect(1).stdout;
    let (_, roles) = text.split_once("kubectl apply -f -`:\n").expect("roles");
    shop.plane.apply(&other, roles);
    crate::plane::eventually("the rights hold", || run(&["doctor", "test"]).code == 0);
    run(&sync).expect(0).says("1 created");
    assert!(shop.plane.get_json("configmap", &other, "far").is_some());
}

#[test]
fn what_may_not_be_deleted_blocks_its_service_before_anything_is_written() {
    let Some((shop, state)) = apart() else { return };
    let record = rules(&RECORD, "create, delete, get, list, update");
    let own = rules(&["configmaps"], "create, get, list, patch");
    let kubeconfig = account(&shop, &[(&shop.namespace, &own), (&state, &record)]);
    let sync = || shop.run(&["--kubeconfig", &kubeconfig, "sync", "test", "--yes", "--first"]);
    shop.service("cart", &(config_map("cart", "1") + &config_map("old", "1")));
    sync().expect(0).says("2 created");
    shop.service("cart", &config_map("cart", "2"));
    shop.service("web", &config_map("web", "1"));
    let lack = format!("`delete` on `configmaps` in namespace `{}`", shop.namespace);
    sync().expect(1).says("`cart` is left as it is").says(&lack).says("1 created");
    let data = |name: &str| shop.live("configmap", name).map(|live| live["data"]["value"].clone());
    assert_eq!(data("cart"), Some(Value::from("1")), "the service was changed in part");
    assert!(data("old").is_some() && data("web").is_some());
    // Somebody who may goes on from there.
    shop.synced(&[]).says("1 updated, 1 deleted");
}

#[test]
fn who_may_not_know_the_cluster_is_told_everything_that_is_missing_for_the_record() {
    let Some((shop, state)) = apart() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let flags =
        granted(&shop, "{apiGroups: [''], resources: [configmaps], verbs: [get]}", EVERYTHING);
    for command in [&["sync", "test", "--yes", "--first"][..], &["state", "show", "test"]] {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        shop.run(&[&flags[..], command].concat())
            .expect(2)
            .says("`get` on `namespaces` in namespace `kube-system`")
            .says(&format!(
                "`create`, `get`, `update` on `leases.coordination.k8s.io` in namespace `{state}`"
            ))
            .says(&format!("`create`, `get` on `secrets` in namespace `{state}`"));
    }
}

#[test]
fn what_may_not_be_looked_at_is_neither_forgotten_nor_taken_for_gone() {
    let Some((shop, state)) = apart() else { return };
    shop.service("cart", &(config_map("cart", "1") + &deployment("cart", 1)));
    shop.synced(&[]);
    let record = rules(&RECORD, "create, delete, get, list, update");
    let own = rules(&["configmaps"], OBJECTS);
    let kubeconfig = account(&shop, &[(&shop.namespace, &own), (&state, &record)]);
    shop.service("cart", &config_map("cart", "1"));
    let lack = format!("`delete`, `get` on `deployments.apps` in namespace `{}`", shop.namespace);
    for full in [&[][..], &["--full"]] {
        let sync = ["--kubeconfig", &kubeconfig, "sync", "test", "--yes"];
        shop.run(&[&sync[..], full].concat()).expect(1).says(&lack);
    }
    assert_eq!(shop.phase("Deployment.apps/x"), None);
    assert_eq!(shop.phase("/cart"), Some("applied".to_owned()));
    assert!(shop.live("deployment", "cart").is_some());
    shop.synced(&[]).says("1 deleted");
}
