//! One machine: a disk that outlives its member, and the member that runs on it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use atoll_cluster::membership::{Configured, Connect, Membership, Options, Pace, Parts as MembershipParts};
use atoll_cluster::{Options as RoutedOptions, RoutedNode};
use atoll_host::{Host, Shutdown, ShutdownHandle, SimulatedFiles, Tasks};
use atoll_index::{Index, Location, Options as IndexOptions, Writer};
use atoll_placement::{ClusterId, ClusterKey, Member, MemberId};
use atoll_registry::{LocalNode, Options as NodeOptions, Parts};
use atoll_service::{NoOrigin, Node};
use atoll_store::FileStore;
use atoll_testkit::link::Network;
use atoll_wire::{
    CurrentLayout, Identity, Naming, NoObserver, Patience, RemoteNode, RemoteParts, Serve, ServeOptions,
    ServeParts,
};
use tokio::sync::watch;

use crate::dice::Dice;
use crate::late::LateLink;

pub(crate) const CLUSTER: ClusterId = ClusterId([7; 16]);
pub(crate) const KEY: ClusterKey = ClusterKey([3; 16]);
pub(crate) const SHARDS: u16 = 16;
const FOLDER: &str = "/data";
const LOG_BYTES: u64 = 64 << 10;
const CACHE_BYTES: usize = 1 << 20;

/// Why a member could not be started: on a failing disk that is an answer like any other.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// A machine.
pub(crate) struct Machine {
    pub(crate) id: MemberId,
    pub(crate) disk: SimulatedFiles,
    pub(crate) running: Option<Running>,
    /// The members that it is configured with.
    pub(crate) list: Vec<Member>,
    /// Its disk is lost for good, as far as the operator knows.
    pub(crate) is_lost: bool,
    pub(crate) dice: Dice,
    pub(crate) is_calm: Arc<AtomicBool>,
}

/// A member that runs.
pub(crate) struct Running {
    pub(crate) local: Arc<LocalNode>,
    pub(crate) routed: Arc<RoutedNode>,
    pub(crate) membership: Arc<Membership>,
    /// Ends with the member.
    pub(crate) alive: watch::Receiver<()>,
    _alive: watch::Sender<()>,
    shutdown: ShutdownHandle,
}

/// Reaches members through the simulated network.
struct Ways {
    network: Arc<Network>,
    from: MemberId,
    host: Host,
    dice: Dice,
    is_calm: Arc<AtomicBool>,
}

impl Connect for Ways {
    fn connect(&self, member: MemberId, _address: &str, current: &CurrentLayout) -> Arc<dyn Node> {
        let identity = Identity { cluster: CLUSTER, member: self.from, layout: Arc::clone(current) };
        let link = Arc::new(self.network.link(self.from, member));
        let transport = LateLink {
            link,
            dice: self.dice.split(),
            host: self.host.clone(),
            is_calm: Arc::clone(&self.is_calm),
        };
        Arc::new(RemoteNode::new(RemoteParts {
            peer: member,
            identity,
            transport,
            patience: Patience {
                quick: Duration::from_secs(5),
                slow: Duration::from_secs(20),
                idle: Duration::from_secs(5),
            },
            observer: Arc::new(NoObserver),
            host: self.host.clone(),
        }))
    }
}

impl Machine {
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the member with its present list; whatever ran before must have ended.
    pub(crate) async fn start(&mut self, network: &Arc<Network>, host: &Host) -> Result<(), Failure> {
        let host =
            Host { files: Arc::new(self.disk.clone()), random: self.dice.split().random(), ..host.clone() };
        let local = self.local(&host)?;
        let connect = Arc::new(Ways {
            network: Arc::clone(network),
            from: self.id,
            host: host.clone(),
            dice: self.dice.split(),
            is_calm: Arc::clone(&self.is_calm),
        });
        let parts = MembershipParts { local: Arc::clone(&local) as _, connect, host: host.clone() };
        let membership = Membership::open(self.options(), parts).await?;
        let routed = Arc::new(RoutedNode::new(
            Arc::clone(membership.routes()),
            host.clone(),
            RoutedOptions { deadline: Duration::from_secs(3), ..RoutedOptions::default() },
        ));
        let serve = ServeParts {
            node: Arc::clone(&local) as _,
            identity: Identity { cluster: CLUSTER, member: self.id, layout: membership.current_layout() },
            gate: Arc::clone(&membership) as _,
            naming: Naming::Members,
            host: host.clone(),
        };
        network.attach(self.id, Arc::new(Serve::new(serve, ServeOptions::default())));
        let (shutdown, signal) = ShutdownHandle::new();
        let (sender, alive) = watch::channel(());
        drive(&host, Arc::clone(&membership), signal, alive.clone());
        self.running = Some(Running { local, routed, membership, alive, _alive: sender, shutdown });
        Ok(())
    }

    fn local(&self, host: &Host) -> Result<Arc<LocalNode>, Failure> {
        let folder = Path::new(FOLDER);
        host.files.create_dir_all(folder)?;
        host.files.sync_dir(Path::new("/"))?;
        let store = FileStore::open(folder, &atoll_store::Options::default(), host.clone())?;
        let options = IndexOptions {
            writer: Writer::Caller,
            is_alone: false,
            // Small, so that it is often full and the database itself is written.
            log_bytes: LOG_BYTES,
            cache_bytes: CACHE_BYTES,
            ..IndexOptions::new(Location::File(folder.join("index.redb")), KEY, SHARDS)
        };
        let parts = Parts {
            index: Arc::new(Index::open(&options, host)?),
            store: Arc::new(store),
            origin: Arc::new(NoOrigin),
            member: self.id,
            key: KEY,
            host: host.clone(),
        };
        let options =
            NodeOptions { low_water_bytes: 0, sweep_grace: Duration::ZERO, ..NodeOptions::default() };
        Ok(LocalNode::new(parts, options))
    }

    fn options(&self) -> Options {
        let members = self.list.iter().map(|member| Configured {
            member: *member,
            link_address: format!("member-{}:18080", member.id),
            public_address: None,
        });
        Options {
            cluster: CLUSTER,
            key: KEY,
            shards: SHARDS,
            local: self.id,
            incarnation: 1,
            release: "simulated".to_owned(),
            members: members.collect(),
            folder: FOLDER.into(),
            pace: Pace {
                patience: Duration::from_secs(1),
                step_patience: Duration::from_secs(10),
                idle: Duration::from_secs(5),
                ..Pace::default()
            },
        }
    }

    /// The power fails: the member ends wherever it is, and what was not made durable is lost.
    pub(crate) fn crash(&mut self, network: &Network) {
        network.detach(self.id);
        self.running = None;
        self.disk = self.disk.crash();
    }

    /// The member is asked to end, and does.
    pub(crate) async fn stop(&mut self, network: &Network, host: &Host) {
        network.detach(self.id);
        let Some(running) = self.running.take() else { return };
        running.shutdown.signal();
        let local = Arc::downgrade(&running.local);
        drop(running);
        host.clock.sleep(Duration::from_millis(20)).await;
        if local.upgrade().is_some() {
            // Something still works on the old disk: it must not write to the one that the next member finds.
            self.disk = self.disk.crash();
        }
    }
}

/// The fourth machine is a large one: that many shards move when it comes and goes.
pub(crate) fn weight(id: MemberId) -> u32 {
    if id == MemberId(4) { 300 } else { 100 }
}

/// Runs the membership until its member ends: at once when the power fails.
fn drive(host: &Host, membership: Arc<Membership>, signal: Shutdown, mut alive: watch::Receiver<()>) {
    let tasks: &Tasks = &host.tasks;
    tasks.spawn(async move {
        tokio::select! {
            biased;
            _gone = alive.changed() => {}
            () = membership.run(signal) => {}
        }
    });
}
