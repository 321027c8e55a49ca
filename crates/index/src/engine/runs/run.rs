//! One run as of one transaction.

use std::ops::Bound;
use std::sync::Arc;

use redb::{AccessGuard, ReadTransaction, WriteTransaction};

use super::block::{self, Place};
use super::{BLOOM_KEY, Row, damaged, definition};
use crate::engine::bloom::{self, Bloom};
use crate::engine::tables::{READ, ReadTable, WRITE};
use crate::{Error, Table};

/// Most bytes of the rows of a block, unless one alone has more: with key and head they fill four pages of the database. In tests so few
/// that every run has several.
const BLOCK_BYTES: usize = if cfg!(test) { 300 } else { 16_000 };

/// A run that can be read.
pub(in crate::engine) struct Run {
    pub(super) number: u64,
    pub(super) bloom: Arc<Bloom>,
    pub(super) table: ReadTable,
}

/// A row that was found in a run.
pub(in crate::engine) struct Found {
    block: AccessGuard<'static, &'static [u8]>,
    place: Place,
}

impl Found {
    /// `None` if the key was removed.
    pub(in crate::engine) fn value(&self) -> Option<&[u8]> {
        self.place.value(self.block.value())
    }
}

impl Run {
    /// Opens a run; with its filter, if that is known already.
    pub(super) fn open(
        transaction: &ReadTransaction,
        number: u64,
        known: Option<Arc<Bloom>>,
    ) -> Result<Self, Error> {
        let name = super::name(number);
        let table = transaction.open_table(definition(&name)).map_err(Error::storage("open a run"))?;
        let bloom = match known {
            Some(bloom) => bloom,
            None => Arc::new(read_bloom(&table)?),
        };
        Ok(Self { number, bloom, table })
    }

    /// The row of a key of a table of the database, if this run has one.
    pub(super) fn find(&self, home: Table, key: &[u8]) -> Result<Option<Found>, Error> {
        let Some((first, block)) = self.block_for(home, key)? else { return Ok(None) };
        drop(first);
        let mut at = 0;
        while let Some(place) = Place::find(block.value(), at).map_err(damaged)? {
            match place.key(block.value()).cmp(key) {
                std::cmp::Ordering::Less => at = place.end(),
                std::cmp::Ordering::Equal => return Ok(Some(Found { block, place })),
                std::cmp::Ordering::Greater => break,
            }
        }
        Ok(None)
    }

    /// The last block that begins with that key of a table, or before it.
    pub(super) fn block_for(
        &self,
        home: Table,
        key: &[u8],
    ) -> Result<Option<crate::engine::tables::Stored<'static>>, Error> {
        let last = super::key_of(home, key);
        let mut blocks = self
            .table
            .range::<&[u8]>((Bound::Unbounded, Bound::Included(last.as_slice())))
            .map_err(Error::storage(READ))?;
        let block = blocks.next_back().transpose().map_err(Error::storage(READ))?;
        Ok(block.filter(|(first, _)| first.value().first() == Some(&home.code())))
    }
}

fn read_bloom(table: &ReadTable) -> Result<Bloom, Error> {
    let bytes = table.get(BLOOM_KEY).map_err(Error::storage(READ))?;
    bytes.and_then(|bytes| Bloom::read(bytes.value())).ok_or_else(|| damaged(block::Damaged))
}

/// Writes rows, which come table by table and key by key, as the run of a number. Gives how many there are.
pub(super) fn write<'a>(
    transaction: &WriteTransaction,
    number: u64,
    rows: impl Iterator<Item = (Table, &'a Row)>,
) -> Result<u64, Error> {
    let name = super::name(number);
    let mut table = transaction.open_table(definition(&name)).map_err(Error::storage("make a run"))?;
    let mut put =
        |key: &[u8], value: &[u8]| table.insert(key, value).map(|_before| ()).map_err(Error::storage(WRITE));
    let (mut first, mut block): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::with_capacity(BLOCK_BYTES));
    let mut hashes = Vec::new();
    for (home, row) in rows {
        let is_full = block.len() + block::needed_bytes(row.key(), row.value()) > BLOCK_BYTES;
        if !block.is_empty() && (is_full || first.first() != Some(&home.code())) {
            put(&first, &block)?;
            block.clear();
        }
        if block.is_empty() {
            first = super::key_of(home, row.key());
        }
        block::push(&mut block, row.key(), row.value()).map_err(damaged)?;
        hashes.push(bloom::hash_of(home, row.key()));
    }
    if !block.is_empty() {
        put(&first, &block)?;
    }
    let rows = u64::try_from(hashes.len()).unwrap_or(u64::MAX);
    let bloom = Bloom::new(rows);
    for hash in hashes {
        bloom.add(hash);
    }
    put(BLOOM_KEY, &bloom.bytes())?;
    Ok(rows)
}
