//! Recent rows on their way into the database, a few at a time, so that the checkpoint that commits them is short.
//!
//! They are written in a transaction that stays open until then: nobody sees them, and whoever drops it takes them back.

use redb::{Database, WriteTransaction};

use super::recent::{Recent, Row};
use super::tables::Written;
use crate::{Error, Rows as _, Table};

/// Rows that are written at a time, in the order of their keys: a command waits for that long at the most. Tests have few rows.
const PORTION_ROWS: usize = if cfg!(test) { 16 } else { 256 };

/// The open transaction, and what is not in it yet.
#[derive(Default)]
pub(super) struct Ahead {
    transaction: Option<WriteTransaction>,
    /// In the order in which they were put or removed.
    waiting: Vec<(Table, Row)>,
}

impl Ahead {
    /// With nothing written: all rows wait.
    pub(super) fn of(recent: &Recent) -> Self {
        Self { transaction: None, waiting: recent.rows().collect() }
    }

    /// Takes the rows of a batch on.
    pub(super) fn push(&mut self, rows: Vec<(Table, Row)>) {
        self.waiting.extend(rows);
    }

    /// Whether it is time to write.
    pub(super) fn is_due(&self) -> bool {
        self.waiting.len() >= PORTION_ROWS
    }

    /// Writes what waits.
    pub(super) fn write(&mut self, database: &Database) -> Result<(), Error> {
        // Of two rows with one key the later one stays behind the earlier one.
        self.waiting.sort_by(|(table, row), (other, than)| (table, row.key()).cmp(&(other, than.key())));
        let transaction = match self.transaction.take() {
            Some(transaction) => transaction,
            None => begin(database)?,
        };
        let mut rows = Written::open(self.transaction.insert(transaction));
        let mut waiting = self.waiting.iter().peekable();
        while let Some((table, row)) = waiting.next() {
            if waiting.peek().is_some_and(|(next, than)| next == table && than.key() == row.key()) {
                continue;
            }
            match row.value() {
                Some(value) => rows.put(*table, row.key(), value)?,
                None => rows.remove(*table, row.key())?,
            }
        }
        drop(rows);
        self.waiting.clear();
        Ok(())
    }

    /// The transaction with everything in it, to be committed.
    pub(super) fn finish(mut self, database: &Database) -> Result<WriteTransaction, Error> {
        self.write(database)?;
        self.transaction.map_or_else(|| begin(database), Ok)
    }
}

/// Begins a transaction. Only one can be open at a time.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    database.begin_write().map_err(Error::storage("begin a transaction"))
}
