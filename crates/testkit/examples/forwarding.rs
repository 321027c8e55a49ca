//! What forwarding costs, as the yardstick of the member link: two members and a client, each a process of its own.
//!
//! `forwarding owner FOLDER MEBIBYTES LINK` keeps a blob of that size and serves it, to clients (plain HTTP) and to members on the port
//! LINK; `forwarding member MEBIBYTES LINK` has nothing and fetches it from there. Both print where `GET` of any path gives the blob.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use atoll_host::{BoxFuture, Host, ShutdownHandle};
use atoll_index::{Index, Location, Options as IndexOptions};
use atoll_net::client::{Destination, Pool, PoolOptions};
use atoll_net::{
    Body, BoxError, Handler, Incoming, Mutual, MutualOptions, Options as NetOptions, Peer, Secret, Server,
};
use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterId, ClusterKey, LayoutTag, MemberId};
use atoll_registry::{LocalNode, Options, Parts};
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, Blobs, Caller, Error as NodeError, FinishUpload, Grant,
    NoOrigin, ReadBlob, UploadAddress,
};
use atoll_store::FileStore;
use atoll_wire::{
    Gate, HttpTransport, Identity, LinkHandler, Naming, NoObserver, Patience, RemoteNode, RemoteParts, Serve,
    ServeOptions, ServeParts, link_limits, member_name,
};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use http::{Request, Response};

type Failure = Box<dyn Error + Send + Sync>;

const KEY: ClusterKey = ClusterKey([5; 16]);
const CLUSTER: ClusterId = ClusterId([9; 16]);
const LAYOUT: LayoutTag = LayoutTag { version: 1, digest: [4; 16] };
const OWNER: MemberId = MemberId(1);
const MEMBER: MemberId = MemberId(2);
const MEBIBYTE: usize = 1 << 20;

/// Serves one blob of a node.
struct Front {
    node: Arc<dyn Blobs>,
    digest: Digest,
}

impl Handler for Front {
    fn call(&self, _request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        let (node, digest) = (Arc::clone(&self.node), self.digest);
        Box::pin(async move {
            let address = BlobAddress { repository: "yardstick".parse().expect("a name"), digest };
            match node.read(&Caller::internal("yardstick"), ReadBlob { address, range: None }).await {
                Ok(BlobRead::Stream { stat, body, .. }) => {
                    Response::new(Body::stream(body.map_err(BoxError::from), Some(stat.size)))
                }
                Ok(BlobRead::Redirect { url }) => Response::new(Body::full(url)),
                Err(error) => Response::new(Body::full(error.to_string())),
            }
        })
    }
}

struct Open;

impl Gate for Open {
    fn admit(&self, _peer: MemberId, _theirs: LayoutTag) -> Result<(), NodeError> {
        Ok(())
    }

    fn host_of(&self, _peer: MemberId) -> Option<String> {
        None
    }
}

fn identity(member: MemberId) -> Identity {
    Identity { cluster: CLUSTER, member, layout: Arc::new(|| LAYOUT) }
}

async fn mutual(member: MemberId, host: &Host) -> Result<Arc<Mutual>, Failure> {
    let secrets = vec![Secret::new(&[7; 32]).ok_or("too short")?];
    let options =
        MutualOptions::Derived { secrets, group: CLUSTER.0.to_vec(), name: member_name(member, &CLUSTER) };
    Ok(Arc::new(Mutual::load(options, host).await?))
}

/// The piece that the blob repeats.
fn piece() -> Bytes {
    (0..MEBIBYTE).map(|index| u8::try_from(index % 251).unwrap_or_default()).collect()
}

fn digest(mebibytes: usize) -> Digest {
    digest_of(Algorithm::Sha256, &piece().repeat(mebibytes))
}

async fn owner(folder: &Path, mebibytes: usize, link: u16, host: &Host) -> Result<(), Failure> {
    host.files.create_dir_all(folder)?;
    let parts = Parts {
        index: Arc::new(Index::open(&IndexOptions::new(Location::Memory, KEY, 64), host)?),
        store: Arc::new(FileStore::open(folder, &atoll_store::Options::default(), host.clone())?),
        origin: Arc::new(NoOrigin),
        member: OWNER,
        key: KEY,
        host: host.clone(),
    };
    let node = LocalNode::new(parts, Options::default());
    let digest = digest(mebibytes);
    push(&*node, digest, mebibytes).await?;
    let (naming, identity) = (Naming::Members, identity(OWNER));
    let parts = ServeParts { node: node.clone(), identity, gate: Arc::new(Open), naming, host: host.clone() };
    let handler = Arc::new(LinkHandler::new(Arc::new(Serve::new(parts, ServeOptions::default()))));
    let options =
        NetOptions { port: link, limits: link_limits(std::time::Duration::ZERO), ..NetOptions::default() };
    let server = Server::bind_mutual(options, mutual(OWNER, host).await?, handler, host.clone()).await?;
    let (_never, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(server.run(shutdown));
    front(node, digest, host).await
}

async fn push(node: &dyn Blobs, digest: Digest, mebibytes: usize) -> Result<(), NodeError> {
    let (caller, grant) = (Caller::internal("yardstick"), Grant::ALL);
    let repository: atoll_oci::Repository = "yardstick".parse().map_err(|_| NodeError::DeadlineExceeded)?;
    let begin = BeginUpload { repository: repository.clone(), algorithm: None, grant };
    let id = node.begin(&caller, begin).await?.id;
    let chunk = AppendUpload { address: UploadAddress { repository, id }, range: None, length: None };
    let body = Box::pin(stream::iter(std::iter::repeat_n(piece(), mebibytes).map(Ok)));
    node.finish(&caller, FinishUpload { chunk, digest, grant }, body).await.map(|_stat| ())
}

async fn member(link: u16, mebibytes: usize, host: &Host) -> Result<(), Failure> {
    let certificate = member_name(OWNER, &CLUSTER);
    let destination = Destination { host: "127.0.0.1".to_owned(), port: link, certificate };
    let pool = Pool::new(destination, mutual(MEMBER, host).await?, PoolOptions::default(), host.clone())?;
    let parts = RemoteParts {
        peer: OWNER,
        identity: identity(MEMBER),
        transport: HttpTransport::new(pool),
        patience: Patience::default(),
        observer: Arc::new(NoObserver),
        host: host.clone(),
    };
    front(Arc::new(RemoteNode::new(parts)), digest(mebibytes), host).await
}

async fn front(node: Arc<dyn Blobs>, digest: Digest, host: &Host) -> Result<(), Failure> {
    let options = NetOptions { port: 0, ..NetOptions::default() };
    let server = Server::bind(options, Arc::new(Front { node, digest }), host.clone()).await?;
    for address in server.addresses() {
        writeln!(std::io::stdout(), "http://{address}/")?;
    }
    let (_never, shutdown) = ShutdownHandle::new();
    server.run(shutdown).await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let host = Host::system(8);
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["owner", folder, mebibytes, link] => {
            owner(Path::new(folder), mebibytes.parse()?, link.parse()?, &host).await
        }
        ["member", mebibytes, link] => member(link.parse()?, mebibytes.parse()?, &host).await,
        _ => Err("usage: forwarding owner FOLDER MEBIBYTES LINK | forwarding member MEBIBYTES LINK".into()),
    }
}
