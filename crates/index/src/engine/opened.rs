//! The committed state that readers see: the database as of the last checkpoint, and the rows that came after it.

mod merged;

use std::fmt;
use std::sync::Arc;

use super::recent::{Recent, Row};
use super::tables::Base;
use crate::tenures::Tenures;
use crate::{Error, Reads, Rows, Span, Table};
use merged::Merged;

/// The committed state that readers see. Holding one keeps the pages it needs from being used again, so it is to be dropped soon.
#[derive(Clone)]
pub struct Opened {
    base: Arc<Base>,
    recent: Recent,
    tenures: Arc<Tenures>,
}

impl Opened {
    /// The database alone, right after a checkpoint.
    pub(super) fn new(base: Base, tenures: Arc<Tenures>) -> Self {
        Self { base: Arc::new(base), recent: Recent::default(), tenures }
    }

    /// What this member had to do with each shard.
    pub(crate) fn tenures(&self) -> &Arc<Tenures> {
        &self.tenures
    }

    pub(super) fn set_tenures(&mut self, tenures: Tenures) {
        if tenures != *self.tenures {
            self.tenures = Arc::new(tenures);
        }
    }

    /// The rows that are not in the database yet.
    pub(super) fn recent(&self) -> &Recent {
        &self.recent
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
        match self.recent.find(table, key) {
            Some(row) => row.value().map(decode).transpose(),
            None => self.base.read(table, key, decode),
        }
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        let stored = self.base.range(table, &span)?;
        let mut rows = Merged::new(stored, self.recent.range(table, span));
        Ok(std::iter::from_fn(move || rows.next_with(&decode)))
    }
}

/// A state that a batch is being applied to. Dropping it takes back whatever was written.
pub(super) struct Draft {
    opened: Opened,
    written: Vec<(Table, Row)>,
}

impl Draft {
    pub(super) fn of(opened: &Opened) -> Self {
        Self { opened: opened.clone(), written: Vec::new() }
    }

    /// The state with everything that was written, and that alone, in its order; `None` if nothing was.
    pub(super) fn finish(self) -> Option<(Opened, Vec<(Table, Row)>)> {
        (!self.written.is_empty()).then_some((self.opened, self.written))
    }

    fn write(&mut self, table: Table, row: Row) {
        self.opened.recent.insert(table, row.clone());
        self.written.push((table, row));
    }
}

impl Reads for Draft {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.opened.read(table, key, decode)
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        self.opened.scan_with(table, span, decode)
    }
}

impl Rows for Draft {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.write(table, Row::new(key, Some(value)));
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.write(table, Row::new(key, None));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
