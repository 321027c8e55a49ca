//! Signals of the operating system.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// The signals that mean something here.
pub(crate) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// End, letting transfers finish.
    Stop,
    /// Read the configuration again.
    Reload,
}

impl Signals {
    /// Takes over SIGTERM, SIGINT and SIGHUP.
    pub(crate) fn take() -> Result<Self, Failure> {
        let take = |kind| {
            signal(kind).map_err(|source| Failure::System { doing: "signals cannot be received", source })
        };
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
            hangup: take(SignalKind::hangup())?,
        })
    }

    /// The next wish.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hangup.recv() => Wish::Reload,
        }
    }
}
