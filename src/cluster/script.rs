//! A server for tests that answers as it is told. It must not know what is tested.

use super::connection::Cluster;
use http::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{BoxError, Service};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    /// With the query.
    pub(super) path: String,
    pub(super) headers: http::HeaderMap,
    pub(super) body: Value,
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// An answer with a status code and a body.
    Answer(u16, Value),
    /// An answer with a header more.
    With(u16, (&'static str, &'static str), Value),
    /// An answer that is no JSON.
    Text(u16, &'static str),
    /// The connection breaks after the request was sent.
    Lost,
    /// There is no connection.
    Refused,
    /// There is never an answer.
    Silence,
}

type Answering = Box<dyn FnMut(&Seen) -> Reply + Send>;

/// The requests that a server saw.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    pub(super) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    /// `GET /path?query` of each.
    pub(super) fn lines(&self) -> Vec<String> {
        self.all().iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

#[derive(Clone)]
struct Script {
    answering: Arc<Mutex<Answering>>,
    log: Log,
}

impl Service<Request<Body>> for Script {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let script = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await?;
            let seen = Seen {
                method: parts.method.to_string(),
                path: parts.uri.to_string(),
                headers: parts.headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
            };
            let reply = (script.answering.lock().unwrap())(&seen);
            script.log.0.lock().unwrap().push(seen);
            respond(reply).await
        })
    }
}

async fn respond(reply: Reply) -> Result<Response<Body>, BoxError> {
    let response = |code: u16| Response::builder().status(code);
    let bytes = |body: Value| Body::from(body.to_string().into_bytes());
    Ok(match reply {
        Reply::Answer(code, body) => response(code).body(bytes(body))?,
        Reply::With(code, (name, value), body) => {
            response(code).header(name, value).body(bytes(body))?
        }
        Reply::Text(code, text) => response(code).body(Body::from(text.as_bytes().to_vec()))?,
        Reply::Lost => return Err(Error::from(ErrorKind::ConnectionReset).into()),
        Reply::Refused => return Err(Error::from(ErrorKind::ConnectionRefused).into()),
        Reply::Silence => std::future::pending().await,
    })
}

/// A cluster that answers by a rule, and its log. Requests time out after 200 ms and are repeated
/// after 1 ms.
pub(super) fn answering(rule: impl FnMut(&Seen) -> Reply + Send + 'static) -> (Cluster, Log) {
    let log = Log::default();
    let script = Script { answering: Arc::new(Mutex::new(Box::new(rule))), log: log.clone() };
    let mut cluster = Cluster::from_service(script, Duration::from_millis(200), 8);
    cluster.first_wait = Duration::from_millis(1);
    (cluster, log)
}

/// A cluster that gives these answers one after the other, the last one for ever.
pub(super) fn scripted(replies: impl IntoIterator<Item = Reply>) -> (Cluster, Log) {
    let mut replies: VecDeque<Reply> = replies.into_iter().collect();
    answering(move |_| match replies.len() {
        1 => replies[0].clone(),
        _ => replies.pop_front().unwrap(),
    })
}

/// A `Status` that refuses.
#[expect(clippy::needless_pass_by_value, reason = "callers write `json!` in place")]
pub(super) fn status(code: u16, reason: &str, message: &str, details: Value) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details, "code": code,
    })
}

/// A refusal without details.
pub(super) fn refusal(code: u16, reason: &str, message: &str) -> Reply {
    Reply::Answer(code, status(code, reason, message, json!({})))
}
