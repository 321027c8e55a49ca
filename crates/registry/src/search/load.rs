//! Reading the rows into a new corpus.

use std::sync::PoisonError;

use atoll_host::Lost;
use atoll_index::{Mutation, Snapshot};
use atoll_oci::{Manifest, MediaType};
use atoll_placement::Shard;
use atoll_search::Corpus;
use atoll_service::{Caller, Error, Grant};
use futures_util::future::join;
use futures_util::{StreamExt as _, stream};

use super::follow::count_known;
use super::read::{Bare, Read};
use super::{Follower, Search};
use crate::LocalNode;
use crate::failure::from_index;

/// Facts that are computed and written at a time.
const AT_ONCE: usize = 64;

/// Parts in which rows are read: while some are read, those before them are put into the corpus.
const PARTS: usize = 64;

/// Parts that are read at once, or wait to be put into the corpus.
const READ_AT_ONCE: usize = 3;

impl LocalNode {
    /// Makes the corpus anew from the rows, and lets questions in. Pulls are not written meanwhile.
    pub(super) async fn load_corpus(&self, search: &Search) -> Result<(), Error> {
        let _turn = search.writes_pulls.lock().await;
        let began = self.parts.host.clock.elapsed();
        loop {
            // In this order: the snapshot has everything up to the number, the subscription hears everything above it.
            let subscription = self.parts.index.subscribe();
            let applied = self.parts.index.sequence();
            let rows = self.parts.index.snapshot();
            let (mut corpus, unknown) = self.load(&rows).await?;
            if !unknown.is_empty() && self.learn(unknown).await {
                continue;
            }
            {
                let _turn = search.tells_pulls.lock().unwrap_or_else(PoisonError::into_inner);
                self.pulls.tell_again(&count_known(&mut corpus, self.pulls.unwritten()));
                let mut follower = search.follower.lock().unwrap_or_else(PoisonError::into_inner);
                *follower = Follower { subscription: Some(subscription), applied, ..Follower::default() };
                *search.corpus.write().unwrap_or_else(PoisonError::into_inner) = corpus;
            }
            search.is_ready.send_replace(true);
            self.tell_extent(search, began);
            return Ok(());
        }
    }

    /// A corpus of all rows, and the manifests whose facts are not known.
    async fn load(&self, rows: &Snapshot) -> Result<(Corpus, Vec<Bare>), Error> {
        let tasks = &self.parts.host.tasks;
        let lost = |lost: Lost| Error::Internal(lost.to_string());
        let shards = rows.held_shards();
        let parts = shards.chunks(shards.len().div_ceil(PARTS).max(1)).map(<[Shard]>::to_vec);
        let (mut corpus, mut unknown) = (Corpus::new(), Vec::new());
        corpus.begin_loading();
        let mut left = parts.len();
        let reading = |part: Vec<Shard>| {
            let rows = rows.clone();
            tasks.blocking(move || Read::shards(&rows, &part))
        };
        let mut reads = stream::iter(parts).map(reading).buffered(READ_AT_ONCE);
        let mut next = reads.next().await;
        while let Some(read) = next {
            let read = read.map_err(lost)?.map_err(|error| from_index("reading rows to search", error))?;
            let entering = tasks.blocking(move || {
                if corpus.is_empty() {
                    // Names are spread evenly over the shards, so each part has about as much as this one.
                    corpus.expect(read.extent(left));
                }
                unknown.extend(read.enter(&mut corpus));
                (corpus, unknown)
            });
            let entered;
            (next, entered) = join(reads.next(), entering).await;
            (corpus, unknown) = entered.map_err(lost)?;
            left = left.saturating_sub(1);
        }
        let finishing = tasks.blocking(move || {
            corpus.finish_loading();
            corpus
        });
        Ok((finishing.await.map_err(lost)?, unknown))
    }

    fn tell_extent(&self, search: &Search, began: std::time::Duration) {
        let extent = search.corpus.read().unwrap_or_else(PoisonError::into_inner).extent();
        let took = self.parts.host.clock.elapsed().saturating_sub(began);
        tracing::info!(repositories = extent.repositories, images = extent.images, ?took, "search is ready");
    }

    /// Computes and writes facts that are missing. Whether any were: what cannot be read stays out of search.
    async fn learn(&self, unknown: Vec<Bare>) -> bool {
        tracing::info!(manifests = unknown.len(), "computing what search has to know of manifests");
        let one = |unknown: Bare| async move {
            let name = (unknown.repository.clone(), unknown.digest);
            let learnt = self.learn_one(unknown).await;
            if let Err(error) = &learnt {
                tracing::warn!(repository = %name.0, digest = %name.1, %error, "a manifest cannot be searched");
            }
            learnt.unwrap_or_default()
        };
        let learnt = stream::iter(unknown).map(one).buffer_unordered(AT_ONCE);
        learnt.fold(false, |any, learnt| async move { any || learnt }).await
    }

    async fn learn_one(&self, unknown: Bare) -> Result<bool, Error> {
        let Bare { repository, digest, media_type, size, .. } = unknown;
        let rows = self.parts.index.snapshot();
        let body = rows.manifest_body(&repository, &digest);
        let content = match body.map_err(|error| from_index("reading a manifest", error))? {
            Some(content) => content,
            None => self.stored_manifest(&digest).await?,
        };
        let unreadable = |error| Error::Internal(format!("the manifest {digest} cannot be read: {error}"));
        let media_type: MediaType = media_type.parse().map_err(unreadable)?;
        let manifest = Manifest::parse(&content, &media_type).map_err(unreadable)?;
        let facts = self.facts_of(&rows, &repository, (&manifest, size)).await?;
        let caller = Caller::internal("search");
        let command =
            self.command(&caller, (repository, Grant::default()), Mutation::SetFacts { digest, facts });
        let written = self.parts.index.submit(command).await;
        written.map(|_| true).map_err(|error| from_index("writing facts", error))
    }
}
