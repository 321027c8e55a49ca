//! The other members: how each is reached, how it is, and how often it has failed to answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atoll_placement::{Layout, MAX_MEMBERS, MemberId, Shard};
use atoll_service::Node;
use atoll_wire::CurrentLayout;

use super::exchange::Answers;
use super::state::State;
use super::{Connect, Known, Options, Picture};
use crate::{Route, Table};

/// One other member.
pub(crate) struct Peer {
    pub(crate) address: String,
    pub(crate) node: Arc<dyn Node>,
    pub(crate) known: Known,
    /// Rounds in a row without an answer.
    pub(crate) failures: u32,
    /// Why it did not answer in the last round.
    pub(crate) trouble: Option<String>,
    /// When it was last heard, on this member's clock.
    pub(crate) heard: Option<Duration>,
}

impl Peer {
    /// A member that was not heard yet.
    pub(crate) fn new(address: String, node: Arc<dyn Node>, is_configured: bool) -> Self {
        Self { address, node, known: Known::new(is_configured), failures: 0, trouble: None, heard: None }
    }
}

/// All others, by id.
pub(crate) struct Peers(pub(crate) BTreeMap<MemberId, Peer>);

impl Peers {
    /// Those in the list, and those who once were.
    pub(crate) fn new(
        options: &Options,
        state: &State,
        connect: &dyn Connect,
        current: &CurrentLayout,
    ) -> Self {
        let listed = options.members.iter().map(|other| (other.member.id, other.link_address.clone(), true));
        let listed: Vec<_> = listed.filter(|(id, ..)| *id != options.local).collect();
        let is_listed = |id: MemberId| options.members.iter().any(|other| other.member.id == id);
        let former = state.members.iter().filter(|(id, _)| !is_listed(**id)).take(MAX_MEMBERS);
        let former = former.map(|(id, address)| (*id, address.clone(), false));
        let peers = listed.into_iter().chain(former).map(|(id, address, is_configured)| {
            let node = connect.connect(id, &address, current);
            (id, Peer::new(address, node, is_configured))
        });
        Self(peers.collect())
    }

    /// What is known about each that is worth asking.
    pub(crate) fn known(&self, picture: &Picture) -> BTreeMap<MemberId, Known> {
        let asked = self.0.iter().filter(|(id, peer)| picture.is_worth_asking(**id, &peer.known));
        asked.map(|(id, peer)| (*id, peer.known.clone())).collect()
    }

    /// Takes note of the answers of a round.
    pub(crate) fn hear(&mut self, answers: &Answers, now: Duration) {
        for (id, peer) in &mut self.0 {
            (peer.known.has_answered, peer.known.has_told) = (false, false);
            if let Some(Ok(told)) = answers.get(id) {
                peer.known.has_answered = true;
                peer.known.hear(told.standing.clone());
                if let Some(acquaintances) = &told.acquaintances {
                    peer.known.hear_of(acquaintances);
                }
                (peer.failures, peer.trouble, peer.heard) = (0, None, Some(now));
            } else {
                peer.failures = peer.failures.saturating_add(1);
                let error = answers.get(id).and_then(|answer| answer.as_ref().err());
                let told = error.map(ToString::to_string);
                // Longer ones say more: that a connection broke does not hide why the one before was refused.
                let length = |told: &Option<String>| told.as_ref().map_or(0, String::len);
                if length(&told) >= length(&peer.trouble) {
                    peer.trouble = told;
                }
            }
        }
    }

    /// The address of each, to be remembered.
    pub(crate) fn addresses(&self) -> BTreeMap<MemberId, String> {
        self.0.iter().map(|(id, peer)| (*id, peer.address.clone())).collect()
    }

    /// The table that requests go by.
    pub(crate) fn table(&self, layout: &Layout, picture: &Picture) -> Table {
        let route = |shard| picture.route(shard, layout.owner(shard));
        let routes: Vec<Route> = (0..layout.shards()).map(Shard).map(route).collect();
        let asked = self.0.iter().filter(|(id, _)| !picture.given_up.contains(id));
        let others = asked.map(|(id, peer)| (*id, Arc::clone(&peer.node))).collect();
        Table { layout_version: layout.version(), routes, others }
    }
}
