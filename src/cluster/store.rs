//! A small API server for tests: objects by path, with versions, UIDs and preconditions, as far as
//! leases and the state need them. It must not know what the objects are.

use super::script::{Reply, Seen, status};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The objects, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) objects: BTreeMap<String, Value>,
    clock: u64,
}

impl Store {
    /// Answers a request.
    pub(super) fn answer(&mut self, seen: &Seen) -> Reply {
        let path = seen.path.split('?').next().unwrap().to_owned();
        match seen.method.as_str() {
            "GET" if path.ends_with("/configmaps") => self.list(&path),
            "GET" => self
                .objects
                .get(&path)
                .map_or_else(|| absent(&path), |object| Reply::Answer(200, object.clone())),
            "POST" => self.create(&path, &seen.body),
            "PUT" => self.replace(&path, &seen.body),
            "DELETE" => match self.objects.remove(&path) {
                Some(_) => Reply::Answer(200, json!({"kind": "Status"})),
                None => absent(&path),
            },
            _ => panic!("{seen:?}"),
        }
    }

    fn list(&self, path: &str) -> Reply {
        let labelled =
            |object: &&Value| object["metadata"]["labels"]["molave.dev/state"].is_string();
        let inside = self.objects.range(format!("{path}/")..format!("{path}0")).map(|(_, it)| it);
        let items: Vec<&Value> = inside.filter(labelled).collect();
        Reply::Answer(200, json!({"kind": "List", "metadata": {}, "items": items}))
    }

    fn create(&mut self, path: &str, body: &Value) -> Reply {
        let name = body["metadata"]["name"].as_str().unwrap();
        let path = format!("{path}/{name}");
        if self.objects.contains_key(&path) {
            return Reply::Answer(409, status(409, "AlreadyExists", "exists", json!({})));
        }
        self.clock += 1;
        let uid = format!("uid-{}", self.clock);
        self.put(201, path, body, &uid)
    }

    fn replace(&mut self, path: &str, body: &Value) -> Reply {
        let Some(there) = self.objects.get(path) else { return absent(path) };
        let (there, sent) = (&there["metadata"], &body["metadata"]);
        if sent["resourceVersion"] != there["resourceVersion"]
            || (sent["uid"].is_string() && sent["uid"] != there["uid"])
        {
            return Reply::Answer(409, status(409, "Conflict", "modified", json!({})));
        }
        let uid = there["uid"].as_str().unwrap().to_owned();
        self.put(200, path.to_owned(), body, &uid)
    }

    fn put(&mut self, code: u16, path: String, body: &Value, uid: &str) -> Reply {
        self.clock += 1;
        let mut object = body.clone();
        object["metadata"]["uid"] = uid.into();
        object["metadata"]["resourceVersion"] = self.clock.to_string().into();
        self.objects.insert(path, object.clone());
        Reply::Answer(code, object)
    }
}

fn absent(path: &str) -> Reply {
    let name = path.rsplit('/').next().unwrap();
    Reply::Answer(404, status(404, "NotFound", "not found", json!({"name": name, "kind": "x"})))
}
