use std::io;
use std::path::Path;

use atoll_host::Files as _;

use super::*;
use crate::fixture::{KEY, LOG_BYTES, simulated, simulated_options};

const PATH: &str = "/data/log";

/// What an earlier version, whose rounds all began at the beginning of the file, wrote in a round.
pub(in crate::engine) fn former(round: u64, contents: &[&[u8]]) -> Vec<u8> {
    let (mut bytes, mut check) = (Vec::new(), former::first_check(KEY, round));
    for content in contents {
        check = former::next_check(&check, content);
        bytes.extend_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&check);
        bytes.extend_from_slice(content);
    }
    bytes
}

fn log() -> (Log, atoll_host::SimulatedFiles) {
    let (_host, files) = simulated(1);
    let mut log = Log::create(&files, Path::new(PATH), &simulated_options()).unwrap();
    files.sync_dir(Path::new("/data")).unwrap();
    log.begin(1);
    (log, files)
}

fn open(files: &atoll_host::SimulatedFiles) -> Log {
    Log::open(files, Path::new(PATH), &simulated_options()).unwrap()
}

fn reopened(files: &atoll_host::SimulatedFiles, round: u64) -> Vec<String> {
    texts(open(files).replay(round).unwrap())
}

fn texts(replayed: Replayed) -> Vec<String> {
    replayed.records.into_iter().map(|record| String::from_utf8(record).unwrap()).collect()
}

fn of(round: u64, contents: &[&str]) -> Vec<Record> {
    contents.iter().map(|content| Record { round, content: content.as_bytes().to_vec() }).collect()
}

fn append(log: &mut Log, round: u64, contents: &[&str]) {
    log.append(&of(round, contents), true).unwrap();
}

#[test]
fn what_was_appended_is_replayed_in_order() {
    let (mut log, files) = log();
    for content in ["one", "", "three"] {
        append(&mut log, 1, &[content]);
    }
    assert_eq!(reopened(&files.crash(), 1), ["one", "", "three"]);
}

#[test]
fn a_replayed_log_goes_on_where_it_ended() {
    let (mut log, files) = log();
    append(&mut log, 1, &["one"]);
    let mut again = open(&files);
    again.replay(1).unwrap();
    append(&mut again, 1, &["two"]);
    assert_eq!(reopened(&files, 1), ["one", "two"]);
}

#[test]
fn records_of_a_former_round_are_void() {
    let (mut log, files) = log();
    append(&mut log, 1, &["a long record of the first round", "another"]);
    for (round, content) in [(2, "second"), (3, "a long record of the thirdd round")] {
        log.begin(round);
        assert!(log.is_empty());
        assert_eq!(reopened(&files, round), [""; 0]);
        append(&mut log, round, &[content]);
        assert_eq!(reopened(&files, round), [content]);
    }
}

#[test]
fn two_rounds_are_replayed_one_behind_the_other() {
    let (mut log, files) = log();
    append(&mut log, 1, &["one", "two"]);
    log.append(&[of(1, &["three"]), of(2, &["four"]), of(2, &["five"])].concat(), true).unwrap();
    append(&mut log, 2, &["six"]);
    let found = open(&files).replay(1).unwrap();
    assert_eq!(
        (found.round, texts(found)),
        (2, ["one", "two", "three", "four", "five", "six"].map(str::to_owned).to_vec())
    );
    assert_eq!(reopened(&files, 2), ["four", "five", "six"]);
    append(&mut log, 3, &["seven"]);
    assert_eq!(reopened(&files, 2), ["four", "five", "six", "seven"]);
}

#[test]
fn a_round_is_durable_before_the_next_one_begins() {
    for fail_at in 1..4 {
        let (mut log, files) = log();
        append(&mut log, 1, &["one"]);
        log.append(&of(1, &["two"]), false).unwrap();
        files.faults().fail_from(fail_at, io::ErrorKind::Other);
        // It is made durable, the next one is written, and that is made durable.
        assert!(log.append(&of(2, &["three"]), true).is_err());
        let found = reopened(&files.crash(), 1);
        assert!(found.len() < 3 || found == ["one", "two", "three"], "call {fail_at}: {found:?}");
        assert!(fail_at == 1 || found.len() >= 2, "call {fail_at}: {found:?}");
    }
}

/// Changes a byte of the round's half.
fn damage(files: &atoll_host::SimulatedFiles, log: &Log, at: u64) {
    let file = files.open(Path::new(PATH)).unwrap();
    let offset = log.half_of(log.round) + at;
    let byte = file.read_bytes(offset, 1).unwrap()[0];
    file.write_at(offset, &[byte ^ 1]).unwrap();
}

#[test]
fn a_write_that_was_torn_ends_the_replay_wherever_it_was_torn() {
    let (mut log, files) = log();
    append(&mut log, 1, &["one"]);
    let torn_from = log.end.bytes;
    append(&mut log, 1, &["two", "three", "four"]);
    for at in torn_from..log.end.bytes {
        damage(&files, &log, at);
        let found = reopened(&files, 1);
        assert!(found.len() < 4 && found[0] == "one", "{at}: {found:?}");
        damage(&files, &log, at);
    }
    assert_eq!(reopened(&files, 1).len(), 4);
}

#[test]
fn damage_to_what_was_durable_before_a_later_write_is_refused_wherever_it_is() {
    for later_round in [1, 2] {
        let (mut log, files) = log();
        let first = |log: &mut Log| append(log, 1, &["one", "two"]);
        first(&mut log);
        let end = log.end.bytes;
        append(&mut log, later_round, &["three", &"4".repeat(2 * WINDOW_BYTES.min(4_000))]);
        append(&mut log, later_round, &["five"]);
        log.round = 1;
        for at in 0..end {
            damage(&files, &log, at);
            let refused = open(&files).replay(1).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{later_round} {at}");
            damage(&files, &log, at);
        }
        assert_eq!(reopened(&files, 1).len(), 5);
        if later_round == 2 {
            damage(&files, &log, 70);
            assert_eq!(reopened(&files, 2).len(), 3, "by then the round before is in the database");
        }
    }
}

#[test]
fn without_durability_a_gap_is_no_damage_since_nothing_was_promised() {
    let (mut log, files) = log();
    log.append(&of(1, &["one"]), false).unwrap();
    let end = log.end.bytes;
    log.append(&of(1, &["two"]), false).unwrap();
    log.append(&of(1, &["three"]), false).unwrap();
    damage(&files, &log, end + 1);
    assert_eq!(reopened(&files, 1), ["one"]);
    damage(&files, &log, end + 1);
    log.flush().unwrap();
    log.append(&of(1, &["four"]), false).unwrap();
    damage(&files, &log, end + 1);
    assert!(open(&files).replay(1).is_err());
}

#[test]
fn damage_whose_loss_is_accepted_ends_the_replay() {
    let accepting = Options { accepts_loss: true, ..simulated_options() };
    let replay = |files: &atoll_host::SimulatedFiles| {
        Log::open(files, Path::new(PATH), &accepting).unwrap().replay(1).unwrap()
    };
    let (mut log, files) = log();
    append(&mut log, 1, &["one"]);
    let second = log.end.bytes;
    append(&mut log, 1, &["two"]);
    append(&mut log, 2, &["three"]);
    log.round = 1;
    damage(&files, &log, second);
    let found = replay(&files);
    assert_eq!((found.round, texts(found)), (2, vec!["one".to_owned()]), "round 2 is not begun again");
    files.open(Path::new(PATH)).unwrap().set_length(LOG_BYTES / 2).unwrap();
    assert_eq!(texts(replay(&files)), [""; 0]);
}

#[test]
fn a_log_of_another_length_is_refused() {
    let (mut log, files) = log();
    append(&mut log, 1, &["one"]);
    for length in [0, LOG_BYTES, 2 * LOG_BYTES - 1, 2 * LOG_BYTES + 1] {
        files.open(Path::new(PATH)).unwrap().set_length(length).unwrap();
        assert_eq!(open(&files).replay(1).unwrap_err().kind(), io::ErrorKind::InvalidData, "{length}");
    }
}

#[test]
fn a_record_that_lies_across_the_border_of_what_is_read_at_a_time_is_found() {
    let half_bytes = 3 * WINDOW_BYTES as u64;
    for shift in 0..80 {
        let (_host, files) = simulated(1);
        let options = Options { log_bytes: half_bytes, ..simulated_options() };
        let mut log = Log::create(&files, Path::new(PATH), &options).unwrap();
        log.begin(1);
        append(&mut log, 1, &["one"]);
        let second = log.end.bytes;
        append(&mut log, 1, &[&"x".repeat(WINDOW_BYTES - HEAD_BYTES - 70 + shift)]);
        append(&mut log, 1, &["three"]);
        damage(&files, &log, second);
        let refused = Log::open(&files, Path::new(PATH), &options).unwrap().replay(1);
        assert!(refused.is_err(), "shift {shift}");
    }
}

#[test]
fn a_log_of_another_cluster_holds_nothing() {
    let (mut log, files) = log();
    append(&mut log, 1, &["one"]);
    let options = Options { key: ClusterKey([8; 16]), ..simulated_options() };
    let mut other = Log::open(&files, Path::new(PATH), &options).unwrap();
    assert_eq!(other.replay(1).unwrap(), Replayed { records: Vec::new(), round: 1 });
}

#[test]
fn after_a_failed_write_nothing_is_appended_until_the_next_checkpoint() {
    let (mut log, files) = log();
    files.faults().fail_call(1, io::ErrorKind::Other);
    assert!(log.append(&of(1, &["one"]), true).is_err());
    assert!(log.append(&of(1, &["two"]), true).is_err());
    assert!(log.append(&of(2, &["two"]), true).is_err());
    log.begin(2);
    append(&mut log, 2, &["three"]);
    assert_eq!(reopened(&files, 2), ["three"]);
}

#[test]
fn a_log_of_an_earlier_version_is_replayed_and_gets_its_second_half() {
    let (_host, files) = simulated(1);
    let path = Path::new(PATH);
    let file = files.create(path).unwrap();
    file.set_length(LOG_BYTES).unwrap();
    file.write_at(0, &former(7, &[b"one", b"two"])).unwrap();
    let found = open(&files).replay_former(7).unwrap();
    assert_eq!((found.round, texts(found)), (7, ["one", "two"].map(str::to_owned).to_vec()));
    assert_eq!(file.length().unwrap(), 2 * LOG_BYTES);
}

#[test]
fn there_is_room_up_to_the_size_of_a_half_and_no_further() {
    let (mut log, files) = log();
    let mut room = Room::of(LOG_BYTES);
    let most = usize::try_from(LOG_BYTES).unwrap() - 2 * HEAD_BYTES - LINK_BYTES;
    let whole = "x".repeat(most);
    assert!(!room.can_ever_take(format!("{whole}x").as_bytes()) && room.can_ever_take(whole.as_bytes()));
    assert!(!room.take(format!("{whole}x").as_bytes()));
    assert!(room.take(whole.as_bytes()));
    assert!(!room.take(b""));
    room.begin();
    assert!(room.take(b""));
    append(&mut log, 1, &[&whole]);
    append(&mut log, 2, &["next"]);
    assert_eq!(reopened(&files, 1), [whole.as_str(), "next"]);
}
