use super::*;

fn page(offset: u64, limit: u64) -> Page {
    Page { offset, limit }
}

#[test]
fn small_pages_of_few_members_are_described_at_once_by_the_others() {
    for (offset, limit, others, first, is_described) in [
        (0, 10, 2, 8, true),
        (10, 10, 2, 12, true),
        (20, 10, 2, 21, false),
        (60, 10, 2, 39, false),
        (0, 10, 15, 4, true),
        (0, 20, 15, 6, false),
        (0, 64, 0, 64, false),
        (5, 0, 2, 0, false),
    ] {
        let plan = Plan::new(page(offset, limit), others + 1, others);
        assert_eq!((plan.first, plan.describes(false)), (first, is_described), "{offset} {limit} {others}");
        assert!(!plan.describes(true), "{offset} {limit} {others}");
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
fn a_list_that_is_shown_whole_is_described_by_everybody_at_once() {
    let plan = Plan::new(page(0, 0), 3, 2);
    assert_eq!((plan.first, plan.most), (ALL_AT_ONCE, ALL_AT_ONCE));
    assert!(plan.describes(false) && plan.describes(true));
}

#[test]
fn a_page_is_certain_when_the_rows_up_to_its_end_are_known() {
    for (offset, limit, total, expected) in
        [(0, 0, 7, 7), (3, 0, 7, 0), (3, 2, 7, 5), (3, 20, 7, 7), (u64::MAX, u64::MAX, 7, 7)]
    {
        assert_eq!(rows_certain(page(offset, limit), total), expected, "{offset} {limit}");
    }
}

#[test]
fn only_a_page_with_too_many_rows_is_refused() {
    let refused = Err(Error::ListTooLong { limit: 10 });
    for (offset, limit, total, expected) in [
        (0, 0, 10, Ok(10)),
        (0, 0, 11, refused.clone()),
        (1, 0, 11, Ok(0)),
        (0, 11, 11, refused.clone()),
        (1, 11, 11, Ok(10)),
        (0, 10, 1_000, Ok(10)),
        (2_000, 50, 1_000, Ok(0)),
        (0, u64::MAX, 1_000, refused.clone()),
    ] {
        assert_eq!(rows_in_page(page(offset, limit), total, 10), expected, "{offset} {limit} {total}");
    }
}
