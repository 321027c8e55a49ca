use super::*;

fn resolved(header: &str, size: u64) -> Option<Vec<(u64, u64)>> {
    let ranges = RangeRequest::parse(header)?.resolve(size);
    Some(ranges.into_iter().map(|range| (range.first, range.last)).collect())
}

#[test]
fn single_ranges_are_clamped_to_the_content() {
    for (header, expected) in [
        ("bytes=500-1499", (500, 1499)),
        ("bytes=500-", (500, 2047)),
        ("bytes=-500", (1548, 2047)),
        ("bytes=2000-5000", (2000, 2047)),
        ("bytes=-5000", (0, 2047)),
        ("bytes=0-0", (0, 0)),
        ("Bytes=0-1", (0, 1)),
        ("bytes=, 0-1 ,,", (0, 1)),
        ("bytes=2000-99999999999999999999", (2000, 2047)),
        ("bytes=-99999999999999999999", (0, 2047)),
    ] {
        assert_eq!(resolved(header, 2048), Some(vec![expected]), "{header}");
    }
}

#[test]
fn malformed_and_reversed_ranges_are_refused() {
    for header in [
        "",
        "bytes",
        "bytes=",
        "items=0-5",
        "bytes=a-b",
        "bytes=500-0",
        "bytes=-",
        "bytes=,",
        "bytes =0-1",
        "bytes=+1-2",
        "bytes=1--2",
    ] {
        assert_eq!(RangeRequest::parse(header), None, "{header}");
    }
    let seventeen: Vec<String> = (0..17).map(|n| format!("{0}-{0}", n * 2)).collect();
    assert_eq!(RangeRequest::parse(&format!("bytes={}", seventeen.join(","))), None);
}

#[test]
fn ranges_beyond_the_end_leave_nothing() {
    assert_eq!(resolved("bytes=5000-10000", 2048), Some(vec![]));
    assert_eq!(resolved("bytes=0-", 0), Some(vec![]));
    assert_eq!(resolved("bytes=-0", 10), Some(vec![]));
    assert_eq!(resolved("bytes=99999999999999999999-", 10), Some(vec![]));
}

#[test]
fn several_ranges_are_sorted_and_joined() {
    assert_eq!(resolved("bytes=10-12,0-1", 100), Some(vec![(0, 1), (10, 12)]));
    assert_eq!(resolved("bytes=0-9,5-14", 100), Some(vec![(0, 14)]));
    assert_eq!(resolved("bytes=0-9,10-14,200-", 100), Some(vec![(0, 14)]));
}

#[test]
fn chunk_ranges_follow_the_specification() {
    assert_eq!("0-23".parse(), Ok(ContentRange { first: 0, last: 23 }));
    assert_eq!("bytes 5-9/*".parse(), Ok(ContentRange { first: 5, last: 9 }));
    for text in ["", "-", "x-y", "5", "9-5", "-5", "5-", "0-99999999999999999999"] {
        assert!(text.parse::<ContentRange>().is_err(), "{text}");
    }
}
