//! The table that every request goes through: which member serves a shard, and how a member is asked.
//!
//! Whoever looks after the members replaces it whole; a request reads it without a lock and without waiting.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use async_trait::async_trait;
use atoll_placement::{ClusterKey, Layout, MemberId, Shard, shard_of};
use atoll_service::Node;

use crate::events::{Events, PeerEvents};
use crate::peer::{Lane, Peer, Peers};

/// Who serves a shard, as far as this member knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// This member.
    Local,
    /// Another member.
    Remote(MemberId),
    /// Nobody that is known: its rows are somewhere, so nobody may say that there are none.
    Unknown,
}

/// What is known at one moment.
#[derive(Clone)]
pub struct Table {
    /// The layout it follows, for the texts of errors.
    pub layout_version: u64,
    /// Who serves each shard, by its number. A shard beyond the end is unknown.
    pub routes: Vec<Route>,
    /// How the other members are asked.
    pub others: BTreeMap<MemberId, Arc<dyn Node>>,
}

impl Table {
    /// The table in which every shard is served by its owner in a layout.
    pub fn of_layout(layout: &Layout, local: MemberId, others: BTreeMap<MemberId, Arc<dyn Node>>) -> Self {
        let owner = |shard| match layout.owner(shard) {
            Some(member) if member == local => Route::Local,
            Some(member) => Route::Remote(member),
            None => Route::Unknown,
        };
        let routes = (0_u16..).map(Shard).take_while(|shard| layout.owner(*shard).is_some()).map(owner);
        Self { layout_version: layout.version(), routes: routes.collect(), others }
    }

    /// Who serves a shard.
    pub fn route(&self, shard: Shard) -> Route {
        self.routes.get(usize::from(shard.0)).copied().unwrap_or(Route::Unknown)
    }

    /// Keeps, for shards of which it is not known who serves them, what another table said of other members.
    pub(crate) fn or_as(mut self, former: &Self) -> Self {
        for (route, known) in self.routes.iter_mut().zip(&former.routes) {
            if let (Route::Unknown, Route::Remote(member)) = (*route, known)
                && self.others.contains_key(member)
            {
                *route = *known;
            }
        }
        self
    }

    fn is_alone(&self) -> bool {
        self.others.is_empty() && self.routes.iter().all(|route| *route == Route::Local)
    }

    /// All shards.
    pub fn shards(&self) -> impl Iterator<Item = Shard> + use<> {
        (0..u16::try_from(self.routes.len()).unwrap_or(u16::MAX)).map(Shard)
    }
}

/// Brings the table up to date when a member turned out not to serve what it was asked.
#[async_trait]
pub trait Refresh: Send + Sync {
    /// Asks the other members and replaces the table. Several calls at a time may be answered by one round.
    async fn refresh(&self);
}

/// The table and this member's own node, which never changes.
pub struct Routes {
    key: ClusterKey,
    shards: u16,
    local: MemberId,
    node: Arc<dyn Node>,
    table: ArcSwap<Table>,
    /// There is no other member, and the local one serves every shard.
    is_alone: AtomicBool,
    refresh: OnceLock<Arc<dyn Refresh>>,
    /// What is known about the other members from the calls to them.
    peers: Peers,
    pub(crate) events: Events,
}

impl Routes {
    /// Routes of a member, by a first table.
    pub fn new(key: ClusterKey, local: (MemberId, Arc<dyn Node>), table: Table) -> Arc<Self> {
        let shards = u16::try_from(table.routes.len()).unwrap_or(u16::MAX);
        let (local, node) = local;
        let is_alone = AtomicBool::new(table.is_alone());
        let table = ArcSwap::from_pointee(table);
        Arc::new(Self {
            key,
            shards,
            local,
            node,
            table,
            is_alone,
            refresh: OnceLock::new(),
            peers: Peers::default(),
            events: Events::default(),
        })
    }

    /// Routes of a member that serves every shard.
    pub fn alone(key: ClusterKey, shards: u16, local: (MemberId, Arc<dyn Node>)) -> Arc<Self> {
        let table = Table {
            layout_version: 1,
            routes: vec![Route::Local; usize::from(shards.max(1))],
            others: BTreeMap::new(),
        };
        Self::new(key, local, table)
    }

    /// From now on, requests go by this table. It has as many shards as the first one.
    pub fn replace(&self, table: Table) {
        let is_alone = table.is_alone();
        self.table.store(Arc::new(table));
        self.is_alone.store(is_alone, Ordering::Release);
    }

    /// Says who brings the table up to date. The first word counts.
    pub fn refreshed_by(&self, refresh: Arc<dyn Refresh>) {
        // A second word can only come from a mistake in putting the member together; the first goes on working.
        let _first_stays = self.refresh.set(refresh);
    }

    /// Brings the table up to date, if somebody can.
    pub async fn refresh(&self) {
        if let Some(refresh) = self.refresh.get() {
            refresh.refresh().await;
        }
    }

    /// What is known about another member from the calls to it.
    pub(crate) fn peer(&self, member: MemberId, lane: Lane) -> Arc<Peer> {
        self.peers.of(member, lane)
    }

    /// What has become of calls to each other member that were not made, or made twice.
    pub fn events(&self) -> BTreeMap<MemberId, PeerEvents> {
        self.events.all()
    }

    /// A member that did not answer is back: there is no reason any more to leave it alone.
    pub(crate) fn is_back(&self, member: MemberId) {
        for lane in [Lane::Search, Lane::Requests] {
            self.peers.of(member, lane).is_back();
        }
    }

    /// A member answers the rounds of the members, whatever becomes of other calls to it.
    pub(crate) fn is_heard(&self, member: MemberId) {
        for lane in [Lane::Search, Lane::Requests] {
            self.peers.of(member, lane).is_heard();
        }
    }

    /// The table as it is now. Not to be kept across a wait.
    pub fn load(&self) -> Guard<Arc<Table>> {
        self.table.load()
    }

    /// This member.
    pub fn local(&self) -> MemberId {
        self.local
    }

    /// This member's node.
    pub fn local_node(&self) -> &Arc<dyn Node> {
        &self.node
    }

    /// This member's node, if there is no other member to ask and it serves every shard.
    pub fn alone_node(&self) -> Option<&Arc<dyn Node>> {
        self.is_alone.load(Ordering::Acquire).then_some(&self.node)
    }

    /// How a member is asked; `None` for one that is not known.
    pub fn node(&self, member: MemberId) -> Option<Arc<dyn Node>> {
        if member == self.local {
            return Some(Arc::clone(&self.node));
        }
        self.load().others.get(&member).cloned()
    }

    /// All members that can be asked, in order, the local one among them.
    pub fn members(&self) -> Vec<MemberId> {
        let mut members: Vec<MemberId> = self.load().others.keys().copied().collect();
        members.push(self.local);
        members.sort_unstable();
        members.dedup();
        members
    }

    /// The shard of a repository, or of a user's home.
    pub fn shard_of(&self, name: &str) -> Shard {
        shard_of(self.key, name, self.shards)
    }

    /// The cluster's key, by which upload ids are told from forged ones.
    pub fn key(&self) -> ClusterKey {
        self.key
    }
}
