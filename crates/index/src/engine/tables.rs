//! The tables inside a transaction.

use std::cell::OnceCell;
use std::fmt;
use std::sync::{Arc, OnceLock};

use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase as _, ReadableTable as _, TableDefinition,
    WriteTransaction,
};

use super::format::{self, Format};
use crate::tenures::Tenures;
use crate::{Error, Reads, Rows, Span, Table};

/// Both keys and values are plain bytes: their order and meaning are ours, not the database's.
type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

type ReadTable = ReadOnlyTable<&'static [u8], &'static [u8]>;
type WriteTable<'txn> = redb::Table<'txn, &'static [u8], &'static [u8]>;

const FORMAT: Definition = TableDefinition::new(format::NAME);
const FORMAT_KEY: &[u8] = b"format";

const READ: &str = "read";
const WRITE: &str = "write";

fn definition(table: Table) -> Definition {
    TableDefinition::new(table.name())
}

/// The committed state that readers see. Holding one keeps the pages it needs from being used again, so it is to be dropped soon.
///
/// Tables are opened when they are first asked for: one is made after every commit, and few of them are asked for everything.
pub struct Opened {
    transaction: ReadTransaction,
    tables: [OnceLock<ReadTable>; Table::ALL.len()],
    tenures: Arc<Tenures>,
}

impl Opened {
    pub(crate) fn open(database: &Database, tenures: Arc<Tenures>) -> Result<Self, Error> {
        let transaction = database.begin_read().map_err(Error::storage("begin to read"))?;
        Ok(Self { transaction, tables: [const { OnceLock::new() }; Table::ALL.len()], tenures })
    }

    /// What this member had to do with each shard.
    pub(crate) fn tenures(&self) -> &Arc<Tenures> {
        &self.tenures
    }

    fn table(&self, table: Table) -> Result<Option<&ReadTable>, Error> {
        let Some(place) = self.tables.get(table.ordinal()) else { return Ok(None) };
        if let Some(opened) = place.get() {
            return Ok(Some(opened));
        }
        let opened =
            self.transaction.open_table(definition(table)).map_err(Error::storage("open a table"))?;
        // Whoever was quicker has opened the same.
        Ok(Some(place.get_or_init(|| opened)))
    }
}

/// The format of a database.
pub(super) fn read_format(database: &Database) -> Result<(u8, Format), Error> {
    let transaction = database.begin_read().map_err(Error::storage("read its format"))?;
    let table = transaction.open_table(FORMAT).map_err(Error::storage("read its format"))?;
    let value = table.get(FORMAT_KEY).map_err(Error::storage("read its format"))?;
    format::decode(value.as_ref().map(redb::AccessGuard::value).unwrap_or_default())
}

/// Removes a table with all its rows, if it is there.
pub(super) fn remove_table(transaction: &WriteTransaction, table: Table) -> Result<(), Error> {
    transaction.delete_table(definition(table)).map(|_was_there| ()).map_err(Error::storage(WRITE))
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
        let Some(opened) = self.table(table)? else { return Ok(None) };
        let value = opened.get(key).map_err(Error::storage(READ))?;
        value.map(|value| decode(value.value())).transpose()
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        let range = self.table(table)?.map(|opened| opened.range::<&[u8]>(span.bounds()));
        let range = range.transpose().map_err(Error::storage(READ))?;
        Ok(range.into_iter().flatten().map(move |entry| {
            let (key, value) = entry.map_err(Error::storage(READ))?;
            decode(key.value(), value.value())
        }))
    }
}

/// The tables of one write transaction, opened when they are first asked for: each costs the commit something.
pub(crate) struct Written<'txn> {
    transaction: &'txn WriteTransaction,
    tables: [OnceCell<WriteTable<'txn>>; Table::ALL.len()],
    has_changes: bool,
}

impl<'txn> Written<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Self {
        Self { transaction, tables: [const { OnceCell::new() }; Table::ALL.len()], has_changes: false }
    }

    /// Makes the tables that are not there yet, so that readers find all of them.
    pub(super) fn make_all(&self) -> Result<(), Error> {
        Table::ALL.into_iter().try_for_each(|table| self.table(table).map(|_opened| ()))
    }

    fn table(&self, table: Table) -> Result<Option<&WriteTable<'txn>>, Error> {
        let Some(place) = self.tables.get(table.ordinal()) else { return Ok(None) };
        if let Some(opened) = place.get() {
            return Ok(Some(opened));
        }
        let opened =
            self.transaction.open_table(definition(table)).map_err(Error::storage("open a table"))?;
        Ok(Some(place.get_or_init(|| opened)))
    }

    fn table_to_write(&mut self, table: Table) -> Result<Option<&mut WriteTable<'txn>>, Error> {
        self.table(table)?;
        self.has_changes = true;
        Ok(self.tables.get_mut(table.ordinal()).and_then(OnceCell::get_mut))
    }

    /// Whether any row was put or removed.
    pub(super) fn has_changes(&self) -> bool {
        self.has_changes
    }

    pub(super) fn write_format(&mut self, format: &Format) -> Result<(), Error> {
        let value = format::encode(format)?;
        self.has_changes = true;
        let mut table = self.transaction.open_table(FORMAT).map_err(Error::storage("open a table"))?;
        table.insert(FORMAT_KEY, value.as_slice()).map(|_before| ()).map_err(Error::storage(WRITE))
    }

    /// Removes every row of a table whose key begins so.
    pub(crate) fn clear(&mut self, table: Table, prefix: &[u8]) -> Result<(), Error> {
        let Some(opened) = self.table_to_write(table)? else { return Ok(()) };
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
        let Some(opened) = self.table(table)? else { return Ok(None) };
        let value = opened.get(key).map_err(Error::storage(READ))?;
        value.map(|value| decode(value.value())).transpose()
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        let range = self.table(table)?.map(|opened| opened.range::<&[u8]>(span.bounds()));
        let range = range.transpose().map_err(Error::storage(READ))?;
        Ok(range.into_iter().flatten().map(move |entry| {
            let (key, value) = entry.map_err(Error::storage(READ))?;
            decode(key.value(), value.value())
        }))
    }
}

impl Rows for Written<'_> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error> {
        let Some(opened) = self.table_to_write(table)? else { return Ok(()) };
        opened.insert(key, value).map(|_before| ()).map_err(Error::storage(WRITE))
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error> {
        let Some(opened) = self.table_to_write(table)? else { return Ok(()) };
        opened.remove(key).map(|_before| ()).map_err(Error::storage(WRITE))
    }
}
