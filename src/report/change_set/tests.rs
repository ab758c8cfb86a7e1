use super::{Subject, json, markdown, text};
use crate::difference::compare;
use crate::sync::desired::{Manifests, ServiceManifests};
use manifest::Scopes;

/// Objects of one service, from YAML.
fn manifests(yaml: &str) -> Manifests {
    let drafts = manifest::parse(yaml.as_bytes(), "a/b.yaml").expect("YAML").into_iter();
    let scopes = Scopes::built_in();
    let objects = drafts
        .map(|draft| manifest::resolve(draft, "ns", &scopes).expect("an object").into())
        .collect();
    let service = ServiceManifests { objects, ..ServiceManifests::default() };
    Manifests { services: [("api".to_owned(), service)].into() }
}

const SUBJECT: Subject<'_> =
    Subject { project: "shop", environment: "staging", origin: "git:main" };

/// The difference in all three forms.
fn shown(old: &str, new: &str) -> String {
    let (old, new) = (manifests(old), manifests(new));
    let set = compare(&old, &new, &[]);
    let json = json(SUBJECT, &set).expect("JSON");
    let styled = text(SUBJECT, &set);
    let text = anstream::adapter::strip_str(&styled).to_string();
    format!("{text}\n{}\n{json}", markdown(SUBJECT, &set, 60_000))
}

fn config(name: &str, value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n  a: {value}\n"
    )
}

#[test]
fn what_secrets_hold_is_in_no_form_on_no_side() {
    let secret = |plain: &str, base64: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    \
             kubectl.kubernetes.io/last-applied-configuration: '{{\"data\":{{\"b\":\"{base64}\"}}}}'\n\
             stringData:\n  a: {plain}\n  long: |\n    {plain}\n\n    {plain}\ndata:\n  b: {base64}\n  \
             'odd: key': {base64}\n"
        )
    };
    let (old, new) = (secret("hunter2", "b2xkLXNlY3JldA=="), secret("hunter3", "bmV3LXNlY3JldA=="));
    let forms = ["b2xk", "bmV3", "hunter", "aHVudGVy"];
    for (old, new) in [(&*old, &*new), (&*old, ""), ("", &*new)] {
        let shown = shown(old, new);
        assert!(shown.contains("Secret/ns/s") && shown.contains("(hidden"), "{shown}");
        for secret in forms {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    assert!(shown(&old, &new).contains("-  a: (hidden 1)"));
}

#[test]
fn a_fence_is_longer_than_any_in_the_manifest() {
    let new = config("x", "'```` </details> <!-- '");
    let shown = shown("", &new);
    assert!(shown.contains("\n`````diff\n"), "{shown}");
}

#[test]
fn names_are_never_markup() {
    let (old, new) = (manifests(""), manifests(&config("'a|b`<img>@all\n\n# x'", "b")));
    let page = markdown(SUBJECT, &compare(&old, &new, &[]), 60_000);
    let outside: String = page.split("```").step_by(2).collect();
    for markup in ["a|b", "<img", "@all", "# x"] {
        assert!(!outside.contains(markup), "{markup} in {outside}");
    }
}

#[test]
fn a_page_is_cut_between_objects_and_says_how_many_are_missing() {
    let yaml: String = (0..300).map(|number| config(&format!("n{number:03}"), "b")).collect();
    let huge = config("aaa-first", &"x".repeat(50_000));
    let (old, new) = (manifests(&yaml), manifests(&huge));
    let set = compare(&old, &new, &[]);
    let whole = markdown(SUBJECT, &set, 10_000_000);
    assert_eq!(whole.matches("<details>").count(), 301);
    assert!(!whole.contains("left out"));
    for room in [2_000, 3_000, 10_000, 30_000, 60_000] {
        let page = markdown(SUBJECT, &set, room);
        assert!(page.len() <= room, "{} of {room}", page.len());
        let details = page.matches("<details>").count();
        assert_eq!(page.matches("</details>").count(), details);
        assert_eq!(page.matches("\n```\n").count(), details);
        assert!(page.contains(&format!("difference of {} objects is left out", 301 - details)));
        let rows = page.matches("| **delete** |").count() + page.matches("| create |").count();
        assert_eq!(page.contains(&format!("… and {} more", 301 - rows)), rows < 301);
    }
}

#[test]
fn the_longest_names_fit_too() {
    let label = "a".repeat(63);
    let origin = "`".repeat(500);
    let subject = Subject { project: &label, environment: &label, origin: &origin };
    let (old, new) = (manifests(&config(&"n".repeat(253), &"x".repeat(9000))), manifests(""));
    let page = markdown(subject, &compare(&old, &new, &[]), 2_000);
    assert!(page.len() <= 2_000, "{}", page.len());
    assert!(page.contains("left out"));
}

#[test]
fn no_difference_is_said_in_every_form() {
    let same = config("x", "b");
    let shown = shown(&same, &same);
    assert!(shown.starts_with("staging: no difference, 1 unchanged\n"), "{shown}");
    assert!(shown.contains("### shop/staging: no difference, 1 unchanged\n"), "{shown}");
    assert!(shown.contains("\"objects\": []"), "{shown}");
}
