//! What was found in an environment, for people and as a document, with the roles that grant what is
//! missing.

use super::document::written;
use super::{BAD, DOUBTFUL, GOOD, POINTER, QUIET};
use crate::config::project::API_VERSION;
use crate::sync::doctor::{Examination, Finding, Verdict, by_namespace};
use crate::sync::rights::Lack;
use anstyle::Style;
use serde::Serialize;
use std::fmt::Write as _;

/// The name of the roles.
const ROLE: &str = "molave";

/// One line a check, with what more there is below it; then the roles.
pub fn text(title: &str, examination: &Examination) -> String {
    let mut text = match &examination.user {
        Some(user) => format!("{title}, as `{user}`\n"),
        None => format!("{title}\n"),
    };
    for finding in &examination.findings {
        add(&mut text, finding);
    }
    if !examination.lacks.is_empty() {
        text.push('\n');
        text.push_str(&roles(examination));
    }
    text
}

fn add(text: &mut String, finding: &Finding) {
    let (style, word) = shown(finding.verdict);
    let Finding { check, message, details, hint, .. } = finding;
    let _ = writeln!(text, "  {style}{word:<8}{style:#}  {check:<9}  {message}");
    for detail in details {
        let _ = writeln!(text, "                       {QUIET}{detail}{QUIET:#}");
    }
    if let Some(hint) = hint {
        let _ = writeln!(text, "                       {POINTER}hint:{POINTER:#} {hint}");
    }
}

fn shown(verdict: Verdict) -> (Style, &'static str) {
    match verdict {
        Verdict::Good => (GOOD, "good"),
        Verdict::Doubtful => (DOUBTFUL, "doubtful"),
        Verdict::Bad => (BAD, "bad"),
    }
}

/// Roles that grant what is missing, as manifests to apply.
fn roles(examination: &Examination) -> String {
    let mut text =
        String::from("# an administrator grants what is missing with `kubectl apply -f -`:\n");
    for (namespace, lacks) in by_namespace(&examination.lacks) {
        let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
        let namespace = namespace.map(|name| format!(", namespace: {name}")).unwrap_or_default();
        let head = |kind: &str| {
            format!(
                "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n\
                 metadata: {{name: {ROLE}{namespace}}}\n"
            )
        };
        text.push_str(&head(kind));
        text.push_str("rules:\n");
        for Lack { group, resource, verbs, .. } in lacks {
            let verbs: Vec<&str> = verbs.iter().copied().collect();
            let verbs = verbs.join(", ");
            let _ = writeln!(
                text,
                "- {{apiGroups: ['{group}'], resources: [{resource}], verbs: [{verbs}]}}"
            );
        }
        text.push_str(&head(&format!("{kind}Binding")));
        let _ = writeln!(
            text,
            "roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: {ROLE}}}"
        );
        let _ = writeln!(text, "subjects: [{}]", subject(examination.user.as_deref()));
    }
    text
}

fn subject(user: Option<&str>) -> String {
    let user = user.unwrap_or("WHO");
    let account = user.strip_prefix("system:serviceaccount:").and_then(|at| at.split_once(':'));
    match account {
        Some((namespace, name)) => {
            format!("{{kind: ServiceAccount, namespace: {namespace}, name: {name}}}")
        }
        None => format!("{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {user:?}}}"),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    project: &'a str,
    environment: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    verdict: &'static str,
    checks: Vec<Check<'a>>,
    missing_rights: Vec<Missing<'a>>,
}

#[derive(Serialize)]
struct Check<'a> {
    name: &'static str,
    verdict: &'static str,
    message: &'a str,
    details: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

#[derive(Serialize)]
struct Missing<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    group: &'a str,
    resource: &'a str,
    verbs: Vec<&'static str>,
}

/// What was found as a document (`docs/schemas/doctor.json`).
pub fn document(project: &str, environment: &str, examination: &Examination) -> String {
    let checks = examination.findings.iter().map(|finding| Check {
        name: finding.check,
        verdict: shown(finding.verdict).1,
        message: &finding.message,
        details: &finding.details,
        hint: finding.hint.as_deref(),
    });
    let missing = examination.lacks.iter().map(|lack| Missing {
        namespace: lack.namespace.as_deref(),
        group: &lack.group,
        resource: &lack.resource,
        verbs: lack.verbs.iter().copied().collect(),
    });
    written(&Document {
        api_version: API_VERSION,
        kind: "Doctor",
        project,
        environment,
        user: examination.user.as_deref(),
        verdict: shown(examination.verdict()).1,
        checks: checks.collect(),
        missing_rights: missing.collect(),
    })
}
