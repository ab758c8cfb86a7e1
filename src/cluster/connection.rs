//! Which cluster, and how it is reached. It must not know what is asked there.
//!
//! HTTP/1.1 over as many connections as requests are under way, not HTTP/2 over one: a connection
//! that breaks then leaves one write in doubt instead of all, several API servers behind one
//! address share the load, and Go's server is the faster for it. `kube`'s client speaks nothing
//! else.

use super::kubeconfig;
use super::throttle::Throttle;
use crate::error::Diagnostic;
use http::{Request, Response};
use kube::Config;
use kube::client::{Body, ClientBuilder};
use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tower::{BoxError, Service};

/// How long it may take until a connection is there, with its TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many requests for the lease and the state may be under way at once.
const APART: usize = 4;

/// How long to wait before a request is made a second time.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Where to connect.
#[derive(Clone, Debug)]
pub struct Target {
    /// The kubeconfig file or files (as `KUBECONFIG` has them); the usual ones if none is named,
    /// then the cluster that this program runs in.
    pub kubeconfig: Option<PathBuf>,
    /// The context; the current one if none is named.
    pub context: Option<String>,
    /// How long one request may take, its answer's body included.
    pub request_timeout: Duration,
    /// How many requests may be under way at once.
    pub concurrency: usize,
}

/// A connection to one cluster. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    pub(super) client: kube::Client,
    pub(super) throttle: Arc<Throttle>,
    pub(super) timeout: Duration,
    /// How long the first repetition of a request waits.
    pub(super) first_wait: Duration,
    /// What people know the server by.
    pub(super) server: Arc<str>,
    apart: Arc<Throttle>,
}

impl Cluster {
    /// Reads the kubeconfig and makes a client. No request is made yet, but a kubeconfig may name a
    /// program that logs in.
    #[expect(clippy::unused_async, reason = "must run inside the runtime, which a client needs")]
    pub async fn connect(target: &Target) -> Result<Self, Diagnostic> {
        let mut config = kubeconfig::load(target.kubeconfig.as_deref(), target.context.as_deref())?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        // Each request has a time-out of its own, and repeating is decided request by request.
        config.read_timeout = None;
        config.write_timeout = None;
        config.default_retry = false;
        let server = config.cluster_url.to_string();
        let server = server.trim_end_matches('/');
        let client = client(config).map_err(|error| unusable(server, &error))?;
        Ok(Self::with_client(client, server, target.request_timeout, target.concurrency))
    }

    /// A cluster behind any service that answers HTTP requests: the seam for tests. Must be called
    /// inside a runtime.
    pub fn from_service<S>(service: S, request_timeout: Duration, concurrency: usize) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
    {
        let client = kube::Client::new(service, "default");
        Self::with_client(client, "the test's service", request_timeout, concurrency)
    }

    fn with_client(
        client: kube::Client,
        server: &str,
        timeout: Duration,
        concurrency: usize,
    ) -> Self {
        let throttle = Arc::new(Throttle::new(concurrency));
        let apart = Arc::new(Throttle::urgent(APART, Arc::clone(&throttle)));
        Self { client, throttle, timeout, first_wait: FIRST_WAIT, server: server.into(), apart }
    }

    /// The same connection for requests that must not queue behind the others: a lease that is not
    /// renewed is lost, and a run that is told to stop has seconds to write its state.
    pub(super) fn apart(&self) -> Self {
        Self { throttle: Arc::clone(&self.apart), ..self.clone() }
    }
}

fn client(config: Config) -> Result<kube::Client, kube::Error> {
    Ok(ClientBuilder::try_from(config)?.build())
}

fn unusable(server: &str, error: &kube::Error) -> Diagnostic {
    let problem = Diagnostic::error(format!("cannot make a connection to `{server}`"));
    let problem = problem.because(error.to_string());
    match error.source() {
        Some(source) if !error.to_string().contains(&source.to_string()) => {
            problem.because(source.to_string())
        }
        _ => problem,
    }
}
