//! What Go's `fmt` printed for each case of `format_cases.txt`: KIND, format, operands, output.

mod escapes;

#[cfg(test)]
mod cases {
    use super::escapes::unescape;
    use gotemplate::format::{sprint, sprintf, sprintln};
    use gotemplate::{Element, IntKind, List, Map, MapType, Text, UintKind, Value};
    use serde_json::Value as Json;

    fn items(json: &Json) -> Vec<Value> {
        json.as_array().unwrap().iter().map(value).collect()
    }

    fn map(map_type: MapType, json: &Json) -> Value {
        let map = Map::new(map_type);
        for (key, item) in json.as_object().unwrap() {
            map.insert(Text::from(key.as_str()), value(item));
        }
        Value::Map(map)
    }

    fn number<T: std::str::FromStr>(json: &Json) -> T {
        json.as_str().unwrap().parse().ok().unwrap()
    }

    fn value(json: &Json) -> Value {
        let object = match json {
            Json::Bool(truth) => return Value::Bool(*truth),
            Json::Object(object) => object,
            _ => return Value::Nil,
        };
        let (kind, inner) = object.iter().next().unwrap();
        match kind.as_str() {
            "int" => Value::int(number(inner)),
            "int32" => Value::Int(IntKind::Int32, number(inner)),
            "int64" => Value::int64(number(inner)),
            "dur" => Value::Int(IntKind::Duration, number(inner)),
            "uint8" => Value::Uint(UintKind::Uint8, number(inner)),
            "uint64" => Value::Uint(UintKind::Uint64, number(inner)),
            "float" => Value::float(number(inner)),
            "str" => Value::string(unescape(inner.as_str().unwrap())),
            "bytes" => Value::Bytes(unescape(inner.as_str().unwrap()).into()),
            "list" => Value::list(items(inner)),
            "strs" => Value::List(List::new(Element::String, items(inner))),
            "ints" => Value::List(List::new(Element::Int, items(inner))),
            "map" => map(MapType::StringInterface, inner),
            "smap" => map(MapType::StringString, inner),
            other => panic!("unknown kind {other}"),
        }
    }

    #[test]
    fn prints_what_go_prints() {
        let mut failures = Vec::new();
        let cases = include_str!("format_cases.txt");
        for line in cases.lines() {
            let [kind, format, operands, expected] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let operands = items(&serde_json::from_str(operands).unwrap());
            let printed = match kind {
                "printf" => sprintf(&unescape(format), &operands),
                "sprint" => sprint(&operands),
                _ => sprintln(&operands),
            };
            if printed != unescape(expected) {
                failures.push(format!("{line}\n    got {}", printed.escape_ascii()));
            }
        }
        let count = failures.len();
        assert!(
            failures.is_empty(),
            "{count} of {} differ:\n{}",
            cases.lines().count(),
            failures.join("\n")
        );
    }
}

#[cfg(test)]
mod limits {
    use gotemplate::Value;
    use gotemplate::format::{sprintf, sprintf_within};

    #[test]
    fn huge_widths_stop_at_the_limit() {
        let numbers = Value::list((0..100_000).map(Value::int).collect());
        for format in ["%1000000d", "%.1000000d", "%-1000000d", "%1000000v", "%.1000000f"] {
            let operands = [numbers.clone()];
            assert_eq!(sprintf_within(format.as_bytes(), &operands, 5_000_000), None, "{format}");
        }
        let many = "%1000000[1]d".repeat(100_000);
        assert_eq!(sprintf_within(many.as_bytes(), &[Value::int(1)], 5_000_000), None);
    }

    #[test]
    fn any_format_prints_something() {
        let operands = [Value::int(1), Value::from("é"), Value::float(1.5), Value::Nil];
        let pieces = ["%", "[", "1", "]", "*", ".", "-", "#", "+", " ", "v", "d", "q", "9", "é"];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let format = format!("%{first}{second}{third}%v");
                    assert!(!sprintf(format.as_bytes(), &operands).is_empty(), "{format}");
                }
            }
        }
    }
}
