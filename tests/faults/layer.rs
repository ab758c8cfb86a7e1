//! The fault layer: a `tower` service between everything that retries and the real API server.
//!
//! What it forwards is carried out to the end, even if the run that asked is dropped meanwhile, as
//! a server does with what it has received. It must not know what a run is.

use crate::fault::{Fault, Injection, Which};
use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use plan::marks::MANAGER;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::pending;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tower::{BoxError, Service};

/// How long a stalled request stays on its way: longer than the run's time-out of 500 ms.
const STALL: Duration = Duration::from_millis(700);

/// The way of one run to the server.
#[derive(Clone)]
pub(crate) struct Layer {
    client: Client,
    shared: Arc<Shared>,
}

struct Shared {
    /// What stands for the names that differ from schedule to schedule.
    names: Vec<(String, &'static str)>,
    traffic: Mutex<Traffic>,
    is_killed: watch::Sender<bool>,
    /// Whether a fault made the run stand still, and whether it may go on.
    is_paused: watch::Sender<bool>,
    is_resumed: watch::Sender<bool>,
    /// How many requests are being carried out.
    under_way: watch::Sender<usize>,
}

#[derive(Default)]
struct Traffic {
    /// The mutating requests so far, by name, each with what became of it.
    seen: Vec<String>,
    fates: Vec<String>,
    counts: BTreeMap<String, usize>,
    open: Vec<Injection>,
    lease_faults: usize,
    /// Requests that are to arrive late.
    held: Vec<Request<Body>>,
}

/// What a run asked of the server.
pub(crate) struct Trace {
    /// The names of its mutating requests, in their order.
    pub(crate) requests: Vec<String>,
    /// The same, each with what became of it.
    pub(crate) lines: Vec<String>,
    /// Faults that befell nothing.
    pub(crate) unused: usize,
    /// Faults that befell a request for the lease.
    pub(crate) lease_faults: usize,
}

impl Layer {
    /// A way on which these faults wait. `names` are replaced in the names of requests.
    pub(crate) fn new(
        client: &Client,
        names: Vec<(String, &'static str)>,
        faults: &[Injection],
    ) -> Self {
        let traffic = Traffic { open: faults.to_vec(), ..Traffic::default() };
        let shared = Shared {
            names,
            traffic: Mutex::new(traffic),
            is_killed: watch::Sender::new(false),
            is_paused: watch::Sender::new(false),
            is_resumed: watch::Sender::new(false),
            under_way: watch::Sender::new(0),
        };
        Self { client: client.clone(), shared: Arc::new(shared) }
    }

    /// Ends when a fault kills the run.
    pub(crate) async fn killed(&self) {
        raised(&self.shared.is_killed).await;
    }

    /// Ends when a fault makes the run stand still.
    pub(crate) async fn paused(&self) {
        raised(&self.shared.is_paused).await;
    }

    /// Lets a run go on that stands still.
    pub(crate) fn resume(&self) {
        self.shared.is_resumed.send_replace(true);
    }

    /// Ends when everything that was sent is done, answered or not.
    pub(crate) async fn settled(&self) {
        let mut under_way = self.shared.under_way.subscribe();
        under_way.wait_for(|count| *count == 0).await.expect("the sender lives");
    }

    pub(crate) fn trace(&self) -> Trace {
        let traffic = self.shared.traffic();
        let (seen, fates) = (traffic.seen.clone(), traffic.fates.clone());
        let lines = seen.iter().zip(fates).map(|(name, fate)| format!("{name} → {fate}"));
        let (unused, lease_faults) = (traffic.open.len(), traffic.lease_faults);
        Trace { lines: lines.collect(), requests: seen, unused, lease_faults }
    }

    /// Lets arrive what was held up, and gives what the server said to it.
    pub(crate) async fn release(&self) -> Vec<String> {
        let held = std::mem::take(&mut self.shared.traffic().held);
        let mut answers = Vec::new();
        for request in held {
            let answer = self.forward(request).await;
            answers.push(described(&answer));
        }
        answers
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        if !mutates(&request) {
            return self.forward(request).await.map_err(Into::into);
        }
        let (parts, body) = request.into_parts();
        let body = body.collect_bytes().await?;
        let name = name(&parts, &body, &self.shared.names);
        let request = Request::from_parts(parts, Body::from(body.to_vec()));
        let (place, fault) = self.shared.note(&name);
        let fate = |fate: String| self.shared.traffic().fates[place] = fate;
        match fault {
            None => {
                let answer = self.forward(request).await;
                fate(described(&answer));
                return answer.map_err(Into::into);
            }
            Some(fault) => fate(fault.to_string()),
        }
        match fault.expect("a fault") {
            Fault::KillBefore => self.kill().await,
            Fault::KillAfter => {
                drop(self.forward(request).await);
                self.kill().await
            }
            Fault::Conflict => Ok(refusal(409, "Conflict")),
            Fault::Broken => Ok(refusal(500, "InternalError")),
            Fault::Gateway => {
                drop(self.forward(request).await);
                Ok(refusal(504, "Timeout"))
            }
            Fault::Reset => Err(Error::from(ErrorKind::ConnectionReset).into()),
            Fault::Lost => {
                drop(self.forward(request).await);
                Err(Error::from(ErrorKind::ConnectionReset).into())
            }
            Fault::Late => {
                self.shared.traffic().held.push(request);
                self.kill().await
            }
            Fault::Pause => {
                self.shared.is_paused.send_replace(true);
                raised(&self.shared.is_resumed).await;
                self.forward(request).await.map_err(Into::into)
            }
            Fault::Stall => self.carry_out(request, STALL).await.map_err(Into::into),
        }
    }

    async fn kill<T>(&self) -> T {
        self.shared.is_killed.send_replace(true);
        pending().await
    }

    async fn forward(&self, request: Request<Body>) -> Result<Response<Body>, kube::Error> {
        self.carry_out(request, Duration::ZERO).await
    }

    /// Carries a request out, after a while, whatever becomes of whoever waits for the answer.
    async fn carry_out(
        &self,
        request: Request<Body>,
        after: Duration,
    ) -> Result<Response<Body>, kube::Error> {
        let (client, shared) = (self.client.clone(), Arc::clone(&self.shared));
        shared.under_way.send_modify(|count| *count += 1);
        let done = tokio::spawn(async move {
            if !after.is_zero() {
                tokio::time::sleep(after).await;
            }
            let answer = send(&client, request).await;
            shared.under_way.send_modify(|count| *count -= 1);
            answer
        });
        done.await.expect("no panic")
    }
}

impl Service<Request<Body>> for Layer {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

impl Shared {
    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a mutating request, and gives its place and the fault that waits for it.
    fn note(&self, name: &str) -> (usize, Option<Fault>) {
        let mut traffic = self.traffic();
        let place = traffic.seen.len();
        let count = traffic.counts.entry(name.to_owned()).or_default();
        *count += 1;
        let name = format!("{name}#{count}");
        let waiting = traffic.open.iter().position(|injection| match &injection.which {
            Which::Named(wanted) => *wanted == name,
            Which::At(wanted) => *wanted == place,
        });
        let is_lease = name.contains("-leases/");
        traffic.lease_faults += usize::from(is_lease && waiting.is_some());
        traffic.seen.push(name);
        traffic.fates.push("no answer".to_owned());
        (place, waiting.map(|waiting| traffic.open.remove(waiting).fault))
    }
}

async fn raised(flag: &watch::Sender<bool>) {
    let raised = flag.subscribe().wait_for(|is_raised| *is_raised).await.is_ok();
    assert!(raised, "the sender lives");
}

/// Sends a request and takes the whole answer, so that what it did is done.
pub(crate) async fn send(
    client: &Client,
    request: Request<Body>,
) -> Result<Response<Body>, kube::Error> {
    let (parts, body) = client.send(request).await?.into_parts();
    let body = body.collect_bytes().await?;
    Ok(Response::from_parts(parts, Body::from(body.to_vec())))
}

fn mutates(request: &Request<Body>) -> bool {
    let is_trial = request.uri().query().is_some_and(|query| query.contains("dryRun"));
    let is_question = request.uri().path().starts_with("/apis/authorization.k8s.io/");
    *request.method() != Method::GET && !is_trial && !is_question
}

/// `PATCH-configmaps/settings`, the same in every schedule.
fn name(parts: &http::request::Parts, body: &[u8], names: &[(String, &'static str)]) -> String {
    let path: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
    let rest = match path.as_slice() {
        ["api", _, "namespaces", _, rest @ ..] | ["apis", _, _, "namespaces", _, rest @ ..]
            if !rest.is_empty() =>
        {
            rest
        }
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] | rest => rest,
    };
    let mut rest: Vec<&str> = rest.to_vec();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    if parts.method == Method::POST {
        rest.push(body["metadata"]["name"].as_str().unwrap_or("?"));
    }
    let query = parts.uri.query().unwrap_or_default();
    let manager = query.split('&').find_map(|pair| pair.strip_prefix("fieldManager="));
    let other = manager.filter(|manager| *manager != MANAGER);
    let other = other.map(|manager| format!("({manager})")).unwrap_or_default();
    let mut name = format!("{}-{}{other}", parts.method, rest.join("/"));
    for (unique, common) in names {
        name = name.replace(unique, common);
    }
    name
}

fn described(answer: &Result<Response<Body>, kube::Error>) -> String {
    match answer {
        Ok(answer) => answer.status().as_u16().to_string(),
        Err(error) => error.to_string(),
    }
}

fn refusal(code: u16, reason: &str) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "a fault that was asked for", "reason": reason, "code": code,
    });
    let body = Body::from(status.to_string().into_bytes());
    Response::builder().status(code).body(body).expect("a response")
}
