use super::*;

#[test]
fn placement_is_the_published_siphash_and_never_changes() {
    // The reference vector of SipHash-2-4: key 00..0f, message 00..0e.
    let key = ClusterKey(std::array::from_fn(|n| u8::try_from(n).unwrap()));
    let message: String = (0_u8..15).map(char::from).collect();
    let slot = 0xa129_ca61_49be_45e5_u64 % 256;
    assert_eq!(u64::from(shard_of(key, &message, 256).0), slot);
}

#[test]
fn names_spread_evenly_over_the_shards() {
    let key = ClusterKey([7; 16]);
    let mut counts = [0_u32; 256];
    for n in 0..25_600 {
        counts[usize::from(shard_of(key, &format!("team/app-{n}"), 256).0)] += 1;
    }
    assert!(counts.iter().all(|count| (50..160).contains(count)), "{counts:?}");
}
