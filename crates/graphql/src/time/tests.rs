use super::*;

#[test]
fn recorded_times_are_rfc_3339_with_the_digits_that_are_not_zero() {
    let cases = [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (1_709_251_199_500_000_000, "2024-02-29T23:59:59.5Z"),
        (1_709_251_200_120_300_000, "2024-03-01T00:00:00.1203Z"),
        (4_107_542_399_000_000_000, "2100-02-28T23:59:59Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
        (u64::MAX, "2554-07-21T23:34:33.709551615Z"),
    ];
    for (nanos, text) in cases {
        assert_eq!(recorded(Some(Timestamp(nanos))), Some(Time(text.to_owned())));
    }
    assert_eq!(recorded(None), None);
}

#[test]
fn told_times_keep_their_text_and_the_zero_time_is_none() {
    let time = |text: &str| ToldTime { instant_nanos: 0, text: text.to_owned() };
    let offset = "2021-08-09T10:11:12+02:00";
    assert_eq!(told(Some(&time(offset))), Some(Time(offset.to_owned())));
    assert_eq!(told(Some(&time("0001-01-01T00:00:00Z"))), None);
    assert_eq!(told(None), None);
}
