//! Runs: rows of a checkpoint, sorted and packed as they came, in a table of the database of their own.
//!
//! What a push writes lies all over the tables, a page for nearly each row. A checkpoint writes such rows one behind the other instead, and
//! only when there are many runs are all of them brought into the tables together, in the order of the keys: then a page is written once
//! for several rows. Until then whoever reads looks into the runs first, the newest before the others, by filters where he seeks one key.
//! Which tables that concerns [`super::home`] says; rows of all others go into their tables at once.
//!
//! All of it is in the database and changes by its transactions. This does not know what rows mean.

mod block;
mod cursor;
mod drain;
mod list;
mod run;

use std::sync::Arc;

use redb::{ReadTransaction, TableDefinition, WriteTransaction};

use super::bloom::{self, Bloom};
use super::home;
use super::recent::Row;
use crate::{Error, Span, Table};
pub(super) use cursor::Cursors;
pub(super) use drain::drain;
pub(super) use list::{List, NAME};
pub(super) use run::Found;
use run::Run;

/// So many runs are there before they go. While they go, half as many may come. In tests so few that they often do.
pub(super) const MAX_RUNS: usize = if cfg!(test) { 3 } else { 32 };

/// The key of a run's filter: behind all tables.
const BLOOM_KEY: &[u8] = &[u8::MAX];

/// The runs of a database as of one transaction.
pub(super) struct Runs {
    list: List,
    /// In the order of the list.
    runs: Vec<Run>,
}

/// Filters of runs, which need not be read again.
#[derive(Clone, Default)]
pub(super) struct Blooms(Vec<(u64, Arc<Bloom>)>);

impl Blooms {
    fn get(&self, number: u64) -> Option<Arc<Bloom>> {
        self.0.iter().find(|(known, _)| *known == number).map(|(_, bloom)| Arc::clone(bloom))
    }
}

impl Runs {
    /// The runs that a list names.
    pub(super) fn open(transaction: &ReadTransaction, list: List, known: &Blooms) -> Result<Self, Error> {
        let open = |number| Run::open(transaction, number, known.get(number));
        let runs = list.runs().iter().map(|listed| open(listed.number)).collect::<Result<_, _>>()?;
        Ok(Self { list, runs })
    }

    pub(super) fn list(&self) -> &List {
        &self.list
    }

    pub(super) fn blooms(&self) -> Blooms {
        Blooms(self.runs.iter().map(|run| (run.number, Arc::clone(&run.bloom))).collect())
    }

    /// The newest row of a key of a table of the database.
    pub(super) fn find(&self, home: Table, key: &[u8]) -> Result<Option<Found>, Error> {
        if self.runs.is_empty() || !home::comes_in_runs(home) {
            return Ok(None);
        }
        let hash = bloom::hash_of(home, key);
        for run in self.runs.iter().rev().filter(|run| run.bloom.has(hash)) {
            if let Some(found) = run.find(home, key)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The rows of a span, of all runs.
    pub(super) fn range(&self, home: Table, span: &Span) -> Result<Cursors, Error> {
        let any = if home::comes_in_runs(home) { self.runs.as_slice() } else { &[] };
        Cursors::open(any.iter().rev(), home, span)
    }

    /// The rows of a span, of those runs that are on their way into the tables.
    fn leaving(&self, home: Table, span: &Span, leaving: usize) -> Result<Cursors, Error> {
        let newer = self.runs.len().saturating_sub(leaving);
        Cursors::open(self.runs.iter().rev().skip(newer), home, span)
    }
}

/// Writes rows, which come table by table and key by key, as a further run.
pub(super) fn add<'a>(
    transaction: &WriteTransaction,
    list: &mut List,
    rows: impl Iterator<Item = (Table, &'a Row)>,
) -> Result<(), Error> {
    let number = list.next();
    let rows = run::write(transaction, number, rows)?;
    list.add(number, rows);
    Ok(())
}

/// The name of a run's table.
fn name(number: u64) -> String {
    format!("run {number}")
}

fn definition(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

/// The key of a block in a run's table: that of its first row, behind the table of the database where it belongs.
fn key_of(home: Table, key: &[u8]) -> Vec<u8> {
    [&[home.code()], key].concat()
}

/// As for a page that the database finds damaged.
fn damaged(_cause: block::Damaged) -> Error {
    Error::storage("read a run")(redb::Error::Corrupted("a block of rows is not what it was".to_owned()))
}

#[cfg(test)]
mod tests;
