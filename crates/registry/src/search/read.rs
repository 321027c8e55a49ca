//! Rows of shards on their way into a corpus: read in one place, so that another can decode and put in order meanwhile what was read
//! before.

mod lent;

use atoll_host::Timestamp;
use atoll_index::{Error as IndexError, Snapshot};
use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_search::{Corpus, Extent, Front, KnownManifest, KnownTag, WrittenPulls};
use lent::Lent;

/// A manifest whose facts do not lie in its row.
pub(super) struct Bare {
    pub(super) repository: Repository,
    pub(super) digest: Digest,
    pub(super) media_type: String,
    pub(super) size: u64,
}

/// What search has to know of some shards.
#[derive(Default)]
pub(super) struct Read {
    repositories: Vec<(Repository, Shard)>,
    /// Facts that do not lie in the rows of their manifests.
    facts: Lent,
    manifests: Lent,
    pulls: Vec<(Repository, Digest, WrittenPulls)>,
    tags: Vec<(Repository, KnownTag)>,
    stars: Vec<(Repository, u64)>,
}

impl Read {
    /// Reads whole shards. Facts that cannot be read count as missing.
    pub(super) fn shards(rows: &Snapshot, shards: &[Shard]) -> Result<Self, IndexError> {
        let mut read = Self::default();
        rows.each_repository(shards, |repository, _| {
            read.repositories.push((repository.clone(), rows.shard_of(repository)));
            Ok(())
        })?;
        read.read_manifests(rows, shards)?;
        rows.each_statistics(shards, |repository, digest, row| {
            let written = WrittenPulls { times: 0, total: row.pulls, last_at: row.last_pulled_at };
            read.pulls.push((repository.clone(), digest, written));
            Ok(())
        })?;
        rows.each_tag(shards, |repository, tag, row| {
            let (digest, tagged_at, updated_at) = (row.digest, row.tagged_at, row.updated_at);
            read.tags.push((repository.clone(), KnownTag { tag, digest, tagged_at, updated_at }));
            Ok(())
        })?;
        rows.each_star_count(shards, |repository, stars| {
            read.stars.push((repository.clone(), stars));
            Ok(())
        })?;
        Ok(read)
    }

    fn read_manifests(&mut self, rows: &Snapshot, shards: &[Shard]) -> Result<(), IndexError> {
        rows.each_facts(shards, |repository, digest, facts| {
            self.facts.push_facts(repository, digest, facts);
            Ok(())
        })?;
        rows.each_manifest(shards, |repository, digest, row| {
            self.manifests.push(repository, digest, &row);
            Ok(())
        })
    }

    /// About how large a corpus of so many parts like this one is.
    pub(super) fn extent(&self, parts: usize) -> Extent {
        Extent {
            repositories: self.repositories.len().saturating_mul(parts),
            images: self.tags.len().saturating_mul(parts),
            manifests: self.manifests.len().saturating_mul(parts),
            // Each manifest has one of its own; what it names beside, others mostly name as well.
            digests: self.manifests.len().saturating_mul(parts),
        }
    }

    fn enter_manifests(&self, corpus: &mut Corpus) -> Vec<Bare> {
        for row in self.facts.iter() {
            // Its row tells more, further down.
            if let Ok(front) = Front::decode(row.facts) {
                corpus
                    .put_manifest(row.repository, &known(row.digest, (row.pushed_at, String::new()), front));
            }
        }
        let mut unknown = Vec::new();
        for row in self.manifests.iter() {
            if let Ok(front) = Front::decode(row.facts) {
                let push = (row.pushed_at, row.pushed_by.to_owned());
                corpus.put_manifest(row.repository, &known(row.digest, push, front));
            } else if !corpus.set_push(row.repository, &row.digest, (row.pushed_at, row.pushed_by)) {
                let (repository, media_type) = (row.repository.clone(), row.media_type.to_owned());
                unknown.push(Bare { repository, digest: row.digest, media_type, size: row.size });
            }
        }
        unknown
    }

    /// Puts what was read into a corpus. Gives the manifests whose facts are not known at all.
    pub(super) fn enter(self, corpus: &mut Corpus) -> Vec<Bare> {
        for (repository, shard) in &self.repositories {
            corpus.add_repository(repository, *shard);
        }
        let unknown = self.enter_manifests(corpus);
        for (repository, digest, written) in &self.pulls {
            corpus.write_pulls(repository, digest, *written);
        }
        for (repository, tag) in &self.tags {
            corpus.set_tag(repository, tag);
        }
        for (repository, stars) in &self.stars {
            corpus.set_stars(repository, *stars);
        }
        unknown
    }
}

/// What a row and its facts tell. What is new was not pulled; the pulls of what is known are told one by one.
pub(super) fn known(
    digest: Digest,
    (pushed_at, pushed_by): (Timestamp, String),
    front: Front,
) -> KnownManifest {
    KnownManifest { digest, pushed_at, pushed_by, pulls: 0, last_pulled_at: Timestamp(0), front }
}
