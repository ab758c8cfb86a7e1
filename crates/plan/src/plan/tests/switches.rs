//! Services whose selectors change.

use super::{Options, desired, exchange, find, id, identity, inventory, object, ours, plan};
use crate::desired::{Desired, Wanted};
use crate::observed::{Observed, Sight, Verdict};
use crate::waves::Need;
use serde_json::json;

const SERVICE: &str = "Service/shop/web";
const GREEN: &str = "Deployment.apps/shop/web-green";

/// A Service whose spec is as given, beside Deployments of green and of other pods, with a tie.
fn web(spec: &str, tie: &str) -> Desired {
    let other = "Deployment.apps/shop/other";
    let mut desired = desired(&[
        ("web", &[], &[SERVICE, GREEN, other]),
        ("far", &[], &["Deployment.apps/shop/far", "StatefulSet.apps/shop/web"]),
    ]);
    let pods = |labels: &str| format!("spec: {{template: {{metadata: {{labels: {{{labels}}}}}}}}}");
    for wanted in desired.services.values_mut().flat_map(|service| &mut service.objects) {
        let name = wanted.object.id.to_string();
        let rest = match name.as_str() {
            SERVICE => format!("spec: {spec}"),
            GREEN => format!(
                "metadata: {{annotations: {{molave.dev/depends-on: '{tie}'}}}}\n{}",
                pods("app: web, color: green, tier: front")
            ),
            name if name == other => pods("app: web, color: blue"),
            _ => pods("app: web, color: green"),
        };
        *wanted = Wanted::new(object(&name, "v1", &rest), "d2".to_owned());
    }
    desired
}

/// What the Service needs, where it leads to blue pods, or is not there.
fn needs(desired: &Desired, is_there: bool, digest: &str) -> Vec<Need> {
    let mut live = ours();
    live.0["spec"] = json!({"selector": {"app": "web", "color": "blue"}});
    let live = is_there.then_some(live);
    let sight = Sight { live, verdict: Verdict::Accepted(Box::new(ours())) };
    let mut observed = Observed::default();
    for id in desired.by_id().into_keys() {
        observed.sights.insert(id.clone(), Sight::default());
    }
    observed.sights.insert(id(SERVICE), sight);
    let entry = format!("applied service=web digest={digest}");
    let inventory = inventory(&[(SERVICE, &entry)]);
    let inventory = is_there.then_some(&inventory);
    let options = Options { full: true, ..Options::default() };
    let plan = plan(&identity(), desired, inventory, &observed, &options);
    let stage = |name: &str| find(&plan, name).unwrap().stage;
    let needs = plan.needs.get(&id(SERVICE)).cloned().unwrap_or_default();
    assert_eq!(stage(SERVICE) > stage(GREEN), !needs.is_empty());
    needs
}

const TO_GREEN: &str = "{selector: {app: web, color: green}}";

#[test]
fn a_service_leads_elsewhere_when_the_deployments_that_it_will_lead_to_are_ready() {
    let needs = needs(&web(TO_GREEN, ""), true, "d1");
    assert_eq!(needs, [Need { on: id(GREEN), is_ready: true }]);
}

#[test]
fn a_service_that_is_new_or_leads_to_the_same_pods_or_to_none_of_ours_waits_for_nothing() {
    assert_eq!(needs(&web(TO_GREEN, ""), false, "d1"), []);
    assert_eq!(needs(&web("{selector: {app: web, color: blue}}", ""), true, "d1"), []);
    assert_eq!(needs(&web("{selector: {app: web, color: red}}", ""), true, "d1"), []);
    assert_eq!(needs(&web("{ports: [{port: 80}]}", ""), true, "d1"), []);
    assert_eq!(needs(&web("{selector: {}}", ""), true, "d1"), []);
}

#[test]
fn a_new_deployment_that_leaves_its_replicas_to_others_begins_like_the_one_before() {
    let old = "Deployment.apps/shop/web-blue";
    let begins_with = |desired: &Desired, pods: serde_json::Value, is_there: bool| {
        let live = |spec: serde_json::Value| {
            let mut live = ours();
            live.0["spec"] = spec;
            Some(Sight { live: Some(live), verdict: Verdict::Accepted(Box::new(ours())) })
        };
        let mut observed = Observed::default();
        for id in desired.by_id().into_keys() {
            observed.sights.insert(id.clone(), Sight::default());
        }
        let service = json!({"selector": {"app": "web", "color": "blue"}});
        let before = json!({"replicas": 6, "template": {"metadata": {"labels": pods}}});
        observed.sights.extend(live(service).map(|sight| (id(SERVICE), sight)));
        observed.sights.extend(live(before).map(|sight| (id(old), sight)));
        let mut recorded = vec![(SERVICE, "applied service=web"), (old, "applied service=web")];
        if is_there {
            observed.sights.extend(live(json!({"replicas": 3})).map(|sight| (id(GREEN), sight)));
            recorded.push((GREEN, "applied service=web"));
        }
        let options = Options::default();
        plan(&identity(), desired, Some(&inventory(&recorded)), &observed, &options).begins_with
    };
    let blue = json!({"app": "web", "color": "blue", "more": "1"});
    let desired = web(TO_GREEN, "");
    assert_eq!(begins_with(&desired, blue.clone(), false), [(id(GREEN), 6)].into());
    assert_eq!(begins_with(&desired, blue.clone(), true), [].into(), "it is there already");
    assert_eq!(begins_with(&desired, json!({"app": "web"}), false), [].into(), "others' pods");
    let mut said = desired;
    for wanted in said.services.values_mut().flat_map(|service| &mut service.objects) {
        if wanted.object.id == id(GREEN) {
            let rest =
                "spec: {replicas: 2, template: {metadata: {labels: {app: web, color: green}}}}";
            exchange(wanted, object(GREEN, "v1", rest));
        }
    }
    assert_eq!(begins_with(&said, blue, false), [].into(), "it says how many");
}

#[test]
fn a_headless_service_is_changed_at_once_as_its_pods_may_need_it() {
    let headless = "{clusterIP: None, selector: {app: web, color: green}}";
    assert_eq!(needs(&web(headless, ""), true, "d1"), []);
}

#[test]
fn a_selector_that_somebody_else_changed_is_set_right_at_once() {
    assert_eq!(needs(&web(TO_GREEN, ""), true, "d2"), []);
}

#[test]
fn a_deployment_that_needs_the_service_comes_after_it() {
    assert_eq!(needs(&web(TO_GREEN, "Service/web"), true, "d1"), []);
}
