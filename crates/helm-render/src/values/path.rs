//! Lookups by dotted path, as Helm's conditions, tags and imports do them.

use gotemplate::{Map, Value};

/// The table at a dotted path, or the name that is not one.
pub(super) fn table(values: &Map, path: &str) -> Result<Map, String> {
    let mut found = values.clone();
    for name in path.split('.') {
        match found.get(name.as_bytes()) {
            Some(Value::Map(inner)) => found = inner,
            _ => return Err(format!("{} is not a table", quote(name))),
        }
    }
    Ok(found)
}

/// The value at a dotted path, unless it is missing or a table.
pub(super) fn value(values: &Map, path: &str) -> Option<Value> {
    let (holder, key) = match path.rsplit_once('.') {
        Some((parent, key)) => (table(values, parent).ok()?, key),
        None => (values.clone(), path),
    };
    holder.get(key.as_bytes()).filter(|found| !matches!(found, Value::Map(_)))
}

/// A map that holds `map` at a dotted path; `.` is the map itself.
pub(super) fn nest(path: &str, map: Map) -> Map {
    if path == "." {
        return map;
    }
    path.rsplit('.').fold(map, |inner, name| {
        let outer = Map::default();
        outer.insert(name.into(), Value::Map(inner));
        outer
    })
}

/// A name in Go's quotes.
pub(super) fn quote(name: &str) -> String {
    let quoted = gotemplate::format::sprintf(b"%q", &[Value::string(name)]);
    String::from_utf8_lossy(&quoted).into_owned()
}
