//! Lists with two items of one key, such as an environment variable that is set twice. A creation
//! is let through with a warning, and server-side apply is refused (`reference/api.md`), so that a
//! dry-run of the one says nothing of the other.
//!
//! It only says where to look more closely: the server decides.

use serde_json::Value;

/// What server-side apply merges lists by, in the built-in kinds.
const KEYS: [&str; 8] =
    ["name", "containerPort", "port", "mountPath", "devicePath", "ip", "topologyKey", "uid"];

/// Whether some list of an object has two items with the same value of a key.
pub(super) fn has_repeated_key(object: &Value) -> bool {
    match object {
        Value::Object(map) => map.values().any(has_repeated_key),
        Value::Array(items) => repeats(items) || items.iter().any(has_repeated_key),
        _ => false,
    }
}

fn repeats(items: &[Value]) -> bool {
    KEYS.iter().any(|key| {
        let mut seen: Vec<&Value> = items.iter().filter_map(|item| item.get(key)).collect();
        seen.sort_unstable_by_key(ToString::to_string);
        seen.windows(2).any(|pair| pair.first() == pair.last())
    })
}

#[cfg(test)]
mod tests {
    use super::has_repeated_key;
    use serde_json::json;

    #[test]
    fn a_key_that_two_items_share_is_found_at_any_depth() {
        let container = |env| json!({"spec": {"containers": [{"name": "main", "env": env}]}});
        let twice =
            json!([{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]);
        assert!(has_repeated_key(&container(twice)));
        assert!(!has_repeated_key(&container(json!([{"name": "A"}, {"name": "B"}]))));
        assert!(has_repeated_key(&json!({"ports": [{"port": 80}, {"port": 443}, {"port": 80}]})));
    }

    #[test]
    fn what_has_no_keys_repeats_none() {
        for plain in [json!(null), json!(["a", "a"]), json!([{}, {}]), json!({"name": "a"})] {
            assert!(!has_repeated_key(&plain), "{plain}");
        }
    }
}
