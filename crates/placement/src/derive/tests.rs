use crate::{ClusterId, ClusterKey};

#[test]
fn the_identity_of_a_cluster_follows_from_its_key_for_ever() {
    let id = |key: &[u8; 16]| ClusterId::of_key(ClusterKey(*key)).to_string();
    assert_ne!(id(b"0123456789abcdef"), id(b"0123456789abcdeg"));
    assert_eq!(id(b"0123456789abcdef"), id(b"0123456789abcdef"));
}
