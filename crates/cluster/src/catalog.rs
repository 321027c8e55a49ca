//! The catalog: asked of a cover of all shards, merged. A page that is asked for again is kept.

mod kept;

use std::sync::Arc;

use atoll_placement::Shard;
use atoll_search::merge::{merge_catalog, uncertain};
use atoll_service::{
    Caller, CatalogPage, Coverage, Error, Gathered, ListCatalog, MAX_PAGE, Missing, Node, Queries as _,
};
use futures_util::future::join_all;

use crate::RoutedNode;
use crate::fault;
use crate::gather::{Group, coverage};
use crate::peer::Lane;
use crate::reach::Call;
use crate::time::Time;
pub(crate) use kept::Pages;

/// How many names a leaf is asked for at first, if the first `limit` of all are wanted and it has so many of all shards: its fair share, two
/// standard deviations of what chance adds to it, and one more. A further round now and then costs less than names that nobody is shown.
fn names_at_first(limit: usize, (shards, all): (usize, usize)) -> usize {
    let all = all.max(1);
    let others = all.saturating_sub(shards);
    let expected = limit.saturating_mul(shards).div_ceil(all);
    let square = expected.saturating_mul(others).div_ceil(all).saturating_mul(4);
    let root = square.isqrt();
    let deviation = root + usize::from(root.saturating_mul(root) < square);
    expected.saturating_add(deviation).saturating_add(1).min(limit)
}

impl RoutedNode {
    /// A page of the catalog, a kept one where that is as good. The others are asked whether they have changed only about a question
    /// that comes back: to most, it is of no use.
    pub(crate) async fn catalog_of(
        &self,
        caller: &Caller,
        request: ListCatalog,
    ) -> Result<Gathered<CatalogPage>, Error> {
        let time = self.reach.time(caller);
        let request = ListCatalog { limit: request.limit.min(MAX_PAGE), ..request };
        let freshness = if self.pages.is_repeated(&request) {
            let left = time.marks().saturating_sub(self.reach.clock().elapsed());
            self.freshness(&Caller { remaining: Some(left), ..caller.clone() }).await
        } else {
            None
        };
        if let Some(page) = freshness.and_then(|number| self.pages.find(&request, number)) {
            return Ok(page);
        }
        let page = self.gathered_catalog((caller, time), &request).await?;
        if let Some(number) = freshness {
            self.pages.keep(request, number, &page);
        }
        Ok(page)
    }

    async fn gathered_catalog(
        &self,
        (caller, time): (&Caller, Time),
        request: &ListCatalog,
    ) -> Result<Gathered<CatalogPage>, Error> {
        let limit = request.limit;
        let shards: Vec<Shard> = self.reach.routes.load().shards().collect();
        if let Some(local) = self.alone() {
            let answer = local.leaf_catalog(caller, &shards, request.clone()).await?;
            return Ok(Gathered { answer, coverage: Coverage { answered: shards, missing: Vec::new() } });
        }
        let cover = self.reach.cover(&shards);
        let ask = |node: Arc<dyn Node>, caller: Caller, group: Group| {
            let first = names_at_first(limit, (group.shards.len(), shards.len()));
            asking(request, first)(node, caller, group)
        };
        let heard = self.reach.scatter(caller, time.first_keys(), cover, ask).await?;
        let (mut groups, mut pages): (Vec<Group>, Vec<CatalogPage>) = heard.answers.into_iter().unzip();
        let mut missing = heard.missing;
        let call = Call { caller, until: time.all(), is_read: true, lane: Lane::Search };
        self.continue_pages(call, (request, limit), &mut groups, (&mut pages, &mut missing)).await?;
        let answer = merge_catalog(pages, limit);
        Ok(Gathered { answer, coverage: coverage(groups.into_iter(), missing) })
    }

    /// Asks on for pages that may hide names of the first `limit`; each round doubles what a page holds, or ends it.
    async fn continue_pages(
        &self,
        call: Call<'_>,
        (request, limit): (&ListCatalog, usize),
        groups: &mut Vec<Group>,
        (pages, missing): (&mut Vec<CatalogPage>, &mut Vec<Missing>),
    ) -> Result<(), Error> {
        loop {
            let pending = uncertain(pages, limit);
            if pending.is_empty() {
                return Ok(());
            }
            let further =
                join_all(pending.iter().filter_map(|n| Some((groups.get(*n)?, pages.get(*n)?))).map(
                    |(group, page)| async move {
                        let after = page.repositories.last().map(ToString::to_string);
                        let known = page.repositories.len();
                        let from = ListCatalog { after: after.or(request.after.clone()), ..request.clone() };
                        let take = known.max(1).min(limit.saturating_sub(known));
                        self.reach.ask_group(call, group, &asking(&from, take)).await
                    },
                ))
                .await;
            // From the end, so that leaving one out does not move those that are still to come.
            for (n, answer) in pending.into_iter().zip(further).rev() {
                match answer {
                    Ok(more) => {
                        if let Some(page) = pages.get_mut(n) {
                            page.more = more.more;
                            page.repositories.extend(more.repositories);
                        }
                    }
                    Err(error) if fault::is_about_question(&error) => return Err(error),
                    Err(error) => {
                        pages.remove(n);
                        missing.push(groups.remove(n).missing(&error));
                    }
                }
            }
        }
    }
}

/// Asks a leaf for a page.
fn asking(
    request: &ListCatalog,
    limit: usize,
) -> impl Fn(Arc<dyn Node>, Caller, Group) -> futures_util::future::BoxFuture<'static, Result<CatalogPage, Error>>
+ Sync {
    let request = ListCatalog { limit, ..request.clone() };
    move |node, caller, group| {
        let request = request.clone();
        Box::pin(async move { node.leaf_catalog(&caller, &group.shards, request).await })
    }
}

#[cfg(test)]
mod tests;
