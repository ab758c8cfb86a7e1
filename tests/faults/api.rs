//! The API server as somebody else sees it, without anything of Molave in between.

use crate::layer::send;
use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// A connection of our own. Clones share it.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
}

impl Api {
    /// Must be called inside a runtime.
    pub(crate) async fn connect(kubeconfig: &Path) -> Self {
        let kubeconfig = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
        let options = KubeConfigOptions::default();
        let mut config =
            Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a context");
        // Nothing below the fault layer may repeat anything.
        config.default_retry = false;
        Self { client: Client::try_from(config).expect("a client") }
    }

    /// An object; nothing if it is not there.
    pub(crate) async fn get(&self, path: &str) -> Option<Value> {
        let (code, body) = self.ask(Method::GET, path, None).await;
        match code {
            200 => Some(body),
            404 => None,
            _ => panic!("GET {path}: {code} {body}"),
        }
    }

    /// The objects of a list; none if the kind is not served.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let mut list = self.get(path).await.unwrap_or_default();
        match list["items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        }
    }

    /// Makes an object, which must not be there.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Value {
        let (code, answer) = self.ask(Method::POST, path, Some(body)).await;
        assert_eq!(code, 201, "POST {path}: {answer}");
        answer
    }

    /// Deletes an object or a collection, whatever is there.
    pub(crate) async fn delete(&self, path: &str) {
        self.ask(Method::DELETE, path, None).await;
    }

    /// Asks until the server is not too busy, as it is while it takes a new definition in.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        loop {
            let (code, answer) = self.ask_once(method.clone(), path, body).await;
            if code != 429 {
                return (code, answer);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn ask_once(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(bytes))
            .expect("a request");
        let answer = send(&self.client, request).await;
        let answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let code = answer.status().as_u16();
        let body = answer.into_body().collect_bytes().await.expect("a body");
        (code, serde_json::from_slice(&body).unwrap_or_default())
    }
}
