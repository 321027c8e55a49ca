//! Two streams of rows in the order of their keys as one, of recent rows above earlier ones, or of two tables that lie together.

use std::cmp::Ordering;
use std::iter::Peekable;

use super::{Range, Row};

/// The rows of both, removed ones included; of a key that both have the upper one alone.
pub(in crate::engine) struct Layers<'a> {
    upper: Peekable<Range<'a>>,
    lower: Option<Peekable<Range<'a>>>,
}

impl<'a> Layers<'a> {
    pub(in crate::engine) fn new(upper: Range<'a>, lower: Option<Range<'a>>) -> Self {
        Self { upper: upper.peekable(), lower: lower.map(Iterator::peekable) }
    }
}

impl<'a> Iterator for Layers<'a> {
    type Item = &'a Row;

    fn next(&mut self) -> Option<&'a Row> {
        let Some(lower) = &mut self.lower else { return self.upper.next() };
        let order = match (self.upper.peek(), lower.peek()) {
            (Some(upper), Some(lower)) => upper.key().cmp(lower.key()),
            (_, None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        match order {
            Ordering::Less => self.upper.next(),
            Ordering::Greater => lower.next(),
            Ordering::Equal => {
                lower.next();
                self.upper.next()
            }
        }
    }
}
