//! Putting a member together with the others: who they are, the link to them, and whether this one can do its part.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use atoll_cluster::RoutedNode;
use atoll_cluster::membership::{Configured, Connect, Membership, Options, Pace, Parts};
use atoll_config::{Cluster, Settings, Trust};
use atoll_fault::Kind;
use atoll_host::Host;
use atoll_net::client::{Destination, Pool, PoolOptions};
use atoll_net::{Mutual, MutualOptions, Secret, Server};
use atoll_placement::{ClusterId, DEFAULT_WEIGHT, Member, MemberId};
use atoll_registry::LocalNode;
use atoll_service::{Admin, Caller, Error, Node, Status, SweepReport};
use atoll_store::Folder;
use atoll_telemetry::metrics::{PeerCall, PeerOutcome, Recorder};
use atoll_wire::{
    Called, CurrentLayout, Frames, HttpTransport, Identity, LinkHandler, Method, Naming, Observer, Outcome,
    Patience, RemoteNode, RemoteParts, Serve, ServeOptions, ServeParts, Transport, link_limits, member_name,
};

use crate::build;
use crate::failure::Failure;

/// How often the files of a certificate are looked at.
const CERTIFICATE_POLL: Duration = Duration::from_secs(10);

/// What a server has besides its own node.
pub(crate) struct Joined {
    /// What it knows of the others; of a server alone, that there are none.
    pub(crate) membership: Arc<Membership>,
    /// The whole, as clients see it.
    pub(crate) routed: Arc<RoutedNode>,
    /// The listener of the link, and what keeps its certificate fresh; none for a server alone.
    pub(crate) link: Option<(Server, Arc<Mutual>)>,
}

/// Takes up the place that the settings give this server among the members.
pub(crate) async fn join(
    settings: &Settings,
    (folder, local): (&Folder, &Arc<LocalNode>),
    (host, recorder): (&Host, &Recorder),
) -> Result<Joined, Failure> {
    let cluster = settings.cluster.as_ref();
    let mutual = match cluster.filter(|cluster| cluster.members.len() > 1) {
        Some(cluster) => Some(Arc::new(Mutual::load(mutual_options(cluster, folder)?, host).await?)),
        None => None,
    };
    let reach = Reach {
        mutual: mutual.clone(),
        naming: cluster.map_or(Naming::Members, naming),
        cluster: folder.cluster_id(),
        member: folder.member(),
        observer: Arc::new(Peers { recorder: recorder.clone(), calls: Mutex::default() }),
        host: host.clone(),
    };
    let parts = Parts { local: local.clone(), connect: Arc::new(reach), host: host.clone() };
    let membership = Membership::open(membership_options(settings, folder), parts).await?;
    let routed = RoutedNode::new(Arc::clone(membership.routes()), host.clone(), routed_options(settings));
    let fresh = Arc::clone(local);
    let routed = Arc::new(routed.with_changes(Arc::new(move || fresh.freshness())));
    let link = match (cluster, mutual) {
        (Some(cluster), Some(mutual)) => {
            let server = listen(settings, cluster, (&membership, local), (&mutual, host)).await?;
            Some((server, mutual))
        }
        _ => None,
    };
    Ok(Joined { membership, routed, link })
}

/// Opens the listener that the other members call.
async fn listen(
    settings: &Settings,
    cluster: &Cluster,
    (membership, local): (&Arc<Membership>, &Arc<LocalNode>),
    (mutual, host): (&Arc<Mutual>, &Host),
) -> Result<Server, Failure> {
    let identity = Identity { cluster: cluster.id, member: cluster.own, layout: membership.current_layout() };
    // Over the local node alone, so that what came over the link cannot go on to another member.
    let parts = ServeParts {
        node: Arc::clone(local) as Arc<dyn Node>,
        identity,
        gate: Arc::clone(membership) as Arc<dyn atoll_wire::Gate>,
        naming: naming(cluster),
        host: host.clone(),
    };
    let handler = Arc::new(LinkHandler::new(Arc::new(Serve::new(parts, ServeOptions::default()))));
    let options = atoll_net::Options {
        addresses: vec![cluster.listen.host().to_owned()],
        port: cluster.listen.port(),
        tls: None,
        limits: link_limits(settings.shutdown.grace),
    };
    Ok(Server::bind_mutual(options, Arc::clone(mutual), handler, host.clone()).await?)
}

fn mutual_options(cluster: &Cluster, folder: &Folder) -> Result<MutualOptions, Failure> {
    Ok(match &cluster.trust {
        Trust::Files { cert, key, authorities } => MutualOptions::Files {
            cert: cert.clone(),
            key: key.clone(),
            authorities: vec![authorities.clone()],
            poll: CERTIFICATE_POLL,
        },
        Trust::Secret { own, accepted } => {
            let secrets = std::iter::once(own).chain(accepted).map(|secret| Secret::new(secret.bytes()));
            let secrets = secrets.collect::<Option<Vec<_>>>();
            let secrets =
                secrets.ok_or_else(|| Failure::Usage("a secret of the cluster is too short".to_owned()))?;
            let name = member_name(folder.member(), &folder.cluster_id());
            MutualOptions::Derived { secrets, group: folder.cluster_id().0.to_vec(), name }
        }
    })
}

fn naming(cluster: &Cluster) -> Naming {
    match cluster.trust {
        Trust::Files { .. } => Naming::Hosts,
        Trust::Secret { .. } => Naming::Members,
    }
}

fn membership_options(settings: &Settings, folder: &Folder) -> Options {
    let alone = || {
        let member = Member { id: folder.member(), weight: DEFAULT_WEIGHT };
        vec![Configured { member, link_address: String::new(), public_address: None }]
    };
    let configured = |member: &atoll_config::Member| Configured {
        member: Member { id: member.id, weight: member.weight },
        link_address: member.link.to_string(),
        public_address: Some(member.address.to_string()),
    };
    let members = settings.cluster.as_ref().map(|cluster| cluster.members.iter().map(configured).collect());
    Options {
        cluster: folder.cluster_id(),
        key: folder.cluster_key(),
        shards: folder.shards(),
        local: folder.member(),
        incarnation: folder.incarnation(),
        release: build::VERSION.to_owned(),
        members: members.unwrap_or_else(alone),
        folder: settings.storage.root_directory.clone(),
        pace: Pace::default(),
    }
}

fn routed_options(settings: &Settings) -> atoll_cluster::Options {
    let mut options = atoll_cluster::Options::default();
    if let Some(search) = &settings.extensions.search {
        options.max_rows = search.max_rows.into();
    }
    if let Some(cluster) = &settings.cluster {
        options.deadline = cluster.query_deadline;
        options.mount_deadline = cluster.mount_deadline;
        options.mount_copy_max_bytes = cluster.mount_copy_max.bytes();
    }
    options
}

/// How members are reached. A server alone has no certificate and reaches nobody.
struct Reach {
    mutual: Option<Arc<Mutual>>,
    naming: Naming,
    cluster: ClusterId,
    member: MemberId,
    observer: Arc<Peers>,
    host: Host,
}

impl Connect for Reach {
    fn connect(&self, member: MemberId, address: &str, current: &CurrentLayout) -> Arc<dyn Node> {
        let transport = match self.pool(member, address) {
            Some(pool) => Way::Link(HttpTransport::new(pool)),
            None => Way::None(address.to_owned()),
        };
        Arc::new(RemoteNode::new(RemoteParts {
            peer: member,
            identity: Identity { cluster: self.cluster, member: self.member, layout: Arc::clone(current) },
            transport,
            patience: Patience::default(),
            observer: Arc::clone(&self.observer) as Arc<dyn Observer>,
            host: self.host.clone(),
        }))
    }
}

impl Reach {
    fn pool(&self, member: MemberId, address: &str) -> Option<Pool> {
        let (host, port) = address.rsplit_once(':')?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let certificate = match self.naming {
            Naming::Members => member_name(member, &self.cluster),
            Naming::Hosts => bare.to_owned(),
        };
        let destination = Destination { host: bare.to_owned(), port: port.parse().ok()?, certificate };
        let mutual = Arc::clone(self.mutual.as_ref()?);
        Pool::new(destination, mutual, PoolOptions::default(), self.host.clone()).ok()
    }
}

/// The way to a member.
enum Way {
    Link(HttpTransport),
    /// There is none to this address.
    None(String),
}

#[async_trait]
impl Transport for Way {
    async fn call(
        &self,
        protocol: u16,
        method: Method,
        request: Frames,
    ) -> Result<Frames, atoll_wire::Error> {
        match self {
            Self::Link(link) => link.call(protocol, method, request).await,
            Self::None(address) => {
                Err(atoll_wire::Error::Unreachable(format!("`{address}` is no address of a link")))
            }
        }
    }
}

/// Counts calls to other members.
struct Peers {
    recorder: Recorder,
    /// Calls under way, by member: which of them ends does not matter to a count.
    calls: Mutex<BTreeMap<MemberId, Vec<PeerCall>>>,
}

impl Observer for Peers {
    fn began(&self, peer: MemberId, _method: Method) {
        let call = self.recorder.peer_call_started(peer.0);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(peer).or_default().push(call);
    }

    fn called(&self, call: &Called) {
        self.recorder.peer_bytes_sent(call.peer.0, call.bytes_out);
        self.recorder.peer_bytes_received(call.peer.0, call.bytes_in);
        let begun =
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&call.peer).and_then(Vec::pop);
        let outcome = match call.outcome {
            Outcome::Refused(Kind::TimedOut) => PeerOutcome::TimedOut,
            Outcome::Refused(kind) if kind.is_ours() => PeerOutcome::Failed,
            Outcome::Answered | Outcome::Cancelled | Outcome::Refused(_) => PeerOutcome::Answered,
            Outcome::Failed => PeerOutcome::Unreachable,
        };
        self.recorder.peer_reachable(call.peer.0, outcome != PeerOutcome::Unreachable);
        if let Some(begun) = begun {
            begun.ended(outcome, call.answered_after.unwrap_or(call.took));
        }
    }
}

/// The member as it is asked whether it is ready.
pub(crate) struct Ready {
    /// Its node.
    pub(crate) local: Arc<LocalNode>,
    /// What it knows of the others.
    pub(crate) membership: Arc<Membership>,
}

#[async_trait]
impl Admin for Ready {
    async fn status(&self, caller: &Caller) -> Result<Status, Error> {
        if self.membership.rounds() == 0 {
            return Err(Error::Unavailable("the other members are being asked".to_owned()));
        }
        if self.membership.is_given_up() {
            return Err(Error::Unavailable("this member was given up by the others".to_owned()));
        }
        match self.membership.unsettled() {
            Some(shard) => Err(Error::ShardUnavailable { shard }),
            None => self.local.status(caller).await,
        }
    }

    async fn sweep(&self, caller: &Caller) -> Result<SweepReport, Error> {
        self.local.sweep(caller).await
    }
}
