//! Certificates and keys as templates make them: what they cost, and what they depend on. What they
//! contain is tested in `go-crypto`; recorded answers are in `sprig_cases.txt`.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use gotemplate::execute::{Budget, Moment, Others, Surroundings};
use gotemplate::functions::{BUILTINS, Functions, sprig};
use gotemplate::{Host, Limits, Set, Value};
use std::sync::Arc;

fn render(template: &str, seed: u8, steps: u64) -> String {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    functions.extend(&sprig::table());
    let mut set = Set::new(Arc::new(functions));
    set.parse("t", template.as_bytes()).unwrap();
    let budget = Budget::new(Limits { steps, output: 1_000_000, depth: 10 });
    let moment = Moment { seed: [seed; 32], ..Moment::default() };
    let surroundings = Surroundings::new(moment, Others::None);
    let host = Host { state: &(), budget: &budget, surroundings: &surroundings, recorder: None };
    match set.execute("t", Value::Nil, host) {
        Ok(output) => String::from_utf8(output).unwrap(),
        Err(error) => format!("!{error}"),
    }
}

#[test]
fn a_certificate_is_signed_by_the_one_before() {
    let template = r#"{{ $ca := genCA "ca" 365 }}{{ $c := genSignedCert "x" (list "10.0.0.1") (list "a.b") 30 $ca -}}
{{ typeOf $c }} {{ kindOf $c }} {{ hasPrefix "-----BEGIN CERTIFICATE-----\n" $c.Cert }} {{ hasSuffix "-----END RSA PRIVATE KEY-----\n" $c.Key }}
{{- $copy := buildCustomCert (b64enc $c.Cert) (b64enc $c.Key) }} {{ eq (toJson $copy) (toJson $c) }} {{ eq (print $c) (printf "{%s %s}" $c.Cert $c.Key) }}"#;
    assert_eq!(render(template, 1, 20_000_000), "sprig.certificate struct true true true true");
}

#[test]
fn the_seed_alone_makes_the_difference() {
    for template in [
        r#"{{ genPrivateKey "ecdsa" }}"#,
        r#"{{ genPrivateKey "ed25519" }}"#,
        r#"{{ htpasswd "a" "b" }}"#,
        r#"{{ encryptAES "a" "b" }}"#,
        r#"{{ (genSelfSignedCert "a" nil nil 1).Cert }}"#,
    ] {
        let rendered = render(template, 1, 20_000_000);
        assert!(!rendered.starts_with('!'), "{rendered}");
        assert_eq!(rendered, render(template, 1, 20_000_000), "{template}");
        assert_ne!(rendered, render(template, 2, 20_000_000), "{template}");
    }
}

#[test]
fn loops_that_make_keys_end_with_the_budget() {
    for body in [
        r#"genCA "a" 1"#,
        r#"genSelfSignedCert "a" nil nil 1"#,
        r#"genPrivateKey """#,
        r#"genPrivateKey "dsa""#,
        r#"bcrypt "a""#,
        r#"htpasswd "a" "b""#,
        r#"derivePassword 1 "pin" "a" "b" "c""#,
        r#"genCAWithKey "a" 1 (genPrivateKey "ecdsa")"#,
    ] {
        let template = format!("{{{{ range until 10000 }}}}{{{{ $_ := {body} }}}}{{{{ end }}}}");
        let rendered = render(&template, 1, 1_100_000);
        assert!(rendered.ends_with("template takes more than 1100000 steps"), "{rendered}");
    }
}

#[test]
fn what_fails_before_a_key_is_needed_costs_no_key() {
    let template = r#"{{ genSelfSignedCert "a" (list "b") nil 1 }}"#;
    let rendered = render(template, 1, 20_000_000);
    assert!(
        rendered.ends_with("error calling genSelfSignedCert: error parsing ip: b"),
        "{rendered}"
    );
}
