//! Members whose disk is lost for good: an operator gives them up, and everybody learns it. What they had is begun anew only when
//! everybody knows, and a member that was given up and returns stops by itself. See `docs/adr/0013-giving-a-lost-member-up.md`.

use std::sync::Arc;

use atoll_placement::{MemberId, Shard};
use atoll_service::{Acquaintance, Error, LostMember};
use futures_util::{FutureExt as _, StreamExt as _};

use super::exchange::{Answers, MAX_ASKED_AT_A_TIME};
use super::{Known, Membership, View};

/// Rounds for which an order waits until everybody in the list has it on the disk.
const ROUNDS_TO_SPREAD: usize = 4;

impl Membership {
    /// What is lost with a member, as far as is known here.
    pub fn lost_with(&self, member: MemberId) -> Result<LostMember, Error> {
        self.may_be_lost(&self.view(), member, true)
    }

    /// Gives a member up for good. Refused while it answers anybody in the list, while somebody else there does not answer, and while it
    /// is in the list itself unless that is said to be known. `Unavailable` until everybody in the list has it on the disk: only then
    /// it is sure not to be forgotten, whoever is lost next. To be ordered again until it succeeds.
    pub async fn give_up(&self, member: MemberId, is_listed_known: bool) -> Result<LostMember, Error> {
        let lost = self.may_be_lost(&self.view(), member, is_listed_known)?;
        if lost.is_given_up {
            self.spread_loss(member).await?;
            return Ok(lost);
        }
        // What was heard in the last round may be a second old.
        self.fresh_round().await;
        self.is_heard_by_nobody(member).await?;
        let lost = {
            let mut view = self.view();
            let lost = self.may_be_lost(&view, member, is_listed_known)?;
            view.record_loss(member);
            lost
        };
        tracing::warn!(%member, shards = lost.shards, "a member was given up: its shards are begun anew once everybody knows");
        self.spread_loss(member).await?;
        Ok(LostMember { is_given_up: true, ..lost })
    }

    /// Writes the loss down, and waits until everybody in the list has done so.
    async fn spread_loss(&self, member: MemberId) -> Result<(), Error> {
        self.persist().await.map_err(|error| Error::Unavailable(error.to_string()))?;
        let mut ignorant = Vec::new();
        for _ in 0..ROUNDS_TO_SPREAD {
            self.fresh_round().await;
            ignorant = self.view().picture.ignorant_of(member);
            if ignorant.is_empty() {
                return Ok(());
            }
        }
        let ignorant: Vec<String> = ignorant.iter().map(ToString::to_string).collect();
        Err(Error::Unavailable(format!(
            "member {member} is given up here, but not everybody in the list has said to know it yet ({}): give the order again until it \
             succeeds",
            ignorant.join(", ")
        )))
    }

    /// Asks everybody else in the list whether that member answers there. Whoever cannot be asked may hear it.
    async fn is_heard_by_nobody(&self, member: MemberId) -> Result<(), Error> {
        let asked: Vec<_> = {
            let view = self.view();
            let listed =
                view.picture.others.iter().filter(|(id, known)| known.is_configured && **id != member);
            let nodes = listed.filter_map(|(id, _)| Some((*id, Arc::clone(&view.peers.0.get(id)?.node))));
            nodes.collect()
        };
        let questions: Vec<_> = asked
            .into_iter()
            .map(|(id, node)| async move { (id, self.ask_whom_it_knows(&node).await) }.boxed())
            .collect();
        let mut answers = futures_util::stream::iter(questions).buffer_unordered(MAX_ASKED_AT_A_TIME);
        while let Some((id, answer)) = answers.next().await {
            let hears = |known: &Acquaintance| known.member == member && known.has_answered;
            match answer {
                Err(error) => {
                    return Err(Error::OrderRefused(format!(
                        "member {id} of the list does not answer ({error}), and may hear member {member}: try again when everybody else \
                         answers, or take those who are lost as well out of the list first"
                    )));
                }
                Ok(acquaintances) if acquaintances.iter().any(hears) => {
                    return Err(Error::OrderRefused(format!(
                        "member {id} hears member {member}: nothing of it is lost"
                    )));
                }
                Ok(_) => {}
            }
        }
        Ok(())
    }

    fn may_be_lost(&self, view: &View, member: MemberId, is_listed_known: bool) -> Result<LostMember, Error> {
        let refused = |text: String| Err(Error::OrderRefused(text));
        if member == self.options.local {
            return refused("a member does not give itself up: ask another one".to_owned());
        }
        let is_given_up = view.picture.is_lost(member);
        let known = view.peers.0.get(&member).map(|peer| &peer.known);
        if known.is_none() && !is_given_up {
            return refused(format!(
                "member {member} is not known here: `atoll cluster status` shows the ids of all members"
            ));
        }
        if known.is_some_and(|known| known.has_answered) {
            return refused(format!(
                "member {member} answers: nothing of it is lost. To take its shards away use `atoll cluster drain` there"
            ));
        }
        if known.is_some_and(|known| known.is_configured) && !is_listed_known && !is_given_up {
            return refused(format!(
                "member {member} is still in the list of members: take it out on every member first, or say `--still-listed`"
            ));
        }
        let last = known.and_then(|known| known.standing.as_ref());
        Ok(LostMember {
            member,
            shards: view.picture.last_held_by(member).try_into().unwrap_or(u16::MAX),
            repositories: last.map(|standing| standing.repositories),
            content_bytes: last.and_then(|standing| standing.content_bytes),
            is_given_up,
        })
    }

    /// Learns from the answers of a round whom others have given up, and leaves out what those say themselves. There is no way back from
    /// it: whoever has recorded a loss never listens to that member again, so it cannot go on with others either.
    pub(super) fn learn_losses(&self, answers: &mut Answers) {
        let mut is_over = false;
        {
            let mut view = self.view();
            for (id, told) in answers.iter() {
                if let Ok(told) = told {
                    is_over |= view.learn_losses(*id, &told.standing.given_up, self.options.local);
                }
            }
            answers.retain(|id, _| !view.picture.is_lost(*id));
        }
        if is_over {
            self.end();
        }
    }

    /// The local member was given up: from now on it serves nothing.
    pub(super) fn end(&self) {
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
        while !self.view().has_ended {
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
            let picture = &view.picture;
            // What is served here must be found by whoever looks for it later.
            let is_known = picture.confirmed.contains(&self.options.local);
            if picture.given_up.is_empty() || !is_known || !view.hears_everybody() {
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
    /// Takes note of whom a member has given up; gives whether the local one is among them. Who was given up has no say.
    pub(super) fn learn_losses(&mut self, from: MemberId, lost: &[MemberId], local: MemberId) -> bool {
        if self.picture.is_lost(from) {
            return false;
        }
        for member in lost.iter().filter(|member| **member != local) {
            if !self.picture.is_lost(*member) {
                let answered = self.picture.others.get(member).is_some_and(|known| known.has_answered);
                self.record_loss(*member);
                tracing::warn!(%member, %from, answered, "a member was given up for good, as another member says");
            }
        }
        lost.contains(&local)
    }

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
}
