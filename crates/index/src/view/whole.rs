//! Every row of whole shards, for whoever keeps them in another shape. This is what a start costs: keys and values are read where they
//! lie, and a name is parsed once for all rows of its repository.

use atoll_oci::{Digest, Repository, Tag};
use atoll_placement::Shard;

use super::View;
use crate::records::{LentManifest, Record, StarCountRow, decode_row};
use crate::{Error, Reads, RepositoryRow, Span, Statistics, Table, TagRow, keys};

/// A repository whose rows are being read.
struct Current {
    table: Table,
    /// Its name as keys have it; empty before the first.
    encoded: Vec<u8>,
    repository: Option<Repository>,
}

impl<R: Reads> View<R> {
    /// Every repository of these shards.
    pub fn each_repository(
        &self,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, RepositoryRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(Table::Repositories, shards, |repository, _, value| visit(repository, decode_row(value)?))
    }

    /// Every tag of these shards.
    pub fn each_tag(
        &self,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, Tag, TagRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(Table::Tags, shards, |repository, rest, value| {
            visit(repository, keys::tag(Table::Tags, &[], rest)?, decode_row(value)?)
        })
    }

    /// Every manifest of these shards: what a row says of it, and what is kept of it for whoever searches.
    pub fn each_manifest(
        &self,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, Digest, LentManifest<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(Table::Manifests, shards, |repository, rest, value| {
            visit(repository, keys::digest(Table::Manifests, &[], rest)?, LentManifest::decode(value)?)
        })
    }

    /// The statistics of these shards.
    pub fn each_statistics(
        &self,
        shards: &[Shard],
        visit: impl FnMut(&Repository, Digest, Statistics) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each_with_digest(shards, visit)
    }

    /// The facts of these shards that are kept apart from their manifests, as earlier versions of this program did.
    pub fn each_facts(
        &self,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, Digest, &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(Table::Facts, shards, |repository, rest, value| {
            visit(repository, keys::digest(Table::Facts, &[], rest)?, value)
        })
    }

    /// The number of stars of each repository of these shards that ever had one.
    pub fn each_star_count(
        &self,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, u64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(Table::Stars, shards, |repository, user, value| {
            // The count lies under the user without a name.
            if user.is_empty() { visit(repository, decode_row::<StarCountRow>(value)?.stars) } else { Ok(()) }
        })
    }

    fn each_with_digest<T: Record>(
        &self,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, Digest, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each(T::TABLE, shards, |repository, rest, value| {
            visit(repository, keys::digest(T::TABLE, &[], rest)?, decode_row(value)?)
        })
    }

    /// Shows the repository, the rest of the key and the value of each row. Shards that follow one another are read in one go.
    fn each(
        &self,
        table: Table,
        shards: &[Shard],
        mut visit: impl FnMut(&Repository, &[u8], &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut current = Current { table, encoded: Vec::new(), repository: None };
        for (first, last) in stretches(shards) {
            self.rows.visit(
                table,
                Span::between(&keys::shard(first), &keys::shard(last)),
                |key, value| {
                    let (name, rest) = keys::split_name(table, key)?;
                    visit(current.turn_to(name)?, rest, value)
                },
            )?;
        }
        Ok(())
    }
}

impl Current {
    fn turn_to(&mut self, name: &[u8]) -> Result<&Repository, Error> {
        if self.encoded != name {
            self.repository = Some(keys::repository(self.table, &[], name)?);
            self.encoded.clear();
            self.encoded.extend_from_slice(name);
        }
        // There is one: an encoded name is never empty.
        self.repository.as_ref().ok_or_else(|| keys::damaged(self.table, name))
    }
}

/// The shards in order as stretches of neighbours, each once.
fn stretches(shards: &[Shard]) -> Vec<(Shard, Shard)> {
    let mut sorted = shards.to_vec();
    sorted.sort_unstable();
    let mut stretches: Vec<(Shard, Shard)> = Vec::new();
    for shard in sorted {
        match stretches.last_mut() {
            Some((_, last)) if shard.0 <= last.0.saturating_add(1) => *last = shard,
            _ => stretches.push((shard, shard)),
        }
    }
    stretches
}

#[cfg(test)]
mod tests;
