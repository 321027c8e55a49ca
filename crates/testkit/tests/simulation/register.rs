//! Whether what clients saw of one tag can have come from one register that did one thing after another.
//!
//! The search of Wing and Gong: pick any operation that can be the next one, and go on. An operation without an answer may take effect at
//! any later time, or never. What was seen already is not searched again.

use std::collections::BTreeSet;

use atoll_oci::Digest;

/// The end of what has no end yet.
pub(crate) const NEVER: u64 = u64::MAX;

/// Most operations on one register: one bit for each.
pub(crate) const MAX_OPERATIONS: usize = 128;

/// What was done, or seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The register was set; `None`: emptied.
    Write(Option<Digest>),
    /// This was read.
    Read(Option<Digest>),
}

/// An operation, from tick to tick of one counter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) act: Act,
    pub(crate) begun: u64,
    /// [`NEVER`] without an answer.
    pub(crate) ended: u64,
}

/// Whether there is an order of all answered operations that explains every read. The register begins empty.
pub(crate) fn is_linearizable(operations: &[Operation]) -> bool {
    let relevant = relevant(operations);
    assert!(relevant.len() <= MAX_OPERATIONS, "{} operations are too many", relevant.len());
    let mut search = Search { operations: &relevant, seen: BTreeSet::new() };
    search.goes_on(0, None)
}

/// Leaves out unanswered reads, and unanswered writes of what nobody has read: they explain nothing.
fn relevant(operations: &[Operation]) -> Vec<Operation> {
    let is_read = |value| operations.iter().any(|other| other.act == Act::Read(Some(value)));
    let explains = |operation: &&Operation| match operation.act {
        _ if operation.ended != NEVER => true,
        Act::Write(Some(value)) => is_read(value),
        Act::Write(None) => true,
        Act::Read(_) => false,
    };
    operations.iter().filter(explains).copied().collect()
}

struct Search<'a> {
    operations: &'a [Operation],
    seen: BTreeSet<(u128, Option<Digest>)>,
}

impl Search<'_> {
    fn goes_on(&mut self, done: u128, value: Option<Digest>) -> bool {
        let operations = self.operations;
        let open = |done: u128| {
            let open = move |(place, _): &(usize, &Operation)| done & (1 << *place) == 0;
            operations.iter().enumerate().filter(open)
        };
        let Some(first_end) =
            open(done).map(|(_, operation)| operation.ended).min().filter(|end| *end != NEVER)
        else {
            return true;
        };
        if !self.seen.insert((done, value)) {
            return false;
        }
        open(done).any(|(place, operation)| {
            let next = match operation.act {
                Act::Write(next) => next,
                Act::Read(seen) if seen == value => value,
                Act::Read(_) => return false,
            };
            operation.begun < first_end && self.goes_on(done | 1 << place, next)
        })
    }
}

#[cfg(test)]
mod tests;
