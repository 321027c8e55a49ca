use super::*;

#[test]
fn what_is_covered_is_told_once_for_each_member_and_in_order() {
    let group = |member, shards: &[u16]| Group {
        member: MemberId(member),
        shards: shards.iter().copied().map(Shard).collect(),
    };
    let missing = |member, shards: &[u16], is_retryable| Missing {
        shards: shards.iter().copied().map(Shard).collect(),
        member,
        is_retryable,
    };
    let two = Some(MemberId(2));
    let told = coverage(
        [group(1, &[4, 0]), group(0, &[2])].into_iter(),
        vec![missing(two, &[7], true), missing(None, &[3], true), missing(two, &[1], true)],
    );
    assert_eq!(told.answered, [0, 2, 4].map(Shard));
    assert_eq!(told.missing, [missing(None, &[3], true), missing(two, &[1, 7], true)]);
}
