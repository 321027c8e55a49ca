//! Byte ranges: the `Range` of a download (RFC 9110, section 14) and the `Content-Range` of a chunk (distribution-spec, "Pushing a blob in chunks").

use std::str::FromStr;

use crate::Error;

/// Most ranges one request may name.
pub const MAX_RANGES: usize = 16;

/// A range of bytes that lies within the content: both ends are included, `first <= last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ByteRange {
    /// Offset of the first byte.
    pub first: u64,
    /// Offset of the last byte.
    pub last: u64,
}

impl ByteRange {
    /// Number of bytes, never zero.
    pub fn length_bytes(self) -> u64 {
        self.last - self.first + 1
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Spec {
    From(u64, Option<u64>),
    Suffix(u64),
}

/// A parsed `Range` header, not yet held against a size.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RangeRequest(Vec<Spec>);

impl RangeRequest {
    /// Parses `bytes=a-b, c-, -n`; the unit may be in any case, and empty members of the list count for nothing. `None` for another
    /// unit, a malformed or reversed range, or more than [`MAX_RANGES`]: all of these are answered as unsatisfiable, since a client
    /// that gets the whole content instead would misplace it.
    pub fn parse(header: &str) -> Option<Self> {
        let (unit, list) = header.trim().split_once('=')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let texts = list.split(',').map(str::trim).filter(|text| !text.is_empty());
        let specs: Option<Vec<Spec>> = texts.take(MAX_RANGES + 1).map(parse_spec).collect();
        specs.filter(|specs| (1..=MAX_RANGES).contains(&specs.len())).map(Self)
    }

    /// The ranges within a content of `size` bytes, in the order of the content, overlapping and touching ones joined;
    /// ranges beyond the end are dropped. Empty when none is left: unsatisfiable.
    pub fn resolve(&self, size: u64) -> Vec<ByteRange> {
        let mut ranges: Vec<ByteRange> = self.0.iter().filter_map(|spec| resolve_spec(*spec, size)).collect();
        ranges.sort_by_key(|range| (range.first, range.last));
        let mut joined: Vec<ByteRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(before) if range.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(range.last);
                }
                _ => joined.push(range),
            }
        }
        joined
    }
}

fn parse_spec(text: &str) -> Option<Spec> {
    match text.split_once('-')? {
        ("", suffix) => parse_offset(suffix).map(Spec::Suffix),
        (first, "") => parse_offset(first).map(|first| Spec::From(first, None)),
        (first, last) => {
            let (first, last) = (parse_offset(first)?, parse_offset(last)?);
            (first <= last).then_some(Spec::From(first, Some(last)))
        }
    }
}

/// A number of any length; what does not fit in 64 bits lies beyond the end of all content.
fn parse_offset(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Digits only: `u64::from_str` would also take a sign.
fn parse_number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn resolve_spec(spec: Spec, size: u64) -> Option<ByteRange> {
    let end = size.checked_sub(1)?;
    match spec {
        Spec::From(first, last) => {
            (first <= end).then(|| ByteRange { first, last: last.map_or(end, |last| last.min(end)) })
        }
        Spec::Suffix(0) => None,
        Spec::Suffix(length) => Some(ByteRange { first: size.saturating_sub(length), last: end }),
    }
}

/// The `Content-Range` of a chunk: `first-last`, both included. A unit in front (`bytes 0-9/*`) is tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ContentRange {
    /// Offset of the chunk's first byte.
    pub first: u64,
    /// Offset of the chunk's last byte.
    pub last: u64,
}

impl ContentRange {
    /// Length of the chunk in bytes; `None` when it would not fit in 64 bits.
    pub fn length_bytes(self) -> Option<u64> {
        (self.last - self.first).checked_add(1)
    }
}

impl FromStr for ContentRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bare = text.trim();
        let bare = bare.strip_prefix("bytes").map_or(bare, |rest| rest.trim_start_matches([' ', '=']));
        let bare = bare.split('/').next().unwrap_or_default();
        bare.split_once('-')
            .and_then(|(first, last)| Some((parse_number(first)?, parse_number(last)?)))
            .filter(|(first, last)| !bare.is_empty() && first <= last)
            .map(|(first, last)| Self { first, last })
            .ok_or_else(|| Error::ContentRange(text.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests;
