//! Moving an index to another cluster key or number of shards: every row under its new shard.

use std::collections::BTreeMap;
use std::path::PathBuf;

use atoll_host::Host;
use atoll_oci::Repository;
use atoll_placement::{ClusterKey, Shard};
use atoll_service::{Tenure, user_home};

use crate::codec;
use crate::keys;
use crate::records::ShardRow;
use crate::{Error, IMPORT_MAX_ROWS, Index, Location, Options, Row, Snapshot, Table, discard, replace};

/// What was moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Adopted {
    /// Repositories.
    pub repositories: u64,
    /// Rows of all kinds.
    pub rows: u64,
}

/// The files of an index that is being moved.
#[derive(Debug, Clone)]
pub struct MovePaths {
    /// The index.
    pub index: PathBuf,
    /// Where the new one is made.
    pub unfinished: PathBuf,
    /// Where the old one is kept.
    pub kept: PathBuf,
}

/// Moves the closed index of a server that was alone to another cluster key, in its place. `old` says how it was opened so far.
/// `None` if it belongs to that key already. After a stop at any moment the index is whole under one of the two keys, and this may
/// be called again.
pub async fn move_to_key(
    paths: &MovePaths,
    old: &Options,
    key: ClusterKey,
    host: &Host,
) -> Result<Option<Adopted>, Error> {
    discard(host.files.as_ref(), &paths.unfinished)?;
    let at = |path: &PathBuf, key| Options { location: Location::File(path.clone()), key, ..old.clone() };
    let adopted = {
        let current = match Index::open(&at(&paths.index, old.key), host) {
            Err(Error::OtherKey) => {
                // Whether it is the other key that was meant.
                return Index::open(&at(&paths.index, key), host).map(|_moved_before| None);
            }
            opened => opened?,
        };
        let new = Index::open(&Options { is_alone: true, ..at(&paths.unfinished, key) }, host)?;
        adopt(&current.snapshot(), &new).await?
    };
    replace(host.files.as_ref(), &paths.unfinished, &paths.index, &paths.kept)?;
    Ok(Some(adopted))
}

/// Fills `into`, which must be new and alone, with the rows of `old` under the shards where `into` looks for them. `old` must hold
/// every shard. Changes are not moved: positions count by shard, and whoever follows them reads the rows.
///
/// An interrupted move is begun again from the start; `old` is only read. [`crate::replace`] then puts the new index in its place,
/// and an index that was made for one key refuses to be opened with another.
pub async fn adopt(old: &Snapshot, into: &Index) -> Result<Adopted, Error> {
    if old.shards().any(|shard| old.tenure(shard) != Tenure::Held) {
        return Err(Error::Import("the index has only some of its cluster's shards"));
    }
    let mut work = Work { into, batch: Vec::new(), repositories: BTreeMap::new(), last: None };
    let (mut adopted, mut position) = (Adopted::default(), 0);
    for shard in old.shards() {
        position = position.max(old.position(shard)?);
        for row in old.export(shard)? {
            adopted.rows += u64::from(work.take(row?).await?);
        }
    }
    adopted.repositories = work.repositories.values().sum();
    work.finish(position).await?;
    Ok(adopted)
}

struct Work<'a> {
    into: &'a Index,
    batch: Vec<Row>,
    /// Repositories of each new shard.
    repositories: BTreeMap<Shard, u64>,
    /// The last name met and its new shard: rows of a repository follow one another.
    last: Option<(Repository, Shard)>,
}

impl Work<'_> {
    /// Moves a row; gives whether it is one that moves.
    async fn take(&mut self, row: Row) -> Result<bool, Error> {
        let Row { table, mut key, value } = row;
        let shard = match table {
            Table::Changes | Table::Shards | Table::Tenures => return Ok(false),
            Table::Users => self.into.shard_of(&user_home(keys::user_name(&key)?)),
            Table::Holdings => {
                let (_digest, name) = keys::split_holding(&key)?;
                self.shard_of(name)
            }
            _ => {
                let (name, _rest) = keys::split_name(table, &key)?;
                let name = keys::repository(table, &[], name)?;
                self.shard_of(name)
            }
        };
        if table == Table::Repositories {
            *self.repositories.entry(shard).or_default() += 1;
        }
        keys::put_shard(table, &mut key, shard)?;
        self.batch.push(Row { table, key, value });
        if self.batch.len() == IMPORT_MAX_ROWS {
            self.write().await?;
        }
        Ok(true)
    }

    fn shard_of(&mut self, name: Repository) -> Shard {
        match &self.last {
            Some((last, shard)) if *last == name => *shard,
            _ => {
                let shard = self.into.shard_of(name.as_str());
                self.last = Some((name, shard));
                shard
            }
        }
    }

    /// Positions begin where those of the old index ended, so that places among referrers stay in order and are not given twice.
    async fn finish(mut self, position: u64) -> Result<(), Error> {
        for (shard, repositories) in std::mem::take(&mut self.repositories) {
            let state = ShardRow { applied: position, repositories };
            let value = codec::encode(Table::Shards.name(), &state)?;
            self.batch.push(Row { table: Table::Shards, key: keys::shard(shard).to_vec(), value });
        }
        self.write().await
    }

    async fn write(&mut self) -> Result<(), Error> {
        self.into.import_all(std::mem::take(&mut self.batch)).await
    }
}

#[cfg(test)]
mod tests;
