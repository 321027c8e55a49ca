use super::*;

fn example() -> (Pulls, Repository, Digest) {
    let digest = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, b"x");
    (Pulls::new(), "a/b".parse().unwrap(), digest)
}

#[test]
fn pulls_of_one_manifest_become_one_count() {
    let (pulls, repository, digest) = example();
    for at in [5, 9, 7] {
        pulls.count(&repository, digest, Timestamp(at));
    }
    let (commands, _) = pulls.take(Timestamp(10));
    let expected = PullCount { digest, times: 3, last_at: Timestamp(9) };
    assert_eq!(commands.len(), 1);
    assert_eq!(commands[0].mutation, Mutation::CountPulls { counts: vec![expected] });
    assert_eq!(pulls.take(Timestamp(11)), (Vec::new(), Vec::new()));
}

#[test]
fn each_pull_is_told_once() {
    let (pulls, repository, digest) = example();
    let told = |times, at| vec![(repository.clone(), digest, (times, Timestamp(at)))];
    pulls.count(&repository, digest, Timestamp(1));
    assert_eq!(pulls.tell(), told(1, 1));
    assert_eq!(pulls.tell(), Vec::new());
    pulls.count(&repository, digest, Timestamp(2));
    pulls.count(&repository, digest, Timestamp(3));
    assert_eq!(pulls.take(Timestamp(4)).1, told(2, 3));
    pulls.count(&repository, digest, Timestamp(5));
    assert_eq!(pulls.unwritten(), told(1, 5));
    assert_eq!(pulls.tell(), Vec::new());
    assert_eq!(pulls.all(), 4);
}

#[test]
fn what_could_not_be_counted_is_told_again_until_it_is_written() {
    let (pulls, repository, digest) = example();
    let told = |times, at| vec![(repository.clone(), digest, (times, Timestamp(at)))];
    pulls.count(&repository, digest, Timestamp(1));
    let first = pulls.tell();
    pulls.tell_again(&first);
    pulls.count(&repository, digest, Timestamp(2));
    assert_eq!(pulls.tell(), told(2, 2));
    pulls.tell_again(&told(2, 2));
    assert_eq!(pulls.take(Timestamp(3)).1, told(2, 2));
    pulls.tell_again(&told(2, 2));
    assert_eq!(pulls.tell(), Vec::new());
}
