use super::*;

#[test]
#[expect(clippy::cast_precision_loss, reason = "the comparison allows for it")]
fn the_logarithm_is_right_to_nine_digits() {
    for hash in [0, 1, 2, 3, 12_345, u64::MAX / 3, u64::MAX / 2, u64::MAX - 7, u64::MAX] {
        let expected = 64.0 - (hash as f64 + 1.0).log2();
        let found = negative_log2(hash) as f64 / (1_u64 << FRACTION_BITS) as f64;
        assert!((found - expected).abs() < 1e-9, "{hash}: {found} is not {expected}");
    }
}

#[test]
fn equal_draws_go_by_the_id_and_heavier_members_pay_less() {
    let draw = |cost, weight, id| Draw { cost, weight, id: MemberId(id) };
    assert_eq!(compare(&draw(5, 1, 1), &draw(5, 1, 2)), Ordering::Less);
    assert_eq!(compare(&draw(10, 2, 1), &draw(6, 1, 2)), Ordering::Less);
    assert_eq!(compare(&draw(u64::MAX, 1, 1), &draw(0, u32::MAX, 2)), Ordering::Greater);
}
