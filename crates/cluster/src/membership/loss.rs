//! Members whose disk is lost for good: an operator gives them up, and everybody learns it. What they had is begun anew only when
//! everybody knows, and a member that was given up and returns stops by itself. See `docs/adr/0013-giving-a-lost-member-up.md`.

use std::collections::{BTreeMap, BTreeSet};

use atoll_placement::{MemberId, Shard};
use atoll_service::{Error, LostMember, Standing, Tenure};

use super::{Known, Membership, View};

impl Membership {
    /// What is lost with a member, as far as is known here.
    pub fn lost_with(&self, member: MemberId) -> Result<LostMember, Error> {
        self.may_be_lost(&self.view(), member, true)
    }

    /// Gives a member up for good. Refused while it answers, and while it is in the list unless that is said to be known.
    pub async fn give_up(&self, member: MemberId, is_listed_known: bool) -> Result<LostMember, Error> {
        let lost = self.may_be_lost(&self.view(), member, is_listed_known)?;
        if lost.is_given_up {
            return Ok(lost);
        }
        // What was heard in the last round may be a second old.
        self.fresh_round().await;
        let lost = {
            let mut view = self.view();
            let lost = self.may_be_lost(&view, member, is_listed_known)?;
            view.record_loss(member);
            lost
        };
        self.persist().await.map_err(|error| Error::Unavailable(error.to_string()))?;
        tracing::warn!(%member, shards = lost.shards, "a member was given up: its shards are begun anew once everybody knows");
        self.want_round();
        Ok(LostMember { is_given_up: true, ..lost })
    }

    fn may_be_lost(&self, view: &View, member: MemberId, is_listed_known: bool) -> Result<LostMember, Error> {
        let refused = |text: String| Err(Error::OrderRefused(text));
        if member == self.options.local {
            return refused("a member does not give itself up: ask another one".to_owned());
        }
        let Some(peer) = view.peers.0.get(&member) else {
            return refused(format!(
                "member {member} is not known here: `atoll cluster status` shows the ids of all members"
            ));
        };
        if peer.known.has_answered {
            return refused(format!(
                "member {member} answers: nothing of it is lost. To take its shards away use `atoll cluster drain` there"
            ));
        }
        if peer.known.is_configured && !is_listed_known && !view.picture.given_up.contains(&member) {
            return refused(format!(
                "member {member} is still in the list of members: take it out on every member first, or say `--still-listed`"
            ));
        }
        let last = peer.known.standing.as_ref();
        Ok(LostMember {
            member,
            shards: view.picture.last_held_by(member).try_into().unwrap_or(u16::MAX),
            repositories: last.map(|standing| standing.repositories),
            content_bytes: last.and_then(|standing| standing.content_bytes),
            is_given_up: view.picture.given_up.contains(&member),
        })
    }

    /// Learns from the answers of a round whom others have given up. Somebody who answers here is not lost, whatever they say: then
    /// nothing that it has can be begun anew.
    pub(super) fn learn_losses(&self, answers: &BTreeMap<MemberId, Result<Standing, Error>>) {
        let told: BTreeSet<MemberId> =
            answers.values().flatten().flat_map(|standing| standing.given_up.iter().copied()).collect();
        for member in told {
            if member == self.options.local {
                self.end();
                continue;
            }
            let mut view = self.view();
            if view.picture.given_up.contains(&member) {
                continue;
            }
            if view.peers.0.get(&member).is_some_and(|peer| peer.known.has_answered) {
                tracing::error!(%member, "another member has given up a member that answers here: see which of the two is cut off");
                continue;
            }
            view.record_loss(member);
            tracing::warn!(%member, "a member was given up for good, as another member says");
        }
    }

    /// The local member was given up: from now on it serves nothing.
    fn end(&self) {
        let is_new = {
            let mut view = self.view();
            view.state.is_given_up = true;
            !std::mem::replace(&mut view.is_over, true)
        };
        if is_new {
            tracing::error!(
                "this member was given up by the others: its shards were begun anew elsewhere, so it stops. {}",
                super::error::RETURN
            );
        }
    }

    /// Ends when the local member was given up by the others, and has remembered it.
    pub async fn given_up(&self) {
        let mut completed = self.completed.subscribe();
        while !self.is_given_up() {
            if completed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Whether the local member was given up by the others.
    pub fn is_given_up(&self) -> bool {
        self.view().is_over
    }

    /// Serves again what was given to a member that was given up since, and that nobody has now.
    pub(super) async fn resume(&self) {
        let shards: Vec<Shard> = {
            let view = self.view();
            if view.picture.given_up.is_empty() || !view.may_begin() {
                return;
            }
            let left = |shard: &Shard| view.picture.may_resume(*shard);
            (0..self.options.shards).map(Shard).filter(left).collect()
        };
        for shard in shards {
            self.note_change(shard);
            match self.parts.local.resume(shard).await {
                Ok(()) => tracing::warn!(
                    shard = shard.0,
                    "a shard is served again as it was when the lost member took it over"
                ),
                Err(error) => tracing::warn!(shard = shard.0, %error, "a shard could not be served again"),
            }
        }
    }
}

impl View {
    /// From now on the member is never listened to.
    fn record_loss(&mut self, member: MemberId) {
        self.picture.given_up.insert(member);
        self.picture.others.remove(&member);
        if let Some(peer) = self.peers.0.get_mut(&member) {
            peer.known = Known::new(peer.known.is_configured);
        }
    }

    /// A member, if it was given up.
    pub(super) fn lost(&self, member: MemberId) -> Option<MemberId> {
        self.picture.given_up.get(&member).copied()
    }

    /// Those who are remembered on the disk to be given up: others are told of no more than that.
    pub(super) fn remembered_losses(&self) -> Vec<MemberId> {
        let stored = self.stored.as_ref().map(|stored| stored.given_up.iter().copied());
        stored.into_iter().flatten().collect()
    }

    /// Whether the local member may begin shards: everybody has a say, and everybody, the local disk among them, knows who is lost.
    pub(super) fn may_begin(&self) -> bool {
        let is_remembered =
            self.stored.as_ref().is_some_and(|stored| stored.given_up == self.picture.given_up);
        is_remembered && self.picture.may_claim(self.tag())
    }
}

/// What was given to a member that is lost, and is not known to have been served by anybody since.
pub(super) fn is_left(tenure: Tenure, given_up: &BTreeSet<MemberId>) -> bool {
    matches!(tenure, Tenure::Yielding { to } | Tenure::Released { to } if given_up.contains(&to))
}
