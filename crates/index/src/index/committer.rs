//! Runs batches of commands: one transaction, one commit, then the answers.

use std::sync::Arc;

use atoll_host::Clock;
use atoll_placement::Shard;

use crate::engine::{Answer, Engine, Placed};
use crate::feed::Feed;
use crate::{Change, Error, Observer, Row, Rows as _, Table, keys};

pub(super) struct Committer {
    engine: Engine,
    feed: Feed,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
}

/// Work on rows that is no command.
pub(super) enum Replacement {
    Import { rows: Vec<Row> },
    Drop { shard: Shard },
    Flush,
}

impl Committer {
    pub(super) fn new(
        engine: Engine,
        feed: Feed,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { engine, feed, clock, observer }
    }

    /// Applies the commands in order and commits them together; one answer for each. A refused command does not disturb the others.
    pub(super) fn commit(&mut self, commands: &[Placed]) -> Vec<Answer> {
        let started = self.clock.elapsed();
        match self.engine.apply(commands) {
            Ok(answers) => {
                self.observer.committed(commands.len(), self.clock.elapsed().saturating_sub(started));
                answers.iter().flatten().for_each(|change| self.publish(change));
                answers
            }
            // A damaged row must not fail the neighbours of the command that met it.
            Err(error)
                if commands.len() > 1
                    && matches!(
                        error,
                        Error::Damaged { .. } | Error::DamagedKey { .. } | Error::Newer { .. }
                    ) =>
            {
                commands.chunks(1).flat_map(|one| self.commit(one)).collect()
            }
            Err(error) => {
                self.observer.failed(&error);
                commands.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    pub(super) fn replace(&mut self, replacement: &Replacement) -> Result<(), Error> {
        match replacement {
            Replacement::Import { rows } => self.engine.replace(|written| {
                rows.iter().try_for_each(|row| written.put(row.table, &row.key, &row.value))
            }),
            Replacement::Drop { shard } => self.engine.replace(|written| {
                Table::ALL.into_iter().try_for_each(|table| written.clear(table, &keys::shard(*shard)))
            }),
            Replacement::Flush => self.engine.flush(),
        }
    }

    fn publish(&self, change: &Arc<Change>) {
        if !change.effects.is_empty() {
            self.feed.publish(change);
        }
    }
}
