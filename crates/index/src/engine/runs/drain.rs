//! Brings rows of runs into the tables where they belong, a slice at a time, in the order of their keys.

use redb::WriteTransaction;

use super::list::List;
use super::{Runs, definition, name};
use crate::engine::home;
use crate::engine::tables::Written;
use crate::{Error, Rows as _, Table};

/// Brings up to so many rows of the runs that are on their way into the tables, and removes these runs behind the last one. Says in `list`
/// how far they are. `runs` are those of the list.
pub(in crate::engine) fn drain(
    transaction: &WriteTransaction,
    (runs, list): (&Runs, &mut List),
    most_rows: usize,
) -> Result<(), Error> {
    let mut written = Written::open(transaction);
    let mut left = most_rows;
    for home in Table::ALL.into_iter().filter(|table| home::comes_in_runs(*table)) {
        left = drain_table(&mut written, (runs, list), (home, left))?;
        if left == 0 {
            return Ok(());
        }
    }
    drop(written);
    for run in list.arrived() {
        let name = name(run.number);
        transaction.delete_table(definition(&name)).map_err(Error::storage("remove a run"))?;
    }
    Ok(())
}

/// Gives how many rows are left of those that may be brought.
fn drain_table(
    written: &mut Written<'_>,
    (runs, list): (&Runs, &mut List),
    (home, mut left): (Table, usize),
) -> Result<usize, Error> {
    let Some(span) = list.to_come(home) else { return Ok(left) };
    let mut rows = runs.leaving(home, &span, list.leaving())?;
    rows.advance()?;
    while let Some((key, value)) = rows.row() {
        match value {
            Some(value) => written.put(home, key, value)?,
            None => written.remove(home, key)?,
        }
        left = left.saturating_sub(1);
        if left == 0 {
            list.set_behind(home, key.to_vec());
            return Ok(0);
        }
        rows.advance()?;
    }
    Ok(left)
}
