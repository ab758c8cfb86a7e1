//! The requests: get, list, create, apply, delete. It must not know why they are made.

use super::connection::Cluster;
use super::discovery::{Resource, escaped};
use super::error::{ApiError, Class};
use super::exchange::{Answer, Call, Effect, Failure, JSON};
use http::Method;
use plan::Live;
use plan::marks::MANAGER;
use serde_json::{Map, Value, json};

/// How an apply's body is written: JSON is YAML.
const APPLY: &str = "application/apply-patch+yaml";
/// How a patch of single places is written (RFC 6902).
const JSON_PATCH: &str = "application/json-patch+json";
/// The form of a list that leaves everything out but metadata.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// How many objects a page holds.
const PAGE: usize = 500;
/// How often a list that expired between pages is started over.
const RESTARTS: u32 = 3;
/// The status code of an object that was made.
const CREATED: u16 = 201;
/// The status code of a deletion that is not done.
const ACCEPTED: u16 = 202;

/// How an object is applied (server-side apply).
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Whether fields of other managers are taken.
    pub force: bool,
    /// Whether the server only says what would happen.
    pub dry_run: bool,
}

/// The answer to an apply.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Whether the object was made by it (201), rather than there before (200).
    pub created: bool,
    /// The object as it is now.
    pub live: Live,
    /// What the server warns of.
    pub warnings: Vec<String>,
}

/// What must hold of an object that is deleted.
#[derive(Clone, Copy, Debug)]
pub struct Preconditions<'a> {
    /// Its UID.
    pub uid: &'a str,
    /// Its resource version.
    pub resource_version: Option<&'a str>,
}

/// What becomes of the objects that the deleted one owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They go afterwards.
    Background,
    /// They go first.
    Foreground,
}

/// The answer to a delete.
#[derive(Clone, Debug)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It is on its way; the object as it is now, if the server sent it.
    Going(Option<Live>),
}

/// What is listed.
#[derive(Clone, Debug, Default)]
pub struct ListOptions<'a> {
    /// Only in this namespace.
    pub namespace: Option<&'a str>,
    /// Only with these labels, in the form of a selector.
    pub labels: Option<&'a str>,
    /// Only metadata (`PartialObjectMetadata`).
    pub metadata_only: bool,
    /// Stop after this many.
    pub limit: Option<u32>,
}

impl Cluster {
    /// The UID of `kube-system`, which tells one cluster from another.
    pub async fn uid(&self) -> Result<String, ApiError> {
        let system = self.get(&namespaces(), None, "kube-system").await?;
        let uid = system.as_ref().map(Live::uid).filter(|uid| !uid.is_empty());
        let absent = || ApiError::new(Class::Absent, "the cluster has no namespace `kube-system`");
        uid.map(str::to_owned).ok_or_else(absent)
    }

    /// An object, or nothing if it is not there.
    pub async fn get(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Live>, ApiError> {
        let call = Call::read(resource.path(namespace, Some(name)), resource.subject());
        match self.exchange(call).await {
            Ok(answer) => Ok(Some(Live(answer.body))),
            Err(failure) if is_absence(&failure) => Ok(None),
            Err(failure) => Err(failure.error),
        }
    }

    /// Objects; all pages unless limited. `apiVersion` and `kind` are set on each.
    pub async fn list(
        &self,
        resource: &Resource,
        options: &ListOptions<'_>,
    ) -> Result<Vec<Live>, ApiError> {
        self.list_kept(resource, options, &Some).await
    }

    /// What is kept of each object of a list: no more than a page of them is in memory at once.
    pub async fn list_kept<T>(
        &self,
        resource: &Resource,
        options: &ListOptions<'_>,
        keep: &impl Fn(Live) -> Option<T>,
    ) -> Result<Vec<T>, ApiError> {
        let mut restarts = 0;
        loop {
            match self.pages(resource, options, keep).await {
                // The place to go on from has expired: a list must be of one moment.
                Err(failure) if failure.code == Some(410) && restarts < RESTARTS => restarts += 1,
                result => return Ok(result?),
            }
        }
    }

    async fn pages<T>(
        &self,
        resource: &Resource,
        options: &ListOptions<'_>,
        keep: &impl Fn(Live) -> Option<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut kept = Vec::new();
        let mut left = options.limit.map_or(usize::MAX, |limit| limit as usize);
        let mut next = String::new();
        loop {
            let page = left.min(PAGE);
            let mut body = self.exchange(list_call(resource, options, page, &next)).await?.body;
            next = continuation(&body).unwrap_or_default();
            let objects = items(resource, &mut body).into_iter().take(left);
            left = left.saturating_sub(objects.len());
            kept.extend(objects.filter_map(keep));
            if next.is_empty() || left == 0 {
                return Ok(kept);
            }
        }
    }

    /// Creates an object with strict field validation (POST), or says what would happen.
    pub async fn create(
        &self,
        resource: &Resource,
        body: &Value,
        dry_run: bool,
    ) -> Result<Live, ApiError> {
        let path =
            resource.path(text(body, "namespace"), None) + "?" + &written_by(MANAGER, dry_run);
        let call = write(Method::POST, path, resource, body, JSON, dry_run);
        Ok(Live(self.exchange(call).await?.body))
    }

    /// Applies an object with strict field validation (server-side apply). A `metadata.uid` in the
    /// body is a precondition.
    pub async fn apply(
        &self,
        resource: &Resource,
        body: &Value,
        options: Apply<'_>,
    ) -> Result<Applied, ApiError> {
        let Apply { manager, force, dry_run } = options;
        let path = format!(
            "{}?{}&force={force}",
            object_path(resource, body),
            written_by(manager, dry_run)
        );
        let call = write(Method::PATCH, path, resource, body, APPLY, dry_run);
        let answer = self.exchange(call).await?;
        Ok(Applied {
            created: answer.code == CREATED,
            live: Live(answer.body),
            warnings: answer.warnings,
        })
    }

    /// Replaces an object (PUT); the resource version in the body is a precondition.
    pub async fn replace(&self, resource: &Resource, body: &Value) -> Result<Live, ApiError> {
        let path = object_path(resource, body) + "?" + &written_by(MANAGER, false);
        let call = write(Method::PUT, path, resource, body, JSON, false);
        Ok(Live(self.exchange(call).await?.body))
    }

    /// Changes single places of an object (RFC 6902), as a manager, or says what would happen. A
    /// `metadata.resourceVersion` in the patch is a precondition.
    pub async fn amend(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
        (manager, dry_run): (&str, bool),
    ) -> Result<Live, ApiError> {
        let path = resource.path(namespace, Some(name)) + "?" + &written_by(manager, dry_run);
        let call = write(Method::PATCH, path, resource, patch, JSON_PATCH, dry_run);
        Ok(Live(self.exchange(call).await?.body))
    }

    /// Deletes an object if the preconditions hold. One that is not there is gone.
    pub async fn delete(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
        preconditions: Preconditions<'_>,
        propagation: Propagation,
    ) -> Result<Deleted, ApiError> {
        let path = resource.path(namespace, Some(name));
        let body = delete_options(preconditions, propagation);
        let call = write(Method::DELETE, path, resource, &body, JSON, false);
        match self.exchange(call).await {
            Ok(answer) => Ok(deleted(answer)),
            Err(failure) if is_absence(&failure) => Ok(Deleted::Gone),
            Err(failure) => Err(failure.error),
        }
    }
}

pub(super) fn namespaces() -> Resource {
    Resource::built_in(("", "v1"), ("Namespace", "namespaces"), false)
}

/// Whether it is certain that there is no such object. A kind that is not served is not enough: its
/// objects may still be stored.
fn is_absence(failure: &Failure) -> bool {
    matches!(failure.error.class, Class::Absent | Class::NamespaceMissing)
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get("metadata")?.get(key)?.as_str()
}

fn object_path(resource: &Resource, body: &Value) -> String {
    resource.path(text(body, "namespace"), Some(text(body, "name").unwrap_or_default()))
}

fn written_by(manager: &str, dry_run: bool) -> String {
    let dry_run = if dry_run { "&dryRun=All" } else { "" };
    format!("fieldManager={}&fieldValidation=Strict{dry_run}", escaped(manager))
}

fn write(
    method: Method,
    path: String,
    resource: &Resource,
    body: &Value,
    content: &'static str,
    dry_run: bool,
) -> Call {
    Call {
        method,
        content: Some(content),
        body: written(body).into_bytes(),
        effect: if dry_run { Effect::Nothing } else { Effect::Stores },
        ..Call::read(path, resource.subject())
    }
}

/// An object as JSON that is also YAML: the server reads an apply as that, refuses characters that
/// YAML has no place for, and takes some others for ends of lines.
fn written(body: &Value) -> String {
    let text = body.to_string();
    if text.is_ascii() && !text.contains('\x7F') {
        return text;
    }
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        // All of them stand in strings. None is beyond U+FFFF, where JSON needs a pair.
        match letter {
            '\x7F'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => {
                written.extend(format!("\\u{:04x}", u32::from(letter)).chars());
            }
            other => written.push(other),
        }
    }
    written
}

fn list_call(resource: &Resource, options: &ListOptions<'_>, page: usize, next: &str) -> Call {
    let mut path = format!("{}?limit={page}", resource.path(options.namespace, None));
    let selector = options.labels.filter(|labels| !labels.is_empty());
    let next = Some(next).filter(|next| !next.is_empty());
    for (key, value) in [("labelSelector", selector), ("continue", next)] {
        if let Some(value) = value {
            path.extend(["&", key, "=", &escaped(value)]);
        }
    }
    let accept = if options.metadata_only { METADATA } else { JSON };
    Call { accept, ..Call::read(path, resource.subject()) }
}

fn continuation(list: &Value) -> Option<String> {
    list.get("metadata")?.get("continue")?.as_str().map(str::to_owned)
}

/// The objects of a page. The server leaves out what the list says already.
fn items(resource: &Resource, list: &mut Value) -> Vec<Live> {
    let items = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take);
    let complete = |mut item: Value| {
        if let Some(object) = item.as_object_mut() {
            object.insert("apiVersion".to_owned(), resource.api_version().into());
            object.insert("kind".to_owned(), resource.kind.clone().into());
        }
        Live(item)
    };
    items.unwrap_or_default().into_iter().map(complete).collect()
}

fn delete_options(preconditions: Preconditions<'_>, propagation: Propagation) -> Value {
    let policy = match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
    };
    let mut must_hold = Map::new();
    must_hold.insert("uid".to_owned(), preconditions.uid.into());
    if let Some(version) = preconditions.resource_version {
        must_hold.insert("resourceVersion".to_owned(), version.into());
    }
    json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": must_hold,
        "propagationPolicy": policy,
    })
}

/// A `Status` means that the object is gone; else it is the object, which may have to wait for
/// finalizers or a grace period.
fn deleted(answer: Answer) -> Deleted {
    let is_status = answer.body.get("kind").and_then(Value::as_str) == Some("Status");
    let live = Some(Live(answer.body)).filter(|_| !is_status);
    match live {
        Some(live) if live.is_terminating() => Deleted::Going(Some(live)),
        // Accepted, and not done.
        live if answer.code == ACCEPTED => Deleted::Going(live),
        _ => Deleted::Gone,
    }
}

#[cfg(test)]
mod tests;
