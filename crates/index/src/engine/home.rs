//! In which table of the database the rows of each table lie. Rows that say which tags point at a manifest lie right behind the manifest
//! itself: digests lie anywhere, so a push would otherwise touch two pages at random where one does.

use crate::{Error, Table, keys};

/// The table of the database that has the rows of a table.
pub(super) fn of(table: Table) -> Table {
    if table == Table::TagsByDigest { Table::Manifests } else { table }
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
