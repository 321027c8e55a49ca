//! The log of commands since the database was last made durable: one short write and one flush for a batch, where the database
//! itself would have to flush every page the batch has touched.
//!
//! The file keeps its size and has two halves, which the rounds take in turns: while a checkpoint brings the commands of one round
//! into the database, those of the next are written to the other half. A round begins with a record that says where the round before
//! it ended; everything of that one is durable before.
//!
//! A record's check is a hash that begins from the cluster's key and the round: neither what a former round or a failed write left
//! behind, nor any content, can be taken for a record. It also says how many records of its round were durable when it was written.
//! So what a power failure has torn, which nobody was told of, can be known from damage to what was acknowledged.

mod former;
mod record;

use std::io;
use std::path::Path;
use std::sync::Arc;

use atoll_host::{File, Files};
use atoll_placement::ClusterKey;

use crate::Options;
use record::{HEAD_BYTES, Seal};

const FILL_STEP_BYTES: usize = 64 * 1024;
/// What is read at a time where records may lie.
const WINDOW_BYTES: usize = 256 * 1024;

/// The first byte of the record at the beginning of a round. Those of commands begin with a version, which is never zero.
const LINK: u8 = 0;
const LINK_BYTES: usize = 1 + 2 * size_of::<u64>();

const REMEDY: &str = "bring the folder back from a backup, or go on without what is lost by `atoll index rebuild --accept-loss`";

/// What is appended: a batch of commands of a round.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) round: u64,
    pub(super) content: Vec<u8>,
}

/// What a replay has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// The records, in order.
    pub(super) records: Vec<Vec<u8>>,
    /// The last round that has any, or the one that was asked for.
    pub(super) round: u64,
}

/// The log, and where its next record goes.
pub(super) struct Log {
    file: Arc<dyn File>,
    key: ClusterKey,
    half_bytes: u64,
    /// Whether damage ends a replay instead of being refused.
    accepts_loss: bool,
    round: u64,
    seal: Seal,
    end: End,
    /// Records of the round that are durable.
    durable: u64,
    /// Of the round before.
    before: End,
    /// After a failed write nobody knows what the file holds: it is not written again before the next checkpoint.
    is_suspect: bool,
}

/// Where a round ends.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct End {
    /// From the beginning of its half.
    bytes: u64,
    records: u64,
}

/// The room for records in one round of the log. Whoever makes a record takes its room first, long before it is written.
pub(super) struct Room {
    size_bytes: u64,
    left_bytes: u64,
}

impl Room {
    /// The room of a whole round, in a log whose halves have that size.
    pub(super) fn of(half_bytes: u64) -> Self {
        let size_bytes = half_bytes.saturating_sub(needed_bytes(LINK_BYTES));
        Self { size_bytes, left_bytes: size_bytes }
    }

    /// Takes room for a record of this content; `false` if there is not enough.
    pub(super) fn take(&mut self, content: &[u8]) -> bool {
        let left_bytes = self.left_bytes.checked_sub(needed_bytes(content.len()));
        self.left_bytes = left_bytes.unwrap_or(self.left_bytes);
        left_bytes.is_some()
    }

    /// Whether a round has room for a record of this content, if it is the only one.
    pub(super) fn can_ever_take(&self, content: &[u8]) -> bool {
        needed_bytes(content.len()) <= self.size_bytes
    }

    /// A round begins.
    pub(super) fn begin(&mut self) {
        self.left_bytes = self.size_bytes;
    }
}

fn needed_bytes(content_bytes: usize) -> u64 {
    (HEAD_BYTES as u64).saturating_add(content_bytes as u64)
}

impl Log {
    /// Makes a log that holds nothing, all its blocks written, so that later flushes need not allocate.
    pub(super) fn create(files: &dyn Files, path: &Path, options: &Options) -> io::Result<Self> {
        let log = Self::over(files.create(path)?, options);
        log.fill()?;
        Ok(log)
    }

    /// Opens a log; [`Log::begin`] or a replay must come before the first append.
    pub(super) fn open(files: &dyn Files, path: &Path, options: &Options) -> io::Result<Self> {
        Ok(Self::over(files.open(path)?, options))
    }

    fn over(file: Arc<dyn File>, options: &Options) -> Self {
        let end = End::default();
        Self {
            file,
            key: options.key,
            half_bytes: options.log_bytes,
            accepts_loss: options.accepts_loss,
            round: 0,
            seal: Seal::of(options.key, 0),
            end,
            durable: 0,
            before: end,
            is_suspect: true,
        }
    }

    /// Writes the blocks that are not there yet: all of a new log, those behind the log of an earlier version.
    fn fill(&self) -> io::Result<()> {
        let (mut filled, size) = (self.file.length()?, self.whole_bytes());
        while filled < size {
            let step =
                usize::try_from(size - filled).map_or(FILL_STEP_BYTES, |left| left.min(FILL_STEP_BYTES));
            self.file.write_at(filled, &vec![0; step])?;
            filled += step as u64;
        }
        self.file.sync()
    }

    fn whole_bytes(&self) -> u64 {
        self.half_bytes.saturating_mul(2)
    }

    /// Begins a round after a checkpoint: whatever the file holds is void.
    pub(super) fn begin(&mut self, round: u64) {
        self.turn_to(round);
        self.is_suspect = false;
    }

    fn turn_to(&mut self, round: u64) {
        self.before = self.end;
        self.round = round;
        self.seal = Seal::of(self.key, round);
        (self.end, self.durable) = (End::default(), 0);
    }

    /// Whether nothing was appended in this round.
    pub(super) fn is_empty(&self) -> bool {
        self.end.bytes == 0
    }

    /// Appends records by one write for each round, durably if asked. After an error each of them may or may not be found by a
    /// replay, and nothing is appended any more before the next checkpoint.
    pub(super) fn append(&mut self, records: &[Record], is_durable: bool) -> io::Result<()> {
        if self.is_suspect {
            return Err(io::Error::other("an earlier write to it has failed"));
        }
        self.is_suspect = true;
        for records in records.chunk_by(|record, next| record.round == next.round) {
            if let Some(record) = records.first().filter(|record| record.round != self.round) {
                self.file.sync()?;
                self.turn_to(record.round);
            }
            self.write(records)?;
        }
        if is_durable {
            self.file.sync()?;
            self.durable = self.end.records;
        }
        self.is_suspect = false;
        Ok(())
    }

    fn write(&mut self, records: &[Record]) -> io::Result<()> {
        let (mut bytes, mut number) = (Vec::new(), self.end.records);
        let link = self.is_empty().then(|| link_to(&self.before));
        let contents = records.iter().map(|record| &record.content);
        for content in link.iter().chain(contents) {
            self.seal.push(&mut bytes, (number, self.durable), content)?;
            number += 1;
        }
        self.file.write_at(self.half_of(self.round) + self.end.bytes, &bytes)?;
        self.end = End { bytes: self.end.bytes + bytes.len() as u64, records: number };
        Ok(())
    }

    /// Makes durable what was appended without.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        self.is_suspect = true;
        self.file.sync()?;
        self.durable = self.end.records;
        self.is_suspect = false;
        Ok(())
    }

    /// The records of a round and, if it was begun, of the next, up to the first that is not whole: that one was never acknowledged.
    /// An error if it, or one behind it, was durable once.
    pub(super) fn replay(&mut self, round: u64) -> io::Result<Replayed> {
        if self.file.length()? != self.whole_bytes() {
            self.refuse("it has not the length it was made with")?;
            self.file.set_length(self.whole_bytes())?;
        }
        let first = self.replay_one(round)?;
        let end_of_first = self.end;
        let second = self.replay_one(round.saturating_add(1))?;
        let is_begun = !second.is_empty();
        if is_begun && second.first() != Some(&link_to(&end_of_first)) {
            self.refuse("the end of a round is not what it was")?;
            return Ok(Replayed { records: commands_of(first), round: self.round });
        }
        if !is_begun {
            self.begin(round);
            self.end = end_of_first;
        }
        let records = [commands_of(first), commands_of(second)].concat();
        Ok(Replayed { records, round: self.round })
    }

    /// Refuses a log that is damaged, unless the loss is accepted.
    fn refuse(&self, what: &str) -> io::Result<()> {
        if self.accepts_loss {
            tracing::warn!("the log of the index is damaged: {what}; it is applied as far as it goes");
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, format!("{what}; {REMEDY}")))
    }

    /// The records of a round in a log that an earlier version wrote, which gets the length of this version's.
    pub(super) fn replay_former(&mut self, round: u64) -> io::Result<Replayed> {
        let records = former::read(self.file.as_ref(), self.key, round)?;
        self.fill()?;
        self.begin(round);
        Ok(Replayed { records, round })
    }

    fn replay_one(&mut self, round: u64) -> io::Result<Vec<Vec<u8>>> {
        self.begin(round);
        let mut records = Vec::new();
        while let Some(found) = self.read_at(self.end.bytes)?.filter(|found| found.number == self.end.records)
        {
            self.end.bytes += needed_bytes(found.content.len());
            self.end.records += 1;
            records.push(found.content);
        }
        self.require_no_gap()?;
        Ok(records)
    }

    /// Looks for records behind the last whole one. There may be some of the write that was torn, but none that was written after more
    /// records had become durable than there are.
    fn require_no_gap(&self) -> io::Result<()> {
        let mut at = self.end.bytes;
        loop {
            let left_bytes = usize::try_from(self.half_bytes.saturating_sub(at)).unwrap_or(WINDOW_BYTES);
            let window = self.file.read_bytes(self.half_of(self.round) + at, left_bytes.min(WINDOW_BYTES))?;
            for offset in self.seal.places_in(&window) {
                let found = self.read_at(at + offset as u64)?;
                if found.is_some_and(|found| found.durable > self.end.records) {
                    return self.refuse("a record in the middle of it is not what it was");
                }
            }
            if window.len() < WINDOW_BYTES {
                return Ok(());
            }
            // A mark that lies across the border is found in the next window.
            at += (WINDOW_BYTES - record::MARK_BYTES) as u64;
        }
    }

    /// The record at a place of the round's half, if there is a whole one.
    fn read_at(&self, at: u64) -> io::Result<Option<record::Found>> {
        let offset = self.half_of(self.round) + at;
        let head = self.file.read_bytes(offset, HEAD_BYTES)?;
        let Some(head) = self.seal.head(&head) else { return Ok(None) };
        let length = u64::from(head.length);
        if at + HEAD_BYTES as u64 + length > self.half_bytes {
            return Ok(None);
        }
        let length_bytes = usize::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let content = self.file.read_bytes(offset + HEAD_BYTES as u64, length_bytes)?;
        Ok(self.seal.whole(&head, &content))
    }

    fn half_of(&self, round: u64) -> u64 {
        if round.is_multiple_of(2) { 0 } else { self.half_bytes }
    }
}

/// What the record at the beginning of a round says.
fn link_to(before: &End) -> Vec<u8> {
    [&[LINK][..], &before.bytes.to_be_bytes(), &before.records.to_be_bytes()].concat()
}

/// The records of a round without the one at its beginning.
fn commands_of(mut records: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    if records.first().is_some_and(|record| record.first() == Some(&LINK)) {
        records.remove(0);
    }
    records
}

#[cfg(test)]
pub(super) mod tests;
