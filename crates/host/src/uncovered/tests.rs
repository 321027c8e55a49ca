use std::fs;

use super::keep_freed_memory;

const PIECES: usize = 8;
const PIECE_BYTES: usize = 256 << 10;
const PAGE_BYTES: usize = 4096;
const ROUNDS: usize = 100;

/// Page faults of this thread so far (`proc(5)`).
fn page_faults() -> usize {
    let stat = fs::read_to_string("/proc/thread-self/stat").expect("it is there");
    let (_, behind_the_name) = stat.rsplit_once(')').expect("a name");
    behind_the_name.split_whitespace().nth(7).expect("a field").parse().expect("a number")
}

/// As content that is passed on: received, sent and freed, again and again.
fn pass_on() -> usize {
    let before = page_faults();
    for _ in 0..ROUNDS {
        let pieces: Vec<_> = (0..PIECES).map(|_| Vec::<u8>::with_capacity(PIECE_BYTES)).collect();
        let filled = pieces.into_iter().map(|mut piece| {
            piece.resize(PIECE_BYTES, 1);
            piece
        });
        assert_eq!(filled.collect::<Vec<_>>().len(), PIECES);
    }
    page_faults() - before
}

#[test]
fn memory_that_is_freed_and_taken_again_does_not_come_from_the_system_each_time() {
    keep_freed_memory();
    let faults = pass_on();
    let pages = PIECES * PIECE_BYTES / PAGE_BYTES;
    assert!(faults < 4 * pages, "{faults} page faults for {ROUNDS} times {pages} pages");
}
