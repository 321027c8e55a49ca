//! Streams of rows in the order of their keys as one: of a key that several have the most recent row counts, and one that was removed
//! recently is not there.

use std::cmp::Ordering;

use crate::Error;
use crate::engine::recent::{Layers, Row};
use crate::engine::tables::{Stored, StoredRange};

/// The rows of a span.
pub(super) struct Merged<'a> {
    stored: Option<StoredRange<'static>>,
    /// Read already: it comes behind recent rows.
    next_stored: Option<Stored<'static>>,
    recent: Layers<'a>,
    next_recent: Option<&'a Row>,
}

impl<'a> Merged<'a> {
    pub(super) fn new(stored: Option<StoredRange<'static>>, mut recent: Layers<'a>) -> Self {
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
        Some(stored.and_then(|(key, value)| decode(key.value(), value.value())))
    }

    fn look_ahead(&mut self) -> Result<(), Error> {
        if self.next_stored.is_none()
            && let Some(stored) = &mut self.stored
        {
            self.next_stored = stored.next().transpose()?;
        }
        Ok(())
    }
}
