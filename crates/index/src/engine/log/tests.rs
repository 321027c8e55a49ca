use std::io;
use std::path::Path;

use atoll_host::Files as _;

use super::*;
use crate::fixture::{LOG_BYTES, simulated, simulated_options};

const PATH: &str = "/data/log";

fn log() -> (Log, atoll_host::SimulatedFiles) {
    let (_host, files) = simulated(1);
    let mut log = Log::create(&files, Path::new(PATH), &simulated_options()).unwrap();
    files.sync_dir(Path::new("/data")).unwrap();
    log.begin(1);
    (log, files)
}

fn reopened(files: &atoll_host::SimulatedFiles, round: u64) -> Vec<Vec<u8>> {
    Log::open(files, Path::new(PATH), &simulated_options()).unwrap().replay(round).unwrap()
}

#[test]
fn what_was_appended_is_replayed_in_order() {
    let (mut log, files) = log();
    for content in [b"one".as_slice(), b"", b"three"] {
        log.append(&[content], true).unwrap();
    }
    assert_eq!(reopened(&files.crash(), 1), [b"one".to_vec(), b"".to_vec(), b"three".to_vec()]);
}

#[test]
fn a_replayed_log_goes_on_where_it_ended() {
    let (mut log, files) = log();
    log.append(&[b"one"], true).unwrap();
    let mut again = Log::open(&files, Path::new(PATH), &simulated_options()).unwrap();
    again.replay(1).unwrap();
    again.append(&[b"two"], true).unwrap();
    assert_eq!(reopened(&files, 1), [b"one".to_vec(), b"two".to_vec()]);
}

#[test]
fn records_of_a_former_round_are_void() {
    let (mut log, files) = log();
    log.append(&[b"a long record of the first round"], true).unwrap();
    log.append(&[b"another"], true).unwrap();
    log.begin(2);
    assert!(log.is_empty());
    assert_eq!(reopened(&files, 2), Vec::<Vec<u8>>::new());
    log.append(&[b"a long record of the second roun"], true).unwrap();
    assert_eq!(reopened(&files, 2), [b"a long record of the second roun".to_vec()]);
    assert_eq!(reopened(&files, 1), Vec::<Vec<u8>>::new());
}

#[test]
fn a_damaged_record_ends_the_replay() {
    let (mut log, files) = log();
    log.append(&[b"one"], true).unwrap();
    let second = log.end_bytes;
    log.append(&[b"two"], true).unwrap();
    log.append(&[b"three"], true).unwrap();
    files.open(Path::new(PATH)).unwrap().write_at(second + HEAD_BYTES as u64, b"T").unwrap();
    assert_eq!(reopened(&files, 1), [b"one".to_vec()]);
}

#[test]
fn a_log_of_another_cluster_holds_nothing() {
    let (mut log, files) = log();
    log.append(&[b"one"], true).unwrap();
    let options = Options { key: ClusterKey([8; 16]), ..simulated_options() };
    let mut other = Log::open(&files, Path::new(PATH), &options).unwrap();
    assert_eq!(other.replay(1).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn records_that_are_written_together_are_replayed_one_by_one() {
    let (mut log, files) = log();
    log.append(&[b"one".as_slice(), b"", b"three"], true).unwrap();
    log.append(&[b"four"], true).unwrap();
    let found = reopened(&files.crash(), 1);
    assert_eq!(found, [b"one".to_vec(), b"".to_vec(), b"three".to_vec(), b"four".to_vec()]);
}

#[test]
fn after_a_failed_write_nothing_is_appended_until_the_next_round() {
    let (mut log, files) = log();
    files.faults().fail_call(1, io::ErrorKind::Other);
    assert!(log.append(&[b"one"], true).is_err());
    assert!(log.append(&[b"two"], true).is_err());
    log.begin(2);
    log.append(&[b"three"], true).unwrap();
    assert_eq!(reopened(&files, 2), [b"three".to_vec()]);
}

#[test]
fn there_is_room_up_to_the_size_of_the_log_and_no_further() {
    let mut room = Room::of(LOG_BYTES);
    let whole = vec![0; usize::try_from(LOG_BYTES).unwrap() - HEAD_BYTES];
    assert!(!room.take(&[whole.as_slice(), b"x"].concat()));
    assert!(room.take(&whole));
    assert!(!room.take(b""));
    room.begin();
    assert!(room.take(b""));
}
