//! One request and its answer: its turn, its time-out, and its repetitions. It must not know what
//! is asked.

mod patience;
mod transport;

use super::connection::Cluster;
use super::error::{ApiError, Class};
use super::status::{Refusal, Subject};
use super::throttle::Slot;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, RETRY_AFTER, WARNING};
use http::{HeaderMap, Method, Request, Response};
use kube::client::Body;
use patience::{Patience, Trouble};
use serde_json::Value;
use std::time::{Duration, Instant};
use transport::Outage;

/// The kind of answer that is asked for if nothing else is.
pub(super) const JSON: &str = "application/json";

/// A request.
pub(super) struct Call {
    /// The verb.
    pub(super) method: Method,
    /// The path with its query, from the server's root.
    pub(super) path: String,
    /// The kind of answer that is asked for.
    pub(super) accept: &'static str,
    /// The kind of the body, if there is one.
    pub(super) content: Option<&'static str>,
    /// The body.
    pub(super) body: Vec<u8>,
    /// What it does.
    pub(super) effect: Effect,
    /// What it is about.
    pub(super) subject: Subject,
}

/// What a request does, which decides whether it may be repeated when its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It stores nothing: a read, or a dry-run.
    Nothing,
    /// It may store something.
    Stores,
}

/// What a granted request gave.
pub(super) struct Answer {
    /// The HTTP status code, 2xx.
    pub(super) code: u16,
    /// What the server warns of.
    pub(super) warnings: Vec<String>,
    /// When it was, by the clock of the server, as HTTP has it.
    pub(super) date: Option<String>,
    /// The body.
    pub(super) body: Value,
}

/// A request that was not granted.
#[derive(Debug)]
pub(super) struct Failure {
    /// The HTTP status code, if the server answered.
    pub(super) code: Option<u16>,
    /// What it means.
    pub(super) error: ApiError,
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Call {
    /// A read.
    pub(super) fn read(path: String, subject: Subject) -> Self {
        Self {
            method: Method::GET,
            path,
            accept: JSON,
            content: None,
            body: Vec::new(),
            effect: Effect::Nothing,
            subject,
        }
    }
}

/// How one try went.
enum Outcome {
    Granted { code: u16, warnings: Vec<String>, date: Option<String>, body: Vec<u8> },
    Refused(Refusal),
    Out(Outage),
}

impl Cluster {
    /// Makes a request, again where that is safe, and gives its answer.
    pub(super) async fn exchange(&self, mut call: Call) -> Result<Answer, Failure> {
        let body = Body::from(std::mem::take(&mut call.body));
        let mut patience = None;
        loop {
            let mut slot = self.throttle.turn().await;
            let patience = patience.get_or_insert_with(|| Patience::new(self.first_wait));
            let body = body.try_clone().unwrap_or_else(Body::empty);
            let outcome = self.attempt(&call, body, &slot).await;
            let Some(trouble) = trouble(&outcome, &call) else {
                drop(slot);
                return settle(outcome, &call, &self.server);
            };
            let asked = match &outcome {
                Outcome::Refused(refusal) => refusal.retry_after,
                _ => None,
            };
            match trouble {
                Trouble::Throttled => slot.refused(),
                Trouble::NotStored | Trouble::Broken => drop(slot),
            }
            let Some(wait) = patience.next(trouble, asked) else {
                return settle(outcome, &call, &self.server);
            };
            tokio::time::sleep(self.throttle.spread(wait)).await;
        }
    }

    /// One try, in its time.
    async fn attempt(&self, call: &Call, body: Body, slot: &Slot<'_>) -> Outcome {
        let Some(request) = request(call, body) else {
            return Outcome::Out(Outage::refused("the request has no legal form"));
        };
        let sent = Instant::now();
        let outcome = match tokio::time::timeout(self.timeout, self.transmit(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Out(Outage::timeout(self.timeout)),
        };
        if matches!(outcome, Outcome::Granted { .. }) {
            slot.granted(sent.elapsed());
        }
        outcome
    }

    async fn transmit(&self, request: Request<Body>) -> Outcome {
        match self.client.send(request).await {
            Ok(response) => receive(response).await,
            Err(error) => Outcome::Out(Outage::before_answer(&error)),
        }
    }
}

fn request(call: &Call, body: Body) -> Option<Request<Body>> {
    let mut builder =
        Request::builder().method(call.method.clone()).uri(&call.path).header(ACCEPT, call.accept);
    if let Some(content) = call.content {
        builder = builder.header(CONTENT_TYPE, content);
    }
    builder.body(body).ok()
}

async fn receive(response: Response<Body>) -> Outcome {
    let (parts, body) = response.into_parts();
    let body = match body.collect_bytes().await {
        Ok(body) => body,
        Err(error) => return Outcome::Out(Outage::amid_answer(&error)),
    };
    let code = parts.status.as_u16();
    if parts.status.is_success() {
        let warnings = warnings(&parts.headers);
        let date = parts.headers.get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
        return Outcome::Granted { code, warnings, date, body: body.into() };
    }
    Outcome::Refused(Refusal::read(code, retry_after(&parts.headers), &body))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The texts of `Warning` headers: `299 - "text"`.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let texts = headers.get_all(WARNING).iter().filter_map(|value| value.to_str().ok());
    texts.map(warning).collect()
}

fn warning(header: &str) -> String {
    let quoted = header.splitn(3, ' ').nth(2).unwrap_or(header).trim();
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.map_or_else(|| quoted.to_owned(), |text| text.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// What is in the way of an answer, if the request may be made again.
fn trouble(outcome: &Outcome, call: &Call) -> Option<Trouble> {
    let stores = call.effect == Effect::Stores;
    match outcome {
        Outcome::Granted { .. } => None,
        Outcome::Refused(refusal) if refusal.code == 429 => Some(Trouble::Throttled),
        Outcome::Refused(refusal)
            if refusal.is_webhook_failure() || refusal.is_quota_race(call.subject) =>
        {
            Some(Trouble::NotStored)
        }
        Outcome::Refused(refusal) if refusal.is_settled() || stores => None,
        Outcome::Refused(refusal) => {
            matches!(refusal.code, 500 | 502 | 503 | 504).then_some(Trouble::Broken)
        }
        Outcome::Out(outage) if outage.is_permanent => None,
        Outcome::Out(outage) => (outage.was_unsent || !stores).then_some(Trouble::Broken),
    }
}

/// The answer, or what its failure means once it is not repeated any more.
fn settle(outcome: Outcome, call: &Call, server: &str) -> Result<Answer, Failure> {
    match outcome {
        Outcome::Granted { code, warnings, date, body } => {
            let answer = answer(code, warnings, &body, call)?;
            Ok(Answer { date, ..answer })
        }
        Outcome::Refused(refusal) => Err(refused(&refusal, call)),
        Outcome::Out(outage) => {
            let class = if call.effect == Effect::Nothing || outage.was_unsent {
                Class::Unreachable
            } else {
                Class::Ambiguous
            };
            Err(Failure { code: None, error: ApiError::new(class, outage.describe(server)) })
        }
    }
}

fn answer(code: u16, warnings: Vec<String>, body: &[u8], call: &Call) -> Result<Answer, Failure> {
    match serde_json::from_slice(body) {
        // A webhook's warning may repeat what it was shown.
        Ok(body) if call.subject.is_secret => {
            Ok(Answer { code, warnings: Vec::new(), date: None, body })
        }
        Ok(body) => Ok(Answer { code, warnings, date: None, body }),
        Err(_) => {
            let error = ApiError::new(lost(call.effect), "the answer is not JSON");
            Err(Failure { code: Some(code), error })
        }
    }
}

fn refused(refusal: &Refusal, call: &Call) -> Failure {
    let mut error = refusal.judge(call.subject);
    if error.class == Class::Other && refusal.code >= 500 {
        error.class = lost(call.effect);
    }
    Failure { code: Some(refusal.code), error }
}

/// What it means that no one knows what the server did.
fn lost(effect: Effect) -> Class {
    match effect {
        Effect::Nothing => Class::Unreachable,
        Effect::Stores => Class::Ambiguous,
    }
}

#[cfg(test)]
mod tests;
