//! Rows of shards on their way into a corpus.

use atoll_host::Timestamp;
use atoll_index::{Error as IndexError, LentManifest as Row, Snapshot};
use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_search::{Corpus, KnownTag, LentManifest, WrittenPulls};

/// A manifest whose facts are not known.
pub(super) struct Bare {
    pub(super) repository: Repository,
    pub(super) digest: Digest,
    pub(super) media_type: String,
    pub(super) size: u64,
}

/// Puts whole shards into a corpus that has nothing of them. Gives the manifests whose facts are not known; facts that cannot be read
/// count as missing. After an error a part of them is there.
pub(super) fn shards(
    rows: &Snapshot,
    shards: &[Shard],
    corpus: &mut Corpus,
) -> Result<Vec<Bare>, IndexError> {
    rows.each_repository(shards, |repository, _| {
        corpus.add_repository(repository, rows.shard_of(repository));
        Ok(())
    })?;
    let unknown = manifests(rows, shards, corpus)?;
    rows.each_statistics(shards, |repository, digest, row| {
        let written = WrittenPulls { times: 0, total: row.pulls, last_at: row.last_pulled_at };
        corpus.write_pulls(repository, &digest, written);
        Ok(())
    })?;
    rows.each_tag(shards, |repository, tag, row| {
        let (digest, tagged_at, updated_at) = (row.digest, row.tagged_at, row.updated_at);
        corpus.set_tag(repository, &KnownTag { tag, digest, tagged_at, updated_at });
        Ok(())
    })?;
    rows.each_star_count(shards, |repository, stars| {
        corpus.set_stars(repository, stars);
        Ok(())
    })?;
    Ok(unknown)
}

fn manifests(rows: &Snapshot, shards: &[Shard], corpus: &mut Corpus) -> Result<Vec<Bare>, IndexError> {
    // Facts that do not lie in the rows of their manifests, which tell more, further down.
    rows.each_facts(shards, |repository, digest, facts| {
        if let Ok(known) = LentManifest::of(digest, (Timestamp(0), ""), facts) {
            corpus.put_lent_manifest(repository, &known);
        }
        Ok(())
    })?;
    let mut unknown = Vec::new();
    rows.each_manifest(shards, |repository, digest, row| {
        unknown.extend(manifest(repository, digest, &row, corpus));
        Ok(())
    })?;
    Ok(unknown)
}

fn manifest(repository: &Repository, digest: Digest, row: &Row<'_>, corpus: &mut Corpus) -> Option<Bare> {
    if let Ok(known) = LentManifest::of(digest, (row.pushed_at, row.pushed_by), row.facts) {
        corpus.put_lent_manifest(repository, &known);
    } else if !corpus.set_push(repository, &digest, (row.pushed_at, row.pushed_by)) {
        let (repository, media_type) = (repository.clone(), row.media_type.to_owned());
        return Some(Bare { repository, digest, media_type, size: row.size });
    }
    None
}
