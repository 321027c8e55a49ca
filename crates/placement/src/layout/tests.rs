use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Member;

fn layout(key: u8, members: &BTreeMap<u16, u32>) -> Layout {
    let members = members.iter().map(|(id, weight)| Member { id: MemberId(*id), weight: *weight });
    Layout::new(ClusterKey([key; 16]), 256, Members::new(members).unwrap(), 1)
}

fn weights() -> impl Strategy<Value = BTreeMap<u16, u32>> {
    proptest::collection::btree_map(any::<u16>(), 1_u32..=400, 1..12)
}

#[test]
fn a_layout_of_one_covers_every_shard_once() {
    let layout = Layout::alone(ClusterKey([1; 16]), 256, MemberId(3));
    let cover = layout.cover();
    assert_eq!(cover.len(), 1);
    assert_eq!(cover[0].1.len(), 256);
    assert_eq!(layout.owner(layout.shard_of("any/name")), Some(MemberId(3)));
    assert_eq!((layout.owner(Shard(256)), layout.owners(Shard(256))), (None, &[][..]));
}

/// Members of different releases must agree on it, so it never changes.
#[test]
fn a_layout_is_the_same_on_every_machine_and_in_every_release() {
    let layout = layout(9, &BTreeMap::from([(1, 100), (2, 100), (3, 250), (900, 0)]));
    let first: Vec<u16> = (0..16).map(|shard| layout.owner(Shard(shard)).unwrap().0).collect();
    let shares: Vec<(u16, usize)> =
        layout.cover().into_iter().map(|(member, shards)| (member.0, shards.len())).collect();
    assert_eq!(first, [1, 3, 2, 3, 3, 3, 1, 1, 3, 3, 2, 3, 3, 2, 2, 2]);
    assert_eq!(shares, [(1, 51), (2, 62), (3, 143)]);
    let digest = [55, 133, 17, 137, 185, 70, 17, 28, 113, 59, 187, 147, 36, 6, 73, 188];
    assert_eq!(layout.tag().digest, digest);
}

#[test]
fn whatever_decides_the_owners_changes_the_digest_and_the_version_does_not() {
    let members = BTreeMap::from([(1, 100), (2, 100)]);
    let plain = layout(1, &members);
    assert_eq!(plain.clone().with_version(9).tag().digest, plain.tag().digest);
    let more_shards = Layout::new(ClusterKey([1; 16]), 255, plain.members().clone(), 1);
    for other in [
        layout(2, &members),
        layout(1, &BTreeMap::from([(1, 100), (2, 101)])),
        layout(1, &BTreeMap::from([(1, 100), (3, 100)])),
        layout(1, &BTreeMap::from([(1, 100), (2, 100), (3, 0)])),
        more_shards,
    ] {
        assert_ne!(other.tag().digest, plain.tag().digest);
    }
}

proptest! {
    /// F1.
    #[test]
    fn equal_digests_have_equal_owners_in_whatever_order_the_members_are_listed(
        key: u8, members in weights(), rotation in 0_usize..12
    ) {
        let mut list: Vec<Member> =
            members.iter().map(|(id, weight)| Member { id: MemberId(*id), weight: *weight }).collect();
        let places = list.len();
        list.rotate_left(rotation % places);
        let other = Layout::new(ClusterKey([key; 16]), 256, Members::new(list).unwrap(), 7);
        let one = layout(key, &members);
        prop_assert_eq!(one.tag().digest, other.tag().digest);
        prop_assert!((0..256).map(Shard).all(|shard| one.owners(shard) == other.owners(shard)));
    }

    /// F3.
    #[test]
    fn a_new_member_only_takes_and_a_removed_one_only_gives(
        key: u8, members in weights(), id: u16, weight in 1_u32..=400
    ) {
        prop_assume!(!members.contains_key(&id));
        let mut more = members.clone();
        more.insert(id, weight);
        let (fewer, more) = (layout(key, &members), layout(key, &more));
        let taken = fewer.moves_to(&more);
        prop_assert!(taken.iter().all(|moved| moved.to == MemberId(id)), "{:?}", taken);
        prop_assert_eq!(taken.len(), more.shards_of(MemberId(id)).len());
        let given = more.moves_to(&fewer);
        prop_assert!(given.iter().all(|moved| moved.from == MemberId(id)), "{:?}", given);
    }

    #[test]
    fn a_member_that_grows_only_takes_and_one_without_weight_has_nothing(key: u8, members in weights()) {
        let (id, weight) = members.first_key_value().map(|(id, weight)| (*id, *weight)).unwrap();
        let mut grown = members.clone();
        grown.insert(id, weight * 2);
        let (before, after) = (layout(key, &members), layout(key, &grown));
        prop_assert!(before.moves_to(&after).iter().all(|moved| moved.to == MemberId(id)));
        if members.len() > 1 {
            let left = before.without_shares(|member| member == MemberId(id));
            prop_assert!(left.shards_of(MemberId(id)).is_empty());
            prop_assert!(before.moves_to(&left).iter().all(|moved| moved.from == MemberId(id)));
        }
    }

    /// Within six standard deviations of an even draw.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "the bound allows for it")]
    fn shares_follow_the_weights(key: u8, members in weights()) {
        let layout = layout(key, &members);
        let total: u32 = members.values().sum();
        for (id, weight) in &members {
            let share = f64::from(*weight) / f64::from(total);
            let (mean, deviation) = (256.0 * share, (256.0 * share * (1.0 - share)).sqrt());
            let found = layout.shards_of(MemberId(*id)).len() as f64;
            prop_assert!((found - mean).abs() <= 6.0 * deviation + 1.0, "{found} of {mean}");
        }
    }
}
