//! What the database says about its runs.

use serde::{Deserialize, Serialize};

use crate::{Error, Span, Table, codec};

pub(in crate::engine) const NAME: &str = "runs";

/// The runs of a database, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct List {
    /// The number of the next run: none is given twice.
    next: u64,
    runs: Vec<Listed>,
    /// How many of them, counted from the oldest, are on their way into the tables.
    leaving: usize,
    /// How far those are: the code of a table, and its last key that has arrived.
    behind: Option<(u8, Vec<u8>)>,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Listed {
    pub(in crate::engine) number: u64,
    pub(in crate::engine) rows: u64,
}

impl List {
    pub(in crate::engine) fn encode(&self) -> Result<Vec<u8>, Error> {
        codec::encode(NAME, self)
    }

    pub(in crate::engine) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Ok(codec::decode_front(NAME, bytes)?.0)
    }

    pub(in crate::engine) fn runs(&self) -> &[Listed] {
        &self.runs
    }

    /// The number of the next run.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// A run of that number is there now, with so many rows.
    pub(super) fn add(&mut self, number: u64, rows: u64) {
        self.next = number.saturating_add(1);
        self.runs.push(Listed { number, rows });
    }

    /// How many runs are on their way into the tables.
    pub(super) fn leaving(&self) -> usize {
        self.leaving
    }

    /// Whether some are on their way into the tables.
    pub(in crate::engine) fn is_leaving(&self) -> bool {
        self.leaving > 0
    }

    /// All runs go, unless some are going.
    pub(in crate::engine) fn let_go(&mut self) {
        if self.leaving == 0 {
            (self.leaving, self.behind) = (self.runs.len(), None);
        }
    }

    /// Rows of those that are on their way.
    pub(in crate::engine) fn leaving_rows(&self) -> u64 {
        self.runs.iter().take(self.leaving).map(|run| run.rows).sum()
    }

    /// Which rows of a table are still to come; `None` if all have arrived.
    pub(super) fn to_come(&self, home: Table) -> Option<Span> {
        match &self.behind {
            Some((code, _)) if home.code() < *code => None,
            Some((code, key)) if home.code() == *code => Some(Span::behind(&[], key.clone())),
            _ => Some(Span::of(&[])),
        }
    }

    /// What is on its way has arrived up to this key.
    pub(super) fn set_behind(&mut self, home: Table, key: Vec<u8>) {
        self.behind = Some((home.code(), key));
    }

    /// Those that were on their way have arrived: gives them.
    pub(super) fn arrived(&mut self) -> Vec<Listed> {
        self.behind = None;
        let many = std::mem::take(&mut self.leaving).min(self.runs.len());
        self.runs.drain(..many).collect()
    }
}
