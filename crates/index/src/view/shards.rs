//! Whole shards: how far they are, what changed, their rows and the hash over them.

use atoll_oci::{Algorithm, Digest, Hasher};
use atoll_placement::Shard;

use super::View;
use crate::keys::{self, RepositoryKeys};
use crate::records::{HoldingRow, ShardRow, decode_row, load};
use crate::{BlobRow, Change, ChangePage, Error, ManifestRow, Reads, Row, Span, Table};

/// A place among the rows of a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCursor {
    /// The table of the row it stands behind.
    pub table: Table,
    /// The key of that row.
    pub key: Vec<u8>,
}

impl RowCursor {
    /// As bytes that travel.
    pub fn encode(&self) -> Vec<u8> {
        [[self.table.code()].as_slice(), &self.key].concat()
    }

    /// The inverse of [`RowCursor::encode`].
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (code, key) = bytes.split_first()?;
        Some(Self { table: Table::from_code(*code)?, key: key.to_vec() })
    }
}

impl<R: Reads> View<R> {
    /// All shards, in order.
    pub fn shards(&self) -> impl Iterator<Item = Shard> + use<R> {
        (0..self.shards).map(Shard)
    }

    /// Position of the last command that changed something in a shard; zero before the first.
    pub fn position(&self, shard: Shard) -> Result<u64, Error> {
        Ok(load::<ShardRow>(&self.rows, &keys::shard(shard))?.unwrap_or_default().applied)
    }

    /// The changes of a shard behind a position, at most `limit`.
    pub fn changes(&self, shard: Shard, after: u64, limit: usize) -> Result<ChangePage, Error> {
        let applied = self.position(shard)?;
        let span = Span::behind(&keys::shard(shard), keys::change(shard, after));
        let entries = self.rows.scan(Table::Changes, span)?.take(limit);
        let changes = entries.map(|entry| decode_row::<Change>(&entry?.1)).collect::<Result<Vec<_>, _>>()?;
        let first = changes.first().map_or(applied.saturating_add(1), |change| change.position);
        let has_gap = after < applied && limit > 0 && first != after.saturating_add(1);
        Ok(ChangePage { changes, has_gap })
    }

    /// Every row of a shard, table by table and key by key, read as it is asked for.
    pub fn export(&self, shard: Shard) -> Result<impl Iterator<Item = Result<Row, Error>>, Error> {
        self.export_behind(shard, None)
    }

    /// Those of them behind a place.
    pub fn export_behind(
        &self,
        shard: Shard,
        after: Option<&RowCursor>,
    ) -> Result<impl Iterator<Item = Result<Row, Error>>, Error> {
        let mut streams = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL.into_iter().filter(|table| !table.is_local()) {
            let span = match after {
                Some(cursor) if table < cursor.table => continue,
                Some(cursor) if table == cursor.table => {
                    Span::behind(&keys::shard(shard), cursor.key.clone())
                }
                _ => Span::of(&keys::shard(shard)),
            };
            let entries = self.rows.scan(table, span)?;
            streams.push(entries.map(move |entry| entry.map(|(key, value)| Row { table, key, value })));
        }
        Ok(streams.into_iter().flatten())
    }

    /// The content that a shard's repositories need kept in the store, with sizes in bytes, behind `after` and at most `limit`; and
    /// whether more follows. In the order of keys: by algorithm, then by bytes.
    pub fn needed(
        &self,
        shard: Shard,
        after: Option<&Digest>,
        limit: usize,
    ) -> Result<(Vec<(Digest, u64)>, bool), Error> {
        let prefix = keys::shard(shard);
        let span = match after {
            Some(after) => Span::past(&prefix, &keys::holders(shard, after)),
            None => Span::of(&prefix),
        };
        let mut needed: Vec<(Digest, u64)> = Vec::new();
        for entry in self.rows.scan(Table::Holdings, span)? {
            let (key, value) = entry?;
            let (digest, name) = keys::split_holding(&key)?;
            if needed.last().is_some_and(|(last, _)| *last == digest) {
                continue;
            }
            if needed.len() == limit {
                return Ok((needed, true));
            }
            let holding: HoldingRow = decode_row(&value)?;
            let keys = RepositoryKeys::new(shard, &name);
            let size = if holding.is_blob {
                load::<BlobRow>(&self.rows, &keys.digest(&digest))?.map(|row| row.size)
            } else {
                load::<ManifestRow>(&self.rows, &keys.digest(&digest))?.map(|row| row.size)
            };
            let size = size.ok_or_else(|| keys::damaged(Table::Holdings, &key))?;
            needed.push((digest, size));
        }
        Ok((needed, false))
    }

    /// A hash over every row of a shard: equal wherever the same commands were applied.
    pub fn state_hash(&self, shard: Shard) -> Result<Digest, Error> {
        let mut hasher = Hasher::new(Algorithm::Blake3);
        for row in self.export(shard)? {
            let row = row?;
            for piece in [row.table.name().as_bytes(), &row.key, &row.value] {
                // Lengths in front keep the pieces from running into one another.
                hasher.update(&u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
                hasher.update(piece);
            }
        }
        Ok(hasher.finish())
    }
}
