//! Records that were read right into a reader's memory, and are decrypted there: content moves up to where the record before ended.

use std::io;

use super::cipher::HEADER_BYTES;
use super::records::{self, Content, Opener};

/// How far the records in a piece of memory are decrypted.
pub(super) struct Stretch {
    /// Where the content ends.
    pub(super) plain: usize,
    /// Where the records begin that are still encrypted.
    pub(super) sealed: usize,
}

impl Stretch {
    /// Decrypts the next record, if it is here as a whole.
    pub(super) fn open(&mut self, memory: &mut [u8], opener: &mut Opener) -> io::Result<Option<Content>> {
        let received = memory.get(self.sealed..).unwrap_or_default();
        let Some(length) = records::length_of(received)? else { return Ok(None) };
        let Some(header) = received.first_chunk::<HEADER_BYTES>().copied() else { return Ok(None) };
        let end = self.sealed + length;
        let start = self.sealed + HEADER_BYTES - self.plain;
        let place = memory.get_mut(self.plain..end).unwrap_or_default();
        let (content, plain) = opener.open(header, (place, start))?;
        self.sealed = end;
        if content == Content::Data {
            self.plain += plain;
        }
        Ok(Some(content))
    }
}
