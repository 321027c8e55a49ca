use super::*;

fn shown(text: &str) -> Option<String> {
    Told::parse(text).map(|told| ToldTime::from(told).text)
}

#[test]
fn what_is_told_is_shown_with_its_offset_and_without_trailing_zeros() {
    for (told, expected) in [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2021-08-09T10:11:12+02:00", "2021-08-09T10:11:12+02:00"),
        ("2021-08-09T10:11:12-00:30", "2021-08-09T10:11:12-00:30"),
        ("2021-08-09T10:11:12+00:00", "2021-08-09T10:11:12Z"),
        ("2023-12-08T22:50:02.500000000Z", "2023-12-08T22:50:02.5Z"),
        ("2023-12-30T00:30:48.123456789Z", "2023-12-30T00:30:48.123456789Z"),
        ("2023-12-30T00:30:48.1234567891Z", "2023-12-30T00:30:48.123456789Z"),
        ("2024-02-29T12:30:00Z", "2024-02-29T12:30:00Z"),
        ("0000-03-01T00:00:00Z", "0000-03-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(shown(told).as_deref(), Some(expected), "{told}");
    }
}

#[test]
fn what_is_no_time_is_none() {
    for told in [
        "",
        "yesterday",
        "2023-02-29T00:00:00Z",
        "2023-13-01T00:00:00Z",
        "2023-01-01 00:00:00Z",
        "2023-01-01T24:00:00Z",
        "2023-01-01T00:00:60Z",
        "2023-01-01T00:00:00",
        "2023-01-01T00:00:00.Z",
        "2023-01-01T00:00:00+0200",
        "2023-01-01T00:00:00z",
        "2023-01-01T00:00:0\u{e9}Z",
        "0001-01-01T00:00:00Z",
    ] {
        assert_eq!(shown(told), None, "{told}");
    }
}

#[test]
fn instants_are_compared_whatever_the_offset() {
    let (west, east) = (Told::parse("2021-01-01T00:00:00-01:00"), Told::parse("2021-01-01T02:00:00+01:00"));
    assert_eq!(west.unwrap().instant_nanos(), east.unwrap().instant_nanos());
    assert_eq!(Told::at(1_700_000_000_000_000_001), Told::parse("2023-11-14T22:13:20.000000001Z").unwrap());
}

#[test]
fn every_day_is_itself_again() {
    for days in (-800_000..3_000_000).step_by(97) {
        let (year, month, day) = civil(days);
        assert_eq!(days_from_civil(year, month, day), days);
    }
}
