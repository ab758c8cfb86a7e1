//! Who we are to the server, what it lets us do, and which server it is: questions that change
//! nothing. It must not know what anyone wants to do.

use super::connection::Cluster;
use super::error::ApiError;
use super::exchange::{Answer, Call, Effect, JSON};
use super::status::Subject;
use http::Method;
use serde_json::{Value, json};

/// One verb on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// The namespace; none for what is in none.
    pub namespace: Option<String>,
    /// The group, empty for the core group.
    pub group: String,
    /// The resource, as in paths.
    pub resource: String,
    /// The verb.
    pub verb: &'static str,
    /// One object alone, if not all.
    pub name: Option<String>,
}

/// What we may do in a namespace, as far as the server can list it.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Value>,
}

/// The version of a server, and its clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerVersion {
    /// `v1.34.4`.
    pub version: String,
    /// The minor number, if it can be read: some say `34+`.
    pub minor: Option<u32>,
    /// When it answered, by its own clock, as HTTP has it.
    pub date: Option<String>,
}

impl Rules {
    /// Whether the list grants a right. That it does not proves nothing: other authorizers than
    /// RBAC need not list what they grant.
    pub fn allow(&self, right: &Right) -> bool {
        self.rules.iter().any(|rule| {
            has(rule, "verbs", right.verb)
                && has(rule, "apiGroups", &right.group)
                && has(rule, "resources", &right.resource)
                && is_named(rule, right.name.as_deref())
        })
    }
}

/// Whether a list of a rule has a word, or everything.
fn has(rule: &Value, key: &str, word: &str) -> bool {
    let list = rule.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).any(|item| item == word || item == "*")
}

/// Whether a rule is for all names, or for this one.
fn is_named(rule: &Value, name: Option<&str>) -> bool {
    let names = rule.get("resourceNames").and_then(Value::as_array);
    let Some(names) = names.filter(|names| !names.is_empty()) else { return true };
    name.is_some_and(|name| names.iter().any(|known| known.as_str() == Some(name)))
}

impl Cluster {
    /// What we may do in a namespace, as far as the server can list it: the rules for the whole
    /// cluster are in the list too.
    pub async fn rules(&self, namespace: &str) -> Result<Rules, ApiError> {
        let spec = json!({ "namespace": namespace });
        let answer = self.review("authorization.k8s.io", "SelfSubjectRulesReview", &spec).await?;
        let rules = answer.body.pointer("/status/resourceRules").and_then(Value::as_array);
        Ok(Rules { rules: rules.cloned().unwrap_or_default() })
    }

    /// Whether we may.
    pub async fn may(&self, right: &Right) -> Result<bool, ApiError> {
        let mut attributes = json!({
            "group": right.group,
            "resource": right.resource,
            "verb": right.verb,
        });
        let places = [("namespace", &right.namespace), ("name", &right.name)];
        for (key, value) in places {
            if let (Some(attributes), Some(value)) = (attributes.as_object_mut(), value) {
                attributes.insert(key.to_owned(), value.as_str().into());
            }
        }
        let spec = json!({ "resourceAttributes": attributes });
        let answer = self.review("authorization.k8s.io", "SelfSubjectAccessReview", &spec).await?;
        Ok(answer.body.pointer("/status/allowed").and_then(Value::as_bool) == Some(true))
    }

    /// The name under which the server knows us.
    pub async fn whoami(&self) -> Result<String, ApiError> {
        let answer = self.review("authentication.k8s.io", "SelfSubjectReview", &json!({})).await?;
        let name = answer.body.pointer("/status/userInfo/username").and_then(Value::as_str);
        Ok(name.unwrap_or_default().to_owned())
    }

    /// Which version the server is, and what time it is there.
    pub async fn version(&self) -> Result<ServerVersion, ApiError> {
        let answer = self.exchange(Call::read("/version".to_owned(), Subject::default())).await?;
        let text = |key| answer.body.get(key).and_then(Value::as_str).unwrap_or_default();
        let minor = text("minor").trim_end_matches(|letter: char| !letter.is_ascii_digit());
        Ok(ServerVersion {
            version: text("gitVersion").to_owned(),
            minor: minor.parse().ok(),
            date: answer.date.clone(),
        })
    }

    /// A question that is put as if something were made, and stores nothing.
    async fn review(&self, group: &str, kind: &str, spec: &Value) -> Result<Answer, ApiError> {
        let version = format!("{group}/v1");
        let body = json!({ "apiVersion": version, "kind": kind, "spec": spec });
        let call = Call {
            method: Method::POST,
            content: Some(JSON),
            body: body.to_string().into_bytes(),
            effect: Effect::Nothing,
            ..Call::read(format!("/apis/{version}/{}s", kind.to_lowercase()), Subject::default())
        };
        Ok(self.apart().exchange(call).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, Rules};
    use serde_json::{Value, json};

    fn right(verb: &'static str, name: Option<&str>) -> Right {
        Right {
            namespace: Some("shop".to_owned()),
            group: "apps".to_owned(),
            resource: "deployments".to_owned(),
            verb,
            name: name.map(str::to_owned),
        }
    }

    fn allowed(rule: &Value, right: &Right) -> bool {
        Rules { rules: vec![rule.clone()] }.allow(right)
    }

    #[test]
    fn a_rule_grants_what_it_names_and_everything_by_a_star() {
        let rule = json!({"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"]});
        assert!(allowed(&rule, &right("get", None)));
        assert!(!allowed(&rule, &right("list", None)));
        for key in ["verbs", "apiGroups", "resources"] {
            let mut other = rule.clone();
            other[key] = json!(["x"]);
            assert!(!allowed(&other, &right("get", None)), "{key}");
            other[key] = json!(["*"]);
            assert!(allowed(&other, &right("get", None)), "{key}");
        }
    }

    #[test]
    fn a_rule_for_names_grants_these_alone() {
        let rule = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["cart"]});
        assert!(allowed(&rule, &right("get", Some("cart"))));
        assert!(!allowed(&rule, &right("get", Some("web"))));
        assert!(!allowed(&rule, &right("get", None)));
    }
}
