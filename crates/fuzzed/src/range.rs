//! The headers `Range` and `Content-Range`.

use std::collections::BTreeSet;
use std::str;

use atoll_oci::{ByteRange, ContentRange, MAX_RANGES, RangeRequest};

/// Contents up to this size are compared byte by byte with the plain reading of the header.
const COMPARED_BYTES: u64 = 48;

/// The input is a header's value. What is resolved lies within the content, is in order, does not touch, and covers exactly the
/// bytes that the header names; a chunk's range survives being written.
pub fn range(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    content_range(text);
    let Some(request) = RangeRequest::parse(text) else { return };
    for size in sizes(text) {
        let ranges = request.resolve(size);
        within(&ranges, size);
        if size <= COMPARED_BYTES {
            let covered: Vec<u64> = ranges.iter().flat_map(|range| range.first..=range.last).collect();
            let named: Vec<u64> = (0..size).filter(|place| is_named(text, *place, size)).collect();
            assert_eq!(covered, named, "{text:?} of {size} bytes");
        }
    }
}

fn within(ranges: &[ByteRange], size: u64) {
    assert!(ranges.len() <= MAX_RANGES);
    for range in ranges {
        assert!(range.first <= range.last && range.last < size, "{range:?} of {size} bytes");
        assert!((1..=size).contains(&range.length_bytes()), "{range:?} of {size} bytes");
    }
    for (one, next) in ranges.iter().zip(ranges.iter().skip(1)) {
        assert!(next.first - one.last > 1, "{one:?} and {next:?} should be one");
    }
}

/// The numbers in the header are where mistakes by one would be.
fn sizes(text: &str) -> BTreeSet<u64> {
    let numbers =
        text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    let around = numbers.flat_map(|number: u64| [number.saturating_sub(1), number, number.saturating_add(1)]);
    around.chain([0, 1, 2, 10, COMPARED_BYTES, u64::MAX - 1, u64::MAX]).collect()
}

/// Whether a header that was accepted names the byte at `place` of `size` (RFC 9110, section 14.1.2).
fn is_named(text: &str, place: u64, size: u64) -> bool {
    let (_, ranges) = text.split_once('=').unwrap_or_default();
    ranges.split(',').any(|one| match one.trim().split_once('-') {
        Some(("", last)) => last.parse().is_ok_and(|last: u64| size - place <= last),
        Some((first, "")) => first.parse().is_ok_and(|first: u64| first <= place),
        Some((first, last)) => {
            first.parse().is_ok_and(|first: u64| first <= place)
                && last.parse().is_ok_and(|last: u64| place <= last)
        }
        None => false,
    })
}

fn content_range(text: &str) {
    let Ok(range) = text.parse::<ContentRange>() else { return };
    assert!(range.first <= range.last, "{range:?}");
    assert_eq!(range.length_bytes().is_none(), (range.first, range.last) == (0, u64::MAX), "{range:?}");
    let written = format!("{}-{}", range.first, range.last);
    assert_eq!(written.parse(), Ok(range), "{text:?}");
    assert_eq!(format!("bytes {written}/*").parse(), Ok(range), "{text:?}");
}
