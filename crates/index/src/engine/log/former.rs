//! Logs of versions before 3: each round began at the beginning of the file, and a record had its length, a check (a hash over the
//! check before it and its content) and its content. Read once, by the first start of this version.

use std::io;

use atoll_host::File;
use atoll_placement::ClusterKey;

use super::record::hash;

const LENGTH_BYTES: usize = 4;
const CHECK_BYTES: usize = 32;

type Check = [u8; CHECK_BYTES];

/// The records of a round, in order, up to the first that is not whole.
pub(super) fn read(file: &dyn File, key: ClusterKey, round: u64) -> io::Result<Vec<Vec<u8>>> {
    let size = usize::try_from(file.length()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let content = file.read_bytes(0, size)?;
    let (mut rest, mut last, mut records) = (content.as_ref(), first_check(key, round), Vec::new());
    while let Some((check, record, behind)) = split(rest) {
        if check != next_check(&last, record) {
            break;
        }
        records.push(record.to_vec());
        (rest, last) = (behind, check);
    }
    Ok(records)
}

fn split(bytes: &[u8]) -> Option<(Check, &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let (check, rest) = rest.split_first_chunk::<CHECK_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (record, behind) = rest.split_at_checked(length)?;
    Some((*check, record, behind))
}

pub(super) fn first_check(key: ClusterKey, round: u64) -> Check {
    hash(&[b"index log", &key.0, &round.to_be_bytes()])
}

pub(super) fn next_check(before: &Check, content: &[u8]) -> Check {
    hash(&[before, content])
}
