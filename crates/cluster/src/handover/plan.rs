//! What is to be taken over, from what a round has shown. Pure.

use atoll_placement::{Layout, LayoutTag, MemberId, Shard};
use atoll_service::Tenure;

use crate::membership::Picture;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Take a shard over.
    Take {
        /// The shard.
        shard: Shard,
        /// Who has it.
        from: MemberId,
        /// Whether that member has stopped serving it already, so that nobody does.
        is_yielded: bool,
    },
    /// Give up copying a shard.
    Abandon {
        /// The shard.
        shard: Shard,
    },
}

/// What else a plan goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// The layout of the local member.
    pub(crate) layout: LayoutTag,
    /// Everybody whom anybody knows has been heard, and knows who was given up.
    pub(crate) hears_everybody: bool,
}

/// Everything to do, what nobody serves first.
pub(crate) fn plan(picture: &Picture, targets: &Layout, now: Moment) -> Vec<Step> {
    // Nobody gives anything to a member whom not everybody knows.
    let is_agreed = picture.is_agreed(now.layout) && picture.confirmed.contains(&picture.local);
    let mut steps: Vec<Step> = (0..targets.shards())
        .map(Shard)
        .filter_map(|shard| {
            let is_mine = targets.owner(shard) == Some(picture.local);
            step(picture, shard, is_mine && is_agreed, now.hears_everybody)
        })
        .collect();
    steps.sort_by_key(|step| !matches!(step, Step::Take { is_yielded: true, .. }));
    steps
}

fn step(picture: &Picture, shard: Shard, is_due: bool, hears_everybody: bool) -> Option<Step> {
    let own = picture.own(shard);
    if matches!(own, Tenure::Held | Tenure::Yielding { .. }) {
        return None;
    }
    // What was yielded to this member must go on, whatever the layout says by now: nobody else can.
    if let Some(from) = picture.yielded_to_local(shard) {
        let may_take = picture.may_complete(shard, from)
            || (hears_everybody && picture.may_complete_after_loss(shard, from));
        return may_take.then_some(Step::Take { shard, from, is_yielded: true });
    }
    // Nothing comes from there any more. Where nobody has it, it is begun anew once nobody has begun to copy it.
    let is_lost = |member: &MemberId| picture.is_lost(*member);
    let is_in_vain = matches!(own, Tenure::Taking { from } if is_lost(&from))
        || picture.beliefs.get(&shard).is_some_and(is_lost);
    if is_in_vain && matches!(own, Tenure::Taking { .. }) && picture.holders(shard).next().is_none() {
        return Some(Step::Abandon { shard });
    }
    let mut holders = picture.holders(shard);
    let (Some(from), None) = (holders.next(), holders.next()) else { return None };
    match own {
        _ if is_due => Some(Step::Take { shard, from, is_yielded: false }),
        Tenure::Taking { .. } => Some(Step::Abandon { shard }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
