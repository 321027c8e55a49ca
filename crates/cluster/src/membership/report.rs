//! What an operator is told.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    Caller, ClusterReport, MemberReport, MemberState, MoveReport, MoveState, Reporter, Standing, Tenure,
};

use super::numbering::hex;
use super::peers::Peer;
use super::{Membership, View};
use crate::Route;

#[async_trait]
impl Reporter for Membership {
    async fn report(&self, caller: &Caller) -> ClusterReport {
        let mine = self.parts.local.standing(caller, None).await;
        let layout = self.layout();
        let table = std::sync::Arc::clone(&*self.routes.load());
        let view = self.view();
        let missing = table.shards().filter(|shard| is_missing(&view, table.route(*shard))).collect();
        let now = self.parts.host.clock.elapsed();
        let is_told = |id: &MemberId, peer: &Peer| {
            let is_lost = view.picture.given_up.contains(id) && peer.known.is_configured;
            is_lost || view.picture.others.contains_key(id)
        };
        let told = view.peers.0.iter().filter(|(id, peer)| is_told(id, peer));
        let mut members: Vec<MemberReport> = told
            .map(|(id, peer)| {
                let is_lost = view.picture.given_up.contains(id);
                let member = self.member(*id, peer, now);
                if is_lost { MemberReport { state: MemberState::GivenUp, ..member } } else { member }
            })
            .collect();
        members.push(self.local_member(&view, mine.ok().as_ref()));
        members.sort_unstable_by_key(|member| member.id);
        ClusterReport {
            answered_by: self.options.local,
            layout_version: layout.version(),
            layout_digest: hex(&layout.tag().digest),
            shards: layout.shards(),
            missing,
            members,
            moves: self.moves(&view),
        }
    }
}

fn is_missing(view: &View, route: Route) -> bool {
    match route {
        Route::Local => false,
        Route::Unknown => true,
        Route::Remote(member) => view.peers.0.get(&member).is_none_or(|peer| !peer.known.has_answered),
    }
}

impl Membership {
    /// A shard of which it is not known who serves it, although its owner is here or answers: then it is only a matter of a moment.
    /// What a member that is down has is missing everywhere. Cheap: nobody is asked and nothing is read.
    pub fn unsettled(&self) -> Option<Shard> {
        let layout = self.layout();
        let table = std::sync::Arc::clone(&*self.routes.load());
        let view = self.view();
        let answers = |id| {
            id == self.options.local || view.peers.0.get(&id).is_some_and(|peer| peer.known.has_answered)
        };
        // It is begun anew once everybody knows, however long somebody else is away.
        let is_given_up = |shard: &Shard| {
            view.picture.beliefs.get(shard).is_some_and(|holder| view.picture.given_up.contains(holder))
        };
        let is_unsettled = |shard: &Shard| {
            !is_given_up(shard)
                && table.route(*shard) == Route::Unknown
                && layout.owner(*shard).is_some_and(answers)
        };
        table.shards().find(is_unsettled)
    }

    fn member(&self, id: MemberId, peer: &Peer, now: Duration) -> MemberReport {
        let state = match &peer.known.standing {
            None => MemberState::Unknown,
            Some(_) if !peer.known.has_answered => MemberState::Down,
            Some(standing) if standing.layout.digest != self.layout.load().tag().digest => {
                MemberState::Diverged
            }
            Some(standing) if standing.is_draining => MemberState::Draining,
            Some(_) => MemberState::Up,
        };
        let heard = peer.heard.map(|heard| millis(now.saturating_sub(heard)));
        MemberReport {
            link_address: Some(peer.address.clone()).filter(|address| !address.is_empty()),
            last_heard_millis: heard,
            trouble: peer.trouble.clone(),
            ..self.described(id, state, peer.known.standing.as_ref())
        }
    }

    fn local_member(&self, view: &View, mine: Option<&Standing>) -> MemberReport {
        let state = if view.is_draining() { MemberState::Draining } else { MemberState::Up };
        MemberReport {
            last_heard_millis: Some(0),
            release: self.options.release.clone(),
            ..self.described(self.options.local, state, mine)
        }
    }

    fn described(&self, id: MemberId, state: MemberState, standing: Option<&Standing>) -> MemberReport {
        let configured = self.options.members.iter().find(|configured| configured.member.id == id);
        let address = configured.map(|configured| configured.link_address.clone());
        let held = |standing: &Standing| standing.shards.iter().filter(|(_, is)| *is == Tenure::Held).count();
        MemberReport {
            id,
            public_address: configured.and_then(|configured| configured.public_address.clone()),
            link_address: address.filter(|address| !address.is_empty()),
            state,
            release: standing.map(|standing| standing.release.clone()).unwrap_or_default(),
            layout_version: standing.map(|standing| standing.layout.version).unwrap_or_default(),
            layout_digest: standing.map(|standing| hex(&standing.layout.digest)).unwrap_or_default(),
            shards_held: standing.map_or(0, |standing| u16::try_from(held(standing)).unwrap_or(u16::MAX)),
            repositories: standing.map(|standing| standing.repositories).unwrap_or_default(),
            content_bytes: standing.and_then(|standing| standing.content_bytes),
            free_bytes: standing.map(|standing| standing.free_bytes).unwrap_or_default(),
            last_heard_millis: None,
            trouble: None,
        }
    }

    /// Moves that members have begun, and those that the layout makes necessary.
    fn moves(&self, view: &View) -> Vec<MoveReport> {
        let mut moves = BTreeMap::new();
        let mut add = |shard: Shard, from: MemberId, to: MemberId, state: MoveState| {
            if from != to {
                moves.insert(shard, MoveReport { shard, from, to, state });
            }
        };
        let targets = self.targets(&view.picture, view.is_draining());
        for (shard, holder) in &view.picture.beliefs {
            if let Some(owner) = targets.owner(*shard) {
                add(*shard, *holder, owner, MoveState::Waiting);
            }
        }
        let parts = parts(self, view);
        for (member, shard, tenure) in parts.iter().copied() {
            match tenure {
                Tenure::Taking { from } => add(shard, from, member, MoveState::Copying),
                Tenure::Released { to } => add(shard, member, to, MoveState::Cleaning),
                Tenure::Absent | Tenure::Held | Tenure::Yielding { .. } => {}
            }
        }
        // Stopping is what matters most to whoever asks for the shard, so it is told last and stays.
        for (member, shard, tenure) in parts {
            if let Tenure::Yielding { to } = tenure {
                moves.insert(shard, MoveReport { shard, from: member, to, state: MoveState::HandingOver });
            }
        }
        moves.into_values().collect()
    }
}

/// What each member has to do with each shard, as far as it was heard.
fn parts(membership: &Membership, view: &View) -> Vec<(MemberId, Shard, Tenure)> {
    let own = view.picture.own.iter().map(|(shard, tenure)| (membership.options.local, *shard, *tenure));
    let others = view.peers.0.iter().filter_map(|(id, peer)| Some((*id, peer.known.standing.as_ref()?)));
    let others = others
        .flat_map(|(id, standing)| standing.shards.iter().map(move |(shard, tenure)| (id, *shard, *tenure)));
    own.chain(others).collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
