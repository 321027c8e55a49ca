//! How many rows to ask each of several lists for, which chance has drawn the rows of the whole for.

/// Most keys that a leaf is asked for at a time; what goes beyond is asked for in further rounds.
pub const MAX_KEYS_AT_ONCE: u64 = 10_000;

/// How many rows to ask each of `leaves` lists for, if the first `rows` of all together are wanted: a fair share, three standard
/// deviations of what chance adds to it, and one more. A list that stands alone is asked for all of them.
pub fn share(rows: u64, leaves: usize) -> u64 {
    let (wanted, lists) = (u128::from(rows), u128::try_from(leaves).unwrap_or(1).max(1));
    let square = wanted.saturating_mul(lists).saturating_mul(9);
    let deviation = square.isqrt() + u128::from(square.isqrt().pow(2) < square);
    let share = (wanted + deviation).div_ceil(lists) + 1;
    let share = if lists == 1 { wanted } else { share.min(wanted) };
    u64::try_from(share).unwrap_or(u64::MAX).min(MAX_KEYS_AT_ONCE)
}

/// As [`share`], where a row that is asked for in vain costs more than another round now and then: two standard deviations instead of three,
/// and those of what is drawn for one list and not for another, which are smaller where the lists are few.
pub fn close_share(rows: u64, leaves: usize) -> u64 {
    let (wanted, lists, deviation) = drawn(rows, leaves);
    let share = (wanted + deviation).div_ceil(lists) + 1;
    u64::try_from(share.min(wanted)).unwrap_or(u64::MAX).min(MAX_KEYS_AT_ONCE)
}

/// How many of the first `rows` of all lists each list has at least, as a rule, less one: the other side of [`close_share`].
pub fn certain_share(rows: u64, leaves: usize) -> u64 {
    let (passed, lists, deviation) = drawn(rows, leaves);
    let share = (passed.saturating_sub(deviation) / lists).saturating_sub(1);
    u64::try_from(share).unwrap_or(u64::MAX).min(MAX_KEYS_AT_ONCE)
}

/// The rows, the lists, and twice the standard deviation of how many of the rows one list has, times the lists.
fn drawn(rows: u64, leaves: usize) -> (u128, u128, u128) {
    let (rows, lists) = (u128::from(rows), u128::try_from(leaves).unwrap_or(1).max(1));
    let square = rows.saturating_mul(lists - 1).saturating_mul(4);
    (rows, lists, square.isqrt() + u128::from(square.isqrt().pow(2) < square))
}

#[cfg(test)]
mod tests;
