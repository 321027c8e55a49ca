//! A persistent B-tree: clones share their nodes, and an insert copies only those on its way that somebody else has too.
//!
//! Rows are never taken out of it, so nodes only ever fill and split.

mod range;
mod row;

use std::cmp::Ordering;
use std::sync::Arc;

use crate::Span;
pub(in crate::engine) use range::Range;
pub(in crate::engine) use row::Row;

/// Most rows or children of a node.
const FANOUT: usize = 16;

/// Memory of a row besides its key and value, in bytes: its place in a node that is partly filled, counters, the allocator's part.
pub(super) const ROW_BYTES: usize = 72;

/// Rows by key.
#[derive(Clone, Default)]
pub(super) struct Tree {
    root: Option<Arc<Node>>,
    bytes: usize,
    removed: usize,
}

enum Node {
    Leaf(Vec<Row>),
    Branch(Vec<Child>),
}

/// A part of a branch.
#[derive(Clone)]
struct Child {
    /// A row with the least key that may be in the node. It does not matter for the first child of a branch.
    first: Row,
    node: Arc<Node>,
}

/// What an insert leads to.
struct Inserted {
    /// The row that had the key before.
    before: Option<Row>,
    /// The second half of a node that became too full.
    split: Option<Child>,
}

impl Tree {
    pub(super) fn find(&self, key: &[u8]) -> Option<&Row> {
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Leaf(rows) => {
                    let at = rows.binary_search_by(|row| row.key().cmp(key)).ok()?;
                    return rows.get(at);
                }
                Node::Branch(children) => node = &children.get(place_of(children, key))?.node,
            }
        }
    }

    pub(super) fn range(&self, span: Span) -> Range<'_> {
        Range::new(self.root.as_deref(), span)
    }

    /// Sets the row of a key.
    pub(super) fn insert(&mut self, row: Row) {
        self.bytes += bytes_of(&row);
        self.removed += usize::from(row.value().is_none());
        let Some(root) = &mut self.root else {
            self.root = Some(Arc::new(Node::Leaf(vec![row])));
            return;
        };
        let Inserted { before, split } = root.insert(row);
        if let Some(before) = before {
            self.bytes = self.bytes.saturating_sub(bytes_of(&before));
            self.removed = self.removed.saturating_sub(usize::from(before.value().is_none()));
        }
        if let Some(second) = split {
            let first = Child { first: second.first.clone(), node: Arc::clone(root) };
            *root = Arc::new(Node::Branch(vec![first, second]));
        }
    }

    /// Memory of all rows, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Rows without a value.
    pub(super) fn removed(&self) -> usize {
        self.removed
    }
}

impl Node {
    fn insert(self: &mut Arc<Self>, row: Row) -> Inserted {
        match Arc::make_mut(self) {
            Self::Leaf(rows) => insert_into_leaf(rows, row),
            Self::Branch(children) => insert_into_branch(children, row),
        }
    }
}

impl Clone for Node {
    /// With room for one more: a node is copied because something is about to be inserted.
    fn clone(&self) -> Self {
        match self {
            Self::Leaf(rows) => Self::Leaf(with_room(rows)),
            Self::Branch(children) => Self::Branch(with_room(children)),
        }
    }
}

fn with_room<T: Clone>(items: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(items.len().saturating_add(1));
    copy.extend_from_slice(items);
    copy
}

fn insert_into_leaf(rows: &mut Vec<Row>, row: Row) -> Inserted {
    // Keys often rise: then the last row is the only one to look at.
    let place = match rows.last().map(|last| last.key().cmp(row.key())) {
        Some(Ordering::Less) => Err(rows.len()),
        _ => rows.binary_search_by(|known| known.key().cmp(row.key())),
    };
    match place {
        Ok(at) => {
            let before = rows.get_mut(at).map(|place| std::mem::replace(place, row));
            Inserted { before, split: None }
        }
        Err(at) => {
            rows.insert(at, row);
            let second = split(rows, at);
            let split = second.and_then(|rows| {
                Some(Child { first: rows.first()?.clone(), node: Arc::new(Node::Leaf(rows)) })
            });
            Inserted { before: None, split }
        }
    }
}

fn insert_into_branch(children: &mut Vec<Child>, row: Row) -> Inserted {
    let at = place_of(children, row.key());
    let Some(child) = children.get_mut(at) else { return Inserted { before: None, split: None } };
    let Inserted { before, split: new } = child.node.insert(row);
    let second = new.and_then(|new| {
        children.insert(at + 1, new);
        split(children, at + 1)
    });
    let split = second.and_then(|children| {
        Some(Child { first: children.first()?.first.clone(), node: Arc::new(Node::Branch(children)) })
    });
    Inserted { before, split }
}

/// The second half of a node that is too full after something was inserted `at` its place. Where keys rise nothing comes between the
/// former ones any more: they stay together.
fn split<T>(items: &mut Vec<T>, at: usize) -> Option<Vec<T>> {
    if items.len() <= FANOUT {
        return None;
    }
    let is_last = at + 1 == items.len();
    Some(items.split_off(if is_last { FANOUT } else { FANOUT / 2 }))
}

/// Which child has the key, if any has.
fn place_of(children: &[Child], key: &[u8]) -> usize {
    children.partition_point(|child| child.first.key() <= key).saturating_sub(1)
}

fn bytes_of(row: &Row) -> usize {
    row.key().len() + row.value().map_or(0, <[u8]>::len) + ROW_BYTES
}
