//! Times as images tell them: RFC 3339 in, RFC 3339 out, the offset kept.

use atoll_service::ToldTime;
use serde::{Deserialize, Serialize};

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00Z, which stands for no time at all in documents that Go programs wrote.
const ZERO_SECONDS: i64 = -62_135_596_800;
/// Room for a time with a fraction and an offset.
const LONGEST: usize = "2006-01-02T15:04:05.123456789+07:00".len();

/// An instant and the offset it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Told {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds of the second.
    pub nanos: u32,
    /// Offset from UTC in minutes, as it was written.
    pub offset_minutes: i16,
}

impl Told {
    /// Reads a time. `None` for what is none, and for the zero time.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix('T')?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let (nanos, zone) = fraction(rest)?;
        let offset_minutes = offset(zone)?;
        let seconds =
            day_number(date)? * SECONDS_PER_DAY + seconds_of_day(clock)? - i64::from(offset_minutes) * 60;
        let is_zero = seconds == ZERO_SECONDS && nanos == 0;
        (!is_zero).then_some(Self { seconds, nanos, offset_minutes })
    }

    /// A point in time of this registry, in UTC.
    pub fn at(nanos_since_epoch: u64) -> Self {
        let whole = u64::try_from(NANOS_PER_SECOND).unwrap_or(1);
        Self {
            seconds: i64::try_from(nanos_since_epoch / whole).unwrap_or(i64::MAX),
            nanos: u32::try_from(nanos_since_epoch % whole).unwrap_or_default(),
            offset_minutes: 0,
        }
    }

    /// The same instant, written in UTC.
    #[must_use]
    pub fn in_utc(self) -> Self {
        Self { offset_minutes: 0, ..self }
    }

    /// What is compared.
    pub fn instant_nanos(self) -> i128 {
        i128::from(self.seconds) * NANOS_PER_SECOND + i128::from(self.nanos)
    }
}

impl From<Told> for ToldTime {
    fn from(told: Told) -> Self {
        Self { instant_nanos: told.instant_nanos(), text: render(told) }
    }
}

/// As Go writes it: no trailing zeros in the fraction, `Z` for no offset.
fn render(told: Told) -> String {
    use std::fmt::Write as _;
    let local = told.seconds + i64::from(told.offset_minutes) * 60;
    let (days, rest) = (local.div_euclid(SECONDS_PER_DAY), local.rem_euclid(SECONDS_PER_DAY));
    let (year, month, day) = civil(days);
    let mut text = String::with_capacity(LONGEST);
    // Writing to a text cannot fail.
    let _written = write!(text, "{year:04}");
    let rest_of_time =
        [('-', month), ('-', day), ('T', rest / 3_600), (':', rest / 60 % 60), (':', rest % 60)];
    for (before, number) in rest_of_time {
        text.push(before);
        text.extend([number / 10 % 10, number % 10].map(digit));
    }
    if told.nanos > 0 {
        let _written = write!(text, ".{:09}", told.nanos);
        text.truncate(text.trim_end_matches('0').len());
    }
    if told.offset_minutes == 0 {
        text.push('Z');
    } else {
        let sign = if told.offset_minutes < 0 { '-' } else { '+' };
        let minutes = told.offset_minutes.unsigned_abs();
        let _written = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    }
    text
}

/// The one sign of a number below ten.
fn digit(number: i64) -> char {
    u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10)).unwrap_or('0')
}

fn number(text: &str, digits: usize, limits: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = fits.then(|| text.parse::<i64>().ok()).flatten()?;
    limits.contains(&value).then_some(value)
}

fn day_number(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month) = (number(year, 4, 0..=9_999)?, number(month, 2, 1..=12)?);
    let day = number(day, 2, 1..=31)?;
    let days = days_from_civil(year, month, day);
    // A day that the month does not have comes back as one of the next month.
    (civil(days) == (year, month, day)).then_some(days)
}

fn seconds_of_day(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(number(hour, 2, 0..=23)? * 3_600 + number(minute, 2, 0..=59)? * 60 + number(second, 2, 0..=59)?)
}

/// The nanoseconds of a fraction of any length, and what follows it.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix(['.', ',']) else { return Some((0, text)) };
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, zone) = rest.split_at_checked(end)?;
    let mut nanos = 0;
    for place in 0..9 {
        let digit = digits.as_bytes().get(place).map_or(0, |byte| u32::from(byte - b'0'));
        nanos = nanos * 10 + digit;
    }
    (!digits.is_empty()).then_some((nanos, zone))
}

fn offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let minutes = number(hours, 2, 0..=23)? * 60 + number(minutes, 2, 0..=59)?;
    i16::try_from(sign * minutes).ok()
}

/// Days since 1970-01-01 of the Gregorian calendar, counted in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = (shifted + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests;
