//! Two members: one that asks, and one that answers over a local node, whose content from elsewhere is scripted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atoll_host::{Host, SeededRandom, ShutdownHandle, SimulatedClock, Timestamp};
use atoll_index::{Index, Location, Options as IndexOptions};
use atoll_net::client::{Destination, Pool, PoolOptions};
use atoll_net::{Mutual, MutualOptions, Options as NetOptions, Secret, Server};
use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterId, ClusterKey, LayoutTag, MemberId};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::{
    BlobAddress, BlobRead, BlobStat, Blobs as _, Body, Caller, Error, GetManifest, Manifest, Origin, ReadBlob,
};
use atoll_store::MemoryStore;
use atoll_testkit::link::{MemoryLink, Network};
use atoll_wire::{
    Called, Gate, HttpTransport, Identity, LinkHandler, Method, Naming, Observer, Patience, RemoteNode,
    RemoteParts, Serve, ServeOptions, ServeParts, Transport, link_limits, member_name,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::Notify;

pub(crate) const KEY: ClusterKey = ClusterKey([5; 16]);
pub(crate) const CLUSTER: ClusterId = ClusterId([9; 16]);
pub(crate) const ASKER: MemberId = MemberId(1);
pub(crate) const ANSWERER: MemberId = MemberId(2);
pub(crate) const LAYOUT: LayoutTag = LayoutTag { version: 4, digest: [4; 16] };
pub(crate) const CHUNK_BYTES: usize = 256 << 10;
pub(crate) const TODAY: Timestamp = Timestamp(1_790_000_000_000_000_000);
/// Real time within which everything happens in a test that works.
const LONG: Duration = Duration::from_mins(1);

/// Content from elsewhere, by the name of the repository: see [`Script::body`].
#[derive(Default)]
pub(crate) struct Script {
    /// Who asked last.
    pub(crate) caller: Mutex<Option<Caller>>,
    /// Chunks that were taken.
    pub(crate) produced: Arc<AtomicUsize>,
    /// `hang` was asked.
    pub(crate) arrived: Notify,
    /// What hung, or was being read, is over.
    pub(crate) over: Arc<Notify>,
}

pub(crate) struct Announce(pub(crate) Arc<Notify>);

impl Drop for Announce {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Script {
    fn body(&self, chunks: usize, end: Option<Error>) -> Body {
        let (produced, over) = (Arc::clone(&self.produced), Announce(Arc::clone(&self.over)));
        let chunk = Bytes::from(vec![b'x'; CHUNK_BYTES]);
        let chunks = stream::iter(0..chunks).map(move |_| {
            let _lives = &over;
            produced.fetch_add(1, Ordering::SeqCst);
            Ok(chunk.clone())
        });
        Box::pin(chunks.chain(stream::iter(end.map(Err))))
    }
}

#[async_trait]
impl Origin for Script {
    async fn manifest(&self, _caller: &Caller, _request: &GetManifest) -> Result<Option<Manifest>, Error> {
        Ok(None)
    }

    async fn blob(&self, caller: &Caller, request: &BlobAddress) -> Result<Option<BlobRead>, Error> {
        *self.caller.lock().unwrap() = Some(caller.clone());
        let digest = request.digest;
        let stat = BlobStat { digest, size: 1, media_type: None };
        let stream = |body| Ok(Some(BlobRead::Stream { stat, ranges: vec![], body }));
        let name = request.repository.as_str();
        match name.split_once('/') {
            Some(("stream", count)) => stream(self.body(count.parse().unwrap(), None)),
            Some(("broken", count)) => stream(self.body(count.parse().unwrap(), Some(damaged()))),
            _ if name == "hang" => {
                let _over = Announce(Arc::clone(&self.over));
                self.arrived.notify_one();
                std::future::pending().await
            }
            _ if name == "redirect" => {
                Ok(Some(BlobRead::Redirect { url: "https://elsewhere.example/?a=b".to_owned() }))
            }
            _ => Ok(None),
        }
    }
}

/// The error at the end of `broken`.
pub(crate) fn damaged() -> Error {
    Error::DigestMismatch { expected: digest(b"a"), computed: digest(b"b") }
}

pub(crate) fn digest(content: &[u8]) -> Digest {
    digest_of(Algorithm::Sha256, content)
}

/// Admits one layout.
pub(crate) struct OneLayout;

impl Gate for OneLayout {
    fn admit(&self, peer: MemberId, theirs: LayoutTag) -> Result<(), Error> {
        let refusal = || Error::LayoutMismatch(format!("member {peer} goes by version {}", theirs.version));
        if theirs == LAYOUT { Ok(()) } else { Err(refusal()) }
    }

    fn host_of(&self, peer: MemberId) -> Option<String> {
        (peer == ASKER).then(|| "127.0.0.1".to_owned())
    }
}

/// Remembers calls.
#[derive(Default)]
pub(crate) struct Ledger(pub(crate) Mutex<Vec<Called>>);

impl Observer for Ledger {
    fn began(&self, _peer: MemberId, _method: Method) {}

    fn called(&self, call: &Called) {
        self.0.lock().unwrap().push(*call);
    }
}

pub(crate) fn identity(member: MemberId) -> Identity {
    Identity { cluster: CLUSTER, member, layout: Arc::new(|| LAYOUT) }
}

pub(crate) fn serve(host: &Host, options: ServeOptions, naming: Naming) -> (Arc<Serve>, Arc<Script>) {
    let script = Arc::new(Script::default());
    let index = Index::open(&IndexOptions::new(Location::Memory, KEY, 256), host).unwrap();
    let parts = Parts {
        index: Arc::new(index),
        store: Arc::new(MemoryStore::new(host.clock.clone())),
        origin: script.clone(),
        member: ANSWERER,
        key: KEY,
        host: host.clone(),
    };
    let node = LocalNode::new(parts, Options { low_water_bytes: 0, ..Options::default() });
    let identity = identity(ANSWERER);
    let parts = ServeParts { node, identity, gate: Arc::new(OneLayout), naming, host: host.clone() };
    (Arc::new(Serve::new(parts, options)), script)
}

pub(crate) fn remote<T: Transport>(transport: T, host: &Host) -> (Arc<RemoteNode<T>>, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    let parts = RemoteParts {
        peer: ANSWERER,
        identity: identity(ASKER),
        transport,
        patience: Patience::default(),
        observer: ledger.clone(),
        host: host.clone(),
    };
    (Arc::new(RemoteNode::new(parts)), ledger)
}

/// A member that asks and one that answers.
pub(crate) struct Pair<T> {
    pub(crate) remote: Arc<RemoteNode<T>>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) script: Arc<Script>,
    pub(crate) rest: Rest,
}

/// What ends with the test.
pub(crate) struct Rest {
    pub(crate) address: Option<std::net::SocketAddr>,
    pub(crate) network: Option<Arc<Network>>,
    pub(crate) clock: Option<Arc<SimulatedClock>>,
    pub(crate) serve: Arc<Serve>,
    _stop: Option<ShutdownHandle>,
}

pub(crate) fn derived(member: MemberId) -> MutualOptions {
    MutualOptions::Derived {
        secrets: vec![Secret::new(&[7; 32]).unwrap()],
        group: CLUSTER.0.to_vec(),
        name: member_name(member, &CLUSTER),
    }
}

/// A listener before the answering member.
pub(crate) async fn listen(
    serve: &Arc<Serve>,
    options: MutualOptions,
    host: &Host,
) -> (std::net::SocketAddr, ShutdownHandle) {
    let mutual = Arc::new(Mutual::load(options, host).await.unwrap());
    let options = NetOptions { port: 0, limits: link_limits(Duration::ZERO), ..NetOptions::default() };
    let handler = Arc::new(LinkHandler::new(Arc::clone(serve)));
    let server = Server::bind_mutual(options, mutual, handler, host.clone()).await.unwrap();
    let address = server.addresses()[0];
    let (stop, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(server.run(shutdown));
    (address, stop)
}

/// A way over real connections.
pub(crate) async fn way(
    address: std::net::SocketAddr,
    certificate: &str,
    options: MutualOptions,
    host: &Host,
) -> HttpTransport {
    let mutual = Arc::new(Mutual::load(options, host).await.unwrap());
    let (name, port) = (address.ip().to_string(), address.port());
    let destination = Destination { host: name, port, certificate: certificate.to_owned() };
    HttpTransport::new(Pool::new(destination, mutual, PoolOptions::default(), host.clone()).unwrap())
}

/// Two members with real connections between them.
pub(crate) async fn over_tls() -> Pair<HttpTransport> {
    let host = Host::system(8);
    let (serve, script) = serve(&host, ServeOptions::default(), Naming::Members);
    let (address, stop) = listen(&serve, derived(ANSWERER), &host).await;
    let transport = way(address, &member_name(ANSWERER, &CLUSTER), derived(ASKER), &host).await;
    let (remote, ledger) = remote(transport, &host);
    let rest = Rest { address: Some(address), network: None, clock: None, serve, _stop: Some(stop) };
    Pair { remote, ledger, script, rest }
}

/// Two members in one process, under a clock that the test moves.
pub(crate) fn in_memory(options: ServeOptions) -> Pair<MemoryLink> {
    let clock = Arc::new(SimulatedClock::new(TODAY));
    let host = Host { clock: clock.clone(), ..Host::system(8) };
    let network = Network::new(host.clone(), Arc::new(SeededRandom::new(1)));
    let (serve, script) = serve(&host, options, Naming::Members);
    network.attach(ANSWERER, Arc::clone(&serve));
    let (remote, ledger) = remote(network.link(ASKER, ANSWERER), &host);
    let rest = Rest { address: None, network: Some(network), clock: Some(clock), serve, _stop: None };
    Pair { remote, ledger, script, rest }
}

impl<T: Transport> Pair<T> {
    /// Asks for content of a scripted repository.
    pub(crate) async fn read(&self, repository: &str, caller: &Caller) -> Result<BlobRead, Error> {
        let address = BlobAddress { repository: repository.parse().unwrap(), digest: digest(b"any") };
        within(self.remote.read(caller, ReadBlob { address, range: None })).await
    }

    /// The content of a scripted repository, as it comes.
    pub(crate) async fn body(&self, repository: &str) -> Body {
        match self.read(repository, &Caller::internal("test")).await {
            Ok(BlobRead::Stream { body, .. }) => body,
            Ok(BlobRead::Redirect { url }) => panic!("redirected to {url}"),
            Err(error) => panic!("{error}"),
        }
    }

    /// What the observer was told, once `count` calls are over.
    pub(crate) async fn calls(&self, count: usize) -> Vec<Called> {
        within(async {
            loop {
                let calls = self.ledger.0.lock().unwrap().clone();
                if calls.len() >= count {
                    return calls;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

/// Waits for something that a test has brought about.
pub(crate) async fn within<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, event).await.expect("in time")
}
