//! The scalar `Time`: RFC 3339 with as many digits of the second as are not zero, and null for the zero time.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use atoll_host::Timestamp;
use atoll_service::ToldTime;

/// A point in time, in RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Time(String);

/// A point in time, in RFC 3339.
#[Scalar(name = "Time")]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// The zero time of zot's language, which stands for none.
const ZERO: &str = "0001-01-01T00:00:00Z";

/// A time as an image tells it.
pub(crate) fn told(time: Option<&ToldTime>) -> Option<Time> {
    let text = &time?.text;
    (text != ZERO).then(|| Time(text.clone()))
}

/// A time that was recorded.
pub(crate) fn recorded(time: Option<Timestamp>) -> Option<Time> {
    time.map(|time| Time(rfc3339(time)))
}

fn rfc3339(time: Timestamp) -> String {
    const NANOS: u64 = 1_000_000_000;
    let (seconds, nanos) = (time.0 / NANOS, time.0 % NANOS);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos > 0 {
        let digits = format!(".{nanos:09}");
        text.push_str(digits.trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// The date so many days after 1970-01-01, by eras of 400 years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
