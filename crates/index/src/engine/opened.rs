//! The committed state that readers see: the database as of the last checkpoint, and the rows that came after it: first those that
//! the checkpoint under way brings into it, above them the later ones.

mod merged;

use std::fmt;
use std::sync::Arc;

use super::recent::{Layers, Recent, Row};
use super::tables::Base;
use crate::tenures::Tenures;
use crate::{Error, Reads, Rows, Span, Table};
use merged::Merged;

/// The committed state that readers see. Holding one keeps the pages it needs from being used again, so it is to be dropped soon.
#[derive(Clone)]
pub struct Opened {
    base: Arc<Base>,
    /// On their way into the database.
    leaving: Option<Arc<Recent>>,
    recent: Recent,
    tenures: Arc<Tenures>,
}

impl Opened {
    /// The database alone, right after a checkpoint.
    pub(super) fn new(base: Arc<Base>, tenures: Arc<Tenures>) -> Self {
        Self { base, leaving: None, recent: Recent::default(), tenures }
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

    /// The database as of the last checkpoint that has arrived.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    /// The rows that are not in the database yet, nor on their way.
    pub(super) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Whether rows are on their way into the database.
    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// The recent rows are on their way from now on: gives them. There must be none before them.
    pub(super) fn let_go(&mut self) -> Arc<Recent> {
        let leaving = Arc::new(std::mem::take(&mut self.recent));
        self.leaving = Some(Arc::clone(&leaving));
        leaving
    }

    /// Those that were on their way are in the database, which is this now.
    pub(super) fn arrived(&mut self, base: Arc<Base>) {
        self.base = base;
        self.leaving = None;
    }

    fn find(&self, table: Table, key: &[u8]) -> Option<&Row> {
        let leaving = || self.leaving.as_ref()?.find(table, key);
        self.recent.find(table, key).or_else(leaving)
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
        match self.find(table, key) {
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
        let leaving = self.leaving.as_ref().map(|leaving| leaving.range(table, span.clone()));
        let recent = Layers::new(self.recent.range(table, span), leaving);
        let mut rows = Merged::new(stored, recent);
        Ok(std::iter::from_fn(move || rows.next_with(&decode)))
    }
}

/// A state that a batch is being applied to. Dropping it takes back whatever was written.
pub(super) struct Draft {
    opened: Opened,
    is_changed: bool,
}

impl Draft {
    pub(super) fn of(opened: &Opened) -> Self {
        Self { opened: opened.clone(), is_changed: false }
    }

    /// The state with everything that was written; `None` if nothing was.
    pub(super) fn finish(self) -> Option<Opened> {
        self.is_changed.then_some(self.opened)
    }

    fn write(&mut self, table: Table, row: Row) {
        self.opened.recent.insert(table, row);
        self.is_changed = true;
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
