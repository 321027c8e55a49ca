use super::*;

fn page(offset: u64, limit: u64) -> Page {
    Page { offset, limit }
}

#[test]
fn pages_of_few_members_are_described_at_once_by_the_others_from_where_they_may_begin() {
    for (offset, limit, others, first, described_from) in [
        (0, 10, 2, 8, Some(0)),
        (10, 10, 2, 12, Some(0)),
        (20, 10, 2, 17, Some(1)),
        (60, 10, 2, 33, Some(11)),
        (90, 10, 2, 44, Some(20)),
        (200, 10, 2, 97, None),
        (0, 10, 15, 4, Some(0)),
        (0, 20, 15, 6, None),
        (0, 64, 0, 64, None),
        (5, 0, 2, 0, None),
    ] {
        let plan = Plan::new(page(offset, limit), others + 1, others);
        let found = (plan.first, plan.described_from(false));
        assert_eq!(found, (first, described_from), "{offset} {limit} {others}");
        assert_eq!(plan.described_from(true), None, "{offset} {limit} {others}");
    }
}

#[test]
fn a_list_that_is_shown_whole_is_described_by_everybody_at_once() {
    let plan = Plan::new(page(0, 0), 3, 2);
    assert_eq!((plan.first, plan.most), (ALL_AT_ONCE, ALL_AT_ONCE));
    assert_eq!((plan.described_from(false), plan.described_from(true)), (Some(0), Some(0)));
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
