//! In which table of the database the rows of each table lie. Rows that say which tags point at a manifest lie right behind the manifest
//! itself: digests lie anywhere, so a push would otherwise touch two pages at random where one does.

use crate::{Error, Table, keys};

/// The table of the database that has the rows of a table.
pub(super) fn of(table: Table) -> Table {
    if table == Table::TagsByDigest { Table::Manifests } else { table }
}

/// Whether rows of a table of the database come there by way of [`super::runs`]: those that a push writes, which are many or lie anywhere.
pub(super) fn comes_in_runs(home: Table) -> bool {
    matches!(home, Table::Tags | Table::Manifests | Table::Uses | Table::Changes)
}

/// Whether a row in the table of the database is of this table, and not of another that lies there too.
pub(super) fn has(table: Table, key: &[u8]) -> Result<bool, Error> {
    match table {
        Table::Manifests => keys::has_more_than_digest(table, key).map(|has_more| !has_more),
        Table::TagsByDigest => keys::has_more_than_digest(table, key),
        _ => Ok(true),
    }
}

#[cfg(test)]
mod tests;
