use super::*;

fn member(id: u16, weight: u32) -> Member {
    Member { id: MemberId(id), weight }
}

#[test]
fn lists_that_are_no_members_are_refused() {
    let many: Vec<Member> = (0..1001).map(|id| member(id, 1)).collect();
    for (list, error) in [
        (vec![member(1, 1), member(2, 1), member(1, 3)], MembersError::Duplicate(MemberId(1))),
        (vec![member(1, 0), member(2, 0)], MembersError::Nobody),
        (Vec::new(), MembersError::Nobody),
        (vec![member(1, MAX_WEIGHT + 1)], MembersError::TooHeavy(MemberId(1))),
        (many, MembersError::TooMany(1001)),
    ] {
        assert_eq!(Members::new(list), Err(error));
    }
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let (one, two) = (member(7, 1), member(3, 2));
    assert_eq!(Members::new([one, two]), Members::new([two, one]));
}

/// Ids are stamped into data folders: they must never change.
#[test]
fn an_address_always_has_the_same_id() {
    for (address, id) in [("127.0.0.1:5000", 26_062), ("registry-0.registry:8080", 60_970), ("", 33_429)] {
        assert_eq!(MemberId::of_address(address), MemberId(id), "{address}");
    }
}

#[test]
fn members_that_leave_keep_their_place_and_lose_their_share_unless_nobody_would_be_left() {
    let members = Members::new([member(1, 5), member(2, 5)]).unwrap();
    let lightened = members.without_shares(|id| id == MemberId(1));
    assert_eq!(lightened.iter().collect::<Vec<_>>(), [member(1, 0), member(2, 5)]);
    assert_eq!(members.without_shares(|_| true), members);
}
