//! Rows in the order of their keys, packed into one value of the database. It knows nothing of runs.

use std::ops::Range;

/// What stands before a row: the lengths of its key and of its value.
const HEAD_BYTES: usize = 8;

/// The length of the value of a key that was removed.
const REMOVED: u32 = u32::MAX;

/// Where a row lies in its block.
pub(super) struct Place {
    key: Range<usize>,
    /// None if the key was removed.
    value: Option<Range<usize>>,
}

impl Place {
    /// The row that begins `at` there; `None` at the end of the block, and an error if it is damaged.
    pub(super) fn find(block: &[u8], at: usize) -> Result<Option<Self>, Damaged> {
        if at >= block.len() {
            return Ok(None);
        }
        let head = block.get(at..).and_then(|rest| rest.first_chunk::<HEAD_BYTES>()).ok_or(Damaged)?;
        let [a, b, c, d, rest @ ..] = *head;
        let (key_length, value_length) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes(rest));
        let key = stretch(at + HEAD_BYTES, key_length)?;
        let value = if value_length == REMOVED { None } else { Some(stretch(key.end, value_length)?) };
        let place = Self { key, value };
        if place.end() <= block.len() { Ok(Some(place)) } else { Err(Damaged) }
    }

    pub(super) fn key<'a>(&self, block: &'a [u8]) -> &'a [u8] {
        block.get(self.key.clone()).unwrap_or_default()
    }

    /// `None` if the key was removed.
    pub(super) fn value<'a>(&self, block: &'a [u8]) -> Option<&'a [u8]> {
        block.get(self.value.clone()?)
    }

    /// Where the next row begins.
    pub(super) fn end(&self) -> usize {
        self.value.as_ref().unwrap_or(&self.key).end
    }
}

/// A block that is not what [`push`] has made.
#[derive(Debug)]
pub(super) struct Damaged;

fn stretch(start: usize, length: u32) -> Result<Range<usize>, Damaged> {
    let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length)).ok_or(Damaged)?;
    Ok(start..end)
}

/// Room that a row takes.
pub(super) fn needed_bytes(key: &[u8], value: Option<&[u8]>) -> usize {
    HEAD_BYTES + key.len() + value.map_or(0, <[u8]>::len)
}

/// Adds a row; an error if it is too long for any block.
pub(super) fn push(block: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) -> Result<(), Damaged> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).ok().filter(|length| *length != REMOVED);
    let value_length = value.map_or(Some(REMOVED), length).ok_or(Damaged)?;
    block.extend_from_slice(&length(key).ok_or(Damaged)?.to_be_bytes());
    block.extend_from_slice(&value_length.to_be_bytes());
    block.extend_from_slice(key);
    block.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests;
