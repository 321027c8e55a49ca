//! Reading the rows into a new corpus.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_host::Lost;
use atoll_index::{Error as IndexError, Mutation, Snapshot};
use atoll_oci::{Digest, Manifest, MediaType, Repository};
use atoll_placement::Shard;
use atoll_search::{Assembly, Corpus, Portion};
use atoll_service::{Caller, Error, Grant};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};

use super::follow::count_known;
use super::read::{self, Bare};
use super::{Follower, Search};
use crate::LocalNode;
use crate::failure::from_index;

/// Facts that are computed and written at a time.
const AT_ONCE: usize = 64;

/// Parts in which rows are loaded.
const PARTS: usize = 24;

/// Most parts that are loaded at once: each is in memory twice for a moment.
const MAX_AT_ONCE: usize = 4;

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
        let loading = Arc::new(Loading::of(rows));
        let loaders = (0..at_once()).map(|_| {
            let loading = Arc::clone(&loading);
            tasks.blocking(move || loading.run())
        });
        let mut unknown = Vec::new();
        for loaded in join_all(loaders).await {
            let bare = loaded.map_err(lost)?;
            unknown.extend(bare.map_err(|error| from_index("reading rows to search", error))?);
        }
        let corpus = tasks.blocking(move || loading.finish()).await.map_err(lost)?;
        Ok((corpus, unknown))
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

    pub(super) async fn learn_one(&self, unknown: Bare) -> Result<bool, Error> {
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
        self.set_facts(&repository, (digest, facts)).await.map(|()| true)
    }

    /// Writes what search knows of a manifest.
    pub(super) async fn set_facts(
        &self,
        repository: &Repository,
        (digest, facts): (Digest, Bytes),
    ) -> Result<(), Error> {
        let caller = Caller::internal("search");
        let mutation = Mutation::SetFacts { digest, facts };
        let command = self.command(&caller, (repository.clone(), Grant::default()), mutation);
        let written = self.parts.index.submit(command).await;
        written.map(|_| ()).map_err(|error| from_index("writing facts", error))
    }
}

/// Rows on their way into a corpus, by several loaders at once.
struct Loading {
    rows: Snapshot,
    /// Shards that nobody has begun with, in parts.
    left: Mutex<Vec<Vec<Shard>>>,
    assembly: Mutex<Assembly>,
}

impl Loading {
    fn of(rows: &Snapshot) -> Self {
        let shards = rows.held_shards();
        let parts = shards.chunks(shards.len().div_ceil(PARTS).max(1)).map(<[Shard]>::to_vec);
        let left: Vec<_> = parts.collect();
        let assembly = Mutex::new(Assembly::of(left.len()));
        Self { rows: rows.clone(), left: Mutex::new(left), assembly }
    }

    /// Loads one part after the other until none is left. Gives the manifests whose facts are not known.
    fn run(&self) -> Result<Vec<Bare>, IndexError> {
        let mut unknown = Vec::new();
        // The lock is not held while the part is loaded.
        let next = || lock(&self.left).pop();
        while let Some(part) = next() {
            let (portion, bare) = Portion::load(|corpus| read::shards(&self.rows, &part, corpus))?;
            lock(&self.assembly).add(portion);
            unknown.extend(bare);
        }
        Ok(unknown)
    }

    fn finish(&self) -> Corpus {
        std::mem::take(&mut *lock(&self.assembly)).finish()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One loader for each processor, and one for when another waits for the disk. Many more would only wait for one another.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).saturating_add(1).min(MAX_AT_ONCE)
}
