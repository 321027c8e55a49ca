//! What commands and questions ask of a place that keeps rows.

use std::cell::RefCell;
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, Table};

mod memory;

pub use memory::MemoryRows;

/// A row as it stands on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its table.
    pub table: Table,
    /// Its key, which begins with its shard.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
}

/// A key with its value, or why they could not be read.
pub type Entry = Result<(Vec<u8>, Vec<u8>), Error>;

/// Reading rows.
pub trait Reads {
    /// Gives the value of a key to `decode`, without copying it first; `None` if there is no such key.
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error>;

    /// What `decode` makes of each key and value of a span, in the order of the keys, read as they are asked for and not copied
    /// before.
    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error>;

    /// Shows each key and value of a span to `visit`, in the order of the keys, without copying them.
    fn visit(
        &self,
        table: Table,
        span: Span,
        visit: impl FnMut(&[u8], &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let visit = RefCell::new(visit);
        let mut rows = self.scan_with(table, span, |key, value| (visit.borrow_mut())(key, value))?;
        rows.try_for_each(|row| row)
    }

    /// Keys and values of a span, copied.
    fn scan(&self, table: Table, span: Span) -> Result<impl Iterator<Item = Entry>, Error> {
        self.scan_with(table, span, |key, value| Ok((key.to_vec(), value.to_vec())))
    }
}

/// Reading and writing rows. A write is seen by the reads that follow.
pub trait Rows: Reads {
    /// Sets the value of a key.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error>;

    /// Removes a key; fine if it is not there.
    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error>;
}

/// A stretch of keys, never reversed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
}

impl Span {
    /// All keys that begin with `prefix`.
    pub fn of(prefix: &[u8]) -> Self {
        Self { start: Bound::Included(prefix.to_vec()), end: successor(prefix) }
    }

    /// Those of them behind `after`, which must begin with `prefix` itself; else all of them.
    pub fn behind(prefix: &[u8], after: Vec<u8>) -> Self {
        let start =
            if after.starts_with(prefix) { Bound::Excluded(after) } else { Bound::Included(prefix.to_vec()) };
        Self { start, end: successor(prefix) }
    }

    /// All keys that begin with `prefix`, behind all those that begin with `passed`, which must begin with `prefix` itself.
    pub fn past(prefix: &[u8], passed: &[u8]) -> Self {
        let start = match successor(passed) {
            Bound::Excluded(next) => Bound::Included(next),
            unbounded => unbounded,
        };
        Self { start, end: successor(prefix) }
    }

    /// All keys that begin with `first`, with `last`, or lie between those.
    pub fn between(first: &[u8], last: &[u8]) -> Self {
        Self { start: Bound::Included(first.to_vec()), end: successor(last) }
    }

    /// Both ends.
    pub fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (self.start.as_ref().map(Vec::as_slice), self.end.as_ref().map(Vec::as_slice))
    }
}

/// The first key behind all those that begin with `prefix`.
fn successor(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if let Some(above) = last.checked_add(1) {
            next.push(above);
            return Bound::Excluded(next);
        }
    }
    Bound::Unbounded
}

impl<R: Reads> Reads for &R {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        (**self).read(table, key, decode)
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        (**self).scan_with(table, span, decode)
    }
}

impl<R: Reads> Reads for Arc<R> {
    fn read<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        (**self).read(table, key, decode)
    }

    fn scan_with<T>(
        &self,
        table: Table,
        span: Span,
        decode: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<impl Iterator<Item = Result<T, Error>>, Error> {
        (**self).scan_with(table, span, decode)
    }
}
