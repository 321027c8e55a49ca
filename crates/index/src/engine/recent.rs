//! Rows of recent commands, in memory above the database, until a checkpoint brings them into it.
//!
//! A clone stays as it is, whatever is written to the original: readers have one, and the batch at work has one that is dropped if
//! it fails. What was removed stays as a row without a value, since the database may have the key.

mod layers;
mod tree;

use super::home;
use crate::{Span, Table};
pub(super) use layers::Layers;
use tree::Tree;
pub(super) use tree::{Range, Row};

/// Most memory for recent rows, in bytes.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Memory for recent rows in an index that has so much in all, in bytes. When it is full they are brought into the database, and while
/// they are on their way there are others.
pub(super) fn share_of(cache_bytes: usize) -> usize {
    (cache_bytes / 8).min(MAX_BYTES)
}

/// Most removed rows of a table: whoever looks for the first row of a stretch passes over all that are removed there.
pub(super) const MAX_REMOVED: usize = 4_096;

/// Recent rows of all tables.
#[derive(Clone, Default)]
pub(super) struct Recent {
    tables: [Tree; Table::ALL.len()],
}

impl Recent {
    /// The row of a key, if it was put or removed recently.
    pub(super) fn find(&self, table: Table, key: &[u8]) -> Option<&Row> {
        self.tables.get(table.ordinal())?.find(key)
    }

    /// The rows of a span, in the order of their keys.
    pub(super) fn range(&self, table: Table, span: Span) -> Range<'_> {
        self.tables.get(table.ordinal()).map_or_else(Range::empty, |tree| tree.range(span))
    }

    /// Puts a row, or notes that it is removed.
    pub(super) fn insert(&mut self, table: Table, row: Row) {
        if let Some(tree) = self.tables.get_mut(table.ordinal()) {
            tree.insert(row);
        }
    }

    /// Whether there is room for more, where they may take so much memory.
    pub(super) fn has_room(&self, most_bytes: usize) -> bool {
        self.bytes() < most_bytes && self.tables.iter().all(|tree| tree.removed() < MAX_REMOVED)
    }

    fn bytes(&self) -> usize {
        self.tables.iter().map(Tree::bytes).sum()
    }

    /// All of them, table by table of the database and key by key, each with a table that lies there.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Table, &Row)> {
        let all = |table| self.range(table, Span::of(&[]));
        let lie_in = move |home| {
            let guest = (home == home::of(Table::TagsByDigest)).then(|| all(Table::TagsByDigest));
            Layers::new(all(home), guest).map(move |row| (home, row))
        };
        Table::ALL.into_iter().filter(|table| home::of(*table) == *table).flat_map(lie_in)
    }
}

#[cfg(test)]
mod tests;
