use std::time::Duration;

use super::{Kind, Typed};
use crate::raw::{Value, json};
use crate::size::ByteSize;

fn check(kind: Kind, written: &str, expected: impl Into<Option<Typed>>) {
    let value: Value = json(written).ok().expect("the test writes JSON");
    assert_eq!(kind.convert(&value), expected.into(), "{kind:?} {written}");
}

fn text(text: &str) -> Typed {
    Typed::Text(text.to_owned())
}

fn texts(texts: &[&str]) -> Typed {
    Typed::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn texts_take_numbers_and_nothing_else() {
    check(Kind::Text, r#""a""#, text("a"));
    check(Kind::Text, "12", text("12"));
    check(Kind::Text, "1.5", text("1.5"));
    check(Kind::Text, "true", None);
    check(Kind::Text, "[]", None);
    check(Kind::Secret, r#""abc""#, Some(Typed::Secret(super::Hidden("abc".to_owned()))));
}

#[test]
fn booleans_take_the_words_of_go() {
    for written in ["true", r#""true""#, r#""T""#, "1", r#""1""#, r#""TRUE""#] {
        check(Kind::Boolean, written, Some(Typed::Boolean(true)));
    }
    for written in ["false", r#""f""#, "0", r#""False""#] {
        check(Kind::Boolean, written, Some(Typed::Boolean(false)));
    }
    for written in [r#""yes""#, r#""""#, "2", "1.0", "{}"] {
        check(Kind::Boolean, written, None);
    }
}

#[test]
fn numbers_are_whole_and_in_their_range() {
    let kind = Kind::Integer { least: 1, most: 10 };
    check(kind, "5", Some(Typed::Integer(5)));
    check(kind, r#"" 5 ""#, Some(Typed::Integer(5)));
    check(kind, "5.0", Some(Typed::Integer(5)));
    for written in ["0", "11", "1.5", r#""five""#, "1e300", "99999999999999999999", "true", r#""""#] {
        check(kind, written, None);
    }
    check(Kind::Port, r#""8080""#, Some(Typed::Integer(8080)));
    check(Kind::Port, "0", Some(Typed::Integer(0)));
    check(Kind::Port, "65536", None);
}

#[test]
fn durations_are_go_texts_or_plausible_nanoseconds() {
    let some = |seconds| Some(Typed::Duration(Duration::from_secs(seconds)));
    check(Kind::Duration, r#""1h""#, some(3600));
    check(Kind::Duration, "2000000000", some(2));
    check(Kind::Duration, "0", some(0));
    for written in [r#""-1s""#, "60", "-1", r#""60""#, r#""1d""#, "true"] {
        check(Kind::Duration, written, None);
    }
    check(Kind::Timeout, r#""1m""#, Some(Typed::Timeout(Some(Duration::from_mins(1)))));
    check(Kind::Timeout, r#""-1s""#, Some(Typed::Timeout(None)));
    check(Kind::Timeout, "0", Some(Typed::Timeout(None)));
    check(Kind::Timeout, "60", None);
}

#[test]
fn sizes_are_in_their_range() {
    let kind = Kind::Size { least: 1024, most: 4096 };
    check(kind, "2048", Some(Typed::Size(ByteSize::from_bytes(2048))));
    check(kind, r#""2KiB""#, Some(Typed::Size(ByteSize::from_bytes(2048))));
    for written in ["1023", r#""5KiB""#, "-1", r#""much""#] {
        check(kind, written, None);
    }
    assert_eq!(kind.expected(), "a size from 1KiB to 4KiB, such as 4096 or 32MiB");
}

#[test]
fn lists_take_one_item_and_commas() {
    check(Kind::Texts, r#"["a", 1]"#, texts(&["a", "1"]));
    check(Kind::Texts, r#""a, b""#, texts(&["a", "b"]));
    check(Kind::Texts, r#""""#, texts(&[]));
    check(Kind::Texts, "7", texts(&["7"]));
    check(Kind::Texts, "[[]]", None);
    check(Kind::Choices(&["sparse"]), r#"["SPARSE"]"#, texts(&["sparse"]));
    check(Kind::Choices(&["sparse"]), r#"["dense"]"#, None);
}

#[test]
fn addresses_have_no_port_and_no_scheme() {
    for (written, expected) in [
        ("0.0.0.0", "0.0.0.0"),
        ("::1", "::1"),
        ("[::]", "::"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("localhost", "localhost"),
    ] {
        check(Kind::Address, &format!("{written:?}"), text(expected));
    }
    for written in ["", "127.0.0.1:80", "http://a", "a b", "a/b", "[::1]:80"] {
        check(Kind::Address, &format!("{written:?}"), None);
    }
}

#[test]
fn addresses_of_the_web_have_a_scheme_and_a_host() {
    check(Kind::Url, r#""https://a.example:5000/x""#, text("https://a.example:5000/x"));
    for written in ["a.example", "https://", "ftp://a", "http:///x", "https://a b"] {
        check(Kind::Url, &format!("{written:?}"), None);
    }
}

#[test]
fn a_page_cannot_take_the_place_of_the_registry() {
    check(Kind::UrlPath, r#""/metrics""#, text("/metrics"));
    for written in ["/v2x", "/livez-numbers", "/zot/metrics"] {
        check(Kind::UrlPath, &format!("{written:?}"), text(written));
    }
    for written in [
        "metrics",
        "",
        "/",
        "//",
        "/v2",
        "/v2/metrics",
        "/livez",
        "/readyz",
        "/startupz",
        "/home",
        "/image/x",
    ] {
        check(Kind::UrlPath, &format!("{written:?}"), None);
    }
    for written in ["/a b", "/a?b", "/a%20"] {
        check(Kind::UrlPath, &format!("{written:?}"), None);
    }
}

#[test]
fn a_long_wrong_value_is_shown_in_part() {
    let shown = Kind::Port.found(&Value::Text("é".repeat(500)));
    assert_eq!(shown.chars().count(), 61);
    assert!(shown.ends_with('…'));
}

#[test]
fn a_time_window_has_two_different_times() {
    for written in ["22:00-04:00", "2:05 - 4:00", "00:00-23:59", ""] {
        check(Kind::TimeWindow, &format!("{written:?}"), text(written));
    }
    for written in [
        "02:00-02:00",
        "24:00-04:00",
        "02:60-04:00",
        "02:00",
        "-",
        "2-4",
        "02:0-04:00",
        "+2:00-04:00",
        "a:b-c:d",
    ] {
        check(Kind::TimeWindow, &format!("{written:?}"), None);
    }
}
