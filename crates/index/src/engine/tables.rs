//! The tables inside a transaction.

use std::fmt;

use redb::{
    Database, ReadOnlyTable, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction,
};

use super::{Format, NAME};
use crate::{Error, Reads, Rows, Span, Table, codec};

/// Both keys and values are plain bytes: their order and meaning are ours, not the database's.
type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

pub(super) const FORMAT: Definition = TableDefinition::new(NAME);
pub(super) const FORMAT_KEY: &[u8] = b"format";

const READ: &str = "read";
const WRITE: &str = "write";

fn definition(table: Table) -> Definition {
    TableDefinition::new(table.name())
}

/// The committed state that readers see. Holding one keeps the pages it needs from being used again, so it is to be dropped soon.
pub struct Opened(Vec<ReadOnlyTable<&'static [u8], &'static [u8]>>);

impl Opened {
    pub(crate) fn open(database: &Database) -> Result<Self, Error> {
        let transaction = database.begin_read().map_err(Error::storage("begin to read"))?;
        let tables = Table::ALL.into_iter().map(|table| transaction.open_table(definition(table)));
        tables.collect::<Result<_, _>>().map(Self).map_err(Error::storage("open a table"))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened")
    }
}

impl Reads for Opened {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some(opened) = self.0.get(table.ordinal()) else { return Ok(None) };
        let value = opened.get(key).map_err(Error::storage(READ))?;
        value.map(|value| decode(value.value())).transpose()
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        let range = self.0.get(table.ordinal()).map(|opened| opened.range::<&[u8]>(span.bounds()));
        let range = range.transpose().map_err(Error::storage(READ))?;
        Ok(range.into_iter().flatten().map(move |entry| {
            let (key, value) = entry.map_err(Error::storage(READ))?;
            decode(key.value(), value.value())
        }))
    }
}

/// The tables of one write transaction.
pub(crate) struct Written<'txn> {
    tables: Vec<redb::Table<'txn, &'static [u8], &'static [u8]>>,
    format: redb::Table<'txn, &'static [u8], &'static [u8]>,
    has_changes: bool,
}

impl<'txn> Written<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Result<Self, Error> {
        let tables = Table::ALL.into_iter().map(|table| transaction.open_table(definition(table)));
        let tables = tables.collect::<Result<_, _>>().map_err(Error::storage("open a table"))?;
        let format = transaction.open_table(FORMAT).map_err(Error::storage("open a table"))?;
        Ok(Self { tables, format, has_changes: false })
    }

    /// Whether any row was put or removed.
    pub(super) fn has_changes(&self) -> bool {
        self.has_changes
    }

    pub(super) fn write_format(&mut self, format: &Format) -> Result<(), Error> {
        let value = codec::encode(NAME, format)?;
        self.format.insert(FORMAT_KEY, value.as_slice()).map_err(Error::storage(WRITE))?;
        self.has_changes = true;
        Ok(())
    }

    /// Removes every row of a table whose key begins so.
    pub(crate) fn clear(&mut self, table: Table, prefix: &[u8]) -> Result<(), Error> {
        self.has_changes = true;
        let Some(opened) = self.tables.get_mut(table.ordinal()) else { return Ok(()) };
        opened.retain_in::<&[u8], _>(Span::of(prefix).bounds(), |_, _| false).map_err(Error::storage(WRITE))
    }
}

impl Reads for Written<'_> {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let Some(opened) = self.tables.get(table.ordinal()) else { return Ok(None) };
        let value = opened.get(key).map_err(Error::storage(READ))?;
        value.map(|value| decode(value.value())).transpose()
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        let range = self.tables.get(table.ordinal()).map(|opened| opened.range::<&[u8]>(span.bounds()));
        let range = range.transpose().map_err(Error::storage(READ))?;
        Ok(range.into_iter().flatten().map(move |entry| {
            let (key, value) = entry.map_err(Error::storage(READ))?;
            decode(key.value(), value.value())
        }))
    }
}

impl Rows for Written<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.has_changes = true;
        let Some(opened) = self.tables.get_mut(table.ordinal()) else { return Ok(()) };
        opened.insert(key, value).map(|_before| ()).map_err(Error::storage(WRITE))
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.has_changes = true;
        let Some(opened) = self.tables.get_mut(table.ordinal()) else { return Ok(()) };
        opened.remove(key).map(|_before| ()).map_err(Error::storage(WRITE))
    }
}
