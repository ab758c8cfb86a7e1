//! Random values, as a values file has them.

use super::literals as words;
use super::random::Random;
use std::fmt::Write as _;

/// Makes the values of one case.
pub(super) struct Values<'a> {
    pub(super) random: &'a mut Random,
    pub(super) is_wild: bool,
}

impl Values<'_> {
    /// All of them, as YAML.
    pub(super) fn all(&mut self) -> String {
        let mut out = String::new();
        for (name, kind) in [
            ("s1", "string"),
            ("s2", "string"),
            ("n1", "number"),
            ("n2", "number"),
            ("b1", "bool"),
            ("b2", "bool"),
            ("l1", "list"),
            ("l2", "list"),
            ("m1", "map"),
            ("z", "null"),
        ] {
            if self.is_wild && self.random.chance(10) {
                continue;
            }
            let kind = if self.is_wild && self.random.chance(25) { "any" } else { kind };
            let value = self.value(kind, 2);
            _ = writeln!(out, "{name}: {value}");
        }
        if self.is_wild && self.random.chance(20) {
            let value = self.value("any", 2);
            _ = writeln!(out, "m2: {value}");
            return out;
        }
        let [s, n, m, l] = ["string", "number", "map", "list"].map(|kind| self.value(kind, 1));
        _ = writeln!(out, "m2: {{s: {s}, n: {n}, m: {m}, l: {l}}}");
        out
    }

    fn value(&mut self, kind: &str, depth: usize) -> String {
        match kind {
            "string" => self.string(),
            "number" => self
                .random
                .pick(&[
                    "0",
                    "1",
                    "2",
                    "3",
                    "5.5",
                    "-1",
                    "1000000",
                    "123456789",
                    "0.1",
                    "1e3",
                    "1e21",
                    "9007199254740993",
                    "12",
                    "100",
                ])
                .to_owned(),
            "bool" => self.random.pick(&["true", "false"]).to_owned(),
            "null" => "null".to_owned(),
            "list" if depth > 0 => {
                self.several(depth, |values, depth| values.value("any", depth), '[', ']')
            }
            "map" if depth > 0 => self.several(
                depth,
                |values, depth| {
                    let key = values.random.pick(&[
                        "a", "b", "c", "m", "host", "path", "scheme", "\"x.y\"", "\"10\"", "\"9\"",
                        "yes", "3", "\"\"", "Z",
                    ]);
                    let value = values.value("any", depth);
                    format!("{key}: {value}")
                },
                '{',
                '}',
            ),
            "list" => "[]".to_owned(),
            "map" => "{}".to_owned(),
            _ if self.random.chance(30) => self.random.pick(words::PLAIN).to_owned(),
            _ => {
                let kind = self
                    .random
                    .pick(&["string", "number", "bool", "null", "list", "map", "string", "number"]);
                self.value(kind, depth)
            }
        }
    }

    fn several(
        &mut self,
        depth: usize,
        one: fn(&mut Self, usize) -> String,
        open: char,
        close: char,
    ) -> String {
        let count = self.random.below(4);
        let items: Vec<String> = (0..count).map(|_| one(self, depth.saturating_sub(1))).collect();
        format!("{open}{}{close}", items.join(", "))
    }

    /// A string in double quotes, as YAML spells it.
    fn string(&mut self) -> String {
        let literal = self.random.pick(words::STRINGS);
        let literal = if literal.starts_with('`') { "\"raw\\\\n\"" } else { literal };
        literal.replace("\\xff\\xfe", "\\u00ff\\ufffd")
    }
}
