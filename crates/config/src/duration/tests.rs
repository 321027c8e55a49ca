use proptest::prelude::*;

use super::parse;

fn check(text: &str, expected: Option<i64>) {
    assert_eq!(parse(text).ok(), expected, "{text:?}");
}

const SECOND: i64 = 1_000_000_000;

#[test]
fn durations_are_read_as_go_writes_them() {
    check("0", Some(0));
    check("+0", Some(0));
    check("5s", Some(5 * SECOND));
    check("1478s", Some(1478 * SECOND));
    check("-5s", Some(-5 * SECOND));
    check("+5s", Some(5 * SECOND));
    check("5.s", Some(5 * SECOND));
    check(".5s", Some(SECOND / 2));
    check("1.004s", Some(1_004_000_000));
    check("100.00100s", Some(100_001_000_000));
    check("10ns", Some(10));
    check("11us", Some(11_000));
    check("12\u{b5}s", Some(12_000));
    check("12\u{3bc}s", Some(12_000));
    check("150ms", Some(150_000_000));
    check("1h30m", Some(5_400 * SECOND));
    check("10.5s4m", Some(4 * 60 * SECOND + 10_500_000_000));
    check("-2m3.4s", Some(-(2 * 60 * SECOND + 3_400_000_000)));
    check("1h2m3s4ms5us6ns", Some(3_723_004_005_006));
    check("0.3333333333333333333h", Some(1_199_999_999_999));
    check("9223372036854775807ns", Some(i64::MAX));
    check("-9223372036854775808ns", Some(i64::MIN));
}

#[test]
fn what_is_no_go_duration_is_refused() {
    for text in [
        "",
        "3",
        "-",
        "s",
        ".",
        "-.",
        ".s",
        "+.s",
        "1d",
        "1 h",
        "1h ",
        "1hour",
        "1e3s",
        "--1s",
        "h1",
        "9223372036854775808ns",
        "3000000h",
        "99999999999999999999999s",
    ] {
        check(text, None);
    }
}

#[test]
fn a_refused_duration_says_how_to_write_one() {
    assert_eq!(
        parse("2d").unwrap_err().to_string(),
        "`2d` is not a duration: write numbers with units, such as 90s, 1h30m or 150ms"
    );
}

proptest! {
    #[test]
    fn hours_minutes_and_seconds_add_up(h in 0_i64..10_000, m in 0_i64..10_000, s in 0_i64..10_000) {
        prop_assert_eq!(parse(&format!("{h}h{m}m{s}s")).unwrap(), (h * 3600 + m * 60 + s) * SECOND);
    }

    #[test]
    fn no_text_makes_the_duration_parser_panic(text in "[-+.0-9a-z\u{b5}]{0,40}|.*") {
        let _ = parse(&text);
    }
}
