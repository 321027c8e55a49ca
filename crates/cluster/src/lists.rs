//! Lists: straight from the one leaf that has it all, or put together from several.

mod images;
mod plan;
mod repositories;
mod round;

use async_trait::async_trait;
use atoll_placement::Shard;
use atoll_search::merge::{Hits, Row};
use atoll_service::{Caller, Coverage, Error, Gathered, Node, Page, Sort, Stretch};

pub(crate) use images::Images;
pub(crate) use repositories::Repositories;

use crate::RoutedNode;
use crate::gather::Group;
use crate::lists::round::Round;
use crate::peer::Lane;
use crate::reach::Call;
use crate::time::Time;

/// Most rows that the local node is asked for at a time, and another member, where they are one message. What goes beyond is asked
/// for in further stretches.
const MAX_LOCAL_ROWS: u64 = 10_000;
const MAX_REMOTE_ROWS: u64 = 1_000;

/// A question whose answer is a list, in the words of both its phases.
#[async_trait]
pub(crate) trait Listing: Send + Sync {
    /// A row of the first phase.
    type Row: Row + Send + Sync;
    /// What names it in the second.
    type Key: Send;
    /// What the second phase makes of it.
    type Summary: Send;

    fn sort(&self) -> Sort;
    fn page(&self) -> Page;

    /// Asks a leaf for a stretch of its list.
    async fn ask(
        &self,
        node: &dyn Node,
        caller: &Caller,
        group: &Group,
        stretch: Stretch,
    ) -> Result<Hits<Self::Row>, Error>;

    /// Asks a leaf for descriptions.
    async fn describe(
        &self,
        node: &dyn Node,
        caller: &Caller,
        keys: Vec<Self::Key>,
    ) -> Result<Vec<Option<Self::Summary>>, Error>;

    fn key(row: &Self::Row) -> Self::Key;
    fn is_described(row: &Self::Row) -> bool;
    fn put(row: &mut Self::Row, summary: Option<Self::Summary>);

    /// Takes the description out; `None` for a row that went away between the phases. An error if it cannot be read.
    fn take(row: &mut Self::Row) -> Result<Option<Self::Summary>, Error>;
}

/// A page of a list.
pub(crate) struct Listed<S> {
    pub(crate) total: u64,
    pub(crate) rows: Vec<S>,
    pub(crate) faults: Vec<String>,
}

/// Which leaves a list comes from.
pub(crate) enum Scope {
    /// The one that serves this shard; without it there is no answer.
    One(Shard),
    /// Those that serve these shards.
    Shards(Vec<Shard>),
}

impl RoutedNode {
    pub(crate) async fn list<L: Listing>(
        &self,
        caller: &Caller,
        time: Time,
        list: &L,
        scope: Scope,
    ) -> Result<Gathered<Listed<L::Summary>>, Error> {
        let reach = &self.reach;
        if let Some(local) = self.alone() {
            let shards = match scope {
                Scope::One(shard) => vec![shard],
                Scope::Shards(shards) => shards,
            };
            let group = &Group { member: reach.routes.local(), shards };
            let ask = |stretch| list.ask(local, caller, group, stretch);
            let answer = straight(list, (reach.options.max_rows, MAX_LOCAL_ROWS), ask).await?;
            return Ok(Gathered { answer, coverage: whole(group) });
        }
        match scope {
            Scope::Shards(shards) => Round::run(reach, caller, time, (list, &shards)).await,
            Scope::One(shard) => {
                let group = &Group { member: reach.routes.local(), shards: vec![shard] };
                let call = Call { caller, until: time.all(), is_read: true, lane: Lane::Search };
                let ask = |stretch| {
                    reach.at_shard(shard, call, move |node, caller| async move {
                        list.ask(&*node, &caller, group, stretch).await
                    })
                };
                let answer = straight(list, (reach.options.max_rows, MAX_REMOTE_ROWS), ask).await?;
                Ok(Gathered { answer, coverage: whole(group) })
            }
        }
    }
}

fn whole(group: &Group) -> Coverage {
    Coverage { answered: group.shards.clone(), missing: Vec::new() }
}

/// A page from one leaf, which counts rows as the root does.
async fn straight<L, F, Fut>(
    list: &L,
    (max_rows, at_once): (u64, u64),
    ask: F,
) -> Result<Listed<L::Summary>, Error>
where
    L: Listing,
    F: Fn(Stretch) -> Fut,
    Fut: Future<Output = Result<Hits<L::Row>, Error>>,
{
    let page = list.page();
    let wanted = plan::rows_wanted(page).min(max_rows);
    let stretch =
        |skip, take: u64| Stretch { skip, take: take.min(at_once), described_from: (take > 0).then_some(0) };
    let Hits { total, mut rows, mut faults } = ask(stretch(page.offset, wanted)).await?;
    let in_page = plan::rows_in_page(page, total, max_rows)?;
    let mut asked = at_once;
    while asked < in_page && !rows.is_empty() {
        let more = ask(stretch(page.offset.saturating_add(asked), in_page - asked)).await?;
        rows.extend(more.rows);
        faults.extend(more.faults);
        asked = asked.saturating_add(at_once);
    }
    let rows = rows.iter_mut().filter_map(|row| L::take(row).transpose()).collect::<Result<_, _>>()?;
    if !faults.is_empty() {
        faults.sort_unstable();
        faults.dedup();
    }
    Ok(Listed { total, rows, faults })
}
