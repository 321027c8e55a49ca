//! Walking over a stretch of a tree.

use std::ops::Bound;
use std::slice;

use super::{Child, Node, Row, place_of};
use crate::Span;

/// The rows of a span, in the order of their keys.
pub(in crate::engine) struct Range<'a> {
    /// What is left of each branch on the way to the leaf.
    branches: Vec<slice::Iter<'a, Child>>,
    leaf: slice::Iter<'a, Row>,
    span: Span,
}

impl<'a> Range<'a> {
    /// No rows.
    pub(in crate::engine) fn empty() -> Self {
        Self { branches: Vec::new(), leaf: [].iter(), span: Span::of(&[]) }
    }

    pub(super) fn new(root: Option<&'a Node>, span: Span) -> Self {
        let mut range = Self { branches: Vec::new(), leaf: [].iter(), span };
        if let Some(root) = root {
            range.descend_to_start(root);
        }
        range
    }

    fn descend_to_start(&mut self, mut node: &'a Node) {
        let (start, _) = self.span.bounds();
        loop {
            match node {
                Node::Leaf(rows) => {
                    let passed = rows.partition_point(|row| is_before(row.key(), start));
                    self.leaf = rows.get(passed..).unwrap_or_default().iter();
                    return;
                }
                Node::Branch(children) => {
                    let at = match start {
                        Bound::Included(key) | Bound::Excluded(key) => place_of(children, key),
                        Bound::Unbounded => 0,
                    };
                    let mut rest = children.get(at..).unwrap_or_default().iter();
                    let Some(child) = rest.next() else { return };
                    self.branches.push(rest);
                    node = &child.node;
                }
            }
        }
    }

    /// Goes on to the next leaf; `false` if there is none.
    fn turn(&mut self) -> bool {
        let child = loop {
            let Some(branch) = self.branches.last_mut() else { return false };
            if let Some(child) = branch.next() {
                break child;
            }
            self.branches.pop();
        };
        let mut node = &*child.node;
        loop {
            match node {
                Node::Leaf(rows) => {
                    self.leaf = rows.iter();
                    return true;
                }
                Node::Branch(children) => {
                    let mut rest = children.iter();
                    let Some(child) = rest.next() else { return false };
                    self.branches.push(rest);
                    node = &child.node;
                }
            }
        }
    }

    fn end(&mut self) {
        self.branches.clear();
        self.leaf = [].iter();
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = &'a Row;

    fn next(&mut self) -> Option<&'a Row> {
        let row = loop {
            match self.leaf.next() {
                Some(row) => break row,
                None if self.turn() => {}
                None => return None,
            }
        };
        let (_, end) = self.span.bounds();
        let is_within = match end {
            Bound::Included(end) => row.key() <= end,
            Bound::Excluded(end) => row.key() < end,
            Bound::Unbounded => true,
        };
        if !is_within {
            self.end();
            return None;
        }
        Some(row)
    }
}

/// Whether a key lies before a span that begins so.
fn is_before(key: &[u8], start: Bound<&[u8]>) -> bool {
    match start {
        Bound::Included(start) => key < start,
        Bound::Excluded(start) => key <= start,
        Bound::Unbounded => false,
    }
}
