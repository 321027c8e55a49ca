//! What can be proved without a network. The suites over real connections are in `testkit`.

mod made;
mod recorded;

use std::collections::BTreeSet;

use crate::hello::Hello;
use crate::{Method, member_name};
use atoll_placement::{ClusterId, MemberId};

#[test]
fn every_method_is_found_by_its_own_name() {
    for method in Method::ALL {
        assert_eq!(Method::of(method.name()), Some(method));
    }
    assert_eq!(Method::of("brew-coffee"), None);
    assert_eq!(Method::ALL.iter().collect::<std::collections::HashSet<_>>().len(), Method::ALL.len());
    let names: BTreeSet<_> = Method::ALL.iter().map(|method| method.name()).collect();
    assert_eq!(names.len(), Method::ALL.len());
}

#[test]
fn members_agree_on_the_newest_version_that_both_speak() {
    for (ours, theirs, agreed) in [
        ((1, 1), (1, 1), Some(1)),
        ((1, 2), (2, 3), Some(2)),
        ((2, 3), (1, 2), Some(2)),
        ((1, 4), (2, 3), Some(3)),
        ((1, 1), (2, 3), None),
        ((3, 4), (1, 2), None),
    ] {
        let hello = Hello { from: MemberId(1), oldest: ours.0, newest: ours.1 };
        assert_eq!(hello.agree(theirs.0, theirs.1), agreed, "{ours:?} {theirs:?}");
    }
}

#[test]
fn the_name_of_a_member_fits_into_a_certificate() {
    let name = member_name(MemberId(u16::MAX), &ClusterId([0xab; 16]));
    assert_eq!(name, "member-65535.abababababababababababababababab.atoll.internal");
    assert!(name.split('.').all(|label| label.len() <= 63));
}
