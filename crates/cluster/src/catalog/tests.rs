use super::names_at_first;

#[test]
fn a_leaf_is_asked_for_its_share_and_what_chance_adds_and_never_for_more_than_the_page() {
    for (limit, part, expected) in [
        (100, (85, 256), 45),
        (100, (128, 256), 61),
        (100, (256, 256), 100),
        (100, (16, 256), 14),
        (1, (1, 256), 1),
        (0, (85, 256), 0),
        (20, (85, 256), 13),
        (10_000, (85, 256), 3_417),
        (100, (0, 0), 1),
    ] {
        assert_eq!(names_at_first(limit, part), expected, "{limit} {part:?}");
    }
}
