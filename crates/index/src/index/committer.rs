//! Runs batches of commands: one transaction, one commit, then the answers.

use std::sync::Arc;

use atoll_host::Clock;
use atoll_placement::Shard;

use crate::engine::{Answer, Engine, Placed, Written};
use crate::feed::{Feed, Heard};
use crate::tenures::{self, Decision, Tenures};
use crate::{Error, Observer, Row, Rows as _, Table, TenureStep, keys};

pub(super) struct Committer {
    engine: Engine,
    /// As the followers know them.
    tenures: Arc<Tenures>,
    /// Of the engine, as far as the followers were told.
    recoveries: u64,
    feed: Feed,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
}

/// Work on rows that is no command.
pub(super) enum Replacement {
    Import { rows: Vec<Row> },
    Drop { shard: Shard },
    Tenures { rows: Vec<Row> },
    Step { shard: Shard, step: TenureStep },
    Flush,
}

impl Committer {
    pub(super) fn new(
        engine: Engine,
        feed: Feed,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let tenures = engine.tenures();
        Self { engine, tenures, recoveries: 0, feed, clock, observer }
    }

    /// Applies the commands of shards that are held, in order, and commits them together; one answer for each. A refused command
    /// does not disturb the others.
    pub(super) fn commit(&mut self, commands: &[Placed]) -> Vec<Answer> {
        let tenures = self.engine.tenures();
        let refusals = commands.iter().map(|(shard, _)| tenures.admit(*shard).err());
        let refusals: Vec<_> = refusals.collect();
        if refusals.iter().all(Option::is_none) {
            return self.commit_held(commands);
        }
        let is_held = |(command, refusal): (&Placed, &Option<_>)| refusal.is_none().then(|| command.clone());
        let held: Vec<Placed> = commands.iter().zip(&refusals).filter_map(is_held).collect();
        let mut answers = self.commit_held(&held).into_iter();
        let answer = |refusal: Option<atoll_service::Error>| match refusal {
            Some(refusal) => Err(refusal.into()),
            None => answers.next().unwrap_or(Err(Error::Stopped)),
        };
        refusals.into_iter().map(answer).collect()
    }

    fn commit_held(&mut self, commands: &[Placed]) -> Vec<Answer> {
        let started = self.clock.elapsed();
        let applied = self.engine.apply(commands);
        self.announce();
        match applied {
            Ok(answers) => {
                self.observer.committed(commands.len(), self.clock.elapsed().saturating_sub(started));
                let changes = answers.iter().flatten().filter(|change| !change.effects.is_empty());
                for change in changes {
                    self.feed.publish(|sequence| Heard::Change { sequence, change: Arc::clone(change) });
                }
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
        let replaced = match replacement {
            Replacement::Import { rows } => self.engine.replace(|written| put_all(written, rows)),
            Replacement::Drop { shard } => self.engine.replace(|written| clear(written, *shard)),
            Replacement::Tenures { rows } => self.engine.replace(|written| {
                written.clear(Table::Tenures, &[])?;
                put_all(written, rows)
            }),
            Replacement::Step { shard, step } => self.step(*shard, step),
            Replacement::Flush => self.engine.flush(),
        };
        self.announce();
        replaced
    }

    fn step(&mut self, shard: Shard, step: &TenureStep) -> Result<(), Error> {
        match (self.engine.tenures().decide(shard, step)?, step) {
            (Decision::Stay, TenureStep::AddRows(rows)) => {
                self.engine.replace(|written| put_all(written, rows))
            }
            (Decision::Stay, _) => Ok(()),
            (Decision::Become(row), _) => self.engine.replace(|written| tenures::write(written, shard, row)),
            (Decision::Clear(row), _) => self.engine.replace(|written| {
                clear(written, shard)?;
                tenures::write(written, shard, row)
            }),
        }
    }

    /// Tells followers of shards that came or went. After a recovery nobody knows which commands had failed and are done all the same:
    /// followers have to read everything again.
    fn announce(&mut self) {
        let now = self.engine.tenures();
        let recoveries = self.engine.recoveries();
        if Arc::ptr_eq(&now, &self.tenures) && recoveries == self.recoveries {
            return;
        }
        let none = Tenures::none(0);
        let known = if recoveries == self.recoveries { &self.tenures } else { &none };
        for shard in self.tenures.held_unlike(&now) {
            self.feed.publish(|sequence| Heard::Left { sequence, shard });
        }
        for shard in now.held_unlike(known) {
            self.feed.publish(|sequence| Heard::Held { sequence, shard });
        }
        self.tenures = now;
        self.recoveries = recoveries;
    }
}

fn put_all(written: &mut Written<'_>, rows: &[Row]) -> Result<(), Error> {
    rows.iter().try_for_each(|row| written.put(row.table, &row.key, &row.value))
}

fn clear(written: &mut Written<'_>, shard: Shard) -> Result<(), Error> {
    let tables = Table::ALL.into_iter().filter(|table| !table.is_local());
    tables.into_iter().try_for_each(|table| written.clear(table, &keys::shard(shard)))
}
