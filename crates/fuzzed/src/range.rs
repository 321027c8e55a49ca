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
    let (behind, place) = (u128::from(size - place), u128::from(place));
    ranges.split(',').any(|one| match one.trim().split_once('-') {
        Some(("", last)) => number(last).is_some_and(|last| behind <= last),
        Some((first, "")) => number(first).is_some_and(|first| first <= place),
        Some((first, last)) => {
            number(first).is_some_and(|first| first <= place)
                && number(last).is_some_and(|last| place <= last)
        }
        None => false,
    })
}

/// A number of any length, or one that is as far beyond all content.
fn number(digits: &str) -> Option<u128> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u128::MAX))
}

fn content_range(text: &str) {
    let Ok(range) = text.parse::<ContentRange>() else { return };
    assert!(range.first <= range.last, "{range:?}");
    assert_eq!(range.length_bytes().is_none(), (range.first, range.last) == (0, u64::MAX), "{range:?}");
    let written = format!("{}-{}", range.first, range.last);
    assert_eq!(written.parse(), Ok(range), "{text:?}");
    assert_eq!(format!("bytes {written}/*").parse(), Ok(range), "{text:?}");
}
