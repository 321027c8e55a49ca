//! Durations as Go writes them, which is what readers of zot's logs expect.

use std::fmt;
use std::time::Duration;

const SECOND_NANOS: u128 = 1_000_000_000;
const DIGITS_OF_NANOS: usize = 9;

/// A duration as Go writes it (`1m2.5s`, `3.25ms`, `0s`), which is what readers of zot's logs parse.
#[derive(Debug, Clone, Copy)]
pub struct Latency(pub Duration);

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        match nanos {
            0 => formatter.write_str("0s"),
            1..1_000 => write!(formatter, "{nanos}ns"),
            1_000..1_000_000 => fraction(formatter, nanos, 3, "µs"),
            1_000_000..SECOND_NANOS => fraction(formatter, nanos, 6, "ms"),
            _ => {
                let (hours, minutes) = (nanos / SECOND_NANOS / 3600, nanos / SECOND_NANOS / 60 % 60);
                if hours > 0 {
                    write!(formatter, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(formatter, "{minutes}m")?;
                }
                fraction(formatter, nanos % (60 * SECOND_NANOS), DIGITS_OF_NANOS, "s")
            }
        }
    }
}

/// Writes `number` with its last `digits` digits behind the point, without trailing zeros.
fn fraction(formatter: &mut fmt::Formatter<'_>, number: u128, digits: usize, unit: &str) -> fmt::Result {
    let one = 10_u128.pow(u32::try_from(digits).unwrap_or_default());
    write!(formatter, "{}", number / one)?;
    let behind = format!("{:0digits$}", number % one);
    let behind = behind.trim_end_matches('0');
    if !behind.is_empty() {
        write!(formatter, ".{behind}")?;
    }
    formatter.write_str(unit)
}
