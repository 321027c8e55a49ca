//! What this member had to do with the shards when the rows of a view were committed.

use std::sync::Arc;

use atoll_placement::Shard;
use atoll_service as service;
use atoll_service::Tenure;

use super::View;
use crate::engine::Opened;
use crate::{Error, Reads as _, Row, Span, Table};

impl View<Arc<Opened>> {
    /// The tenure of a shard.
    pub fn tenure(&self, shard: Shard) -> Tenure {
        self.rows.tenures().get(shard)
    }

    /// The shards that this member had anything to do with, in order.
    pub fn tenures(&self) -> Vec<(Shard, Tenure)> {
        self.rows.tenures().list()
    }

    /// The rows that say so.
    pub(crate) fn tenure_rows(&self) -> Result<Vec<Row>, Error> {
        let rows = self.rows.scan(Table::Tenures, Span::of(&[]))?;
        rows.map(|entry| entry.map(|(key, value)| Row { table: Table::Tenures, key, value })).collect()
    }

    /// The shards that were held, in order.
    pub fn held_shards(&self) -> Vec<Shard> {
        let tenures = self.tenures().into_iter();
        tenures.filter(|(_, tenure)| *tenure == Tenure::Held).map(|(shard, _)| shard).collect()
    }

    /// Refuses what belongs to a shard that was not held. What is read from this view afterwards was current while the shard was
    /// held, whatever has happened since.
    pub fn admit(&self, shard: Shard) -> Result<(), service::Error> {
        self.rows.tenures().admit(shard)
    }

    /// Whether any shard was being copied.
    pub fn is_taking(&self) -> bool {
        self.tenures().iter().any(|(_, tenure)| matches!(tenure, Tenure::Taking { .. }))
    }

    /// Number of repositories in the shards that no other member serves instead: those held, and those yielded and not confirmed.
    pub fn held_repositories(&self) -> Result<u64, Error> {
        let is_ours = |tenure: &Tenure| matches!(tenure, Tenure::Held | Tenure::Yielding { .. });
        let tenures = self.tenures().into_iter();
        self.repositories_in(tenures.filter(|(_, tenure)| is_ours(tenure)).map(|(shard, _)| shard))
    }
}
