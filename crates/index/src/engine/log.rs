//! The log of commands since the database was last made durable: one short write and one flush for a batch, where the database
//! itself would have to flush every page the batch has touched.
//!
//! The file keeps its size and is written from its beginning again after every checkpoint. A record is its length (4 bytes), a
//! check (32 bytes) and its content. The check is a hash over the check before it, so what a former round or a failed write left
//! behind can never be taken for a record; the first check begins from the cluster's key, so that no content can forge one.

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

/// The log, and where its next record goes.
pub(super) struct Log {
    file: Arc<dyn File>,
    key: ClusterKey,
    end_bytes: u64,
    last_check: Check,
    /// After a failed write nobody knows what the file holds: it is not written again before the next round.
    is_suspect: bool,
}

/// The room for records in one round of the log. Whoever makes a record takes its room first, long before it is written.
pub(super) struct Room {
    size_bytes: u64,
    left_bytes: u64,
}

impl Room {
    /// The room of a whole log.
    pub(super) fn of(size_bytes: u64) -> Self {
        Self { size_bytes, left_bytes: size_bytes }
    }

    /// Takes room for a record of this content; `false` if there is not enough.
    pub(super) fn take(&mut self, content: &[u8]) -> bool {
        let needed_bytes = (HEAD_BYTES as u64).saturating_add(content.len() as u64);
        let left_bytes = self.left_bytes.checked_sub(needed_bytes);
        self.left_bytes = left_bytes.unwrap_or(self.left_bytes);
        left_bytes.is_some()
    }

    /// A round begins.
    pub(super) fn begin(&mut self) {
        self.left_bytes = self.size_bytes;
    }
}

impl Log {
    /// Makes a log that holds nothing, all its blocks written, so that later flushes need not allocate.
    pub(super) fn create(files: &dyn Files, path: &Path, options: &Options) -> io::Result<Self> {
        let file = files.create(path)?;
        let mut filled: u64 = 0;
        while filled < options.log_bytes {
            let step = usize::try_from(options.log_bytes - filled)
                .map_or(FILL_STEP_BYTES, |left| left.min(FILL_STEP_BYTES));
            file.write_at(filled, &vec![0; step])?;
            filled += step as u64;
        }
        file.sync()?;
        Ok(Self::over(file, options))
    }

    /// Opens a log; [`Log::begin`] or [`Log::replay`] must come before the first append.
    pub(super) fn open(files: &dyn Files, path: &Path, options: &Options) -> io::Result<Self> {
        Ok(Self::over(files.open(path)?, options))
    }

    fn over(file: Arc<dyn File>, options: &Options) -> Self {
        Self { file, key: options.key, end_bytes: 0, last_check: [0; CHECK_BYTES], is_suspect: true }
    }

    /// Begins a round: whatever the file holds is void.
    pub(super) fn begin(&mut self, round: u64) {
        self.end_bytes = 0;
        self.last_check = first_check(self.key, round);
        self.is_suspect = false;
    }

    /// Whether nothing was appended in this round.
    pub(super) fn is_empty(&self) -> bool {
        self.end_bytes == 0
    }

    /// Appends records by one write, durably if asked. After an error each of them may or may not be found by a replay, and nothing
    /// is appended any more in this round.
    pub(super) fn append(&mut self, contents: &[impl AsRef<[u8]>], is_durable: bool) -> io::Result<()> {
        if self.is_suspect {
            return Err(io::Error::other("an earlier write to it has failed"));
        }
        let (mut records, mut check) = (Vec::new(), self.last_check);
        for content in contents {
            let content = content.as_ref();
            let length = u32::try_from(content.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            check = next_check(&check, content);
            records.extend_from_slice(&length.to_be_bytes());
            records.extend_from_slice(&check);
            records.extend_from_slice(content);
        }
        self.is_suspect = true;
        self.file.write_at(self.end_bytes, &records)?;
        if is_durable {
            self.file.sync()?;
        }
        self.is_suspect = false;
        self.end_bytes += records.len() as u64;
        self.last_check = check;
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

    /// The records of a round, in order, up to the first that is not whole: that one was never acknowledged.
    pub(super) fn replay(&mut self, round: u64) -> io::Result<Vec<Vec<u8>>> {
        self.begin(round);
        let size = usize::try_from(self.file.length()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let content = self.file.read_bytes(0, size)?;
        let mut rest = content.as_ref();
        let mut records = Vec::new();
        while let Some((check, record, behind)) = split_record(rest) {
            if check != next_check(&self.last_check, record) {
                break;
            }
            self.last_check = check;
            self.end_bytes += (HEAD_BYTES + record.len()) as u64;
            records.push(record.to_vec());
            rest = behind;
        }
        Ok(records)
    }
}

fn split_record(bytes: &[u8]) -> Option<(Check, &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let (check, rest) = rest.split_first_chunk::<CHECK_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (record, behind) = rest.split_at_checked(length)?;
    Some((*check, record, behind))
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
mod tests;
