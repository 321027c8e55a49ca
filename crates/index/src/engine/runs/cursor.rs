//! The rows of a span in runs, in the order of their keys.

use std::ops::Bound;

use redb::AccessGuard;

use super::block::Place;
use super::run::Run;
use super::{damaged, key_of};
use crate::engine::tables::READ;
use crate::{Error, Span, Table};

/// A key with its value, or without if it was removed.
pub(in crate::engine) type Entry<'a> = (&'a [u8], Option<&'a [u8]>);

/// The rows of one run.
pub(super) struct Cursor {
    /// The blocks behind the one that is looked at.
    blocks: redb::Range<'static, &'static [u8], &'static [u8]>,
    block: Option<AccessGuard<'static, &'static [u8]>>,
    /// The row that is looked at; none at the end.
    place: Option<Place>,
    span: Span,
    is_at_end: bool,
}

impl Cursor {
    /// Looks at the first row of the span.
    pub(super) fn open(run: &Run, home: Table, span: &Span) -> Result<Self, Error> {
        let (start, _) = span.bounds();
        let low = match start {
            Bound::Included(key) | Bound::Excluded(key) => key,
            Bound::Unbounded => &[],
        };
        let first = run.block_for(home, low)?.map(|(first, _)| first.value().to_vec());
        let first = first.unwrap_or_else(|| key_of(home, low));
        let next_home = [home.code().saturating_add(1)];
        let bounds = (Bound::Included(first.as_slice()), Bound::Excluded(next_home.as_slice()));
        let blocks = run.table.range::<&[u8]>(bounds).map_err(Error::storage(READ))?;
        let mut cursor = Self { blocks, block: None, place: None, span: span.clone(), is_at_end: false };
        cursor.advance()?;
        while cursor.is_before_start() {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// The row that is looked at.
    pub(super) fn row(&self) -> Option<Entry<'_>> {
        let (block, place) = (self.block.as_ref()?.value(), self.place.as_ref()?);
        Some((place.key(block), place.value(block)))
    }

    pub(super) fn key(&self) -> Option<&[u8]> {
        self.row().map(|(key, _)| key)
    }

    /// Looks at the next row.
    pub(super) fn advance(&mut self) -> Result<(), Error> {
        let at = self.place.take().map_or(0, |place| place.end());
        if self.is_at_end {
            return Ok(());
        }
        self.look_at(at)?;
        if self.place.is_none() {
            self.block =
                self.blocks.next().transpose().map_err(Error::storage(READ))?.map(|(_, block)| block);
            self.look_at(0)?;
        }
        if self.place.is_none() || self.is_behind_end() {
            (self.block, self.place, self.is_at_end) = (None, None, true);
        }
        Ok(())
    }

    fn look_at(&mut self, at: usize) -> Result<(), Error> {
        if let Some(block) = &self.block {
            self.place = Place::find(block.value(), at).map_err(damaged)?;
        }
        Ok(())
    }

    fn is_before_start(&self) -> bool {
        self.key().is_some_and(|key| match self.span.bounds().0 {
            Bound::Included(start) => key < start,
            Bound::Excluded(start) => key <= start,
            Bound::Unbounded => false,
        })
    }

    fn is_behind_end(&self) -> bool {
        self.key().is_some_and(|key| match self.span.bounds().1 {
            Bound::Included(end) => key > end,
            Bound::Excluded(end) => key >= end,
            Bound::Unbounded => false,
        })
    }
}

/// The rows of several runs: of a key that several have, the newest.
pub(in crate::engine) struct Cursors {
    /// Newest first.
    runs: Vec<Cursor>,
    /// Those that are not at their end, by the keys they look at, and of one key the newest first.
    order: Vec<usize>,
    is_begun: bool,
}

impl Cursors {
    /// Looks before the first row of the span in these runs, the newest of which comes first.
    pub(super) fn open<'a>(
        runs: impl Iterator<Item = &'a Run>,
        home: Table,
        span: &Span,
    ) -> Result<Self, Error> {
        let runs: Vec<_> = runs.map(|run| Cursor::open(run, home, span)).collect::<Result<_, _>>()?;
        let all = 0..runs.len();
        let mut opened = Self { runs, order: Vec::new(), is_begun: false };
        all.for_each(|at| opened.put_in_order(at));
        Ok(opened)
    }

    /// The row that is looked at; none before the first and behind the last.
    pub(in crate::engine) fn row(&self) -> Option<Entry<'_>> {
        let newest = self.order.first().filter(|_| self.is_begun)?;
        self.runs.get(*newest)?.row()
    }

    /// Looks at the next row, if there is one.
    pub(in crate::engine) fn advance(&mut self) -> Result<(), Error> {
        if !std::mem::replace(&mut self.is_begun, true) {
            return Ok(());
        }
        // Older runs may have the same key.
        let key = self.order.first().and_then(|at| self.key(*at));
        let many = self.order.iter().take_while(|at| key.is_some() && self.key(**at) == key).count();
        for _ in 0..many {
            let at = self.order.remove(0);
            self.runs.get_mut(at).map_or(Ok(()), Cursor::advance)?;
            self.put_in_order(at);
        }
        Ok(())
    }

    fn key(&self, at: usize) -> Option<&[u8]> {
        self.runs.get(at)?.key()
    }

    fn put_in_order(&mut self, at: usize) {
        if let Some(key) = self.key(at) {
            let place = self.order.partition_point(|other| (self.key(*other), *other) < (Some(key), at));
            self.order.insert(place, at);
        }
    }
}
