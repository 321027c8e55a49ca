//! The log of commands since the database was last made durable: one short write and one flush for a batch, where the database
//! itself would have to flush every page the batch has touched.
//!
//! The file keeps its size and has two halves, which the rounds take in turns: while a checkpoint brings the commands of one round
//! into the database, those of the next are written to the other half. A record is its length (4 bytes), a check (32 bytes) and its
//! content. The check is a hash over the check before it, so what a former round or a failed write left behind can never be taken
//! for a record; the first check begins from the cluster's key, so that no content can forge one.
//!
//! A round begins with a record that says where the round before it ended. Everything of that one is durable before, so whoever
//! finds the beginning of a round knows whether the round before it is whole.

use std::io;
use std::path::Path;
use std::sync::Arc;

use atoll_host::{File, Files};
use atoll_oci::{Algorithm, Hasher};
use atoll_placement::ClusterKey;

use crate::Options;

const LENGTH_BYTES: usize = 4;
const CHECK_BYTES: usize = 32;
const HEAD_BYTES: usize = LENGTH_BYTES + CHECK_BYTES;
const FILL_STEP_BYTES: usize = 64 * 1024;

type Check = [u8; CHECK_BYTES];

/// The first byte of the record at the beginning of a round. Those of commands begin with a version, which is never zero.
const LINK: u8 = 0;
const LINK_BYTES: usize = 1 + size_of::<u64>() + CHECK_BYTES;

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
    round: u64,
    end: End,
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
    /// The check of its last record.
    check: Check,
}

/// The room for records in one round of the log. Whoever makes a record takes its room first, long before it is written.
pub(super) struct Room {
    size_bytes: u64,
    left_bytes: u64,
}

impl Room {
    /// The room of a whole round, in a log whose halves have that size.
    pub(super) fn of(half_bytes: u64) -> Self {
        let size_bytes = half_bytes.saturating_sub((HEAD_BYTES + LINK_BYTES) as u64);
        Self { size_bytes, left_bytes: size_bytes }
    }

    /// Takes room for a record of this content; `false` if there is not enough.
    pub(super) fn take(&mut self, content: &[u8]) -> bool {
        let left_bytes = self.left_bytes.checked_sub(needed_bytes(content));
        self.left_bytes = left_bytes.unwrap_or(self.left_bytes);
        left_bytes.is_some()
    }

    /// Whether a round has room for a record of this content, if it is the only one.
    pub(super) fn can_ever_take(&self, content: &[u8]) -> bool {
        needed_bytes(content) <= self.size_bytes
    }

    /// A round begins.
    pub(super) fn begin(&mut self) {
        self.left_bytes = self.size_bytes;
    }
}

fn needed_bytes(content: &[u8]) -> u64 {
    (HEAD_BYTES as u64).saturating_add(content.len() as u64)
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
        let log = Self::over(files.open(path)?, options);
        log.fill()?;
        Ok(log)
    }

    fn over(file: Arc<dyn File>, options: &Options) -> Self {
        let (key, half_bytes) = (options.key, options.log_bytes);
        let (end, before) = (End::default(), End::default());
        Self { file, key, half_bytes, round: 0, end, before, is_suspect: true }
    }

    /// Writes the blocks that are not there yet: all of a new log, half of one that an earlier version made.
    fn fill(&self) -> io::Result<()> {
        let (mut filled, size) = (self.file.length()?, self.half_bytes.saturating_mul(2));
        if filled >= size {
            return Ok(());
        }
        while filled < size {
            let step =
                usize::try_from(size - filled).map_or(FILL_STEP_BYTES, |left| left.min(FILL_STEP_BYTES));
            self.file.write_at(filled, &vec![0; step])?;
            filled += step as u64;
        }
        self.file.sync()
    }

    /// Begins a round after a checkpoint: whatever the file holds is void.
    pub(super) fn begin(&mut self, round: u64) {
        self.turn_to(round);
        self.is_suspect = false;
    }

    fn turn_to(&mut self, round: u64) {
        self.before = self.end;
        self.round = round;
        self.end = End { bytes: 0, check: first_check(self.key, round) };
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
        }
        self.is_suspect = false;
        Ok(())
    }

    fn write(&mut self, records: &[Record]) -> io::Result<()> {
        let (mut bytes, mut check) = (Vec::new(), self.end.check);
        if self.is_empty() {
            check = push_record(&mut bytes, &check, &link_to(&self.before))?;
        }
        for record in records {
            check = push_record(&mut bytes, &check, &record.content)?;
        }
        self.file.write_at(self.half_of(self.round) + self.end.bytes, &bytes)?;
        self.end = End { bytes: self.end.bytes + bytes.len() as u64, check };
        Ok(())
    }

    /// Makes durable what was appended without.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        self.is_suspect = true;
        self.file.sync()?;
        self.is_suspect = false;
        Ok(())
    }

    /// The records of a round and, if it was begun, of the next, up to the first that is not whole: that one was never acknowledged.
    /// An error if the next was begun and not all of the first is there, which was durable then.
    pub(super) fn replay(&mut self, round: u64) -> io::Result<Replayed> {
        let first = self.replay_one(round)?;
        let end_of_first = self.end;
        let second = self.replay_one(round.saturating_add(1))?;
        let Some((link, second)) = second.split_first() else {
            self.go_back(round, end_of_first);
            return Ok(Replayed { records: commands_of(first), round });
        };
        if *link != link_to(&end_of_first) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a round of it is damaged"));
        }
        let records = commands_of(first).into_iter().chain(second.iter().cloned()).collect();
        Ok(Replayed { records, round: self.round })
    }

    /// The records of a round in a log that an earlier version wrote: all of its rounds began at the beginning of the file.
    pub(super) fn replay_former(&mut self, round: u64) -> io::Result<Replayed> {
        self.begin(round);
        Ok(Replayed { records: self.read_from(0, self.file.length()?)?, round })
    }

    fn replay_one(&mut self, round: u64) -> io::Result<Vec<Vec<u8>>> {
        self.begin(round);
        self.read_from(self.half_of(round), self.half_bytes)
    }

    fn go_back(&mut self, round: u64, end: End) {
        self.begin(round);
        self.end = end;
    }

    /// The records that lie from `offset` on.
    fn read_from(&mut self, offset: u64, most_bytes: u64) -> io::Result<Vec<Vec<u8>>> {
        let mut records = Vec::new();
        loop {
            let left_bytes = most_bytes.saturating_sub(self.end.bytes);
            let Some((check, record)) = self.read_record(offset + self.end.bytes, left_bytes)? else {
                return Ok(records);
            };
            if check != next_check(&self.end.check, &record) {
                return Ok(records);
            }
            self.end = End { bytes: self.end.bytes + needed_bytes(&record), check };
            records.push(record);
        }
    }

    /// What lies at `offset` if it is a record: its check and its content.
    fn read_record(&self, offset: u64, left_bytes: u64) -> io::Result<Option<(Check, Vec<u8>)>> {
        let head = self.file.read_bytes(offset, HEAD_BYTES)?;
        let Some((length, check)) = head.split_first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let Ok(check) = Check::try_from(check) else { return Ok(None) };
        let length = u32::from_be_bytes(*length);
        let length_bytes = usize::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        if u64::from(length) + HEAD_BYTES as u64 > left_bytes {
            return Ok(None);
        }
        let content = self.file.read_bytes(offset + HEAD_BYTES as u64, length_bytes)?;
        Ok((content.len() == length_bytes).then(|| (check, content.to_vec())))
    }

    fn half_of(&self, round: u64) -> u64 {
        if round.is_multiple_of(2) { 0 } else { self.half_bytes }
    }
}

/// What the record at the beginning of a round says.
fn link_to(before: &End) -> Vec<u8> {
    [&[LINK][..], &before.bytes.to_be_bytes(), &before.check].concat()
}

/// The records of a round without the one at its beginning.
fn commands_of(mut records: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    if records.first().is_some_and(|record| record.first() == Some(&LINK)) {
        records.remove(0);
    }
    records
}

/// Adds a record and gives its check.
fn push_record(bytes: &mut Vec<u8>, before: &Check, content: &[u8]) -> io::Result<Check> {
    let length = u32::try_from(content.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let check = next_check(before, content);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&check);
    bytes.extend_from_slice(content);
    Ok(check)
}

fn first_check(key: ClusterKey, round: u64) -> Check {
    hash(&[b"index log", &key.0, &round.to_be_bytes()])
}

fn next_check(before: &Check, content: &[u8]) -> Check {
    hash(&[before, content])
}

fn hash(pieces: &[&[u8]]) -> Check {
    let mut hasher = Hasher::new(Algorithm::Blake3);
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finish().bytes().try_into().unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests;
