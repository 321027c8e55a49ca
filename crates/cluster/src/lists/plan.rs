//! How a page is asked for: how many rows of whom, and whether in one phase or two.

use atoll_search::merge::share;
use atoll_service::{Error, Page};

/// Rows of a list without a limit that each leaf is asked for at a time, described.
const ALL_AT_ONCE: u64 = 1_000;

/// Up to so many rows of all leaves together are described at once: that costs less than asking a second time.
const DESCRIBED_AT_ONCE: u64 = 64;

/// What leaves are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Rows of each leaf at first.
    pub(super) first: u64,
    /// Most rows of one leaf later.
    pub(super) most: u64,
    /// Whether rows are described at once.
    pub(super) is_described: bool,
}

impl Plan {
    pub(super) fn new(page: Page, leaves: usize) -> Self {
        if is_everything(page) {
            // All rows will be shown, so describing them is never in vain.
            return Self { first: ALL_AT_ONCE, most: ALL_AT_ONCE, is_described: true };
        }
        if page.limit == 0 {
            return Self { first: 0, most: 0, is_described: false };
        }
        let first = share(rows_certain(page, u64::MAX), leaves);
        let together = first.saturating_mul(u64::try_from(leaves).unwrap_or(u64::MAX));
        Self { first, most: u64::MAX, is_described: together <= DESCRIBED_AT_ONCE }
    }
}

fn is_everything(page: Page) -> bool {
    page.limit == 0 && page.offset == 0
}

/// Rows to ask a leaf for that has the whole list.
pub(super) fn rows_wanted(page: Page) -> u64 {
    if is_everything(page) { u64::MAX } else { page.limit }
}

/// How many rows of the list have to be known before the page is certain.
pub(super) fn rows_certain(page: Page, total: u64) -> u64 {
    match page.limit {
        0 if page.offset == 0 => total,
        0 => 0,
        limit => page.offset.saturating_add(limit).min(total),
    }
}

/// Rows that the page has, or a refusal if they are too many.
pub(super) fn rows_in_page(page: Page, total: u64, max_rows: u64) -> Result<u64, Error> {
    let rows = rows_wanted(page).min(total.saturating_sub(page.offset));
    if rows > max_rows { Err(Error::ListTooLong { limit: max_rows }) } else { Ok(rows) }
}

#[cfg(test)]
mod tests;
