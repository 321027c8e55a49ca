//! How recent rows come into the database: as a run, or into the tables where they are few, and by and by from runs into the tables.
//!
//! It knows nothing of threads, and nothing of who waits for it. Each call must be the only one that writes the database.

use std::sync::Arc;

use redb::{Database, Durability, WriteTransaction};

use super::filter::Filter;
use super::format::Format;
use super::home;
use super::recent::{Recent, Row};
use super::runs::{self, Blooms, List, MAX_RUNS};
use super::tables::{Base, Written};
use super::volume::Disk;
use crate::{Error, Rows as _, Span, Table};

/// Rows of a part of a checkpoint. A commit looks at each page again that its transaction has changed: if they are more than half of
/// the cache, those that had to leave it meanwhile are read and written once more. In tests so few that every checkpoint has parts.
const PART_ROWS: usize = if cfg!(test) { 5 } else { 1_000 };

/// Rows of runs that are brought into the tables at a time while there is nothing else to do: some tens of milliseconds.
const SLICE_ROWS: usize = if cfg!(test) { 20 } else { 8_192 };

/// Rows to be brought into a database, and what it says about itself from then on.
pub(super) struct Order {
    pub(super) rest: Rest,
    pub(super) rows: Arc<Recent>,
    pub(super) next: Format,
}

/// A database, and what is known of it.
#[derive(Clone)]
pub(super) struct Rest {
    pub(super) database: Arc<Database>,
    pub(super) disk: Disk,
    pub(super) filter: Arc<Filter>,
    /// Of the runs that the database has.
    pub(super) blooms: Blooms,
}

impl Rest {
    /// The same behind a later state of the database.
    pub(super) fn over(self, base: &Base) -> Self {
        Self { blooms: base.runs().blooms(), ..self }
    }

    fn base(&self) -> Result<Base, Error> {
        Base::open_with(&self.database, &self.blooms)
    }

    /// A state of the database as readers get it.
    fn shown(&self, base: Base) -> Arc<Base> {
        let is_known = self.filter.take_in(&base);
        Arc::new(if is_known { base.behind(Arc::clone(&self.filter)) } else { base })
    }
}

/// A checkpoint.
pub(super) fn make(order: &Order) -> Result<Arc<Base>, Error> {
    let Order { rest, rows, next } = order;
    let manifests = rows.range(Table::Manifests, Span::of(&[]));
    manifests.filter(|row| row.value().is_some()).for_each(|row| rest.filter.note(row.key()));
    let base = let_runs_go(&rest.database, rest.base()?)?;
    let base = as_run(&rest.database, (&base, rows), next, |_| Ok(()))?;
    Ok(rest.shown(base))
}

/// Brings a slice of the runs into the tables where there are many, as large as it takes to be done before there are half as many again.
fn let_runs_go(database: &Database, base: Base) -> Result<Base, Error> {
    let mut list = base.runs().list().clone();
    if !list.is_leaving() && list.runs().len() < MAX_RUNS {
        return Ok(base);
    }
    list.let_go();
    let slice = list.leaving_rows() / (MAX_RUNS as u64 / 2) + 1;
    drain(database, (base, list), usize::try_from(slice).unwrap_or(usize::MAX))
}

/// Brings a slice of the runs into the tables, durably: the state behind it, or none if there are no runs, or no room to do it.
pub(super) fn tidy(rest: &Rest) -> Result<Option<Arc<Base>>, Error> {
    let base = rest.base()?;
    let mut list = base.runs().list().clone();
    if list.runs().is_empty() || rest.disk.require_room().is_err() {
        return Ok(None);
    }
    list.let_go();
    drain(&rest.database, (base, list), SLICE_ROWS)?;
    commit(begin(&rest.database)?)?;
    Ok(Some(rest.shown(rest.base()?)))
}

/// Brings up to so many rows of runs that are on their way into the tables, durable with the next commit that is.
fn drain(database: &Database, (base, mut list): (Base, List), mut most_rows: usize) -> Result<Base, Error> {
    while list.is_leaving() && most_rows > 0 {
        let part = most_rows.min(PART_ROWS);
        let transaction = begin(database)?;
        runs::drain(&transaction, (base.runs(), &mut list), part)?;
        Written::open(&transaction).write_list(&list)?;
        leave(transaction)?;
        most_rows -= part;
    }
    Base::open_with(database, &base.runs().blooms())
}

/// Brings rows into the database, durably and together with what `act` writes about this member. Only then is their round of the log
/// void: a crash before it finds the former format and the round that goes with it. `base` is how the database is.
pub(super) fn as_run(
    database: &Database,
    (base, rows): (&Base, &Recent),
    next: &Format,
    act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
) -> Result<Base, Error> {
    let is_small = rows.rows().take(PART_ROWS + 1).count() <= PART_ROWS;
    if is_small && base.runs().list().runs().is_empty() {
        return into_tables(database, rows, next, act);
    }
    let transaction = begin(database)?;
    let mut list = base.runs().list().clone();
    let in_runs = rows.rows().filter(|(home, _)| home::comes_in_runs(*home));
    runs::add(&transaction, &mut list, in_runs)?;
    let mut written = Written::open(&transaction);
    write(&mut written, rows.rows().filter(|(home, _)| !home::comes_in_runs(*home)))?;
    act(&mut written)?;
    written.write_list(&list)?;
    written.write_format(next)?;
    drop(written);
    commit(transaction)?;
    Base::open_with(database, &base.runs().blooms())
}

/// Brings rows and all runs into the tables, durably and together with what `act` writes wherever it likes. `base` is how the database is.
pub(super) fn everything(
    database: &Database,
    (mut base, rows): (Base, &Recent),
    next: &Format,
    act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
) -> Result<Base, Error> {
    while !base.runs().list().runs().is_empty() {
        let mut list = base.runs().list().clone();
        list.let_go();
        base = drain(database, (base, list), usize::MAX)?;
    }
    into_tables(database, rows, next, act)
}

/// The same where there are no runs.
fn into_tables(
    database: &Database,
    rows: &Recent,
    next: &Format,
    act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
) -> Result<Base, Error> {
    let mut rows = rows.rows().peekable();
    loop {
        let transaction = begin(database)?;
        let mut written = Written::open(&transaction);
        write(&mut written, rows.by_ref().take(PART_ROWS))?;
        if rows.peek().is_none() {
            act(&mut written)?;
            written.write_format(next)?;
            drop(written);
            commit(transaction)?;
            return Base::open(database);
        }
        drop(written);
        leave(transaction)?;
    }
}

fn write<'a>(written: &mut Written<'_>, rows: impl Iterator<Item = (Table, &'a Row)>) -> Result<(), Error> {
    for (table, row) in rows {
        match row.value() {
            Some(value) => written.put(table, row.key(), value)?,
            None => written.remove(table, row.key())?,
        }
    }
    Ok(())
}

/// Begins a transaction. Only one can be open at a time.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    database.begin_write().map_err(Error::storage("begin a transaction"))
}

/// Ends a part of a checkpoint: the next durable commit makes all parts durable together, and a crash before it finds none.
fn leave(mut transaction: WriteTransaction) -> Result<(), Error> {
    transaction.set_durability(Durability::None).map_err(Error::storage("commit a part"))?;
    transaction.commit().map_err(Error::storage("commit a part"))
}

/// Commits durably.
pub(super) fn commit(mut transaction: WriteTransaction) -> Result<(), Error> {
    // Rounds are long, so that what this costs is seldom paid, and a start after a crash need not read the whole database.
    transaction.set_quick_repair(true);
    transaction.set_durability(Durability::Immediate).map_err(Error::storage("commit"))?;
    transaction.commit().map_err(Error::storage("commit"))
}
