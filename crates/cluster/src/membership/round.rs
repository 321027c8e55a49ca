//! One round: ask, conclude, act.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use atoll_placement::Shard;
use atoll_service::{Caller, Tenure};
use futures_util::{FutureExt as _, StreamExt as _};

use super::Membership;
use super::exchange::Answers;
use crate::Routes;

/// Shards begun at a time: enough for one commit to take many of them.
const MAX_CLAIMS_AT_A_TIME: usize = 64;

/// The local member's part in the shards when a round began.
struct Before {
    own: BTreeMap<Shard, Tenure>,
    changes: BTreeMap<Shard, u64>,
}

impl Membership {
    /// Asks everybody once and does what follows from the answers.
    pub async fn round(&self) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let before = Before { own: self.tenures(), changes: self.view().changes.clone() };
        let mut answers = self.exchange().await;
        self.learn_losses(&mut answers);
        self.hear(&answers);
        if !self.is_given_up() {
            self.release(&before).await;
            self.resume().await;
            self.claim().await;
        }
        self.conclude(&before);
        let is_over = self.is_given_up();
        match self.persist().await {
            Ok(()) if !self.is_given_up() => self.drop_released().await,
            Ok(()) => {}
            Err(error) => {
                tracing::error!(error = %chain(&error), "what is known of the cluster could not be remembered");
            }
        }
        self.view().has_ended |= is_over;
        self.completed.send_replace(number);
    }

    pub(crate) fn tenures(&self) -> BTreeMap<Shard, Tenure> {
        self.parts.local.tenures().into_iter().collect()
    }

    /// Takes note of the answers: of the members, of the number of the layout, and of repositories elsewhere.
    fn hear(&self, answers: &Answers) {
        let now = self.parts.host.clock.elapsed();
        let mut view = self.view();
        note_changes(&self.routes, &view, answers);
        view.peers.hear(answers, now);
        self.meet(&mut view, answers);
        let mut is_renumbered = false;
        for told in answers.values().flatten() {
            let standing = &told.standing;
            is_renumbered |= view.numbering.hear(standing.layout, !standing.shards.is_empty());
        }
        if is_renumbered {
            let layout = self.layout.load_full().as_ref().clone().with_version(view.tag().version);
            self.layout.store(Arc::new(layout));
        }
        view.picture.own = self.tenures();
        let known = view.peers.known(&view.picture);
        view.picture.others = known;
        view.picture.confirm();
        let standings = view.peers.0.values().filter_map(|peer| peer.known.standing.as_ref());
        self.parts.local.count_elsewhere(standings.map(|standing| standing.repositories).sum());
    }

    /// Lets go of shards that were yielded before the round began and that somebody has said, in this round, to hold: from the
    /// moment of yielding nobody could, but by way of the member they were yielded to.
    async fn release(&self, before: &Before) {
        let yielded = before.own.iter().filter_map(|(shard, tenure)| match tenure {
            Tenure::Yielding { to } => Some((*shard, *to)),
            _ => None,
        });
        for (shard, to) in yielded {
            if self.view().picture.holders(shard).next().is_none() {
                continue;
            }
            self.note_change(shard);
            if let Err(error) = self.parts.local.release(&Caller::internal("membership"), shard, to).await {
                tracing::warn!(shard = shard.0, %error, "a shard that was handed over could not be let go of");
            }
        }
    }

    /// Begins the shards that nobody ever had, with everybody's word.
    async fn claim(&self) {
        let mine: Vec<Shard> = {
            let view = self.view();
            if !view.hears_everybody() || !view.picture.may_claim(view.tag()) {
                return;
            }
            let layout = self.layout().without_shares(|member| view.picture.given_up.contains(&member));
            let owned = layout.shards_of(self.options.local);
            owned.into_iter().filter(|shard| view.picture.is_untouched(*shard)).collect()
        };
        let claims: Vec<_> = mine.into_iter().map(|shard| self.claim_one(shard).boxed()).collect();
        futures_util::stream::iter(claims).buffer_unordered(MAX_CLAIMS_AT_A_TIME).collect::<()>().await;
    }

    async fn claim_one(&self, shard: Shard) {
        self.note_change(shard);
        if let Err(error) = self.parts.local.claim(shard).await {
            tracing::warn!(shard = shard.0, %error, "a shard could not be begun");
        }
    }

    /// What is believed from now on, and the table that follows.
    fn conclude(&self, before: &Before) {
        let own = self.tenures();
        let mut view = self.view();
        let shards = (0..self.options.shards).map(Shard);
        view.picture.own = own;
        let beliefs = shards.filter_map(|shard| {
            let is_steady = before.own.get(&shard).copied().unwrap_or_default() == view.picture.own(shard)
                && before.changes.get(&shard) == view.changes.get(&shard);
            view.picture.believe(shard, is_steady).map(|holder| (shard, holder))
        });
        view.picture.beliefs = beliefs.collect();
        self.routes.replace(self.table(&view));
    }

    /// What requests go by, from what is known now.
    pub(super) fn table(&self, view: &super::View) -> crate::Table {
        let targets = self.targets(&view.picture, view.is_draining());
        let mut picture = view.picture.clone();
        if view.is_over {
            picture.own.clear();
        }
        view.peers.table(&targets, &picture)
    }

    /// Removes the rows of shards that others have. What is believed of them is on the disk by now.
    async fn drop_released(&self) {
        for (shard, tenure) in self.tenures() {
            let Tenure::Released { to } = tenure else { continue };
            let is_remembered = {
                let view = self.view();
                let picture = &view.picture;
                if picture.is_lost(to) && picture.holders(shard).next().is_none() {
                    // The rows here may be all that is left of the shard.
                    continue;
                }
                let stored = view.stored.as_ref().and_then(|state| state.holders.get(&shard));
                stored.is_some_and(|holder| {
                    *holder != self.options.local && !(picture.is_lost(to) && picture.is_lost(*holder))
                })
            };
            if !is_remembered {
                continue;
            }
            self.note_change(shard);
            match self.parts.local.drop_released(shard).await {
                Ok(()) => tracing::info!(shard = shard.0, member = %to, "a shard was handed over"),
                Err(error) => tracing::warn!(shard = shard.0, %error, "a shard's rows could not be removed"),
            }
        }
    }
}

/// One line when a member stops answering, and one when it answers again and is asked again.
fn note_changes(routes: &Routes, view: &super::View, answers: &Answers) {
    for (id, answer) in answers {
        let failures = view.peers.0.get(id).map_or(0, |peer| peer.failures);
        match answer {
            Err(error) if failures == 0 => {
                tracing::warn!(member = %id, %error, "a member does not answer");
            }
            Ok(_) if failures > 0 => {
                routes.is_back(*id);
                tracing::info!(member = %id, failures, "a member answers again");
            }
            Ok(_) => routes.is_heard(*id),
            Err(_) => {}
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
