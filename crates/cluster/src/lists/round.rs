//! A list of several leaves: keys of each, further keys where they may hide winners, descriptions of the winners alone. Where the page is small,
//! other members describe their rows at once, which saves a second round of messages.

use std::collections::BTreeMap;
use std::time::Duration;

use atoll_placement::Shard;
use atoll_search::merge::{FollowUp, Gathering, Pick};
use atoll_service::{Caller, Error, Gathered, Missing, Stretch};
use futures_util::future::join_all;

use super::plan::{Plan, rows_certain, rows_in_page};
use super::{Listed, Listing};
use crate::fault;
use crate::gather::{Group, coverage};
use crate::peer::Lane;
use crate::reach::{Call, Reach};
use crate::time::Time;

/// Most rows that a leaf is asked to describe at a time.
const MAX_DESCRIBED: usize = 500;

/// An answer that is being put together.
pub(super) struct Round<'a, L: Listing> {
    reach: &'a Reach,
    caller: &'a Caller,
    time: Time,
    list: &'a L,
    plan: Plan,
    gathering: Gathering<L::Row>,
    /// Leaves that answered, numbered as in the gathering.
    leaves: BTreeMap<usize, Group>,
    missing: Vec<Missing>,
}

impl<'a, L: Listing> Round<'a, L> {
    pub(super) async fn run(
        reach: &'a Reach,
        caller: &'a Caller,
        time: Time,
        (list, shards): (&'a L, &'a [Shard]),
    ) -> Result<Gathered<Listed<L::Summary>>, Error> {
        let cover = reach.cover(shards);
        let local = reach.routes.local();
        let others = cover.groups.iter().filter(|group| group.member != local).count();
        let plan = Plan::new(list.page(), cover.groups.len(), others);
        let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller, group: Group| async move {
            let described_from = plan.described_from(group.member == local);
            let stretch = Stretch { skip: 0, take: plan.first, described_from };
            list.ask(&*node, &caller, &group, stretch).await
        };
        let heard = reach.scatter(caller, time.first_keys(), cover, ask).await?;
        let mut gathering = Gathering::new(list.sort());
        let mut leaves = BTreeMap::new();
        for (leaf, (group, hits)) in heard.answers.into_iter().enumerate() {
            gathering.add(leaf, plan.first, hits);
            leaves.insert(leaf, group);
        }
        let round = Self { reach, caller, time, list, plan, gathering, leaves, missing: heard.missing };
        round.complete().await
    }

    /// Whoever is lost on the way leaves room for rows of the others, so the page is put together anew; at most once for each leaf.
    async fn complete(mut self) -> Result<Gathered<Listed<L::Summary>>, Error> {
        let mut details_until = self.time.details();
        loop {
            self.gather_keys().await?;
            let picks = self.picks()?;
            let lost = self.describe(&picks, details_until).await?;
            if lost.is_empty() {
                return self.finish(&picks);
            }
            for (leaf, error) in lost {
                self.lose(leaf, &error);
            }
            details_until = self.time.all();
        }
    }

    /// Asks on until the page is certain. Each round at least doubles what a leaf has given, or ends it.
    async fn gather_keys(&mut self) -> Result<(), Error> {
        loop {
            let total = self.gathering.total();
            rows_in_page(self.list.page(), total, self.reach.options.max_rows)?;
            let pending = self.gathering.follow_ups(rows_certain(self.list.page(), total));
            if pending.is_empty() {
                return Ok(());
            }
            let until = self.time.more_keys();
            let answers = join_all(pending.iter().map(|follow_up| self.follow_up(*follow_up, until))).await;
            for (FollowUp { leaf, .. }, answer) in pending.into_iter().zip(answers) {
                match answer {
                    Ok((asked, hits)) => self.gathering.add(leaf, asked, hits),
                    Err(error) if fault::is_about_question(&error) => return Err(error),
                    Err(error) => self.lose(leaf, &error),
                }
            }
        }
    }

    async fn follow_up(
        &self,
        follow_up: FollowUp,
        until: Duration,
    ) -> Result<(u64, atoll_search::merge::Hits<L::Row>), Error> {
        let take = follow_up.take.min(self.plan.most);
        let group = self.leaf(follow_up.leaf)?;
        let described_from = self.plan.described_from(group.member == self.reach.routes.local());
        let stretch = Stretch { skip: follow_up.skip, take, described_from };
        let list = self.list;
        let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller, group: Group| async move {
            list.ask(&*node, &caller, &group, stretch).await
        };
        let call = Call { caller: self.caller, until, is_read: true, lane: Lane::Search };
        let hits = self.reach.ask_group(call, group, &ask).await?;
        Ok((take, hits))
    }

    fn leaf(&self, leaf: usize) -> Result<&Group, Error> {
        self.leaves.get(&leaf).ok_or_else(|| Error::Internal("a row of a leaf that was not asked".to_owned()))
    }

    fn picks(&self) -> Result<Vec<Pick>, Error> {
        let page = self.list.page();
        let rows = rows_in_page(page, self.gathering.total(), self.reach.options.max_rows)?;
        let as_size = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(self.gathering.picks(as_size(page.offset), as_size(rows)))
    }

    /// Has the rows described that are not yet; gives the leaves that failed to.
    async fn describe(&mut self, picks: &[Pick], until: Duration) -> Result<Vec<(usize, Error)>, Error> {
        let mut leaves: BTreeMap<usize, Vec<Pick>> = BTreeMap::new();
        for pick in picks {
            if self.gathering.row(*pick).is_some_and(|row| !L::is_described(row)) {
                leaves.entry(pick.leaf).or_default().push(*pick);
            }
        }
        let answers =
            join_all(leaves.iter().map(|(leaf, picks)| self.describe_leaf(*leaf, picks, until))).await;
        let mut lost = Vec::new();
        for ((leaf, picks), answer) in leaves.into_iter().zip(answers) {
            match answer {
                Ok(summaries) => {
                    for (pick, summary) in picks.into_iter().zip(summaries) {
                        if let Some(row) = self.gathering.row_mut(pick) {
                            L::put(row, summary);
                        }
                    }
                }
                Err(error) if fault::is_about_question(&error) => return Err(error),
                Err(error) => lost.push((leaf, error)),
            }
        }
        Ok(lost)
    }

    async fn describe_leaf(
        &self,
        leaf: usize,
        picks: &[Pick],
        until: Duration,
    ) -> Result<Vec<Option<L::Summary>>, Error> {
        let (group, list, gathering) = (self.leaf(leaf)?, self.list, &self.gathering);
        let call = Call { caller: self.caller, until, is_read: true, lane: Lane::Search };
        let mut summaries = Vec::with_capacity(picks.len());
        for some in picks.chunks(MAX_DESCRIBED) {
            let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller, _group: Group| {
                let keys = some.iter().filter_map(|pick| gathering.row(*pick)).map(L::key).collect();
                async move { list.describe(&*node, &caller, keys).await }
            };
            let described = self.reach.ask_group(call, group, &ask).await?;
            if described.len() != some.len() {
                return Err(Error::Internal("a leaf described another number of rows".to_owned()));
            }
            summaries.extend(described);
        }
        Ok(summaries)
    }

    /// Leaves a leaf out of the answer as if it had never answered.
    fn lose(&mut self, leaf: usize, error: &Error) {
        self.gathering.remove(leaf);
        if let Some(group) = self.leaves.remove(&leaf) {
            tracing::warn!(member = %group.member, %error, "a member fell silent in the middle of an answer");
            self.missing.push(group.missing(error));
        }
    }

    fn finish(mut self, picks: &[Pick]) -> Result<Gathered<Listed<L::Summary>>, Error> {
        let (total, faults) = (self.gathering.total(), self.gathering.faults());
        let mut rows = Vec::with_capacity(picks.len());
        for pick in picks {
            if let Some(row) = self.gathering.row_mut(*pick) {
                rows.extend(L::take(row)?);
            }
        }
        let coverage = coverage(self.leaves.into_values(), self.missing);
        Ok(Gathered { answer: Listed { total, rows, faults }, coverage })
    }
}
