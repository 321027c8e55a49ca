use atoll_oci::{Algorithm, digest_of};

use super::*;

fn check(expected: bool, operations: &[(Act, u64, u64)]) {
    let operations: Vec<Operation> = operations
        .iter()
        .map(|(act, begun, ended)| Operation { act: *act, begun: *begun, ended: *ended })
        .collect();
    assert_eq!(is_linearizable(&operations), expected, "{operations:?}");
}

#[test]
fn histories_of_one_register_are_told_from_others() {
    let [a, b] = [b"a", b"b"].map(|text| Some(digest_of(Algorithm::Sha256, text)));
    let (write, read) = (Act::Write, Act::Read);
    check(true, &[]);
    check(true, &[(read(None), 1, 2), (write(a), 3, 4), (read(a), 5, 6)]);
    check(false, &[(write(a), 1, 2), (read(None), 3, 4)]);
    check(false, &[(read(a), 1, 2)]);
    // Both orders of what happens at the same time, but one order for all.
    check(true, &[(write(a), 1, 9), (write(b), 2, 8), (read(b), 3, 4), (read(a), 5, 6)]);
    check(false, &[(write(a), 1, 2), (write(b), 3, 4), (read(a), 5, 6)]);
    check(false, &[(write(a), 1, 9), (read(a), 2, 3), (read(None), 4, 5)]);
    // Without an answer: at any later time, or never.
    check(true, &[(write(a), 1, NEVER), (read(None), 2, 3), (read(a), 4, 5)]);
    check(true, &[(write(a), 1, NEVER), (read(None), 2, 3), (read(None), 4, 5)]);
    check(false, &[(write(a), 1, NEVER), (read(a), 2, 3), (read(None), 4, 5)]);
    check(true, &[(write(a), 1, 2), (write(None), 3, NEVER), (read(a), 4, 5), (read(None), 6, 7)]);
    check(false, &[(write(a), 1, 2), (write(None), 3, NEVER), (read(None), 4, 5), (read(a), 6, 7)]);
}
