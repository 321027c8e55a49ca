//! Questions about everything: which shards each goes to, and what has to be known before they can be asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use atoll_oci::Repository;
use atoll_placement::Shard;
use atoll_service::{
    Caller, CatalogPage, Coverage, Error, ExpandedRepository, Find, FindImages, Gathered, GetImage,
    GetReferrers, GetRepository, ImagePage, ImageReference, ImageSummary, Layers, ListCatalog, ListImages,
    ListRepositories, Marks, Match, MatchImages, Missing, Node, Queries, ReferrerSummary, RepositoryPage,
};

use crate::RoutedNode;
use crate::forward::forwarded;
use crate::lists::{Images, Repositories, Scope};
use crate::peer::Lane;
use crate::reach::Call;
use crate::table::Route;
use crate::time::Time;

#[async_trait]
impl Queries for RoutedNode {
    async fn catalog(&self, caller: &Caller, request: ListCatalog) -> Result<Gathered<CatalogPage>, Error> {
        Ok(self.counted(self.catalog_of(caller, request).await?))
    }

    async fn repositories(
        &self,
        caller: &Caller,
        request: ListRepositories,
    ) -> Result<Gathered<RepositoryPage>, Error> {
        let time = self.reach.time(caller);
        let known = self.marks_of(caller, time.marks()).await;
        let depends = matches!(request.find, Find::Starred | Find::Bookmarked)
            || request.filter.starred.is_some()
            || request.filter.bookmarked.is_some();
        let (marks, is_home_heard) = match known {
            Ok(marks) => (marks, true),
            Err(error) if depends || self.alone().is_some() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "a list is shown without the caller's stars and bookmarks");
                (Marks::default(), false)
            }
        };
        let find = match &request.find {
            Find::Words(words) => Match::Words(words.clone()),
            Find::Starred => Match::Names(marks.starred.clone()),
            Find::Bookmarked => Match::Names(marks.bookmarked.clone()),
        };
        let shards = match &find {
            Match::Words(_) => self.all_shards(),
            Match::Names(names) => self.shards_of(names),
        };
        let routes = &self.reach.routes;
        let list = Repositories { routes, request: &request, find: &find, marks: &marks };
        let Gathered { answer, mut coverage } = self.list(caller, time, &list, Scope::Shards(shards)).await?;
        if !is_home_heard {
            self.without_home(caller, &mut coverage);
        }
        let answer = RepositoryPage { total: answer.total, repositories: answer.rows, faults: answer.faults };
        Ok(self.counted(Gathered { answer, coverage }))
    }

    async fn images(&self, caller: &Caller, request: ListImages) -> Result<Gathered<ImagePage>, Error> {
        let time = self.reach.time(caller);
        let Some((find, scope)) = self.plan_images(caller, time, &request).await? else {
            return Ok(Gathered { answer: ImagePage::default(), coverage: Coverage::default() });
        };
        let list = Images { request: &request, find: &find };
        let Gathered { answer, coverage } = self.list(caller, time, &list, scope).await?;
        let answer = ImagePage { total: answer.total, images: answer.rows, faults: answer.faults };
        Ok(self.counted(Gathered { answer, coverage }))
    }

    async fn image(&self, caller: &Caller, request: GetImage) -> Result<(ImageSummary, Vec<String>), Error> {
        forwarded!(self, search, caller, request.repository, leaf_image(request))
    }

    async fn expanded(
        &self,
        caller: &Caller,
        request: GetRepository,
    ) -> Result<Gathered<ExpandedRepository>, Error> {
        let time = self.reach.time(caller);
        let marks = self.marks_of(caller, time.marks()).await;
        let (marks, is_home_heard) = match marks {
            Ok(marks) => (marks, true),
            Err(error) if self.alone().is_some() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "a repository is shown without the caller's stars and bookmarks");
                (Marks::default(), false)
            }
        };
        let shard = self.shard(&request.repository);
        let answer = self.expanded_with(&self.reach.aged(caller, time), request, marks).await?;
        let mut coverage = Coverage { answered: vec![shard], missing: Vec::new() };
        if !is_home_heard {
            self.without_home(caller, &mut coverage);
        }
        Ok(self.counted(Gathered { answer, coverage }))
    }

    async fn image_referrers(
        &self,
        caller: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        forwarded!(self, search, caller, request.repository, leaf_referrers(request))
    }

    fn missing(&self, shard: Shard) -> Missing {
        let member = match self.reach.routes.load().route(shard) {
            Route::Local => Some(self.reach.routes.local()),
            Route::Remote(member) => Some(member),
            Route::Unknown => None,
        };
        Missing { shards: vec![shard], member, is_retryable: true }
    }

    fn freshness_at_hand(&self) -> Option<u64> {
        let fresh = self.fresh.as_ref()?;
        if self.alone().is_some() { Some(fresh.local()) } else { fresh.at_hand(&self.reach) }
    }

    async fn freshness(&self, caller: &Caller) -> Option<u64> {
        match self.freshness_at_hand() {
            Some(number) => Some(number),
            None => self.fresh.as_ref()?.ask(&self.reach, caller).await,
        }
    }
}

impl RoutedNode {
    async fn expanded_with(
        &self,
        caller: &Caller,
        request: GetRepository,
        marks: Marks,
    ) -> Result<ExpandedRepository, Error> {
        forwarded!(self, search, caller, request.repository, leaf_expanded(request, marks))
    }

    fn all_shards(&self) -> Vec<Shard> {
        self.reach.routes.load().shards().collect()
    }

    fn shards_of(&self, names: &BTreeSet<Repository>) -> Vec<Shard> {
        let shards: BTreeSet<Shard> = names.iter().map(|name| self.shard(name)).collect();
        shards.into_iter().collect()
    }

    fn shard(&self, repository: &Repository) -> Shard {
        self.reach.routes.shard_of(repository.as_str())
    }

    /// What leaves are asked, and which; `None` if the caller may not see the image that the question is about.
    async fn plan_images(
        &self,
        caller: &Caller,
        time: Time,
        request: &ListImages,
    ) -> Result<Option<(MatchImages, Scope)>, Error> {
        let all = || Scope::Shards(self.all_shards());
        Ok(Some(match &request.find {
            FindImages::All => (MatchImages::All, all()),
            FindImages::InRepository(repository) => {
                (MatchImages::InRepository(repository.clone()), Scope::One(self.shard(repository)))
            }
            FindImages::TagBeginsWith { repository, prefix } => {
                let scope = Scope::One(self.shard(repository));
                let (repository, prefix) = (repository.clone(), prefix.clone());
                (MatchImages::TagBeginsWith { repository, prefix }, scope)
            }
            FindImages::TagContains(text) => (MatchImages::TagContains(text.clone()), all()),
            FindImages::DigestContains(text) => (MatchImages::DigestContains(text.clone()), all()),
            FindImages::Manifests(digests) => (MatchImages::Manifests(digests.clone()), all()),
            FindImages::DerivedFrom(image) => match self.layers_of(caller, time, request, image).await? {
                Some(layers) => (MatchImages::DerivedFrom(layers), all()),
                None => return Ok(None),
            },
            FindImages::BaseOf(image) => match self.layers_of(caller, time, request, image).await? {
                Some(layers) => (MatchImages::BaseOf(layers), all()),
                None => return Ok(None),
            },
        }))
    }

    /// The layers of an image, from its owner; `None` if the caller may not see it.
    async fn layers_of(
        &self,
        caller: &Caller,
        time: Time,
        request: &ListImages,
        image: &ImageReference,
    ) -> Result<Option<Layers>, Error> {
        if !request.visibility.admits(&image.repository) {
            return Ok(None);
        }
        if let Some(local) = self.alone() {
            return local.leaf_layers(caller, image.clone()).await.map(Some);
        }
        let call = Call { caller, until: time.marks(), is_read: true, lane: Lane::Search };
        let ask = |node: Arc<dyn Node>, caller: Caller| {
            let image = image.clone();
            async move { node.leaf_layers(&caller, image).await }
        };
        self.reach.at_shard(self.shard(&image.repository), call, ask).await.map(Some)
    }
}
