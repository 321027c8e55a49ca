use super::*;

#[test]
fn a_share_is_what_chance_may_give_and_one_more() {
    for (rows, leaves, expected) in [
        (0, 3, 0),
        (1, 1, 1),
        (1, 3, 1),
        (20, 1, 20),
        (20, 3, 16),
        (100, 4, 41),
        (10_020, 100, 132),
        (u64::MAX, 1, MAX_KEYS_AT_ONCE),
        (u64::MAX, 4096, MAX_KEYS_AT_ONCE),
        (5, 0, 5),
    ] {
        assert_eq!(share(rows, leaves), expected, "{rows} rows of {leaves} leaves");
    }
}

#[test]
fn a_close_share_is_smaller_and_still_what_chance_gives_as_a_rule() {
    for (rows, leaves, expected) in [
        (0, 3, 0),
        (1, 3, 1),
        (20, 1, 20),
        (10, 3, 8),
        (20, 3, 12),
        (60, 3, 29),
        (10, 16, 4),
        (u64::MAX, 4096, MAX_KEYS_AT_ONCE),
        (5, 0, 5),
    ] {
        assert_eq!(close_share(rows, leaves), expected, "{rows} rows of {leaves} leaves");
        assert!(expected <= share(rows, leaves), "{rows} rows of {leaves} leaves");
    }
}

#[test]
fn what_each_list_has_before_a_page_as_a_rule_is_no_more_than_its_fair_share() {
    for (rows, leaves, expected) in [
        (0, 3, 0),
        (10, 3, 0),
        (20, 3, 1),
        (60, 3, 11),
        (90, 3, 20),
        (90, 1, 89),
        (u64::MAX, 4096, MAX_KEYS_AT_ONCE),
    ] {
        assert_eq!(certain_share(rows, leaves), expected, "{rows} rows of {leaves} leaves");
    }
}
