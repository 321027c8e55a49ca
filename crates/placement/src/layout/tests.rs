use super::*;

#[test]
fn a_layout_of_one_covers_every_shard_once() {
    let layout = Layout::alone(ClusterKey([1; 16]), 256, MemberId(3));
    let cover = layout.cover();
    assert_eq!(cover.len(), 1);
    assert_eq!(cover[0].1.len(), 256);
    assert_eq!(layout.owner(layout.shard_of("any/name")), Some(MemberId(3)));
    assert_eq!(layout.owner(Shard(256)), None);
}
