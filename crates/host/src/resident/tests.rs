use std::io::Write as _;

use super::*;

fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

#[test]
fn what_was_just_written_is_read_without_waiting() {
    let content: Vec<u8> = (0..300_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let file = file_of(&content);
    let mut read_back = Vec::new();
    // A file system that cannot tell answers nothing, which is an answer too.
    while let Some(piece) = read(&file, read_back.len() as u64, 1 << 20).unwrap() {
        assert!(piece.len() <= BUFFER_BYTES);
        read_back.extend_from_slice(&piece);
    }
    assert!(read_back.is_empty() || read_back == content);
}

#[test]
fn a_buffer_on_loan_is_not_lent_again() {
    let (one, other) = (file_of(&[1; 1000]), file_of(&[2; 1000]));
    let first = read(&one, 0, 1000).unwrap();
    let second = read(&other, 0, 1000).unwrap();
    if let (Some(first), Some(second)) = (first, second) {
        assert_eq!((first.as_ref(), second.as_ref()), ([1_u8; 1000].as_slice(), [2_u8; 1000].as_slice()));
    }
}

#[test]
fn a_file_that_is_not_there_is_left_to_the_call_that_can_tell() {
    let folder = tempfile::tempdir().unwrap();
    assert!(open(&folder.path().join("nothing")).is_none());
}
