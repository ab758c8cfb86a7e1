//! Templates run here against what Go makes of them.
//!
//! `execute_cases.txt` holds a few hundred small templates with the outputs and errors that Go's
//! `text/template` gives. The functions and objects below mirror those of the program that wrote
//! the expectations.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a failing test panics")]

use gotemplate::execute::{Budget, Surroundings};
use gotemplate::functions::BUILTINS;
use gotemplate::{
    Call, Element, Error, Failure, Function, Functions, Host, IntKind, Limits, List, Map, MapType,
    Method, Object, Parameter, Set, Text, UintKind, Value,
};
use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

const LIMITS: Limits = Limits { steps: 100_000, output: 1_000_000, depth: 100 };

// ---- the functions that cases use

type Outcome = Result<Value, Failure>;

const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    variadic: Option<Parameter>,
    body: fn(&mut Call<'_>, &[Value]) -> Outcome,
) -> Function {
    Function { name, parameters, variadic, body }
}

const FUNCTIONS: &[Function] = &[
    function("wantString", &[Parameter::String], None, |_, values| shown("string", values)),
    function("wantInt", &[Parameter::Int], None, |_, values| shown("int", values)),
    function("wantInt64", &[Parameter::Int64], None, |_, values| shown("int64", values)),
    function("wantFloat", &[Parameter::Float64], None, |_, values| shown("float64", values)),
    function("wantUint32", &[Parameter::Uint32], None, |_, values| shown("uint32", values)),
    function("wantBool", &[Parameter::Bool], None, |_, values| shown("bool", values)),
    function("wantList", &[Parameter::List], None, |_, values| match values {
        [Value::List(list)] => Ok(format!("list {}", list.len()).into()),
        _ => panic!("unchecked"),
    }),
    function("wantMap", &[Parameter::Map], None, |_, values| match values {
        [Value::Map(map)] => Ok(format!("map {} {}", map.len(), map.map_type().name()).into()),
        _ => panic!("unchecked"),
    }),
    function(
        "wantCaps",
        &[Parameter::Object("*main.capabilities")],
        None,
        |_, values| match values {
            [Value::Object(object)] => {
                let version = object.field("Version").unwrap();
                shown("caps", &[version])
            }
            _ => panic!("unchecked"),
        },
    ),
    function("wantAny", &[Parameter::Interface], None, |_, values| {
        assert!(!matches!(values, [Value::Invalid]), "an interface parameter gets Nil");
        Ok(values[0].type_name().into())
    }),
    function("anys", &[Parameter::Int], Some(Parameter::Interface), |_, values| {
        let text = gotemplate::format::sprint(&values[..1]);
        Ok(format!("{} {}", String::from_utf8(text).unwrap(), values.len() - 1).into())
    }),
    function("strs", &[], Some(Parameter::String), |_, values| Ok(joined(values, ",").into())),
    function("two", &[Parameter::String, Parameter::Int], None, |_, values| {
        Ok(joined(values, " ").into())
    }),
    function("none", &[], None, |_, _| Ok("none".into())),
    function("nothing", &[], None, |_, _| Ok(Value::Nil)),
    function("identity", &[Parameter::Interface], None, |_, values| Ok(values[0].clone())),
    function("dict", &[], Some(Parameter::Interface), |_, values| {
        let map = Map::default();
        for pair in values.chunks_exact(2) {
            let [Value::String(key), value] = pair else { panic!("odd dict") };
            map.insert(key.clone(), value.clone());
        }
        Ok(Value::Map(map))
    }),
    function("list", &[], Some(Parameter::Interface), |_, values| Ok(Value::list(values.to_vec()))),
    function(
        "set",
        &[Parameter::Map, Parameter::String, Parameter::Interface],
        None,
        |_, values| {
            let [Value::Map(map), Value::String(key), value] = values else { panic!("unchecked") };
            if map.is_nil() {
                return Err("assignment to entry in nil map".into());
            }
            map.insert(key.clone(), value.clone());
            Ok(Value::Map(map.clone()))
        },
    ),
    function("fail", &[Parameter::String], None, |_, values| Err(joined(values, "").into())),
    function("include", &[Parameter::String, Parameter::Interface], None, |call, values| {
        let [Value::String(name), data] = values else { panic!("unchecked") };
        Ok(Value::string(call.include(name, data.clone())?))
    }),
    function("tpl", &[Parameter::String, Parameter::Interface], None, |call, values| {
        let [Value::String(text), data] = values else { panic!("unchecked") };
        let quoted = String::from_utf8(gotemplate::format::quote(text)).unwrap();
        call.evaluate("gotpl", text, data.clone()).map(Value::string).map_err(|failure| {
            match failure {
                Failure::Exhausted(_) => failure,
                Failure::Message(message) => {
                    format!("cannot parse template {quoted}: {message}").into()
                }
                Failure::Execution(error) => {
                    format!("error during tpl function execution for {quoted}: {error}").into()
                }
            }
        })
    }),
    function("templateName", &[], None, |call, _| Ok(Value::string(call.template_name()))),
    function("hostNumber", &[], None, |call, _| {
        Ok(call.state::<i64>().map_or(Value::Nil, |number| Value::int(*number)))
    }),
];

#[expect(clippy::unnecessary_wraps, reason = "the result of function bodies")]
fn shown(kind: &str, values: &[Value]) -> Outcome {
    Ok(format!("{kind} {}", joined(values, "")).into())
}

fn joined(values: &[Value], separator: &str) -> String {
    let texts = values.iter().map(|value| {
        String::from_utf8(gotemplate::format::sprint(std::slice::from_ref(value))).unwrap()
    });
    texts.collect::<Vec<_>>().join(separator)
}

// ---- the objects that cases use

struct Files;

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "main.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn method(&self, name: &str) -> Option<Method> {
        let method = |parameters, variadic| Some(Method { parameters, variadic });
        match name {
            "Get" => method(&[Parameter::String], None),
            "Count" => method(&[], None),
            "Join" => method(&[Parameter::String], Some(Parameter::String)),
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Outcome {
        match (name, arguments) {
            ("Get", [Value::String(file)]) => match self.field(&file.to_string()) {
                Some(Value::Bytes(bytes)) => Ok(Value::String(bytes)),
                _ => panic!("files are bytes"),
            },
            ("Count", []) => Ok(Value::int(2)),
            ("Join", [separator, rest @ ..]) => {
                Ok(joined(rest, &joined(std::slice::from_ref(separator), "")).into())
            }
            _ => panic!("unchecked"),
        }
    }

    fn field(&self, name: &str) -> Option<Value> {
        let bytes = match name {
            "a.txt" => "A",
            "b" => "B",
            _ => "",
        };
        Some(Value::Bytes(Text::from(bytes)))
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        Some(
            ["a.txt", "b"].iter().map(|name| ((*name).into(), self.field(name).unwrap())).collect(),
        )
    }

    fn print(&self) -> String {
        "map[a.txt:[65] b:[66]]".to_owned()
    }

    fn encode(&self) -> Option<Value> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Versions;

impl Object for Versions {
    fn type_name(&self) -> &'static str {
        "main.versions"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn method(&self, name: &str) -> Option<Method> {
        (name == "Has").then_some(Method { parameters: &[Parameter::String], variadic: None })
    }

    fn call(&self, _: &str, arguments: &[Value]) -> Outcome {
        let [Value::String(version)] = arguments else { panic!("unchecked") };
        Ok(Value::Bool(*version == *"v1" || *version == *"apps/v1"))
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        Some(vec![(Value::int(0), "v1".into()), (Value::int(1), "apps/v1".into())])
    }

    fn print(&self) -> String {
        "[v1 apps/v1]".to_owned()
    }

    fn encode(&self) -> Option<Value> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Capabilities;

impl Object for Capabilities {
    fn type_name(&self) -> &'static str {
        "*main.capabilities"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn method(&self, name: &str) -> Option<Method> {
        let parameters: &'static [Parameter] = match name {
            "GitVersion" | "Fail" => &[],
            "Add" => &[Parameter::Int, Parameter::Int],
            _ => return None,
        };
        Some(Method { parameters, variadic: None })
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Outcome {
        match (name, arguments) {
            ("GitVersion", []) => Ok("v1.2".into()),
            ("Add", [Value::Int(_, left), Value::Int(_, right)]) => Ok(Value::int(left + right)),
            _ => Err("method failed".into()),
        }
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some("v1.2".into()),
            "Minor" => Some(Value::int(2)),
            "Versions" => Some(Value::Object(Rc::new(Versions))),
            "Nothing" => Some(Value::Nil),
            _ => None,
        }
    }

    fn print(&self) -> String {
        "{v1.2 2 [v1 apps/v1] <nil>}".to_owned()
    }

    fn encode(&self) -> Option<Value> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

// ---- the cases

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::float(number.as_f64().unwrap()),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value).collect()),
        serde_json::Value::Object(entries) => {
            let entries = entries.iter().map(|(key, item)| (Text::from(key.as_str()), value(item)));
            Value::Map(Map::from_entries(entries.collect()))
        }
    }
}

fn data(json: &str) -> Value {
    let data = value(&serde_json::from_str(json).unwrap());
    let Value::Map(map) = &data else { return data };
    let values = Map::new(MapType::Named("main.Values"));
    values.insert("k".into(), "v".into());
    values.insert("n".into(), Value::Nil);
    let strings = Map::new(MapType::StringString);
    strings.insert("b".into(), "2".into());
    strings.insert("a".into(), "1".into());
    for (key, value) in [
        ("Files", Value::Object(Rc::new(Files))),
        ("Caps", Value::Object(Rc::new(Capabilities))),
        ("Vals", Value::Map(values)),
        ("StrMap", Value::Map(strings)),
        ("Strs", Value::List(List::new(Element::String, vec!["x".into(), "y".into()]))),
        ("Bytes", Value::Bytes("hi".into())),
        ("I64", Value::int64(7)),
        ("U8", Value::Uint(UintKind::Uint8, 7)),
        ("Dur", Value::Int(IntKind::Duration, 90_000_000_000)),
    ] {
        map.insert(key.into(), value);
    }
    data
}

fn functions() -> Arc<Functions> {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    functions.extend(FUNCTIONS);
    Arc::new(functions)
}

fn render(template: &str, json: &str) -> Result<String, String> {
    render_within(template, data(json), LIMITS)
}

fn render_within(template: &str, data: Value, limits: Limits) -> Result<String, String> {
    let mut set = Set::new(functions());
    set.parse("t.tpl", template.as_bytes()).map_err(|error| error.to_string())?;
    let host = Host {
        state: &5_i64,
        budget: &Budget::new(limits),
        surroundings: &Surroundings::default(),
        recorder: None,
    };
    let output = set.execute("t.tpl", data, host).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

/// Runs a template of a set without a state of the host.
fn execute(set: &Set, name: &str, data: Value, limits: Limits) -> Result<Vec<u8>, Error> {
    let (budget, surroundings) = (Budget::new(limits), Surroundings::default());
    set.execute(
        name,
        data,
        Host { state: &(), budget: &budget, surroundings: &surroundings, recorder: None },
    )
}

#[derive(Default)]
struct Case {
    template: Vec<&'static str>,
    data: Option<&'static str>,
    output: Vec<&'static str>,
    error: Vec<&'static str>,
}

fn cases() -> Vec<Case> {
    let mut cases = vec![Case::default()];
    for line in include_str!("execute_cases.txt").lines() {
        let case = cases.last_mut().unwrap();
        match line.split_at_checked(2) {
            Some(("| ", text)) => case.template.push(text),
            Some(("< ", text)) => case.data = Some(text),
            Some(("> ", text)) => case.output.push(text),
            Some(("! ", text)) => case.error.push(text),
            Some(_) => assert!(line.starts_with('#'), "{line}"),
            None => cases.push(Case::default()),
        }
    }
    cases.retain(|case| !case.template.is_empty());
    cases
}

#[test]
fn templates_give_what_go_gives() {
    let cases = cases();
    assert!(cases.len() > 300, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let template = case.template.join("\n");
        let expected = if case.error.is_empty() {
            Ok(case.output.join("\n"))
        } else {
            Err(case.error.join("\n"))
        };
        let actual = render(&template, case.data.unwrap_or("{}"));
        if actual != expected {
            wrong.push(format!("{template}\n    go {expected:?}\n  here {actual:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

// ---- sets

#[test]
fn a_blank_body_never_replaces_and_any_other_does() {
    let mut set = Set::new(functions());
    set.parse("a", b"{{ define \"t\" }}one{{ end }}{{ template \"t\" }}").unwrap();
    set.parse("b", b"{{ define \"t\" }} {{/* blank */}} {{ end }}").unwrap();
    check_set(&set, "a", "one");
    set.parse("c", b"{{ define \"t\" }}two{{ end }}").unwrap();
    check_set(&set, "a", "two");
    set.parse("a", b" \n ").unwrap();
    check_set(&set, "a", "two");
    set.parse("a", b"new").unwrap();
    check_set(&set, "a", "new");
}

fn check_set(set: &Set, name: &str, expected: &str) {
    let output = execute(set, name, Value::Nil, LIMITS).unwrap();
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

#[test]
fn a_template_without_a_name_has_positions_too() {
    let mut set = Set::new(functions());
    set.parse("", b"{{ (call .) }}").unwrap();
    let host = Host {
        state: &5_i64,
        budget: &Budget::new(LIMITS),
        surroundings: &Surroundings::default(),
        recorder: None,
    };
    let error = set.execute("", Value::Nil, host).unwrap_err().to_string();
    assert_eq!(
        error,
        r#"template: :1:4: executing "" at <call .>: error calling call: call of nil"#
    );
}

#[test]
fn a_clone_does_not_see_what_is_added_later() {
    let mut set = Set::new(functions());
    set.parse("a", b"{{ template \"t\" }}{{ define \"t\" }}one{{ end }}").unwrap();
    let clone = set.clone();
    set.parse("b", b"{{ define \"t\" }}two{{ end }}").unwrap();
    check_set(&set, "a", "two");
    check_set(&clone, "a", "one");
}

#[test]
fn sets_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync>(_: &T) {}
    shareable(&Set::new(functions()));
}

#[test]
fn a_template_that_is_not_there_is_an_error() {
    let set = Set::new(functions());
    let error = execute(&set, "x", Value::Nil, LIMITS).unwrap_err();
    assert_eq!(error.to_string(), "template: no template \"x\"");
}

#[test]
fn functions_know_the_running_template_and_the_host() {
    let text = "{{ templateName }} {{ template \"t\" }} {{ include \"t\" . }} {{ hostNumber }}\
        {{ define \"t\" }}{{ templateName }}{{ tpl \"({{ templateName }})\" . }}{{ end }}";
    assert_eq!(render(text, "{}").unwrap(), "t.tpl t(gotpl) t(gotpl) 5");
}

#[test]
fn an_error_tells_where_it_happened_and_why() {
    let mut set = Set::new(functions());
    let text = "x\n  {{ include \"t\" . }}{{ define \"t\" }}\n{{ fail \"why\" }}{{ end }}";
    set.parse("dir/f.yaml", text.as_bytes()).unwrap();
    let error = execute(&set, "dir/f.yaml", Value::Nil, LIMITS).unwrap_err();
    assert_eq!((error.file.as_str(), error.line, error.column), ("dir/f.yaml", 2, 5));
    assert_eq!(error.expression, "include \"t\" .");
    assert_eq!(error.message, "error calling include");
    let Some(Failure::Execution(cause)) = error.cause.as_deref() else { panic!("{error}") };
    assert_eq!((cause.line, cause.template.as_str()), (3, "t"));
    assert!(!error.is_exhausted());
}

// ---- limits

fn check_exhausted(template: &str, limits: Limits, expected: &str) {
    let mut set = Set::new(functions());
    set.parse("t.tpl", template.as_bytes()).unwrap();
    let error = execute(&set, "t.tpl", data("{}"), limits).unwrap_err();
    assert!(error.is_exhausted(), "{error}");
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn endless_work_ends_with_the_steps() {
    let limits = Limits { steps: 1_000, ..LIMITS };
    let expected = "template takes more than 1000 steps";
    check_exhausted("{{ range 9223372036854775807 }}{{ end }}", limits, expected);
    check_exhausted(
        "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}",
        Limits { depth: 1_000_000, ..limits },
        expected,
    );
    let large = "{{ $x := printf \"%1600s\" \"\" }}{{ range 99 }}{{ $y := len $x }}{{ end }}";
    check_exhausted(large, limits, expected);
    check_exhausted("{{ tpl (printf \"{{%1100s}}\" \"1\") . }}", limits, expected);
}

#[test]
fn endless_output_ends_with_the_bytes() {
    let limits = Limits { output: 100, ..LIMITS };
    let expected = "template writes more than 100 bytes";
    check_exhausted("{{ range 101 }}x{{ end }}", limits, expected);
    check_exhausted("{{ range 99 }}{{ $.StrMap }}{{ end }}", limits, expected);
    check_exhausted("{{ $x := printf \"%101s\" \"\" }}", limits, expected);
    let wide = "{{ $x := printf \"%999999s%999999s\" 1 2 }}";
    check_exhausted(wide, limits, expected);
    check_exhausted(
        "{{ $x := \"x\" }}{{ range 9 }}{{ $x = print $x $x }}{{ end }}",
        limits,
        expected,
    );
}

#[test]
fn a_failure_of_the_budget_passes_through_include_and_tpl() {
    let limits = Limits { steps: 1_000, ..LIMITS };
    let endless = "{{ define \"t\" }}{{ range 9999 }}{{ end }}{{ end }}";
    let expected = "template takes more than 1000 steps";
    check_exhausted(&format!("{endless}{{{{ include \"t\" . }}}}"), limits, expected);
    check_exhausted(
        &format!("{endless}{{{{ tpl \"{{{{ include `t` . }}}}\" . }}}}"),
        limits,
        expected,
    );
}

#[test]
fn templates_nest_as_deep_as_the_limit() {
    let text = "{{ define \"t\" }}{{ if gt . 0 }}{{ $n := . }}{{ range 1 }}\
        {{ template \"t\" (minusOne $n) }}{{ end }}{{ end }}{{ end }}{{ template \"t\" DEPTH }}";
    let mut functions = Functions::clone(&functions());
    functions.add(function("minusOne", &[Parameter::Int], None, |_, values| match values {
        [Value::Int(_, number)] => Ok(Value::int(number - 1)),
        _ => panic!("unchecked"),
    }));
    let mut set = Set::new(Arc::new(functions));
    set.parse("fits", text.replace("DEPTH", "98").as_bytes()).unwrap();
    set.parse("deep", text.replace("DEPTH", "99").as_bytes()).unwrap();
    check_set(&set, "fits", "");
    let error = execute(&set, "deep", Value::Nil, LIMITS).unwrap_err();
    assert_eq!(
        error.to_string(),
        "template: deep:1:69: executing \"t\" at <{{template \"t\" (minusOne $n)}}>: \
         exceeded maximum template depth (100)"
    );
}

/// Runs on a stack of the documented size.
fn on_a_thread(body: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(gotemplate::execute::STACK_SIZE);
    thread.spawn(body).unwrap().join().unwrap();
}

const DEEP: Limits = Limits { steps: 10_000_000, output: 100_000_000, depth: 100_000 };

#[test]
fn the_deepest_recursion_fits_the_documented_stack() {
    for body in [
        "{{ template \"t\" . }}",
        "{{ include \"t\" . }}",
        "{{ tpl \"{{ include `t` . }}\" . }}",
        "{{ if true }}{{ with . }}{{ range 1 }}{{ include \"t\" $ }}{{ end }}{{ end }}{{ end }}",
        "{{ print (print (print (include \"t\" (identity (identity .))))) }}",
        "{{ .Caps.Add 1 (len (include \"t\" .)) }}",
        "{{ $x := (include \"t\" . | print).foo }}",
    ] {
        let text = format!("{{{{ define \"t\" }}}}{body}{{{{ end }}}}{{{{ template \"t\" . }}}}");
        on_a_thread(move || {
            check_exhausted(&text, DEEP, "exceeded maximum nesting depth (10000)");
        });
    }
}

#[test]
fn values_nested_without_end_are_freed_and_never_printed() {
    on_a_thread(|| {
        let nest = "{{ $l := list }}{{ range 200000 }}{{ $l = list $l }}{{ end }}{{ len $l }}";
        assert_eq!(render_within(nest, Value::Nil, DEEP).unwrap(), "1");
        let nest =
            "{{ $d := dict }}{{ range 200000 }}{{ $d = dict `k` (list $d) }}{{ end }}{{ len $d }}";
        assert_eq!(render_within(nest, Value::Nil, DEEP).unwrap(), "1");
        let message = "a value is nested too deep or contains itself";
        let cycle = "{{ $d := dict }}{{ $_ := set $d \"self\" $d }}";
        for use_it in ["{{ $d }}", "{{ print $d }}", "{{ printf \"%v\" $d }}", "{{ eq $d $d }}"] {
            check_exhausted(&format!("{cycle}{use_it}"), LIMITS, message);
        }
    });
}
