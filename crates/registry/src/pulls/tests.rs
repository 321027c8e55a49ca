use super::*;

#[test]
fn pulls_of_one_manifest_become_one_count() {
    let (pulls, repository) = (Pulls::new(), "a/b".parse::<Repository>().unwrap());
    let digest = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, b"x");
    for at in [5, 9, 7] {
        pulls.count(&repository, digest, Timestamp(at));
    }
    let commands = pulls.take(Timestamp(10));
    let expected = PullCount { digest, times: 3, last_at: Timestamp(9) };
    assert_eq!(commands.len(), 1);
    assert_eq!(commands[0].mutation, Mutation::CountPulls { counts: vec![expected] });
    assert!(pulls.take(Timestamp(11)).is_empty());
}
