//! The parser against Go's answers, in `tests/parse_cases.txt`.

use super::node::{Branch, Command, List, Node, Number, Operand, Pipe, Variable};
use super::{is_blank, parse, print};
use crate::execute::Call;
use crate::functions::{Failure, Function, Functions, Parameter};
use crate::value::{Text, Value};
use std::fmt::Write as _;

#[expect(clippy::unnecessary_wraps, reason = "a function body returns a result")]
fn nothing(_: &mut Call<'_>, _: &[Value]) -> Result<Value, Failure> {
    Ok(Value::Nil)
}

fn functions() -> Functions {
    let mut functions = Functions::new();
    for name in [
        "and", "default", "eq", "include", "index", "len", "not", "or", "print", "printf", "quote",
        "été",
    ] {
        functions.add(Function {
            name,
            parameters: &[],
            variadic: Some(Parameter::Any),
            body: nothing,
        });
    }
    functions
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match rest.next().unwrap() {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    out
}

fn escape(text: &[u8]) -> String {
    let mut out = String::new();
    for byte in text {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => write!(out, "\\x{byte:02x}").unwrap(),
        }
    }
    out
}

fn join<T>(items: &[T], dump: fn(&T) -> String) -> String {
    items.iter().map(dump).collect::<Vec<_>>().join(" ")
}

fn list(list: &List) -> String {
    format!("[{}]", join(&list.nodes, node))
}

fn names(names: &[Text]) -> String {
    join(names, |name| escape(name))
}

fn branch(name: &str, branch: &Branch) -> String {
    let otherwise =
        branch.otherwise.as_ref().map_or(String::new(), |body| format!(" {}", list(body)));
    format!(
        "{name}@{}({} {}{otherwise})",
        branch.position.0,
        pipe(&branch.pipe),
        list(&branch.body)
    )
}

fn node(node: &Node) -> String {
    match node {
        Node::Text(at, text) => format!("text@{}<{}>", at.0, escape(text)),
        Node::Action(at, body) => format!("action@{}({})", at.0, pipe(body)),
        Node::If(body) => branch("if", body),
        Node::Range(body) => branch("range", body),
        Node::With(body) => branch("with", body),
        Node::Template(call) => {
            let data = call.pipe.as_ref().map_or(String::new(), |data| format!(" {}", pipe(data)));
            format!("template@{}(<{}>{data})", call.position.0, escape(&call.name))
        }
        Node::Break(at) => format!("break@{}", at.0),
        Node::Continue(at) => format!("continue@{}", at.0),
    }
}

fn pipe(pipe: &Pipe) -> String {
    let mut out = format!("pipe@{}(", pipe.position.0);
    if !pipe.declarations.is_empty() {
        out += &join(&pipe.declarations, variable);
        out += if pipe.is_assignment { " = " } else { " := " };
    }
    out + &join(&pipe.commands, command) + ")"
}

fn command(command: &Command) -> String {
    format!("command@{}({})", command.position.0, join(&command.arguments, operand))
}

fn variable(variable: &Variable) -> String {
    let mut parts = vec![variable.name.clone()];
    parts.extend(variable.fields.iter().cloned());
    format!("variable@{}<{}>", variable.position.0, names(&parts))
}

fn operand(operand: &Operand) -> String {
    let at = operand.position().0;
    match operand {
        Operand::Dot(_) => format!("dot@{at}"),
        Operand::Nil(_) => format!("nil@{at}"),
        Operand::Bool(_, value) => format!("bool@{at}<{value}>"),
        Operand::Number(_, value) => format!("number@{at}<{}>", number(value)),
        Operand::String(_, written, text) => {
            format!("string@{at}<{}><{}>", escape(written), escape(text))
        }
        Operand::Identifier(_, name, _) => format!("function@{at}<{}>", escape(name)),
        Operand::Field(_, fields) => format!("field@{at}<{}>", names(fields)),
        Operand::Variable(body) => variable(body),
        Operand::Pipe(body) => pipe(body),
        Operand::Chain(_, inner, fields) => {
            format!("chain@{at}({} <{}>)", self::operand(inner), names(fields))
        }
    }
}

fn number(number: &Number) -> String {
    let mut out = escape(&number.text);
    if let Some(int) = number.int {
        write!(out, " int={int}").unwrap();
    }
    if let Some(uint) = number.uint {
        write!(out, " uint={uint}").unwrap();
    }
    if let Some(float) = number.float {
        write!(out, " float={:016x}", float.to_bits()).unwrap();
    }
    out + if number.is_complex { " complex" } else { "" }
}

fn answer(input: &[u8]) -> String {
    let mut templates = match parse("main", input, &functions()) {
        Ok(templates) => templates,
        Err(error) => return format!("! {}\n", escape(error.to_string().as_bytes())),
    };
    assert_eq!(
        templates.first().map(|template| template.name.to_string()),
        Some("main".to_owned())
    );
    templates.sort_by(|left, right| left.name.cmp(&right.name));
    let mut out = String::new();
    for template in &templates {
        let blank = if is_blank(&template.root) { " (blank)" } else { "" };
        let mut text = Vec::new();
        print::print_list(&template.root, &mut text);
        writeln!(out, "= {}{blank}: {}", escape(&template.name), escape(&text)).unwrap();
        writeln!(out, ". {}", list(&template.root)).unwrap();
    }
    out
}

#[test]
fn every_text_parses_or_fails_as_in_go() {
    let mut failures = Vec::new();
    let cases = include_str!("../../tests/parse_cases.txt").split("\n< ").skip(1);
    let mut count = 0;
    for case in cases {
        let (input, expected) = case.split_once('\n').unwrap();
        let is_answer = |line: &&str| !line.trim().is_empty() && !line.starts_with("# ");
        let expected: String = expected.split_inclusive('\n').filter(is_answer).collect();
        let actual = answer(&unescape(input));
        count += 1;
        if actual.trim_end() != expected.trim_end() {
            failures.push(format!("< {input}\nexpected:\n{expected}got:\n{actual}"));
        }
    }
    assert!(count > 450, "only {count} cases were read");
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

fn check_error(input: &str, expected: &str) {
    assert_eq!(parse("main", input.as_bytes(), &functions()).unwrap_err().to_string(), expected);
}

#[test]
fn nesting_beyond_the_limit_is_an_error_on_a_small_stack() {
    let check = || {
        let parens = format!("{{{{ {}1{} }}}}", "(".repeat(250), ")".repeat(250));
        assert!(parse("main", parens.as_bytes(), &functions()).is_ok());
        let parens = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
        check_error(&parens, "template: main:1: max expression depth exceeded");
        for opening in
            ["{{if .}}", "{{range .}}", "{{with .}}", "{{block \"a\" .}}", "{{if .}}{{else if .}}"]
        {
            check_error(
                &opening.repeat(100_000),
                "template: main:1: max expression depth exceeded",
            );
        }
        let chain = format!("{{{{if .}}}}{}{{{{end}}}}", "{{else if .}}".repeat(249));
        let templates = parse("main", chain.as_bytes(), &functions()).unwrap();
        let printed = templates.first().unwrap().root.to_string();
        assert_eq!(printed.matches("{{end}}").count(), 250);
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(check).unwrap().join().unwrap();
}

#[test]
fn break_is_a_function_where_one_has_that_name() {
    let mut functions = functions();
    functions.add(Function { name: "break", parameters: &[], variadic: None, body: nothing });
    let templates = parse("main", b"{{break 1}}", &functions).unwrap();
    assert_eq!(templates.first().unwrap().root.to_string(), "{{break 1}}");
}

#[test]
fn no_prefix_of_any_case_panics() {
    for case in include_str!("../../tests/parse_cases.txt")
        .lines()
        .filter_map(|line| line.strip_prefix("< "))
    {
        let input = unescape(case);
        for end in 0..input.len() {
            drop(parse("main", &input[..end], &functions()));
        }
    }
}
