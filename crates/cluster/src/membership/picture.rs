//! What one round of asking has shown, and what follows from it. Pure, so that every case can be a test.

use std::collections::{BTreeMap, BTreeSet};

use atoll_placement::{LayoutTag, MemberId, Shard};
use atoll_service::{Acquaintance, Standing, Tenure};

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
    /// Whether it has said in this round whom it knows.
    pub(crate) has_told: bool,
    /// Whom it knew when it last said so.
    acquaintances: BTreeSet<MemberId>,
    tenures: BTreeMap<Shard, Tenure>,
    last_holders: BTreeMap<Shard, MemberId>,
}

impl Known {
    /// A member that was not heard yet.
    pub(crate) fn new(is_configured: bool) -> Self {
        let (tenures, last_holders, acquaintances) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let (has_answered, has_told) = (false, false);
        Self { is_configured, has_answered, standing: None, has_told, acquaintances, tenures, last_holders }
    }

    /// Takes note of how it is.
    pub(crate) fn hear(&mut self, standing: Standing) {
        self.tenures = standing.shards.iter().copied().collect();
        self.last_holders = standing.last_holders.iter().copied().collect();
        self.standing = Some(standing);
    }

    /// Takes note of whom it knows.
    pub(crate) fn hear_of(&mut self, acquaintances: &[Acquaintance]) {
        self.has_told = true;
        self.acquaintances = acquaintances.iter().map(|known| known.member).collect();
    }

    /// Whether it has said to know that member.
    pub(crate) fn knows(&self, member: MemberId) -> bool {
        self.acquaintances.contains(&member)
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
    /// The number of shards.
    pub(crate) shards: u16,
    /// What it has to do with each shard.
    pub(crate) own: BTreeMap<Shard, Tenure>,
    /// Whom it last knew to hold each shard.
    pub(crate) beliefs: BTreeMap<Shard, MemberId>,
    /// The other members.
    pub(crate) others: BTreeMap<MemberId, Known>,
    /// Members that were given up for good: what they say or had counts no longer.
    pub(crate) given_up: BTreeSet<MemberId>,
    /// Members whom everybody in the list has told to know: whatever is given to them will be found there.
    pub(crate) confirmed: BTreeSet<MemberId>,
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
            || self.is_searching()
    }

    /// Whether shards may have been lost with members that were given up. Then everybody who is known is asked: what those gave away
    /// may be with somebody whom nobody thinks of.
    pub(crate) fn is_searching(&self) -> bool {
        let is_missing = |shard: Shard| {
            self.own(shard) != Tenure::Held
                && self
                    .beliefs
                    .get(&shard)
                    .is_none_or(|holder| *holder == self.local || self.is_lost(*holder))
        };
        !self.given_up.is_empty() && (0..self.shards).map(Shard).any(is_missing)
    }

    /// Whether members are asked whom they know.
    pub(crate) fn wants_acquaintances(&self) -> bool {
        let listed = self.others.iter().filter(|(_, known)| known.is_configured).map(|(id, _)| id);
        let mut listed = listed.chain([&self.local]);
        self.is_searching() || listed.any(|id| !self.confirmed.contains(id))
    }

    /// Takes note of members whom everybody in the list knows by now, and will not forget.
    pub(crate) fn confirm(&mut self) {
        let listed: Vec<_> = self.others.iter().filter(|(_, known)| known.is_configured).collect();
        let is_known = |id: &MemberId| listed.iter().all(|(other, known)| *other == id || known.knows(*id));
        let ids = listed.iter().map(|(id, _)| **id).chain([self.local]);
        let confirmed: Vec<_> = ids.filter(|id| !self.confirmed.contains(id) && is_known(id)).collect();
        self.confirmed.extend(confirmed);
    }

    /// Whether a member was given up.
    pub(crate) fn is_lost(&self, member: MemberId) -> bool {
        self.given_up.contains(&member)
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
        self.all_know_losses() && self.is_agreed(mine)
    }

    /// Those in the list who have not said yet to remember that a member was given up.
    pub(crate) fn ignorant_of(&self, lost: MemberId) -> Vec<MemberId> {
        let knows =
            |known: &Known| known.standing.as_ref().is_some_and(|standing| standing.given_up.contains(&lost));
        let ignorant = self.others.iter().filter(|(_, known)| known.is_configured && !knows(known));
        ignorant.map(|(id, _)| *id).collect()
    }

    /// Whether everybody has answered in this round and remembers all who were given up.
    pub(crate) fn all_know_losses(&self) -> bool {
        let knows = |known: &Known| {
            let told = known.standing.as_ref().map(|standing| &standing.given_up);
            self.given_up.iter().all(|lost| told.is_some_and(|told| told.contains(lost)))
        };
        self.others.values().all(|known| known.has_answered && knows(known))
    }

    /// Whether nobody has anything to do with a shard, nor knows of anybody who ever had but those who were given up.
    pub(crate) fn is_untouched(&self, shard: Shard) -> bool {
        let is_gone = |holder: Option<&MemberId>| holder.is_none_or(|holder| self.is_lost(*holder));
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
            holder.is_none_or(|holder| *holder == self.local || self.is_lost(*holder))
        };
        self.is_left(self.own(shard))
            && self.others.iter().all(|(id, known)| {
                let tenure = known.tenure(shard);
                let gives_way = self.is_left(tenure) && *id > self.local;
                gives_way || (tenure == Tenure::Absent && is_out(known.last_holders.get(&shard)))
            })
    }

    /// Whether that is a shard which was given to somebody who is lost.
    fn is_left(&self, tenure: Tenure) -> bool {
        matches!(tenure, Tenure::Yielding { to } | Tenure::Released { to } if self.is_lost(to))
    }

    /// Whether the shard that `from` has yielded to the local member is there to be taken although somebody who was given up is
    /// known to have held it: nobody else has anything to do with it. To be asked when everybody has been heard.
    pub(crate) fn may_complete_after_loss(&self, shard: Shard, from: MemberId) -> bool {
        let is_free = |tenure| tenure == Tenure::Absent || self.is_left(tenure);
        let own = self.own(shard);
        self.beliefs.get(&shard).is_some_and(|holder| self.is_lost(*holder))
            && (matches!(own, Tenure::Taking { .. }) || is_free(own))
            && self.others.iter().all(|(id, known)| *id == from || is_free(known.tenure(shard)))
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

    /// Whether a shard may be yielded to a member: it has just been heard not to hold it, nor to wait for another one to confirm it.
    pub(crate) fn may_yield(&self, shard: Shard, to: MemberId) -> bool {
        let known = self.others.get(&to).filter(|known| known.has_answered);
        known.is_some_and(|known| !matches!(known.tenure(shard), Tenure::Held | Tenure::Yielding { .. }))
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
