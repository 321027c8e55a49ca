//! What one round of asking has shown, and what follows from it. Pure, so that every case can be a test.

use std::collections::{BTreeMap, BTreeSet};

use atoll_placement::{LayoutTag, MemberId, Shard};
use atoll_service::{Standing, Tenure};

use super::loss::is_left;
use crate::Route;

/// What is known about another member.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Whether it is in this member's list. Others are asked only because they still hold something.
    pub(crate) is_configured: bool,
    /// Whether it has answered in this round: what it says was true after the round began.
    pub(crate) has_answered: bool,
    /// How it was when it was last heard.
    pub(crate) standing: Option<Standing>,
    tenures: BTreeMap<Shard, Tenure>,
    last_holders: BTreeMap<Shard, MemberId>,
}

impl Known {
    /// A member that was not heard yet.
    pub(crate) fn new(is_configured: bool) -> Self {
        let (tenures, last_holders) = (BTreeMap::new(), BTreeMap::new());
        Self { is_configured, has_answered: false, standing: None, tenures, last_holders }
    }

    /// Takes note of how it is.
    pub(crate) fn hear(&mut self, standing: Standing) {
        self.tenures = standing.shards.iter().copied().collect();
        self.last_holders = standing.last_holders.iter().copied().collect();
        self.standing = Some(standing);
    }

    /// What it had to do with a shard when it was last heard.
    pub(crate) fn tenure(&self, shard: Shard) -> Tenure {
        self.tenures.get(&shard).copied().unwrap_or_default()
    }

    /// Whom it gave the shard to, or last knew to hold it.
    fn successor(&self, shard: Shard) -> Option<MemberId> {
        match self.tenure(shard) {
            Tenure::Released { to } => Some(to),
            _ => self.last_holders.get(&shard).copied(),
        }
    }

    fn layout(&self) -> Option<LayoutTag> {
        self.standing.as_ref().map(|standing| standing.layout)
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    /// The local member.
    pub(crate) local: MemberId,
    /// What it has to do with each shard.
    pub(crate) own: BTreeMap<Shard, Tenure>,
    /// Whom it last knew to hold each shard.
    pub(crate) beliefs: BTreeMap<Shard, MemberId>,
    /// The other members.
    pub(crate) others: BTreeMap<MemberId, Known>,
    /// Members that were given up for good: what they say or had counts no longer.
    pub(crate) given_up: BTreeSet<MemberId>,
}

impl Picture {
    /// What the local member has to do with a shard.
    pub(crate) fn own(&self, shard: Shard) -> Tenure {
        self.own.get(&shard).copied().unwrap_or_default()
    }

    /// Whether another member is asked: it is in the list, or has something that this one may need, or that somebody may want of it.
    pub(crate) fn is_worth_asking(&self, id: MemberId, known: &Known) -> bool {
        let is_named = |tenure: &Tenure| match tenure {
            Tenure::Yielding { to } | Tenure::Released { to } => *to == id,
            Tenure::Taking { from } => *from == id,
            Tenure::Absent | Tenure::Held => false,
        };
        if self.given_up.contains(&id) {
            return false;
        }
        known.is_configured
            || self.beliefs.values().any(|holder| *holder == id)
            || self.own.values().any(is_named)
            || known.tenures.values().any(|tenure| *tenure != Tenure::Absent)
    }

    /// The other members that answered in this round and hold a shard. Two only while it passes from one to the other.
    pub(crate) fn holders(&self, shard: Shard) -> impl Iterator<Item = MemberId> + '_ {
        self.answered().filter(move |(_, known)| known.tenure(shard) == Tenure::Held).map(|(id, _)| id)
    }

    /// The member that has yielded a shard to the local one.
    pub(crate) fn yielded_to_local(&self, shard: Shard) -> Option<MemberId> {
        let yielded = Tenure::Yielding { to: self.local };
        self.answered().find(|(_, known)| known.tenure(shard) == yielded).map(|(id, _)| id)
    }

    fn answered(&self) -> impl Iterator<Item = (MemberId, &Known)> + '_ {
        self.others.iter().filter(|(_, known)| known.has_answered).map(|(id, known)| (*id, known))
    }

    /// Whether everybody in the list who can be heard goes by the same layout. Nothing is moved before: a member with the old list
    /// could not reach a new one.
    pub(crate) fn is_agreed(&self, mine: LayoutTag) -> bool {
        self.answered()
            .filter(|(_, known)| known.is_configured)
            .all(|(_, known)| known.layout().is_some_and(|theirs| theirs.digest == mine.digest))
    }

    /// Whether the local member may begin the cluster's shards as empty: everybody in the list, and everybody else who is known,
    /// has answered in this round, goes by the same layout, and knows who was given up.
    pub(crate) fn may_claim(&self, mine: LayoutTag) -> bool {
        let knows = |known: &Known| {
            let told = known.standing.as_ref().map(|standing| &standing.given_up);
            self.given_up.iter().all(|lost| told.is_some_and(|told| told.contains(lost)))
        };
        self.others.values().all(|known| known.has_answered && knows(known)) && self.is_agreed(mine)
    }

    /// Whether nobody has anything to do with a shard, nor knows of anybody who ever had but those who were given up.
    pub(crate) fn is_untouched(&self, shard: Shard) -> bool {
        let is_gone = |holder: Option<&MemberId>| holder.is_none_or(|holder| self.given_up.contains(holder));
        self.own(shard) == Tenure::Absent
            && is_gone(self.beliefs.get(&shard))
            && self
                .others
                .values()
                .all(|known| known.tenure(shard) == Tenure::Absent && is_gone(known.last_holders.get(&shard)))
    }

    /// Whether the local member is the one to serve a shard again that it gave to somebody who was given up since: nobody has it, or
    /// has had it but those, and of several that gave it to them this one has the lowest id.
    pub(crate) fn may_resume(&self, shard: Shard) -> bool {
        let is_out = |holder: Option<&MemberId>| {
            holder.is_none_or(|holder| *holder == self.local || self.given_up.contains(holder))
        };
        is_left(self.own(shard), &self.given_up)
            && self.others.iter().all(|(id, known)| {
                let tenure = known.tenure(shard);
                let gives_way = is_left(tenure, &self.given_up) && *id > self.local;
                gives_way || (tenure == Tenure::Absent && is_out(known.last_holders.get(&shard)))
            })
    }

    /// Shards that a member was last known to hold.
    pub(crate) fn last_held_by(&self, member: MemberId) -> usize {
        self.beliefs.values().filter(|holder| **holder == member).count()
    }

    /// Whom to believe to hold a shard from now on. `is_steady` says that the local member's own part did not change since the round
    /// began: else the answers may be older than that.
    pub(crate) fn believe(&self, shard: Shard, is_steady: bool) -> Option<MemberId> {
        let believed = self.beliefs.get(&shard).copied();
        match self.own(shard) {
            Tenure::Held => return Some(self.local),
            Tenure::Released { to } if !is_steady => return Some(to),
            _ if !is_steady => return believed,
            _ => {}
        }
        let holders: Vec<MemberId> = self.holders(shard).collect();
        match (holders.as_slice(), believed, self.own(shard)) {
            ([holder], _, _) => Some(*holder),
            // It passes from one to the other just now; the next round shows to whom.
            ([_, _, ..], _, _) => believed,
            ([], Some(held_once), Tenure::Released { to }) if held_once == self.local => Some(to),
            ([], Some(member), _) => Some(self.follow(shard, member)),
            ([], None, Tenure::Released { to }) => Some(to),
            ([], None, _) => self.answered().find_map(|(_, known)| known.successor(shard)),
        }
    }

    /// From a member that was believed to hold a shard to whom it has given it since, as far as can be heard.
    fn follow(&self, shard: Shard, member: MemberId) -> MemberId {
        let known = self.others.get(&member).filter(|known| known.has_answered);
        known.and_then(|known| known.successor(shard)).unwrap_or(member)
    }

    /// Whether the shard that `from` has yielded to the local member is really there to be taken: nobody else is known to have
    /// held it since. `from` may have slept through several owners.
    pub(crate) fn may_complete(&self, shard: Shard, from: MemberId) -> bool {
        let given_to = match self.own(shard) {
            Tenure::Released { to } => Some(to),
            _ => None,
        };
        let believed = self.beliefs.get(&shard).copied().filter(|member| *member != self.local);
        self.holders(shard).all(|holder| holder == from)
            && believed.or(given_to).is_none_or(|latest| latest == from)
    }

    /// Who serves a shard that `owner` should hold, as far as is known.
    pub(crate) fn route(&self, shard: Shard, owner: Option<MemberId>) -> Route {
        if self.own(shard) == Tenure::Held {
            return Route::Local;
        }
        // Those who were heard in this round know better than those who are silent.
        let holding = |answered: bool| {
            let mut holding = self.others.iter().filter(move |(_, known)| {
                known.has_answered == answered && known.tenure(shard) == Tenure::Held
            });
            holding.next().map(|(id, _)| *id)
        };
        if let Some(holder) = holding(true) {
            return Route::Remote(holder);
        }
        if self.is_between(shard) {
            return Route::Unknown;
        }
        let guess = holding(false).or_else(|| self.silent(self.beliefs.get(&shard).copied()));
        guess.or_else(|| self.silent(owner)).map_or(Route::Unknown, Route::Remote)
    }

    /// Whether a member has stopped serving a shard and nobody has confirmed to have it yet.
    fn is_between(&self, shard: Shard) -> bool {
        let is_yielding = |tenure| matches!(tenure, Tenure::Yielding { .. });
        is_yielding(self.own(shard)) || self.answered().any(|(_, known)| is_yielding(known.tenure(shard)))
    }

    /// A member, if it is known and has not just said what it holds.
    fn silent(&self, member: Option<MemberId>) -> Option<MemberId> {
        member.filter(|id| self.others.get(id).is_some_and(|known| !known.has_answered))
    }

    /// Members that give all their shards away, of those that were heard.
    pub(crate) fn draining(&self) -> BTreeSet<MemberId> {
        let is_draining =
            |known: &Known| known.standing.as_ref().is_some_and(|standing| standing.is_draining);
        self.others.iter().filter(|(_, known)| is_draining(known)).map(|(id, _)| *id).collect()
    }
}

#[cfg(test)]
mod tests;
