//! Streams of rows in the order of their keys as one: of a key that several have the most recent row counts, and one that was removed
//! recently is not there.

use std::cmp::Ordering;

use crate::Error;
use crate::engine::recent::{Layers, Row};
use crate::engine::tables::StoredRange;

/// The rows of a span.
pub(super) struct Merged<'a> {
    /// None at its end, or once it could not be read.
    stored: Option<StoredRange>,
    /// Whether the stored row that is looked at is still to come: behind recent rows.
    is_ahead: bool,
    recent: Layers<'a>,
    next_recent: Option<&'a Row>,
}

impl<'a> Merged<'a> {
    pub(super) fn new(stored: Option<StoredRange>, mut recent: Layers<'a>) -> Self {
        let next_recent = recent.next();
        Self { stored, is_ahead: false, recent, next_recent }
    }

    /// What `decode` makes of the next row.
    pub(super) fn next_with<T>(
        &mut self,
        decode: &impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        loop {
            if let Err(error) = self.look_ahead() {
                self.stored = None;
                return Some(Err(error));
            }
            let stored = self.stored.as_ref().and_then(StoredRange::row);
            let Some(recent) = self.next_recent else {
                self.is_ahead = false;
                return stored.map(|(key, value)| decode(key, value));
            };
            match stored.map_or(Ordering::Greater, |(key, _)| key.cmp(recent.key())) {
                Ordering::Less => {
                    self.is_ahead = false;
                    return stored.map(|(key, value)| decode(key, value));
                }
                Ordering::Equal => self.is_ahead = false,
                Ordering::Greater => {}
            }
            self.next_recent = self.recent.next();
            if let Some(value) = recent.value() {
                return Some(decode(recent.key(), value));
            }
        }
    }

    fn look_ahead(&mut self) -> Result<(), Error> {
        if !self.is_ahead
            && let Some(stored) = &mut self.stored
        {
            self.is_ahead = stored.advance()?;
            if !self.is_ahead {
                self.stored = None;
            }
        }
        Ok(())
    }
}
