//! Rows in memory: the same commands without a database, for models, simulations and rebuilds.

use std::collections::BTreeMap;

use super::{Reads, Row, Rows, Span};
use crate::{Error, Table};

/// Rows in memory. Cheap to make, lost with the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryRows(BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>);

impl MemoryRows {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// All rows, table by table and key by key.
    pub fn into_rows(self) -> impl Iterator<Item = Row> {
        self.0
            .into_iter()
            .flat_map(|(table, rows)| rows.into_iter().map(move |(key, value)| Row { table, key, value }))
    }
}

impl Reads for MemoryRows {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.0.get(&table).and_then(|rows| rows.get(key)).map(|value| decode(value)).transpose()
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        let rows = self.0.get(&table).into_iter().flat_map(move |rows| rows.range::<[u8], _>(span.bounds()));
        Ok(rows.map(move |(key, value)| decode(key, value)))
    }
}

impl Rows for MemoryRows {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.0.entry(table).or_default().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error> {
        if let Some(rows) = self.0.get_mut(&table) {
            rows.remove(key);
            // An emptied table equals one that never had a row.
            if rows.is_empty() {
                self.0.remove(&table);
            }
        }
        Ok(())
    }
}
