//! The total order of every list: sort value, repository, tag, digest. The same in a leaf and in a root, alone and in a cluster.

use std::cmp::Ordering;

use atoll_oci::{Digest, Repository, Tag};
use serde::{Deserialize, Serialize};

/// By what a list is ordered. Equal values go by repository, tag and digest, bytewise and ascending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sort {
    /// How well the name matches; for images, their name.
    #[default]
    Relevance,
    /// The latest update first, what has none last.
    Updated,
    /// Names ascending.
    NameAscending,
    /// Names descending: repository, then tag, both bytewise.
    NameDescending,
    /// The most pulled first.
    Downloads,
}

/// What a criterion makes of one row, so that smaller comes first: a rank, a negated time in nanoseconds (`i128::MAX` for none), a
/// negated count, or zero where names decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SortValue(pub i128);

impl SortValue {
    /// Puts a row behind all that have a value.
    pub const LAST: Self = Self(i128::MAX);
}

/// The parts of a row that its place depends on; repositories have neither tag nor digest.
pub type Place<'a> = (SortValue, &'a Repository, Option<&'a Tag>, Option<&'a Digest>);

/// Which of two rows comes first under a criterion.
pub fn compare(sort: Sort, left: Place<'_>, right: Place<'_>) -> Ordering {
    let by_name = left
        .1
        .as_str()
        .cmp(right.1.as_str())
        .then_with(|| left.2.map(Tag::as_str).cmp(&right.2.map(Tag::as_str)));
    let by_name = if sort == Sort::NameDescending { by_name.reverse() } else { by_name };
    left.0.cmp(&right.0).then(by_name).then_with(|| left.3.cmp(&right.3))
}
