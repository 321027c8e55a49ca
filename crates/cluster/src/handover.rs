//! Taking shards over from other members, in the background.
//!
//! A shard passes in steps, each of which may be the last before a crash of either side: content and rows are copied while the old
//! holder serves; then it stops for good; what has changed is copied; then the new holder serves, and the old one lets go once it
//! has heard so. See `docs/adr/0009-one-holder-per-shard.md`.

mod copy;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use atoll_placement::{MemberId, Shard};
use atoll_service::{Error, Node};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::membership::Membership;
use copy::Copy;
use plan::{Moment, Step, plan};

/// Longest wait before a move that failed is tried again.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Moves that failed lately: how often in a row, and when each may be tried again.
type Failures = BTreeMap<Shard, (u32, Duration)>;

/// Takes over whatever each round shows to be taken over. Never ends by itself.
pub(crate) async fn drive(membership: &Arc<Membership>) {
    let mut rounds = membership.completed.subscribe();
    let (mut running, mut taken) = (FuturesUnordered::new(), BTreeSet::new());
    let mut failures = Failures::new();
    loop {
        tokio::select! {
            biased;
            changed = rounds.changed() => if changed.is_err() { return },
            Some((shard, result)) = running.next(), if !running.is_empty() => {
                taken.remove(&shard);
                membership.view().moves.remove(&shard);
                note(membership, &mut failures, shard, result);
            }
        }
        let now = membership.parts.host.clock.elapsed();
        for step in steps(membership) {
            match step {
                Step::Abandon { shard } if !taken.contains(&shard) => abandon(membership, shard).await,
                Step::Take { shard, from, is_yielded } => {
                    let waits = failures.get(&shard).is_some_and(|(_, until)| now < *until);
                    if waits || running.len() >= membership.options.pace.moves.max(1) || !taken.insert(shard)
                    {
                        continue;
                    }
                    running
                        .push(async move { (shard, take_over(membership, shard, from, is_yielded).await) });
                }
                Step::Abandon { .. } => {}
            }
        }
    }
}

fn steps(membership: &Membership) -> Vec<Step> {
    let own = membership.tenures();
    let view = membership.view();
    if view.is_given_up() {
        return Vec::new();
    }
    let mut picture = view.picture.clone();
    picture.own = own;
    let targets = membership.targets(&picture, view.is_draining());
    plan(&picture, &targets, Moment { layout: view.tag(), hears_everybody: view.hears_everybody() })
}

/// Whether the layout still gives the local member that shard.
fn is_wanted(membership: &Membership, shard: Shard) -> bool {
    let view = membership.view();
    let targets = membership.targets(&view.picture, view.is_draining());
    targets.owner(shard) == Some(membership.options.local) && view.picture.is_agreed(view.tag())
}

async fn take_over(
    membership: &Arc<Membership>,
    shard: Shard,
    from: MemberId,
    is_yielded: bool,
) -> Result<(), Error> {
    let source: Option<Arc<dyn Node>> =
        membership.view().peers.0.get(&from).map(|peer| Arc::clone(&peer.node));
    let source = source.ok_or_else(|| Error::Unavailable(format!("the member {from} is not known")))?;
    let copy = Copy { membership, shard, from, source };
    if is_yielded { copy.complete().await } else { copy.take_over(|| is_wanted(membership, shard)).await }
}

async fn abandon(membership: &Membership, shard: Shard) {
    membership.note_change(shard);
    if let Err(error) = membership.parts.local.abandon(shard).await {
        tracing::warn!(shard = shard.0, %error, "what was copied of a shard could not be removed");
    }
}

fn note(membership: &Membership, failures: &mut Failures, shard: Shard, result: Result<(), Error>) {
    match result {
        Ok(()) => {
            failures.remove(&shard);
            // The others learn who serves the shard now by being asked.
            membership.want_round();
            tracing::info!(shard = shard.0, "a shard was taken over");
        }
        Err(error) => {
            let (count, until) = failures.entry(shard).or_default();
            *count = count.saturating_add(1);
            let wait = membership.options.pace.interval.saturating_mul(1 << (*count).min(6)).min(MAX_WAIT);
            *until = membership.parts.host.clock.elapsed().saturating_add(wait);
            tracing::warn!(shard = shard.0, %error, attempts = *count, "a shard could not be taken over yet");
        }
    }
}
