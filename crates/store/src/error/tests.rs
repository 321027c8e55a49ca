use std::io;

use atoll_fault::Kind;

use super::Error;

#[test]
fn what_passes_by_itself_is_told_from_what_does_not() {
    let kind = |code| Error::from_io("reading", io::Error::from_raw_os_error(code)).kind();
    let (file_table, too_many, no_space, broken) = (23, 24, 28, 5);
    assert_eq!(kind(file_table), Kind::Unavailable);
    assert_eq!(kind(too_many), Kind::Unavailable);
    assert_eq!(kind(no_space), Kind::NoSpace);
    assert_eq!(kind(broken), Kind::Internal);
}
