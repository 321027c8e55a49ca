//! Streams of rows in the order of their keys as one: of a key that several have the most recent row counts, and one that was removed
//! recently is not there.

use std::cmp::Ordering;
use std::iter::Peekable;

use redb::AccessGuard;

use crate::Error;
use crate::engine::recent::{Range, Row};
use crate::engine::tables::{READ, StoredRange};

/// A row of the database.
type Stored = (AccessGuard<'static, &'static [u8]>, AccessGuard<'static, &'static [u8]>);

/// The rows of a span.
pub(super) struct Merged<'a> {
    stored: Option<StoredRange>,
    /// Read already: it comes behind recent rows.
    next_stored: Option<Stored>,
    recent: Layers<'a>,
    next_recent: Option<&'a Row>,
}

/// Recent rows above those that are on their way into the database, removed ones included.
pub(super) struct Layers<'a> {
    upper: Peekable<Range<'a>>,
    lower: Option<Peekable<Range<'a>>>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(upper: Range<'a>, lower: Option<Range<'a>>) -> Self {
        Self { upper: upper.peekable(), lower: lower.map(Iterator::peekable) }
    }
}

impl<'a> Iterator for Layers<'a> {
    type Item = &'a Row;

    fn next(&mut self) -> Option<&'a Row> {
        let Some(lower) = &mut self.lower else { return self.upper.next() };
        let order = match (self.upper.peek(), lower.peek()) {
            (Some(upper), Some(lower)) => upper.key().cmp(lower.key()),
            (_, None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        match order {
            Ordering::Less => self.upper.next(),
            Ordering::Greater => lower.next(),
            Ordering::Equal => {
                lower.next();
                self.upper.next()
            }
        }
    }
}

impl<'a> Merged<'a> {
    pub(super) fn new(stored: Option<StoredRange>, mut recent: Layers<'a>) -> Self {
        let next_recent = recent.next();
        Self { stored, next_stored: None, recent, next_recent }
    }

    /// What `decode` makes of the next row.
    pub(super) fn next_with<T>(
        &mut self,
        decode: &impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        while let Some(recent) = self.next_recent {
            if let Err(error) = self.look_ahead() {
                return Some(Err(error));
            }
            let stored_key = self.next_stored.as_ref().map(|(key, _)| key.value());
            match stored_key.map_or(Ordering::Greater, |stored| stored.cmp(recent.key())) {
                Ordering::Less => break,
                Ordering::Equal => self.next_stored = None,
                Ordering::Greater => {}
            }
            self.next_recent = self.recent.next();
            if let Some(value) = recent.value() {
                return Some(decode(recent.key(), value));
            }
        }
        let stored = self.next_stored.take().map(Ok).or_else(|| self.stored.as_mut()?.next())?;
        let stored = stored.map_err(Error::storage(READ));
        Some(stored.and_then(|(key, value)| decode(key.value(), value.value())))
    }

    fn look_ahead(&mut self) -> Result<(), Error> {
        if self.next_stored.is_none()
            && let Some(stored) = &mut self.stored
        {
            self.next_stored = stored.next().transpose().map_err(Error::storage(READ))?;
        }
        Ok(())
    }
}
