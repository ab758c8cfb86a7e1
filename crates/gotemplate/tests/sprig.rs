//! What real sprig 3.3.0 (with semver 3.5.0) answered to each template of `sprig_cases.txt` and
//! `date_cases.txt`:
//! template, then `=` and the output or `!` and the error.

mod escapes;

use gotemplate::Host;
use gotemplate::execute::{Budget, Surroundings};

fn host<'h>(budget: &'h Budget, surroundings: &'h Surroundings) -> Host<'h> {
    Host { state: &(), budget, surroundings, recorder: None }
}

#[cfg(test)]
mod cases {
    use super::escapes::unescape;
    use super::host;
    use gotemplate::execute::{Budget, Surroundings};
    use gotemplate::functions::sprig;
    use gotemplate::functions::{BUILTINS, Functions};
    use gotemplate::{Limits, Map, Set, Text, Value};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn map(entries: Vec<(&str, Value)>) -> Value {
        let entries = entries.into_iter().map(|(key, value)| (Text::from(key), value));
        Value::Map(Map::from_entries(entries.collect::<BTreeMap<_, _>>()))
    }

    fn data() -> Value {
        map(vec![
            (
                "m",
                map(vec![
                    ("a", Value::float(1.0)),
                    ("b", map(vec![("c", "x".into()), ("d", Value::Nil)])),
                ]),
            ),
            ("n", Value::Nil),
            ("l", Value::list(vec!["x".into(), Value::float(1.0), Value::Nil])),
            ("f", Value::float(5.0)),
            ("big", Value::float(1_000_000.0)),
            ("s", "str".into()),
            ("bytes", Value::string(b"\xff\xfe".as_slice())),
        ])
    }

    fn functions() -> Arc<Functions> {
        let mut functions = Functions::new();
        functions.extend(BUILTINS);
        functions.extend(&sprig::table());
        Arc::new(functions)
    }

    fn run(functions: &Arc<Functions>, template: &[u8]) -> Vec<u8> {
        let mut set = Set::new(Arc::clone(functions));
        if let Err(error) = set.parse("t", template) {
            return format!("!parse {error}").into_bytes();
        }
        let budget = Budget::new(Limits { steps: 10_000_000, output: 10_000_000, depth: 100 });
        match set.execute("t", data(), host(&budget, &Surroundings::default())) {
            Ok(output) => [b"=", &*output].concat(),
            Err(error) => format!("!{error}").into_bytes(),
        }
    }

    #[test]
    fn answers_as_sprig_does() {
        answers_alike(include_str!("sprig_cases.txt"));
    }

    /// With the local zone UTC.
    #[test]
    fn dates_and_chance_answer_as_in_sprig() {
        answers_alike(include_str!("date_cases.txt"));
    }

    fn answers_alike(cases: &str) {
        let functions = functions();
        let mut failures = Vec::new();
        for line in cases.lines() {
            let (template, expected) = line.split_once('\t').unwrap();
            let answer = run(&functions, &unescape(template));
            if answer != unescape(expected) {
                failures.push(format!("{line}\n    got {}", answer.escape_ascii()));
            }
        }
        let count = failures.len();
        let total = cases.lines().count();
        assert!(failures.is_empty(), "{count} of {total} differ:\n{}", failures.join("\n"));
    }
}

/// The table as a whole, and what it does with hostile arguments.
#[cfg(test)]
mod table {
    use super::host;
    use gotemplate::execute::{Budget, Surroundings};
    use gotemplate::functions::sprig::{self, json};
    use gotemplate::functions::{BUILTINS, Functions};
    use gotemplate::{Call, Limits, Map, Parameter, Set, Time, Value};
    use std::collections::BTreeSet;
    use std::sync::Arc;

    /// Every function of sprig 3.3 that Helm has, and those that Helm 4 added.
    const NAMES: &str = include_str!("sprig_names.txt");

    fn render(template: &str) -> String {
        let mut functions = Functions::new();
        functions.extend(BUILTINS);
        functions.extend(&sprig::table());
        let mut set = Set::new(Arc::new(functions));
        set.parse("t", template.as_bytes()).unwrap();
        let budget = Budget::new(Limits { steps: 1_000_000, output: 1_000_000, depth: 100 });
        match set.execute("t", Value::Nil, host(&budget, &Surroundings::default())) {
            Ok(output) => String::from_utf8_lossy(&output).into_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn has_every_function_of_the_library_exactly_once() {
        let table = sprig::table();
        let names: BTreeSet<&str> = table.iter().map(|function| function.name).collect();
        assert_eq!(names.len(), table.len(), "a name stands in two tables");
        assert_eq!(names, NAMES.lines().collect::<BTreeSet<_>>());
    }

    #[test]
    fn unsupported_functions_parse_and_fail_with_their_name() {
        let rendered =
            render(r#"{{ if false }}{{ getHostByName "a" }}{{ end }}{{ getHostByName "a" }}"#);
        assert!(
            rendered.ends_with(r#"function "getHostByName" is not supported yet by molave"#),
            "{rendered}"
        );
        assert!(sprig::unsupported_table().len() < 20, "more became unsupported");
    }

    /// The moment of these renders is the epoch in UTC.
    #[test]
    fn what_is_now_comes_from_the_surroundings() {
        let cases = [
            ("{{ now }}", "1970-01-01 00:00:00 +0000 UTC m=+0.000000001"),
            ("{{ now.UTC }}", "1970-01-01 00:00:00 +0000 UTC"),
            ("{{ now.Add 5 }}", "1970-01-01 00:00:00.000000005 +0000 UTC m=+0.000000006"),
            (r#"{{ dateModify "-1s" now }}"#, "1969-12-31 23:59:59 +0000 UTC m=-0.999999999"),
            (r#"{{ dateModify "2000000h" now }}"#, "2198-02-27 08:00:00 +0000 UTC"),
            ("{{ now.GoString }}", "time.Date(1970, time.January, 1, 0, 0, 0, 0, time.Local)"),
            (r#"{{ date "2006" "2024" }} {{ htmlDate 1.7e9 }}"#, "1970 1970-01-01"),
            ("{{ ago 0 }} {{ ago -90 }} {{ ago (now.Add 5000000000000) }}", "0s 1m30s -1h23m20s"),
            ("{{ ago 1.5 }} {{ ago nil }} {{ ago (now.Add 1500000000) }}", "0s 0s -2s"),
            ("{{ durationRound (now.AddDate -2 0 0) }}", "2y"),
            ("{{ toJson now }}", r#""1970-01-01T00:00:00Z""#),
        ];
        for (template, expected) in cases {
            assert_eq!(render(template), expected, "{template}");
        }
    }

    #[test]
    fn chance_reaches_every_character_and_is_the_same_for_one_seed() {
        for (function, count) in
            [("randAlpha", 52), ("randAlphaNum", 62), ("randNumeric", 10), ("randAscii", 95)]
        {
            let template = format!("{{{{ {function} 5000 }}}}");
            let drawn = render(&template);
            assert_eq!(drawn.chars().collect::<BTreeSet<_>>().len(), count, "{function}");
            assert_eq!(render(&template), drawn);
        }
        assert_eq!(
            render("{{ range until 200 }}{{ randInt 3 5 }}{{ end }}").replace(['3', '4'], ""),
            ""
        );
        let text = "abcdefghijklmnop";
        let shuffled = render(&format!("{{{{ shuffle {text:?} }}}}"));
        let mut sorted: Vec<char> = shuffled.chars().collect();
        sorted.sort_unstable();
        assert_eq!(sorted.iter().collect::<String>(), text);
        assert_ne!(shuffled, text);
    }

    #[test]
    fn hostile_sizes_are_refused_before_memory_is_taken() {
        let templates = [
            r#"{{ repeat 1000000000000 "ab" }}"#,
            r#"{{ repeat 9223372036854775807 "ab" }}"#,
            "{{ until 1000000000 }}",
            "{{ untilStep 0 9223372036854775807 1 }}",
            "{{ seq 1 1000000000 }}",
            "{{ randAlphaNum 1000000000 }}",
            "{{ randAscii 9223372036854775807 }}",
            "{{ randBytes 9223372036854775807 }}",
            r#"{{ indent 1000000000 "a" }}"#,
            r#"{{ nindent 9223372036854775807 "a\nb" }}"#,
            r#"{{ $x := "ab" }}{{ range until 40 }}{{ $x = replace "" $x $x }}{{ end }}"#,
            r#"{{ $x := "ab" }}{{ range until 40 }}{{ $x = regexReplaceAll "." $x $x }}{{ end }}"#,
            r#"{{ $x := "ab" }}{{ range until 60 }}{{ $x = join $x (list $x $x) }}{{ end }}"#,
            r"{{ $x := list 1 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}",
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toJson $d }}"#,
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ quote $d }}"#,
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}"#,
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ merge (deepCopy (dict "d" (dict))) $d $d }}"#,
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $e := dict }}{{ $_ := set $e "d" $e }}{{ mergeOverwrite $d $e }}"#,
            r#"{{ $d := dict }}{{ range until 60 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ toJson $d }}"#,
            r#"{{ $d := dict }}{{ range until 60 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ deepEqual $d (deepCopy $d) }}"#,
        ];
        for template in templates {
            let rendered = render(template);
            assert!(rendered.starts_with("template: "), "{template} gave {rendered}");
        }
    }

    /// Values of a parameter's type that break careless arithmetic and slicing.
    fn hostile(parameter: Parameter) -> Vec<Value> {
        let extremes = [i64::MIN, i64::MIN + 1, -5, -1, 0, 1, 3, 4, 7, i64::MAX - 1, i64::MAX];
        let texts =
            ["", "a", "é\n x", "-9223372036854775808", "1e308", "%", "[", "v1.x", "{", "=="];
        let ints = extremes.map(Value::int);
        let strings = texts.map(Value::from);
        let cycle = Map::default();
        cycle.insert("me".into(), Value::Map(cycle.clone()));
        match parameter {
            Parameter::String => {
                strings.into_iter().chain([Value::string(b"\xff".to_vec())]).collect()
            }
            Parameter::Int => ints.to_vec(),
            Parameter::Bool => vec![Value::Bool(true)],
            Parameter::Object("time.Time") => {
                let template = Time::read("2006", "2024", None, &jiff::tz::TimeZone::UTC);
                vec![template.unwrap().into_value()]
            }
            Parameter::Float64 => vec![Value::float(f64::NAN), Value::float(-0.0)],
            Parameter::Map => vec![
                Value::Map(Map::nil(gotemplate::MapType::StringInterface)),
                Value::Map(cycle),
                Value::Map(Map::default()),
            ],
            _ => ints
                .into_iter()
                .chain(strings)
                .chain([
                    Value::Nil,
                    Value::Invalid,
                    Value::Map(cycle),
                    Value::list(vec![Value::Nil]),
                ])
                .chain([f64::INFINITY, f64::NAN, f64::MIN_POSITIVE, 1e300].map(Value::float))
                .chain([Value::strings(["b", "a"]), Value::Bytes(b"\xff".as_slice().into())])
                .collect(),
        }
    }

    #[test]
    fn no_function_panics_on_hostile_arguments() {
        let set = Set::new(Arc::new(Functions::new()));
        let mut random: usize = 1;
        for function in sprig::table() {
            for round in 0..400 {
                let extra = if function.variadic.is_some() { round % 4 } else { 0 };
                let rest = std::iter::repeat_n(function.variadic, extra).flatten();
                let pick = |parameter| {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
                    let pool = hostile(parameter);
                    pool[(random >> 33) % pool.len()].clone()
                };
                let arguments: Vec<Value> =
                    function.parameters.iter().copied().chain(rest).map(pick).collect();
                let budget = Budget::new(Limits { steps: 100_000, output: 1_000_000, depth: 10 });
                let surroundings = Surroundings::default();
                let mut call = Call::outside(&set, host(&budget, &surroundings));
                drop((function.body)(&mut call, &arguments));
            }
        }
    }

    #[test]
    fn deep_json_is_an_error_and_no_crash() {
        assert_eq!(
            json::decode("[".repeat(100_000).as_bytes()).err().unwrap(),
            "exceeded max depth"
        );
    }

    #[test]
    fn json_is_there_for_hosts() {
        let value = json::decode(br#"{"b":[1,2.5,"<"],"a":null}"#).unwrap();
        let check = |escape, indent, expected: &str| {
            assert_eq!(json::encode(&value, escape, indent).unwrap(), expected.as_bytes());
        };
        check(true, "", r#"{"a":null,"b":[1,2.5,"\u003c"]}"#);
        check(false, "  ", "{\n  \"a\": null,\n  \"b\": [\n    1,\n    2.5,\n    \"<\"\n  ]\n}");
    }
}
