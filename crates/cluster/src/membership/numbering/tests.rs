use super::*;

fn tag(version: u64, digest: u8) -> LayoutTag {
    LayoutTag { version, digest: [digest; 16] }
}

#[test]
fn a_layout_keeps_its_number_and_another_list_gets_the_next_one() {
    for (digest, last, expected, previous) in [
        (5, None, tag(1, 5), None),
        (5, Some(tag(3, 5)), tag(3, 5), Some(tag(2, 4))),
        (6, Some(tag(3, 5)), tag(4, 6), Some(tag(3, 5))),
    ] {
        let numbering = Numbering::begin([digest; 16], last, Some(tag(2, 4)));
        assert_eq!((numbering.tag, numbering.previous), (expected, previous));
    }
}

#[test]
fn the_highest_number_of_the_same_list_is_adopted() {
    let mut numbering = Numbering::begin([5; 16], Some(tag(3, 5)), None);
    assert!(!numbering.hear(tag(2, 5), true));
    assert!(numbering.hear(tag(7, 5), false));
    assert_eq!(numbering.tag, tag(7, 5));
}

#[test]
fn a_newcomer_counts_on_once_from_a_member_with_shards_and_nobody_else_does() {
    let mut newcomer = Numbering::begin([5; 16], None, None);
    assert!(!newcomer.hear(tag(4, 9), false));
    assert!(newcomer.hear(tag(4, 9), true));
    assert_eq!(newcomer.tag, tag(5, 5));
    assert!(!newcomer.hear(tag(6, 9), true));
    for last in [tag(3, 5), tag(3, 4)] {
        assert!(!Numbering::begin([5; 16], Some(last), None).hear(tag(9, 9), true));
    }
}

/// F1.
#[test]
fn the_same_list_and_neighbouring_numbers_work_together_and_nothing_else() {
    for (mine, theirs, works) in [
        (tag(1, 5), tag(1, 5), true),
        (tag(1, 5), tag(9, 5), true),
        (tag(2, 5), tag(1, 4), true),
        (tag(2, 5), tag(3, 4), true),
        (tag(2, 5), tag(2, 4), false),
        (tag(2, 5), tag(4, 4), false),
        (tag(5, 5), tag(3, 4), false),
    ] {
        assert_eq!(admit(mine, theirs).is_ok(), works, "{mine:?} {theirs:?}");
        assert_eq!(admit(theirs, mine).is_ok(), works);
    }
    let text = admit(tag(2, 5), tag(2, 4)).unwrap_err().to_string();
    assert!(text.contains("layout 2 (05050505), the other by layout 2 (04040404)"), "{text}");
}
