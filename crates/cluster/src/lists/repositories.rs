//! Lists of repositories.

use std::collections::BTreeSet;

use async_trait::async_trait;
use atoll_oci::Repository;
use atoll_search::merge::Hits;
use atoll_service::{
    Caller, DescribeRepositories, Description, Error, LeafRepositories, ListRepositories, Marks, Match, Node,
    Page, RepositoryHit, RepositorySummary, Sort, Stretch,
};

use super::Listing;
use crate::gather::Group;
use crate::table::Routes;

/// A question for repositories, with what leaves cannot know by themselves.
pub(crate) struct Repositories<'a> {
    pub(crate) routes: &'a Routes,
    pub(crate) request: &'a ListRepositories,
    pub(crate) find: &'a Match,
    pub(crate) marks: &'a Marks,
}

impl Repositories<'_> {
    /// Those names that a group can know: the others would travel in vain.
    fn within(&self, names: &BTreeSet<Repository>, group: &Group) -> BTreeSet<Repository> {
        let is_asked = |name: &&Repository| group.shards.contains(&self.routes.shard_of(name.as_str()));
        names.iter().filter(is_asked).cloned().collect()
    }

    fn marks_within(&self, group: &Group) -> Marks {
        let Marks { starred, bookmarked } = self.marks;
        Marks { starred: self.within(starred, group), bookmarked: self.within(bookmarked, group) }
    }
}

#[async_trait]
impl Listing for Repositories<'_> {
    type Row = RepositoryHit;
    type Key = Repository;
    type Summary = RepositorySummary;

    fn sort(&self) -> Sort {
        self.request.sort
    }

    fn page(&self) -> Page {
        self.request.page
    }

    async fn ask(
        &self,
        node: &dyn Node,
        caller: &Caller,
        group: &Group,
        stretch: Stretch,
    ) -> Result<Hits<RepositoryHit>, Error> {
        let find = match self.find {
            Match::Words(words) => Match::Words(words.clone()),
            Match::Names(names) => Match::Names(self.within(names, group)),
        };
        let request = LeafRepositories {
            find,
            filter: self.request.filter.clone(),
            sort: self.request.sort,
            stretch,
            want: self.request.want,
            visibility: self.request.visibility.clone(),
            marks: self.marks_within(group),
        };
        Ok(node.leaf_repositories(caller, &group.shards, request).await?.into())
    }

    async fn describe(
        &self,
        node: &dyn Node,
        caller: &Caller,
        keys: Vec<Repository>,
    ) -> Result<Vec<Option<RepositorySummary>>, Error> {
        let marked = |names: &BTreeSet<Repository>| {
            keys.iter().filter(|name| names.contains(*name)).cloned().collect::<BTreeSet<_>>()
        };
        let marks =
            Marks { starred: marked(&self.marks.starred), bookmarked: marked(&self.marks.bookmarked) };
        let request = DescribeRepositories {
            repositories: keys,
            want: self.request.want,
            visibility: self.request.visibility.clone(),
            marks,
        };
        node.describe_repositories(caller, request).await
    }

    fn key(row: &RepositoryHit) -> Repository {
        row.repository.clone()
    }

    fn is_described(row: &RepositoryHit) -> bool {
        row.summary.is_some()
    }

    fn put(row: &mut RepositoryHit, summary: Option<RepositorySummary>) {
        row.summary = summary.map(Description::ready);
    }

    fn take(row: &mut RepositoryHit) -> Result<Option<RepositorySummary>, Error> {
        let summary = row.summary.take().map(Description::open).transpose()?;
        Ok(summary.map(|summary| RepositorySummary { rank: row.rank, ..summary }))
    }
}
