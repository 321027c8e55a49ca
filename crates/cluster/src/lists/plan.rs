//! How a page is asked for: how many rows of whom, and whether in one phase or two.

use atoll_search::merge::{certain_share, close_share, share};
use atoll_service::{Error, Page};

/// Rows of a list without a limit that each leaf is asked for at a time, described.
const ALL_AT_ONCE: u64 = 1_000;

/// Up to so many rows of each other member, and of all together, are described at once: that costs less than asking a second time.
const DESCRIBED_BY_EACH: u64 = 24;
const DESCRIBED_AT_ONCE: u64 = 64;

/// What leaves are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Rows of each leaf at first.
    pub(super) first: u64,
    /// Most rows of one leaf later.
    pub(super) most: u64,
    /// Whose rows are described at once.
    described: Described,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Described {
    /// Nobody's: the winners' are later.
    Nobody,
    /// Those of other members, from this row of each on. The local one is asked once more without a message, for its winners alone.
    Others(u64),
    /// Everybody's, since all are shown.
    Everybody,
}

impl Plan {
    /// How to ask for a page of so many leaves, of which so many are other members.
    pub(super) fn new(page: Page, leaves: usize, others: usize) -> Self {
        if is_everything(page) {
            // All rows will be shown, so describing them is never in vain.
            return Self { first: ALL_AT_ONCE, most: ALL_AT_ONCE, described: Described::Everybody };
        }
        if page.limit == 0 {
            return Self { first: 0, most: 0, described: Described::Nobody };
        }
        let wanted = rows_certain(page, u64::MAX);
        let (passed, close) = (certain_share(page.offset, leaves), close_share(wanted, leaves));
        let of_each = close.saturating_sub(passed);
        let of_others = of_each.saturating_mul(u64::try_from(others).unwrap_or(u64::MAX));
        if of_each <= DESCRIBED_BY_EACH && of_others <= DESCRIBED_AT_ONCE {
            return Self { first: close, most: u64::MAX, described: Described::Others(passed) };
        }
        Self { first: share(wanted, leaves), most: u64::MAX, described: Described::Nobody }
    }

    /// From which of its rows on a leaf describes at once.
    pub(super) fn described_from(&self, is_local: bool) -> Option<u64> {
        match self.described {
            Described::Nobody => None,
            Described::Others(first) => (!is_local).then_some(first),
            Described::Everybody => Some(0),
        }
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
