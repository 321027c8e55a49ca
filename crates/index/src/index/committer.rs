//! Runs batches of commands: one transaction, one commit, then the answers.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Clock, Tasks};
use atoll_placement::Shard;
use bytes::Bytes;
use tokio::sync::oneshot;

use crate::engine::{Answer, Engine, Placed, Reach, Wake, Written};
use crate::feed::{Feed, Heard};
use crate::tenures::{self, Decision, Tenures};
use crate::{Change, Error, Observer, Row, Rows as _, Table, TenureStep, keys};

/// Where the answer to a command goes.
pub(super) type Reply = oneshot::Sender<Result<Arc<Change>, Error>>;

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

    /// Makes threads of the later parts of commits, so that the next batch is applied while the disk takes those before. They call
    /// `wake` when there is something for [`Committer::take_over`].
    pub(super) fn work_on_threads(&mut self, tasks: &Tasks, wake: Wake) -> std::io::Result<()> {
        self.engine.work_on_threads(tasks, wake)
    }

    /// Lets readers go on to what the threads have done.
    pub(super) fn take_over(&mut self) {
        if let Err(error) = self.engine.take_over() {
            self.observer.failed(&error);
        }
        self.announce();
    }

    /// Applies the commands of shards that are held, in order, and commits them together; each reply comes once its command is
    /// durable. A refused command does not disturb the others.
    pub(super) fn commit(&mut self, commands: Vec<(Placed, Reply)>) {
        let tenures = self.engine.tenures();
        let (mut held, mut replies) =
            (Vec::with_capacity(commands.len()), Vec::with_capacity(commands.len()));
        for (placed, reply) in commands {
            match tenures.admit(placed.0) {
                Ok(()) => {
                    held.push(placed);
                    replies.push(reply);
                }
                Err(refusal) => answer(reply, Err(refusal.into())),
            }
        }
        if !held.is_empty() {
            self.commit_held(&held, replies);
        }
    }

    fn commit_held(&mut self, commands: &[Placed], replies: Vec<Reply>) {
        let started = self.clock.elapsed();
        let applied = self.engine.apply(commands);
        self.announce();
        match applied {
            Ok((answers, applied)) => {
                let news = News {
                    feed: self.feed.clone(),
                    observer: Arc::clone(&self.observer),
                    clock: Arc::clone(&self.clock),
                    started,
                    facts: commands.iter().map(|(_, command)| command.mutation.facts()).collect(),
                    answers,
                    replies,
                };
                self.engine.finish(applied, Box::new(move |durable| news.tell(durable)));
            }
            // A damaged row must not fail the neighbours of the command that met it.
            Err(error)
                if commands.len() > 1
                    && matches!(
                        error,
                        Error::Damaged { .. } | Error::DamagedKey { .. } | Error::Newer { .. }
                    ) =>
            {
                for (one, reply) in commands.chunks(1).zip(replies) {
                    self.commit_held(one, vec![reply]);
                }
            }
            Err(error) => {
                self.observer.failed(&error);
                for reply in replies {
                    answer(reply, Err(error.clone()));
                }
            }
        }
    }

    pub(super) fn replace(&mut self, replacement: &Replacement) -> Result<(), Error> {
        let replaced = match replacement {
            Replacement::Import { rows } => self.engine.replace(Reach::All, |written| put_all(written, rows)),
            Replacement::Drop { shard } => self.engine.replace(Reach::All, |written| clear(written, *shard)),
            Replacement::Tenures { rows } => self.engine.replace(Reach::All, |written| {
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
                self.engine.replace(Reach::All, |written| put_all(written, rows))
            }
            (Decision::Stay, _) => Ok(()),
            (Decision::Become(row), _) => {
                self.engine.replace(Reach::Member, |written| tenures::write(written, shard, row))
            }
            (Decision::Clear(row), _) => self.engine.replace(Reach::All, |written| {
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

/// What there is to tell of a batch once it is durable.
struct News {
    feed: Feed,
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
    started: Duration,
    /// Of each command.
    facts: Vec<Bytes>,
    answers: Vec<Answer>,
    replies: Vec<Reply>,
}

impl News {
    /// Tells followers and whoever waits; of a batch that failed only that it did.
    fn tell(self, durable: Result<(), Error>) {
        if let Err(error) = durable {
            self.observer.failed(&error);
            for reply in self.replies {
                answer(reply, Err(error.clone()));
            }
            return;
        }
        self.observer.committed(self.answers.len(), self.clock.elapsed().saturating_sub(self.started));
        for (answer, facts) in self.answers.iter().zip(self.facts) {
            if let Ok(change) = answer
                && !change.effects.is_empty()
            {
                let change = Arc::clone(change);
                self.feed.publish(|sequence| Heard::Change { sequence, change, facts });
            }
        }
        for (reply, result) in self.replies.into_iter().zip(self.answers) {
            answer(reply, result);
        }
    }
}

/// Gives an answer.
pub(super) fn answer<T>(reply: oneshot::Sender<Result<T, Error>>, result: Result<T, Error>) {
    // Whoever asked may have gone; what was done stays done.
    let _gone = reply.send(result);
}

fn put_all(written: &mut Written<'_>, rows: &[Row]) -> Result<(), Error> {
    rows.iter().try_for_each(|row| written.put(row.table, &row.key, &row.value))
}

fn clear(written: &mut Written<'_>, shard: Shard) -> Result<(), Error> {
    let tables = Table::ALL.into_iter().filter(|table| !table.is_local());
    tables.into_iter().try_for_each(|table| written.clear(table, &keys::shard(shard)))
}
