//! Rows of shards on their way into a corpus: read and decoded in one place, so that another can put in order meanwhile what was read
//! before.

use atoll_host::Timestamp;
use atoll_index::{Error as IndexError, Snapshot};
use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_search::{Corpus, Front, KnownManifest, KnownTag, WrittenPulls};

/// A manifest whose facts do not lie in its row.
pub(super) struct Bare {
    pub(super) repository: Repository,
    pub(super) digest: Digest,
    pub(super) media_type: String,
    pub(super) size: u64,
    pushed_at: Timestamp,
    pushed_by: String,
}

/// What search has to know of some shards.
#[derive(Default)]
pub(super) struct Read {
    repositories: Vec<(Repository, Shard)>,
    manifests: Vec<(Repository, KnownManifest)>,
    bare: Vec<Bare>,
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
            if let Ok(front) = Front::decode(facts) {
                // Its row tells more, further down.
                let known = known(digest, (Timestamp(0), String::new()), front);
                self.manifests.push((repository.clone(), known));
            }
            Ok(())
        })?;
        rows.each_manifest(shards, |repository, digest, row| {
            let (repository, pushed_at) = (repository.clone(), row.pushed_at);
            let pushed_by = row.pushed_by.to_owned();
            if let Ok(front) = Front::decode(row.facts) {
                self.manifests.push((repository, known(digest, (pushed_at, pushed_by), front)));
            } else {
                let (media_type, size) = (row.media_type.to_owned(), row.size);
                self.bare.push(Bare { repository, digest, media_type, size, pushed_at, pushed_by });
            }
            Ok(())
        })
    }

    /// Puts what was read into a corpus. Gives the manifests whose facts are not known at all.
    pub(super) fn enter(self, corpus: &mut Corpus) -> Vec<Bare> {
        for (repository, shard) in &self.repositories {
            corpus.add_repository(repository, *shard);
        }
        for (repository, manifest) in &self.manifests {
            corpus.put_manifest(repository, manifest);
        }
        let mut unknown = self.bare;
        unknown.retain(|bare| {
            let push = (bare.pushed_at, bare.pushed_by.as_str());
            !corpus.set_push(&bare.repository, &bare.digest, push)
        });
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
