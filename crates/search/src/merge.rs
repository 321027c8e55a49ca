//! Merging the answers of leaves. Pure: the merge of any partition of the data is, byte for byte, the answer over the whole.
//!
//! A root that wants the first K rows of C leaves asks each for a little more than its share of them ([`share`]) and comes back only
//! to a leaf whose list may hide further winners ([`Gathering::follow_ups`]). Since shards are hash-assigned, one round is the rule.

mod catalog;
mod gathering;
mod hits;
mod shares;

pub use catalog::{merge_catalog, uncertain};
pub use gathering::{FollowUp, Gathering, Pick};
pub use hits::{Hits, Row, merge_hits};
pub use shares::{MAX_KEYS_AT_ONCE, certain_share, close_share, share};

#[cfg(test)]
mod tests;
