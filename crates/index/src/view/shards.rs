//! Whole shards: how far they are, what changed, their rows and the hash over them.

use atoll_oci::{Algorithm, Digest, Hasher};
use atoll_placement::Shard;

use super::View;
use crate::records::{ShardRow, decode_row, load};
use crate::{Change, ChangePage, Error, Reads, Row, Span, Table, keys};

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
        let mut streams = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            let entries = self.rows.scan(table, Span::of(&keys::shard(shard)))?;
            streams.push(entries.map(move |entry| entry.map(|(key, value)| Row { table, key, value })));
        }
        Ok(streams.into_iter().flatten())
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
