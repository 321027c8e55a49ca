//! From bound sockets to an orderly end: accepting, limiting connections, shutting down.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use atoll_host as host;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::connection::{self, Encryption, Phase, Shared};
use crate::mutual::Mutual;
use crate::tls::Identity;
use crate::{Error, Handler, Options, listen};

/// How long to wait when the system refuses to accept, most likely because no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Listening sockets with a handler behind them.
pub struct Server {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

impl Server {
    /// Reads the certificate, if any, and opens the sockets; from now on clients can connect and wait.
    pub async fn bind(options: Options, handler: Arc<dyn Handler>, host: host::Host) -> Result<Self, Error> {
        let encryption = match &options.tls {
            Some(files) => Encryption::Server(Arc::new(Identity::load(files.clone(), &host).await?)),
            None => Encryption::None,
        };
        Self::open(options, encryption, handler, host).await
    }

    /// Whether a server could be opened with these options, as far as that shows without opening one: the certificate can be used,
    /// and the addresses resolve. The ports may be taken all the same.
    pub async fn check(options: &Options, host: &host::Host) -> Result<(), Error> {
        if let Some(files) = &options.tls {
            Identity::load(files.clone(), host).await?;
        }
        listen::check(&options.addresses, options.port).await
    }

    /// Opens sockets for other servers, which prove themselves: HTTP/2 over mutual TLS only. Each request has the [`crate::Proven`]
    /// certificate of its sender among its extensions. The TLS section of the options is not used.
    pub async fn bind_mutual(
        options: Options,
        mutual: Arc<Mutual>,
        handler: Arc<dyn Handler>,
        host: host::Host,
    ) -> Result<Self, Error> {
        Self::open(options, Encryption::Mutual(mutual), handler, host).await
    }

    async fn open(
        options: Options,
        encryption: Encryption,
        handler: Arc<dyn Handler>,
        host: host::Host,
    ) -> Result<Self, Error> {
        let listeners = listen::open(&options.addresses, options.port).await?;
        let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let shared = Arc::new(Shared::new(handler, host, options.limits, encryption));
        Ok(Self { listeners, addresses, shared })
    }

    /// The addresses listened on, with the port that the system chose if none was configured.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until the signal, then lets what is under way finish within the grace time, unless it is told to hurry, then closes the rest.
    pub async fn run(self, mut shutdown: host::Shutdown) {
        let (phase, phases) = watch::channel(Phase::Open);
        let (alive, mut gone) = mpsc::channel::<()>(1);
        let places = self.shared.limits.max_connections.min(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(places));
        let tasks = self.shared.host.tasks.clone();
        for listener in self.listeners {
            let door = Door {
                listener,
                places: Arc::clone(&places),
                shared: Arc::clone(&self.shared),
                phases: phases.clone(),
                alive: alive.clone(),
            };
            tasks.spawn(door.accept());
        }
        let (mut serving, shared) = (phases.clone(), Arc::clone(&self.shared));
        tasks.spawn(async move {
            tokio::select! {
                _stopped = serving.wait_for(|phase| *phase > Phase::Open) => {}
                () = shared.encryption.keep_fresh(&shared.host) => {}
            }
        });
        drop(alive);
        shutdown.signalled().await;
        phase.send_replace(Phase::Finishing);
        // Nothing is ever sent: the channel ends when the last connection has let go of it.
        tokio::select! {
            _all = gone.recv() => return,
            () = self.shared.host.clock.sleep(self.shared.limits.grace) => {}
            () = shutdown.hurried() => {}
        }
        phase.send_replace(Phase::Closed);
        let _all = gone.recv().await;
    }
}

/// One listening socket at work.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    shared: Arc<Shared>,
    phases: watch::Receiver<Phase>,
    alive: mpsc::Sender<()>,
}

impl Door {
    async fn accept(self) {
        let mut phases = self.phases.clone();
        let mut closed = std::pin::pin!(phases.wait_for(|phase| *phase > Phase::Open));
        loop {
            let arrived = async {
                let accepted = self.listener.accept().await;
                // Without a free place nobody is served: this client waits here, the next ones in the system's queue.
                (Arc::clone(&self.places).acquire_owned().await, accepted)
            };
            let (place, accepted) = tokio::select! {
                _closed = &mut closed => return,
                arrived = arrived => arrived,
            };
            match accepted {
                Ok((socket, address)) => {
                    let (shared, phases) = (Arc::clone(&self.shared), self.phases.clone());
                    let alive = self.alive.clone();
                    self.shared.host.tasks.spawn(async move {
                        connection::serve(shared, socket, address, phases).await;
                        drop((place, alive));
                    });
                }
                Err(error) if is_clients_fault(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections; trying again shortly");
                    self.shared.host.clock.sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// The client was gone before it was let in.
fn is_clients_fault(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
