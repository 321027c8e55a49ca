use super::*;

fn page(offset: u64, limit: u64) -> Page {
    Page { offset, limit }
}

#[test]
fn small_pages_of_few_leaves_are_described_at_once() {
    for (offset, limit, leaves, first, is_described) in [
        (0, 20, 3, 16, true),
        (0, 20, 16, 6, false),
        (40, 20, 3, 35, false),
        (0, 64, 1, 64, true),
        (0, 65, 1, 65, false),
        (0, 0, 3, ALL_AT_ONCE, true),
        (5, 0, 3, 0, false),
    ] {
        let plan = Plan::new(page(offset, limit), leaves);
        assert_eq!((plan.first, plan.is_described), (first, is_described), "{offset} {limit} {leaves}");
    }
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
