//! Reading the rows into a new corpus.

use std::sync::PoisonError;

use atoll_host::Timestamp;
use atoll_index::{Error as IndexError, Mutation, Snapshot};
use atoll_oci::{Digest, Manifest, MediaType, Repository};
use atoll_placement::Shard;
use atoll_search::{Corpus, Front, KnownManifest, KnownTag, WrittenPulls};
use atoll_service::{Caller, Error, Grant};
use futures_util::{StreamExt as _, stream};

use super::follow::count_known;
use super::{Follower, Search};
use crate::LocalNode;
use crate::failure::from_index;

/// Facts that are computed and written at a time.
const AT_ONCE: usize = 64;

/// A manifest whose facts are not known, though its row is.
pub(super) struct Unknown {
    repository: Repository,
    digest: Digest,
    media_type: MediaType,
    size: u64,
}

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
            let shards = rows.held_shards();
            let loaded = self.parts.host.tasks.blocking(move || load(&rows, &shards)).await;
            let loaded = loaded.map_err(|lost| Error::Internal(lost.to_string()))?;
            let (mut corpus, unknown) =
                loaded.map_err(|error| from_index("reading rows to search", error))?;
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

    fn tell_extent(&self, search: &Search, began: std::time::Duration) {
        let extent = search.corpus.read().unwrap_or_else(PoisonError::into_inner).extent();
        let took = self.parts.host.clock.elapsed().saturating_sub(began);
        tracing::info!(repositories = extent.repositories, images = extent.images, ?took, "search is ready");
    }

    /// Computes and writes facts that are missing. Whether any were: what cannot be read stays out of search.
    async fn learn(&self, unknown: Vec<Unknown>) -> bool {
        tracing::info!(manifests = unknown.len(), "computing what search has to know of manifests");
        let one = |unknown: Unknown| async move {
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

    async fn learn_one(&self, unknown: Unknown) -> Result<bool, Error> {
        let Unknown { repository, digest, media_type, size } = unknown;
        let rows = self.parts.index.snapshot();
        let body = rows.manifest_body(&repository, &digest);
        let content = match body.map_err(|error| from_index("reading a manifest", error))? {
            Some(content) => content,
            None => self.stored_manifest(&digest).await?,
        };
        let manifest = Manifest::parse(&content, &media_type)
            .map_err(|error| Error::Internal(format!("the manifest {digest} cannot be read: {error}")))?;
        let facts = self.facts_of(&rows, &repository, (&manifest, size)).await?;
        let caller = Caller::internal("search");
        let command =
            self.command(&caller, (repository, Grant::default()), Mutation::SetFacts { digest, facts });
        let written = self.parts.index.submit(command).await;
        written.map(|_| true).map_err(|error| from_index("writing facts", error))
    }
}

fn load(rows: &Snapshot, shards: &[Shard]) -> Result<(Corpus, Vec<Unknown>), IndexError> {
    let mut corpus = Corpus::new();
    corpus.begin_loading();
    let unknown = load_shards(&mut corpus, rows, shards)?;
    corpus.finish_loading();
    Ok((corpus, unknown))
}

/// Reads whole shards. Gives the manifests whose facts are not known.
pub(super) fn load_shards(
    corpus: &mut Corpus,
    rows: &Snapshot,
    shards: &[Shard],
) -> Result<Vec<Unknown>, IndexError> {
    rows.each_repository(shards, |repository, _| {
        corpus.add_repository(repository, rows.shard_of(repository));
        Ok(())
    })?;
    load_manifests(corpus, rows, shards)?;
    let mut unknown = Vec::new();
    rows.each_manifest(shards, |repository, digest, row| {
        if !corpus.set_push(repository, &digest, (row.pushed_at, &row.pushed_by)) {
            let (repository, media_type, size) = (repository.clone(), row.media_type, row.size);
            unknown.push(Unknown { repository, digest, media_type, size });
        }
        Ok(())
    })?;
    rows.each_statistics(shards, |repository, digest, row| {
        let written = WrittenPulls { times: 0, total: row.pulls, last_at: row.last_pulled_at };
        corpus.write_pulls(repository, &digest, written);
        Ok(())
    })?;
    rows.each_tag(shards, |repository, tag, row| {
        let known =
            KnownTag { tag, digest: row.digest, tagged_at: row.tagged_at, updated_at: row.updated_at };
        corpus.set_tag(repository, &known);
        Ok(())
    })?;
    rows.each_star_count(shards, |repository, stars| {
        corpus.set_stars(repository, stars);
        Ok(())
    })?;
    Ok(unknown)
}

/// Facts that cannot be read count as missing.
fn load_manifests(corpus: &mut Corpus, rows: &Snapshot, shards: &[Shard]) -> Result<(), IndexError> {
    rows.each_facts(shards, |repository, digest, facts| {
        let Ok(front) = Front::decode(facts) else { return Ok(()) };
        let known = KnownManifest {
            digest,
            pushed_at: Timestamp(0),
            pushed_by: String::new(),
            pulls: 0,
            last_pulled_at: Timestamp(0),
            front,
        };
        corpus.put_manifest(repository, &known);
        Ok(())
    })
}
