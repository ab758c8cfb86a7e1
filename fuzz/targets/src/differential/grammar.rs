//! Random templates and values. Half of them are well typed, so that they run far; in the other
//! half anything stands anywhere.

use super::Case;
use super::functions::{SIGNATURES, Signature};
use super::literals as words;
use super::random::Random;
use super::values::Values;
use std::fmt::Write as _;

/// The kinds a value can have.
const KINDS: &[&str] = &["string", "int", "float", "bool", "map", "list", "any", "number"];
const COMMENTS: &[&str] = &["{{/* c */}}", "{{- /* c */ -}}", "{{ /* c */ }}"];
/// The templates that every case defines.
const DEFINED: &[&str] = &["one", "two"];

/// The case of that number.
pub(super) fn generate(seed: u64, number: u64) -> Case {
    let mut random = Random::of_case(seed, number);
    let is_wild = random.chance(50);
    let values = Values { random: &mut random, is_wild }.all();
    let mut grammar = Grammar { random, is_wild, variables: Vec::new(), loops: 0, at_root: true };
    let template = grammar.template();
    Case { template, values: values.into_bytes() }
}

struct Grammar {
    random: Random,
    is_wild: bool,
    /// Names and kinds of what is declared.
    variables: Vec<(String, &'static str)>,
    loops: usize,
    /// Whether dot is what the template was given.
    at_root: bool,
}

impl Grammar {
    fn template(&mut self) -> Vec<u8> {
        let mut out = String::new();
        for name in DEFINED {
            if self.random.chance(25) {
                self.define(&mut out, name);
            }
        }
        for _ in 0..=self.random.below(3) {
            self.statement(&mut out, 3);
        }
        if self.is_wild && self.random.chance(8) {
            return self.damage(&out);
        }
        out.into_bytes()
    }

    /// Takes a few bytes out or puts some in: what the lexer and the parser say of it counts, too.
    fn damage(&mut self, text: &str) -> Vec<u8> {
        const PIECES: &[&str] = &[
            "{{", "}}", "(", ")", "|", "\"", "`", "{{end}}", "{{else}}", " - ", ":=", "$", ".",
            "'", "\\", ",",
        ];
        let mut bytes = text.as_bytes().to_vec();
        let at = self.random.below(bytes.len());
        let end = (at + self.random.below(4)).min(bytes.len());
        let piece = self.random.pick(PIECES);
        if self.random.chance(50) {
            bytes.drain(at..end);
        } else {
            bytes.splice(at..at, piece.bytes());
        }
        bytes
    }

    fn define(&mut self, out: &mut String, name: &str) {
        let (variables, at_root) = (std::mem::take(&mut self.variables), self.at_root);
        self.at_root = false;
        _ = write!(out, "{{{{ define \"{name}\" }}}}");
        self.body(out, 1);
        out.push_str("{{ end }}");
        (self.variables, self.at_root) = (variables, at_root);
    }

    fn body(&mut self, out: &mut String, depth: usize) {
        let declared = self.variables.len();
        for _ in 0..=self.random.below(2) {
            self.statement(out, depth);
        }
        self.variables.truncate(declared);
    }

    fn statement(&mut self, out: &mut String, depth: usize) {
        let choice = if depth == 0 { self.random.below(60) } else { self.random.below(100) };
        match choice {
            0..6 => out.push_str(self.random.pick(words::TEXTS)),
            6..36 => {
                let kind = self.random.pick(KINDS);
                let pipeline = self.pipeline(kind, 3);
                self.action(out, &pipeline);
            }
            36..44 => self.showing(out),
            44..54 => self.declaration(out),
            54..56 => self.invocation(out),
            56..58 => self.mutation(out),
            58 => {
                out.push_str(self.random.pick(COMMENTS));
            }
            59..62 if self.loops > 0 => {
                let word = self.random.pick(&["break", "continue"]);
                let condition = self.operand("bool", 1);
                _ = write!(out, "{{{{ if {condition} }}}}{{{{ {word} }}}}{{{{ end }}}}");
            }
            59..74 => self.branch(out, "if", depth),
            74..86 => self.branch(out, "with", depth),
            _ => self.range(out, depth),
        }
    }

    fn action(&mut self, out: &mut String, inside: &str) {
        let open = if self.random.chance(10) { "{{- " } else { "{{ " };
        let close = if self.random.chance(10) { " -}}" } else { " }}" };
        _ = write!(out, "{open}{inside}{close}");
    }

    /// A value with its type and its JSON.
    fn showing(&mut self, out: &mut String) {
        let kind = self.random.pick(KINDS);
        let pipeline = self.pipeline(kind, 3);
        let shown = self.random.pick(&[
            "{{ $r }}|{{ typeOf $r }}",
            "{{ toJson $r }}",
            "{{ $r | quote }}",
            "{{ toYaml $r }}",
            "{{ printf \"%#v\" $r }}",
            "{{ printf \"%T %v\" $r $r }}",
            "{{ kindOf $r }}",
            "{{ len $r }}",
            "{{ range $r }}{{ . }},{{ end }}",
            "{{ toYamlPretty $r }}",
        ]);
        _ = write!(out, "{{{{ $r := {pipeline} }}}}{shown}");
        self.variables.push(("$r".to_owned(), kind));
    }

    fn declaration(&mut self, out: &mut String) {
        let kind = self.random.pick(KINDS);
        let pipeline = self.pipeline(kind, 2);
        let known = self.variables.iter().filter(|(_, of)| self.is_wild || *of == kind).count();
        if known > 0 && self.random.chance(40) {
            let (name, _) = self.variables[self.random.below(self.variables.len())].clone();
            return self.action(out, &format!("{name} = {pipeline}"));
        }
        let name = self.random.pick(&["$a", "$b", "$c"]);
        self.action(out, &format!("{name} := {pipeline}"));
        self.variables.push((name.to_owned(), kind));
    }

    fn invocation(&mut self, out: &mut String) {
        let name = self.random.pick(DEFINED);
        let data = self.operand("any", 1);
        let data = if self.random.chance(50) { "." } else { &data };
        self.action(out, &format!("template \"{name}\" {data}"));
    }

    fn mutation(&mut self, out: &mut String) {
        let map = self.leaf("map");
        let key = self.random.pick(words::KEYS);
        let value = self.operand("any", 1);
        let change = match self.random.below(4) {
            0 => format!("unset {map} {key}"),
            1 => format!("mergeOverwrite {map} (dict {key} {value})"),
            2 => format!("merge {map} (dict {key} {value})"),
            _ => format!("set {map} {key} {value}"),
        };
        self.action(out, &format!("$_ := {change}"));
        let shown = self.random.pick(&["toJson", "toYaml", "print"]);
        self.action(out, &format!("{shown} {map}"));
    }

    fn branch(&mut self, out: &mut String, word: &str, depth: usize) {
        let kind = if word == "if" { "bool" } else { self.random.pick(KINDS) };
        let declared = self.variables.len();
        let pipeline = self.pipeline(kind, 2);
        let declaration = if self.random.chance(25) { "$w := " } else { "" };
        if !declaration.is_empty() {
            self.variables.push(("$w".to_owned(), kind));
        }
        self.action(out, &format!("{word} {declaration}{pipeline}"));
        let at_root = self.at_root;
        self.at_root = at_root && word == "if";
        self.body(out, depth.saturating_sub(1));
        self.at_root = at_root;
        if self.random.chance(20) {
            let other = self.pipeline("any", 1);
            self.action(out, &format!("else {word} {other}"));
            self.at_root = at_root && word == "if";
            self.body(out, depth.saturating_sub(1));
            self.at_root = at_root;
        }
        if self.random.chance(40) {
            self.action(out, "else");
            self.body(out, depth.saturating_sub(1));
        }
        self.action(out, "end");
        self.variables.truncate(declared);
    }

    fn range(&mut self, out: &mut String, depth: usize) {
        let declared = self.variables.len();
        let kind = if self.random.chance(70) { self.random.pick(&["list", "map"]) } else { "any" };
        let kind = if self.random.chance(10) { "size" } else { kind };
        let pipeline = self.pipeline(kind, 2);
        let declaration = self.random.pick(&["", "", "$v := ", "$k, $v := ", "$a = ", "$b, $c = "]);
        let declaration =
            if declaration.contains(" = ") && !self.is_wild { "" } else { declaration };
        for name in ["$k", "$v"] {
            if declaration.contains(name) {
                self.variables.push((name.to_owned(), "any"));
            }
        }
        self.action(out, &format!("range {declaration}{pipeline}"));
        self.loops += 1;
        let at_root = std::mem::replace(&mut self.at_root, false);
        self.body(out, depth.saturating_sub(1));
        self.at_root = at_root;
        self.loops -= 1;
        self.variables.truncate(declared);
        if self.random.chance(25) {
            self.action(out, "else");
            self.body(out, depth.saturating_sub(1));
        }
        self.action(out, "end");
    }

    fn pipeline(&mut self, kind: &'static str, depth: usize) -> String {
        if self.random.chance(25) {
            return self.leaf(kind);
        }
        let call = self.call(kind, depth);
        match self.random.below(10) {
            0 => format!(
                "{call} | {}",
                self.random.pick(&[
                    "quote",
                    "toJson",
                    "toString",
                    "len",
                    "default \"d\"",
                    "print",
                    "toYaml",
                    "nindent 2",
                    "trim",
                    "int",
                    "typeOf",
                    "b64enc",
                    "upper",
                    "not",
                    "first",
                    "printf \"%v\"",
                    "kindOf",
                    "squote",
                    "html",
                    "js",
                    "join \",\""
                ])
            ),
            1 => format!("({call})"),
            _ => call,
        }
    }

    /// A call without parentheses around it.
    fn call(&mut self, kind: &'static str, depth: usize) -> String {
        let wanted = self.wanted(kind);
        let fitting: Vec<&Signature> =
            SIGNATURES.iter().filter(|known| gives(known, wanted)).collect();
        let Some(signature) = fitting.get(self.random.below(fitting.len())).copied() else {
            return self.leaf(kind);
        };
        let mut arguments = self.arguments(signature, depth.saturating_sub(1));
        if signature.name == "semver" && self.random.chance(60) {
            return format!(
                "(semver {}).{}",
                arguments.join(" "),
                self.random.pick(&[
                    "Major",
                    "Minor",
                    "Patch",
                    "Prerelease",
                    "Metadata",
                    "Original",
                    "String"
                ])
            );
        }
        if self.random.chance(25)
            && let Some(last) = arguments.pop()
        {
            let last = last
                .strip_prefix('(')
                .and_then(|call| call.strip_suffix(')'))
                .filter(|call| !call.contains(['(', ')']))
                .map_or(last.clone(), str::to_owned);
            return format!("{last} | {} {}", signature.name, arguments.join(" "));
        }
        if arguments.is_empty() {
            signature.name.to_owned()
        } else {
            format!("{} {}", signature.name, arguments.join(" "))
        }
    }

    fn arguments(&mut self, signature: &Signature, depth: usize) -> Vec<String> {
        let mut arguments = Vec::new();
        for kind in &signature.arguments {
            let (kind, count) = match kind.strip_suffix('*') {
                Some(kind) => (kind, self.random.below(4)),
                None => (*kind, 1),
            };
            for _ in 0..count {
                arguments.push(self.operand(kind, depth));
            }
        }
        if self.is_wild && self.random.chance(4) {
            arguments.pop();
        }
        if self.is_wild && self.random.chance(2) {
            arguments.push(self.operand("any", 0));
        }
        arguments
    }

    /// The kind that will stand there: in a wild template not always the one that should.
    fn wanted(&mut self, kind: &'static str) -> &'static str {
        if self.is_wild && self.random.chance(10) { self.random.pick(KINDS) } else { kind }
    }

    fn operand(&mut self, kind: &'static str, depth: usize) -> String {
        // What is no time to `date` is the time of the clock.
        if matches!(kind, "date" | "time") {
            return self.constant(kind);
        }
        let kind = self.wanted(kind);
        if depth > 0 && self.random.chance(40) && KINDS.contains(&kind) {
            let call = self.call(kind, depth);
            let field = if self.is_wild && self.random.chance(3) {
                self.random.pick(&[".a", ".a.b", ".Len"])
            } else {
                ""
            };
            return format!("({call}){field}");
        }
        if KINDS.contains(&kind) && self.random.chance(6) {
            return self.random_order(kind);
        }
        self.leaf(kind)
    }

    /// Keys, whose order Helm does not fix.
    fn random_order(&mut self, kind: &'static str) -> String {
        match kind {
            "list" => format!("(keys {} | sortAlpha)", self.leaf("map")),
            "int" => format!("(len (values {}))", self.leaf("map")),
            "string" => {
                let (name, data) = (self.random.pick(DEFINED), self.leaf("any"));
                format!("(include \"{name}\" {data})")
            }
            _ => self.leaf(kind),
        }
    }

    fn leaf(&mut self, kind: &'static str) -> String {
        let fitting: Vec<_> = self
            .variables
            .iter()
            .filter(|(_, of)| *of == kind || kind == "any" || *of == "any")
            .map(|(name, _)| name.clone())
            .collect();
        if !fitting.is_empty() && self.random.chance(35) {
            return fitting.get(self.random.below(fitting.len())).cloned().unwrap_or_default();
        }
        if self.random.chance(30)
            && let Some(field) = self.field(kind)
        {
            return field;
        }
        self.constant(kind)
    }

    /// Something of the values, or of the objects that Helm gives.
    fn field(&mut self, kind: &str) -> Option<String> {
        let names: &[&str] = match kind {
            "string" => &["s1", "s2", "m2.s"],
            "int" | "float" | "number" => &["n1", "n2", "m2.n"],
            "bool" => &["b1", "b2"],
            "map" => &["m1", "m2", "m2.m"],
            "list" => &["l1", "l2", "m2.l"],
            "any" => {
                &["s1", "n1", "b1", "m1", "l1", "z", "missing", "m2.missing", "z.x", "m1.a", "s1.x"]
            }
            _ => return None,
        };
        let prefix = if self.at_root && self.random.chance(60) { "" } else { "$" };
        if self.random.chance(12) {
            return self.object(kind).map(|object| format!("{prefix}{object}"));
        }
        Some(format!("{prefix}.Values.{}", self.random.pick(names)))
    }

    fn object(&mut self, kind: &str) -> Option<&'static str> {
        Some(match kind {
            "string" => self.random.pick(&[
                ".Release.Name",
                ".Chart.Name",
                ".Template.Name",
                ".Chart.AppVersion",
                ".Capabilities.KubeVersion.Version",
                ".Release.Service",
            ]),
            "int" => ".Release.Revision",
            "bool" => self.random.pick(&[".Release.IsInstall", ".Chart.IsRoot"]),
            "map" => {
                self.random.pick(&[".Release", ".Values", ".Chart", ".Template", ".Subcharts"])
            }
            "list" => self.random.pick(&[".Capabilities.APIVersions", ".Chart.Keywords"]),
            "any" => self.random.pick(&[
                ".Capabilities.KubeVersion",
                ".Files",
                ".Values",
                ".Chart",
                ".Release",
                ".Capabilities.KubeVersion.Minor",
                ".Chart.Maintainers",
                ".Chart.Annotations",
                ".Nothing",
            ]),
            _ => return None,
        })
    }

    fn constant(&mut self, kind: &str) -> String {
        let pool: &[&str] = match kind {
            "string" => return self.random.pick(words::STRINGS).to_owned(),
            "int" => return self.random.pick(words::INTS).to_owned(),
            "size" | "width" => words::SIZES,
            "step" => &["1", "2", "3", "-1", "0"],
            "float" => words::FLOATS,
            "bool" => &["true", "false"],
            "key" => words::KEYS,
            "kind" => words::KINDS,
            "type" => words::TYPES,
            "regex" => words::REGEXES,
            "replacement" => words::REPLACEMENTS,
            "version" => words::VERSIONS,
            "constraint" => words::CONSTRAINTS,
            "duration" => words::DURATIONS,
            "path" => words::PATHS,
            "url" => words::URLS,
            "base64" => words::BASE64,
            "base32" => words::BASE32,
            "json" => words::JSONS,
            "yaml" => words::YAMLS,
            "template" => words::TEMPLATES,
            "toml" => words::TOMLS,
            "layout" => words::LAYOUTS,
            "datetext" => words::DATE_TEXTS,
            "time" => words::TIMES,
            "date" => words::DATES,
            "zone" => words::ZONES,
            "offset" => words::OFFSETS,
            "format" => return self.format(),
            "number" => match self.random.below(4) {
                0 => words::NUMBER_TEXTS,
                1 => words::FLOATS,
                _ => words::INTS,
            },
            "map" => return self.map(),
            "list" => return self.list(),
            _ => return self.anything(),
        };
        // The usual constants stand first.
        let usual = if self.is_wild { pool } else { &pool[..pool.len().div_ceil(2)] };
        self.random.pick(usual).to_owned()
    }

    fn anything(&mut self) -> String {
        if !self.at_root && self.random.chance(15) {
            return ".".to_owned();
        }
        if self.is_wild && self.random.chance(3) {
            return "nil".to_owned();
        }
        let kind = self.random.pick(&["string", "int", "float", "bool", "map", "list", "number"]);
        self.constant(kind)
    }

    fn map(&mut self) -> String {
        let mut out = "(dict".to_owned();
        for _ in 0..self.random.below(3) {
            let key = self.random.pick(words::KEYS);
            let value = self.operand("any", 0);
            _ = write!(out, " {key} {value}");
        }
        out.push(')');
        out
    }

    fn list(&mut self) -> String {
        let mut out = "(list".to_owned();
        for _ in 0..self.random.below(4) {
            let value = self.operand("any", 0);
            _ = write!(out, " {value}");
        }
        out.push(')');
        out
    }

    fn format(&mut self) -> String {
        let mut out = "\"".to_owned();
        for _ in 0..=self.random.below(2) {
            out.push_str(self.random.pick(&["", "a", " ", "é", "%%", "=", "\\n"]));
            out.push('%');
            out.push_str(
                self.random.pick(&["", "", "", "", "+", "-", "#", " ", "0", "+#", "-0", "# "]),
            );
            out.push_str(self.random.pick(&["", "", "", "5", "12", "*", "1"]));
            out.push_str(self.random.pick(&["", "", "", ".2", ".0", ".", ".*"]));
            out.push_str(self.random.pick(&["", "", "", "", "", "", "[1]", "[2]", "[9]", "[x]"]));
            out.push_str(self.random.pick(&[
                "v", "v", "d", "s", "s", "q", "x", "X", "t", "T", "f", "e", "g", "G", "E", "F",
                "c", "U", "b", "o", "O", "w", "z", "", "!", "é",
            ]));
        }
        out.push('"');
        out
    }
}

/// Whether a function is a way to get a value of that kind.
fn gives(signature: &Signature, kind: &str) -> bool {
    let result = signature.result;
    kind == "any" || result == kind || (kind == "number" && matches!(result, "int" | "float"))
}
