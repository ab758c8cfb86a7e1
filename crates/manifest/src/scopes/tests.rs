//! The tables as a whole, and what is added to them.

use super::{COMMON, KUBERNETES, SHIPPED, Scope, Scopes, rows};
use std::collections::BTreeSet;

fn check(group: &str, kind: &str, expected: Option<Scope>) {
    assert_eq!(Scopes::built_in().scope_of(group, kind), expected, "{kind}.{group}");
}

#[test]
fn kinds_of_every_table_are_found() {
    check("", "Pod", Some(Scope::Namespaced));
    check("", "Namespace", Some(Scope::Cluster));
    check("apps", "Deployment", Some(Scope::Namespaced));
    check("rbac.authorization.k8s.io", "ClusterRole", Some(Scope::Cluster));
    check("apiregistration.k8s.io", "APIService", Some(Scope::Cluster));
    check("cert-manager.io", "ClusterIssuer", Some(Scope::Cluster));
    check("cert-manager.io", "Certificate", Some(Scope::Namespaced));
    check("gateway.networking.k8s.io", "GatewayClass", Some(Scope::Cluster));
    check("monitoring.coreos.com", "ServiceMonitor", Some(Scope::Namespaced));
}

#[test]
fn a_kind_is_not_known_by_its_name_alone() {
    check("", "Deployment", None);
    check("apps", "deployment", None);
    check("example.com", "Widget", None);
}

#[test]
fn tables_are_sorted_and_name_every_kind_once() {
    let mut seen = BTreeSet::new();
    for table in [KUBERNETES, COMMON] {
        assert!(rows(table).map(|row| row.group).is_sorted_by(|left, right| left < right));
        for row in rows(table) {
            assert!(row.namespaced.split_whitespace().is_sorted(), "{}", row.group);
            assert!(row.cluster.split_whitespace().is_sorted(), "{}", row.group);
            assert!(row.kinds().count() > 0, "{}", row.group);
            assert!(row.kinds().all(|(kind, _)| seen.insert(kind)), "{}", row.group);
        }
    }
    assert_eq!(seen.len(), SHIPPED.len());
}

fn check_definition(yaml: &str, expected: Option<Scope>) {
    let mut scopes = Scopes::built_in();
    let node = go_yaml::parse(yaml.as_bytes()).unwrap();
    assert_eq!(scopes.add_definition(&node), expected.is_some(), "{yaml}");
    assert_eq!(scopes.scope_of("example.com", "Widget"), expected, "{yaml}");
}

#[test]
fn a_definition_tells_the_scope_of_its_kind() {
    let definition = |version: &str, scope: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/{version}\nkind: CustomResourceDefinition\nspec:\n  group: example.com\n  names: {{kind: Widget}}\n{scope}"
        )
    };
    check_definition(&definition("v1", "  scope: Namespaced\n"), Some(Scope::Namespaced));
    check_definition(&definition("v1", "  scope: Cluster\n"), Some(Scope::Cluster));
    check_definition(&definition("v1", ""), None);
    check_definition(&definition("v1", "  scope: 5\n"), None);
    check_definition(&definition("v1beta1", ""), Some(Scope::Namespaced));
    check_definition("kind: CustomResourceDefinition", None);
    check_definition("[]", None);
}

#[test]
fn what_is_added_wins_over_the_tables() {
    let mut scopes = Scopes::built_in();
    scopes.add("cert-manager.io", "Certificate", Scope::Cluster);
    assert_eq!(scopes.scope_of("cert-manager.io", "Certificate"), Some(Scope::Cluster));
}
