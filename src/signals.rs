//! The signals that tell a run to stop. It must not know what stopping means.

use crate::exit::Status;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long what is under way may go on once we were told to stop, so that the state is written
/// within five seconds (DESIGN.md, Sequence).
const GRACE: Duration = Duration::from_secs(3);

/// How long a run may last at all once it was told to stop.
const END: Duration = Duration::from_secs(5);

/// Whether we were told to stop, and by what.
#[derive(Clone)]
pub struct Stop {
    /// By what we were told, and when.
    receiver: watch::Receiver<Option<(Status, Instant)>>,
    flag: watch::Receiver<bool>,
}

impl Stop {
    /// Listens to SIGINT and SIGTERM from now on. The first one counts; later ones change nothing.
    pub fn listen() -> std::io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (sender, receiver) = watch::channel(None);
        let (raise, flag) = watch::channel(false);
        drop(tokio::spawn(async move {
            let status = tokio::select! {
                _ = interrupt.recv() => Status::Interrupted,
                _ = terminate.recv() => Status::Terminated,
            };
            sender.send(Some((status, Instant::now()))).ok();
            raise.send(true).ok();
            // The handlers stay in place, so that a second signal does not end the process.
            std::future::pending::<()>().await;
        }));
        Ok(Self { receiver, flag })
    }

    /// Whether we were told to stop, for whoever waits on that alone.
    pub fn flag(&self) -> watch::Receiver<bool> {
        self.flag.clone()
    }

    /// How the run ends if we were told to stop.
    pub fn status(&self) -> Option<Status> {
        self.receiver.borrow().as_ref().map(|(status, _)| *status)
    }

    /// Whether we were told to stop.
    pub fn is_set(&self) -> bool {
        self.status().is_some()
    }

    /// Ends when we are told to stop.
    pub async fn told(&self) {
        let mut receiver = self.receiver.clone();
        if receiver.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Ends when what is under way must be given up.
    pub async fn exhausted(&self) {
        self.after(GRACE).await;
    }

    /// What `work` gives, or nothing if it is not done when the run must be over.
    pub async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.after(END) => None,
        }
    }

    /// What `work` gives, or how the run ends if we are told to stop before. Only for what changes
    /// nothing.
    pub async fn unless_told<T>(&self, work: impl Future<Output = T>) -> Result<T, Status> {
        tokio::select! {
            done = work => Ok(done),
            () = self.told() => Err(self.status().unwrap_or(Status::Interrupted)),
        }
    }

    /// Ends so long after we were told to stop.
    async fn after(&self, duration: Duration) {
        self.told().await;
        let told = self.receiver.borrow().as_ref().map(|(_, told)| *told);
        tokio::time::sleep_until(told.unwrap_or_else(Instant::now) + duration).await;
    }

    /// Sleeps, or less if we are told to stop. Says whether to go on.
    pub async fn sleep(&self, duration: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(duration) => true,
            () = self.told() => false,
        }
    }
}
