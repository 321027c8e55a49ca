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

/// Everything to do, what nobody serves first.
pub(crate) fn plan(picture: &Picture, targets: &Layout, tag: LayoutTag) -> Vec<Step> {
    let is_agreed = picture.is_agreed(tag);
    let mut steps: Vec<Step> = (0..targets.shards())
        .map(Shard)
        .filter_map(|shard| {
            let is_mine = targets.owner(shard) == Some(picture.local);
            step(picture, shard, is_mine, is_agreed)
        })
        .collect();
    steps.sort_by_key(|step| !matches!(step, Step::Take { is_yielded: true, .. }));
    steps
}

fn step(picture: &Picture, shard: Shard, is_mine: bool, is_agreed: bool) -> Option<Step> {
    let own = picture.own(shard);
    if matches!(own, Tenure::Held | Tenure::Yielding { .. }) {
        return None;
    }
    // What was yielded to this member must go on, whatever the layout says by now: nobody else can.
    if let Some(from) = picture.yielded_to_local(shard) {
        return picture.may_complete(shard, from).then_some(Step::Take { shard, from, is_yielded: true });
    }
    if matches!(own, Tenure::Taking { from } if picture.given_up.contains(&from))
        && picture.holders(shard).next().is_none()
    {
        return Some(Step::Abandon { shard });
    }
    let mut holders = picture.holders(shard);
    let (Some(from), None) = (holders.next(), holders.next()) else { return None };
    match own {
        _ if is_mine && is_agreed => Some(Step::Take { shard, from, is_yielded: false }),
        Tenure::Taking { .. } => Some(Step::Abandon { shard }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
