//! The tables inside a transaction.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use redb::{
    AccessGuard, Database, ReadOnlyTable, ReadTransaction, ReadableDatabase as _, ReadableTable as _,
    TableDefinition, WriteTransaction,
};

use super::filter::Filter;
use super::format::{self, Format};
use super::home;
use super::runs::{self, Blooms, Cursors, List, Runs};
use crate::{Error, Reads, Rows, Span, Table};

/// Both keys and values are plain bytes: their order and meaning are ours, not the database's.
type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

pub(super) type ReadTable = ReadOnlyTable<&'static [u8], &'static [u8]>;
type WriteTable<'txn> = redb::Table<'txn, &'static [u8], &'static [u8]>;

const FORMAT: Definition = TableDefinition::new(format::NAME);
const FORMAT_KEY: &[u8] = b"format";
const RUNS_KEY: &[u8] = runs::NAME.as_bytes();

/// What the database was doing when it failed.
pub(super) const READ: &str = "read";
pub(super) const WRITE: &str = "write";

fn definition(table: Table) -> Definition {
    TableDefinition::new(home::of(table).name())
}

/// Key and value of a row.
pub(super) type Stored<'txn> = (AccessGuard<'txn, &'static [u8]>, AccessGuard<'txn, &'static [u8]>);

/// The rows of a span of one table, those in runs before those that lie there.
pub(super) struct StoredRange {
    table: Table,
    runs: Cursors,
    rows: redb::Range<'static, &'static [u8], &'static [u8]>,
    next: Option<Stored<'static>>,
    /// Of which the row is that is looked at.
    at: At,
}

#[derive(Clone, Copy)]
enum At {
    Start,
    Run,
    Table,
}

impl StoredRange {
    /// Looks at the next row; `false` if there is none.
    pub(super) fn advance(&mut self) -> Result<bool, Error> {
        loop {
            self.leave()?;
            let order = match (self.runs.row(), &self.next) {
                (None, None) => return Ok(false),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((upper, _)), Some((lower, _))) => upper.cmp(lower.value()),
            };
            if order.is_eq() {
                self.next = self.read()?;
            }
            self.at = if order.is_le() { At::Run } else { At::Table };
            if let Some((key, _)) = self.row()
                && home::has(self.table, key)?
            {
                return Ok(true);
            }
        }
    }

    /// The row that is looked at.
    pub(super) fn row(&self) -> Option<(&[u8], &[u8])> {
        match self.at {
            At::Start => None,
            // One that was removed is not there.
            At::Run => self.runs.row().and_then(|(key, value)| Some((key, value?))),
            At::Table => self.next.as_ref().map(|(key, value)| (key.value(), value.value())),
        }
    }

    fn leave(&mut self) -> Result<(), Error> {
        if matches!(self.at, At::Start | At::Run) {
            self.runs.advance()?;
        }
        if matches!(self.at, At::Start | At::Table) {
            self.next = self.read()?;
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Stored<'static>>, Error> {
        self.rows.next().transpose().map_err(Error::storage(READ))
    }
}

/// The database as of one checkpoint, for reading. Holding one keeps the pages it needs from being used again.
///
/// Tables are opened when they are first asked for: few readers ask for everything.
pub(super) struct Base {
    transaction: ReadTransaction,
    tables: [OnceLock<ReadTable>; Table::ALL.len()],
    /// Has noted all manifests that are there; none as long as it is being made.
    filter: Option<Arc<Filter>>,
    runs: Runs,
}

impl Base {
    pub(super) fn open(database: &Database) -> Result<Self, Error> {
        Self::open_with(database, &Blooms::default())
    }

    /// With filters of runs that are known already.
    pub(super) fn open_with(database: &Database, known: &Blooms) -> Result<Self, Error> {
        let transaction = database.begin_read().map_err(Error::storage("begin to read"))?;
        let runs = Runs::open(&transaction, read_list(&transaction)?, known)?;
        let tables = [const { OnceLock::new() }; Table::ALL.len()];
        Ok(Self { transaction, tables, filter: None, runs })
    }

    pub(super) fn runs(&self) -> &Runs {
        &self.runs
    }

    /// The same, with a filter that has noted all manifests that are there.
    pub(super) fn behind(self, filter: Arc<Filter>) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// Whether a key is known not to be there, without looking.
    fn lacks(&self, table: Table, key: &[u8]) -> bool {
        table == Table::Manifests && self.filter.as_ref().is_some_and(|filter| !filter.may_have(key))
    }

    /// Gives the value of a key to `decode`.
    pub(super) fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.lacks(table, key) {
            return Ok(None);
        }
        if let Some(found) = self.runs.find(home::of(table), key)? {
            return found.value().map(decode).transpose();
        }
        let Some(opened) = self.table(table)? else { return Ok(None) };
        let value = opened.get(key).map_err(Error::storage(READ))?;
        value.map(|value| decode(value.value())).transpose()
    }

    pub(super) fn range(&self, table: Table, span: &Span) -> Result<Option<StoredRange>, Error> {
        let Some(opened) = self.table(table)? else { return Ok(None) };
        let rows = opened.range::<&[u8]>(span.bounds()).map_err(Error::storage(READ))?;
        let runs = self.runs.range(home::of(table), span)?;
        Ok(Some(StoredRange { table, runs, rows, next: None, at: At::Start }))
    }

    fn table(&self, table: Table) -> Result<Option<&ReadTable>, Error> {
        let Some(place) = self.tables.get(home::of(table).ordinal()) else { return Ok(None) };
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

/// Which runs there are; in databases of earlier versions none.
fn read_list(transaction: &ReadTransaction) -> Result<List, Error> {
    let table = transaction.open_table(FORMAT).map_err(Error::storage("read its format"))?;
    let value = table.get(RUNS_KEY).map_err(Error::storage("read its format"))?;
    value.map_or_else(|| Ok(List::default()), |value| List::decode(value.value()))
}

/// Puts the tags of each manifest behind it, where an earlier version kept them in a table of their own.
pub(super) fn move_tags(transaction: &WriteTransaction) -> Result<(), Error> {
    let former = Definition::new(Table::TagsByDigest.name());
    let rows = transaction.open_table(former).map_err(Error::storage("open a table"))?;
    let mut written = Written::open(transaction);
    for row in rows.iter().map_err(Error::storage(READ))? {
        let (key, value) = row.map_err(Error::storage(READ))?;
        written.put(Table::TagsByDigest, key.value(), value.value())?;
    }
    drop(rows);
    transaction.delete_table(former).map(|_was_there| ()).map_err(Error::storage(WRITE))
}

/// Removes a table with all its rows, if it is there.
pub(super) fn remove_table(transaction: &WriteTransaction, table: Table) -> Result<(), Error> {
    transaction.delete_table(definition(table)).map(|_was_there| ()).map_err(Error::storage(WRITE))
}

/// The tables of one write transaction, opened when they are first asked for: each costs the commit something.
pub(crate) struct Written<'txn> {
    transaction: &'txn WriteTransaction,
    tables: [OnceCell<WriteTable<'txn>>; Table::ALL.len()],
}

impl<'txn> Written<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction) -> Self {
        Self { transaction, tables: [const { OnceCell::new() }; Table::ALL.len()] }
    }

    /// Makes the tables that are not there yet, so that readers find all of them.
    pub(super) fn make_all(&self) -> Result<(), Error> {
        self.transaction.open_table(FORMAT).map_err(Error::storage("make a table"))?;
        Table::ALL.into_iter().try_for_each(|table| self.table(table).map(|_opened| ()))
    }

    fn table(&self, table: Table) -> Result<Option<&WriteTable<'txn>>, Error> {
        let Some(place) = self.tables.get(home::of(table).ordinal()) else { return Ok(None) };
        if let Some(opened) = place.get() {
            return Ok(Some(opened));
        }
        let opened =
            self.transaction.open_table(definition(table)).map_err(Error::storage("open a table"))?;
        Ok(Some(place.get_or_init(|| opened)))
    }

    fn table_to_write(&mut self, table: Table) -> Result<Option<&mut WriteTable<'txn>>, Error> {
        self.table(table)?;
        Ok(self.tables.get_mut(home::of(table).ordinal()).and_then(OnceCell::get_mut))
    }

    pub(super) fn write_format(&mut self, format: &Format) -> Result<(), Error> {
        let value = format::encode(format)?;
        let mut table = self.transaction.open_table(FORMAT).map_err(Error::storage("open a table"))?;
        table.insert(FORMAT_KEY, value.as_slice()).map(|_before| ()).map_err(Error::storage(WRITE))
    }

    pub(super) fn write_list(&mut self, list: &List) -> Result<(), Error> {
        let value = list.encode()?;
        let mut table = self.transaction.open_table(FORMAT).map_err(Error::storage("open a table"))?;
        table.insert(RUNS_KEY, value.as_slice()).map(|_before| ()).map_err(Error::storage(WRITE))
    }

    /// Removes every row of a table whose key begins so.
    pub(crate) fn clear(&mut self, table: Table, prefix: &[u8]) -> Result<(), Error> {
        let Some(opened) = self.table_to_write(table)? else { return Ok(()) };
        // A row that is not known to be of another table goes.
        let is_anothers = |key: &[u8]| matches!(home::has(table, key), Ok(false));
        let cleared = opened.retain_in::<&[u8], _>(Span::of(prefix).bounds(), |key, _| is_anothers(key));
        cleared.map_err(Error::storage(WRITE))
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
        let rows = range.transpose().map_err(Error::storage(READ))?;
        Ok(rows.into_iter().flatten().filter_map(move |row| {
            let of_table = |(key, value): Stored<'_>| {
                let is_kept = home::has(table, key.value())?;
                is_kept.then(|| decode(key.value(), value.value())).transpose()
            };
            row.map_err(Error::storage(READ)).and_then(of_table).transpose()
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
