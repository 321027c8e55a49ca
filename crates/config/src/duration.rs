//! Durations in the grammar of Go's `time.ParseDuration`, which zot's files use.

use crate::error::Error;

/// The largest fraction kept exactly; further digits are below a nanosecond in every unit.
const FRACTION_DIGITS_MAX: usize = 17;

/// Units and their nanoseconds. Both signs for micro are in use.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a Go duration such as `1h30m`, `-1.5s` or `0` as nanoseconds.
///
/// # Errors
/// [`Error::Duration`] if the text does not follow the grammar or does not fit 64 bits (about 292 years).
pub fn parse(text: &str) -> Result<i64, Error> {
    nanoseconds(text).ok_or_else(|| Error::Duration { text: text.to_owned() })
}

fn nanoseconds(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    loop {
        let (part, after) = one_part(rest)?;
        total = total.checked_add(part)?;
        if after.is_empty() {
            return i64::try_from(total.checked_mul(sign)?).ok();
        }
        rest = after;
    }
}

/// Reads one number with its unit, and gives back what follows.
fn one_part(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest.find(|letter: char| letter == '.' || letter.is_ascii_digit()).unwrap_or(rest.len());
    let (name, rest) = rest.split_at_checked(end)?;
    let (_, unit) = UNITS.iter().find(|(known, _)| *known == name)?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let value = i128::from(whole).checked_mul(*unit)?.checked_add(part_of(fraction, *unit)?)?;
    Some((value, rest))
}

/// The fraction `.digits` of a unit, rounded down to whole nanoseconds.
fn part_of(fraction: &str, unit: i128) -> Option<i128> {
    let kept = fraction.get(..FRACTION_DIGITS_MAX).unwrap_or(fraction);
    if kept.is_empty() {
        return Some(0);
    }
    let scale = 10_i128.checked_pow(u32::try_from(kept.len()).ok()?)?;
    Some(kept.parse::<i128>().ok()?.checked_mul(unit)? / scale)
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests;
