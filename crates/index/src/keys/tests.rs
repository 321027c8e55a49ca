use atoll_oci::{Algorithm, Repository};
use proptest::prelude::*;

use super::*;
use crate::fixture::{digest, repository, tag};

const SHARD: Shard = Shard(258);

fn names() -> impl Strategy<Value = Repository> {
    "[a-c0]([-._]?[a-c0]){0,3}(/[a-c0]([-._]?[a-c0]){0,3}){0,2}".prop_map(|text| text.parse().unwrap())
}

proptest! {
    #[test]
    fn keys_sort_as_the_catalog_does(left in names(), right in names()) {
        let (left_keys, right_keys) = (RepositoryKeys::new(SHARD, &left), RepositoryKeys::new(SHARD, &right));
        prop_assert_eq!(left_keys.prefix().cmp(right_keys.prefix()), left.compare_components(&right));
    }

    #[test]
    fn a_repository_can_be_read_back_from_its_key(name in names()) {
        let keys = RepositoryKeys::new(SHARD, &name);
        prop_assert_eq!(super::repository(Table::Repositories, &shard(SHARD), keys.prefix()).unwrap(), name);
    }

    #[test]
    fn no_key_of_one_repository_begins_as_those_of_another(left in names(), right in names()) {
        let left_keys = RepositoryKeys::new(SHARD, &left);
        let right_key = RepositoryKeys::new(SHARD, &right).tag("latest");
        prop_assert_eq!(right_key.starts_with(left_keys.prefix()), left == right);
    }
}

#[test]
fn every_key_begins_with_its_shard() {
    let keys = RepositoryKeys::new(SHARD, &repository("a/b"));
    let one = digest(1);
    let all = [
        keys.prefix().to_vec(),
        keys.tag("t"),
        keys.digest(&one),
        keys.tag_of(&one, &tag("t")),
        keys.part_use(&one, (Timestamp(5), &digest(2))),
        keys.referrer(&one, 3),
        keys.holding(&one),
        shard(SHARD).to_vec(),
        change(SHARD, 4),
        holders(SHARD, &one),
    ];
    assert!(all.iter().all(|key| key.starts_with(&[1, 2]) && is_of_shard(SHARD, key)));
    assert!(!is_of_shard(Shard(259), keys.prefix()));
}

#[test]
fn tags_digests_and_places_can_be_read_back_from_keys() {
    let keys = RepositoryKeys::new(SHARD, &repository("a/b"));
    for algorithm in Algorithm::ALL {
        let one = atoll_oci::digest_of(algorithm, b"one");
        assert_eq!(super::digest(Table::Blobs, keys.prefix(), &keys.digest(&one)).unwrap(), one);
        let prefix = keys.digest(&one);
        assert_eq!(
            super::tag(Table::TagsByDigest, &prefix, &keys.tag_of(&one, &tag("v1"))).unwrap(),
            tag("v1")
        );
        assert_eq!(number(Table::Referrers, &prefix, &keys.referrer(&one, 77)).unwrap(), 77);
        for part in Algorithm::ALL.map(|algorithm| atoll_oci::digest_of(algorithm, b"other")) {
            let times = [0, 0x0123_4567_89AB_CDEF, 0x0203_0000_0000_0000, u64::MAX].map(Timestamp);
            for key in times.map(|time| keys.part_use(&one, (time, &part))) {
                assert_eq!(naming_manifest(&prefix, &key).unwrap(), part);
            }
            assert_eq!(naming_manifest(&prefix, &keys.former_part_use(&one, &part)).unwrap(), part);
        }
        let holding = super::repository(Table::Holdings, &holders(SHARD, &one), &keys.holding(&one));
        assert_eq!(holding.unwrap(), repository("a/b"));
    }
}

#[test]
fn a_damaged_key_is_an_error_and_not_a_panic() {
    let prefix = shard(SHARD);
    for key in [&[][..], &[1], &[1, 2], &[1, 2, b'A', 0], &[1, 2, b'a'], &[1, 2, 0xff, 0xff]] {
        assert!(super::repository(Table::Repositories, &prefix, key).is_err());
        assert!(super::digest(Table::Blobs, &prefix, key).is_err());
        assert!(number(Table::Referrers, &prefix, key).is_err());
    }
}
