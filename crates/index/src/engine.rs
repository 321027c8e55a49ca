//! The database: one batch of commands after another, and an opened state for readers after each.
//!
//! A batch is applied to rows in memory above the database and is durable once its record is in the log. The database itself is
//! written at checkpoints only: when the log or the memory for those rows is full, when rows are replaced, and at the end. Opening
//! applies the commands of the log that the database does not know yet. A batch passes three hands: one applies it here, another
//! ([`flusher`]) makes it durable and shows it, and the third ([`checkpoint`]) brings its rows into the database later.

mod backend;
mod batch;
mod bloom;
mod bring;
mod checkpoint;
mod files;
mod filter;
mod flusher;
mod format;
mod home;
mod log;
mod opened;
mod recent;
mod runs;
mod tables;
mod volume;

use std::sync::Arc;

use arc_swap::ArcSwap;
use atoll_host::{Files, Tasks};

use crate::tenures::Tenures;
use crate::{Error, Location, Options};
pub(crate) use batch::{Answer, Placed};
use checkpoint::Checkpoints;
pub(crate) use checkpoint::Wake;
pub use files::{discard, replace};
use filter::Filter;
use flusher::Flusher;
pub(crate) use flusher::{Applied, Told};
pub use opened::Opened;
pub(crate) use tables::Written;
pub(crate) use volume::Reach;
use volume::{Hands, Volume};

/// The database and what it takes to open it again.
pub(crate) struct Engine {
    options: Options,
    files: Arc<dyn Files>,
    /// `None` after a failure from which opening it again has not helped yet.
    volume: Option<Volume>,
    hands: Hands,
    current: Arc<ArcSwap<Opened>>,
    /// Of the database before it failed last.
    former: Option<Arc<Filter>>,
    /// How often it was opened again.
    recoveries: u64,
}

impl Engine {
    /// Opens the database, making it if needed, and applies what the log still has.
    pub(crate) fn open(options: &Options, files: Arc<dyn Files>) -> Result<Self, Error> {
        let volume = Volume::open(options, &files)?;
        let current = Arc::new(ArcSwap::new(volume.opened()));
        let flusher = Flusher::new(Arc::clone(&current), options.is_durable);
        let hands = Hands { flusher, checkpoints: Checkpoints::new() };
        let (options, volume) = (options.clone(), Some(volume));
        Ok(Self { options, files, volume, hands, current, former: None, recoveries: 0 })
    }

    /// From now on one thread makes batches durable, and another brings their rows into the database, while the next ones are applied.
    /// That one calls `wake` when there is something for [`Engine::take_over`].
    pub(crate) fn work_on_threads(&mut self, tasks: &Tasks, wake: Wake) -> std::io::Result<()> {
        self.hands.flusher.start(tasks)?;
        self.hands.checkpoints.start(tasks, wake)?;
        self.let_rest();
        Ok(())
    }

    /// Shows readers the database as a checkpoint has left it: until then they hold the former one, and the rows that have arrived.
    pub(crate) fn take_over(&mut self) -> Result<(), Error> {
        let opened = self.guarded(Volume::arrived)?;
        self.finish(Applied { record: None, opened }, Box::new(|_durable| ()));
        Ok(())
    }

    /// Where readers find the state after the latest commit.
    pub(crate) fn current(&self) -> Arc<ArcSwap<Opened>> {
        Arc::clone(&self.current)
    }

    /// What this member has to do with each shard, as of the latest commit.
    pub(crate) fn tenures(&self) -> Arc<Tenures> {
        Arc::clone(self.current.load().tenures())
    }

    /// How often the database was opened again after a failure. What had failed then may have turned out to be done.
    pub(crate) fn recoveries(&self) -> u64 {
        self.recoveries
    }

    /// Applies commands, all or none: an answer for each, which nobody may hear before [`Engine::finish`] has told that they are
    /// durable. After an error nothing of them is left.
    pub(crate) fn apply(&mut self, commands: &[Placed]) -> Result<(Vec<Answer>, Applied), Error> {
        self.guarded(|volume, hands| volume.apply(commands, hands))
    }

    /// Makes what was applied durable, shows it to readers, and tells. After an error nothing of it is seen, except that what had
    /// reached the log comes back when the index is opened again.
    pub(crate) fn finish(&self, applied: Applied, told: Told) {
        self.hands.flusher.finish(applied, told);
    }

    /// Lets `act` write rows that no command stands for, durably, once everything before is done.
    pub(crate) fn replace(
        &mut self,
        reach: Reach,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let opened = self.guarded(|volume, hands| {
            volume.replace(hands, reach, act)?;
            Ok(volume.opened())
        })?;
        self.current.store(opened);
        self.let_rest();
        Ok(())
    }

    /// Lets the thread of the checkpoints bring runs into the tables while there are no checkpoints. Where it has failed nobody does, before
    /// the next checkpoint that succeeds: it might fail again and again.
    fn let_rest(&self) {
        if let Some(volume) = &self.volume {
            self.hands.checkpoints.rest(volume.rest());
        }
    }

    /// Makes durable whatever is not yet.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.guarded(|volume, hands| {
            hands.settle()?;
            volume.flush()
        })
    }

    fn guarded<T>(&mut self, act: impl FnOnce(&mut Volume, &Hands) -> Result<T, Error>) -> Result<T, Error> {
        drop(self.hands.flusher.retired());
        if let Some(failure) = self.hands.flusher.failure() {
            self.recover(&failure);
        }
        self.reopen()?;
        let volume = self.volume.as_mut().ok_or(Error::Stopped)?;
        let done = act(volume, &self.hands);
        if let (Err(error @ Error::Storage { .. }), Location::File(_)) = (&done, &self.options.location) {
            self.recover(&error.clone());
        }
        done
    }

    /// After a failed call the database answers nothing any more until it is opened again; and after a failed write of the log there
    /// are rows that nobody may see.
    fn recover(&mut self, cause: &Error) {
        tracing::error!(error = %cause, "the index failed and is opened again");
        self.hands.flusher.drain();
        if let Some(volume) = self.volume.take() {
            volume.give_up();
            self.former = Some(volume.filter);
        }
        // Nobody may write the file while it is opened again. What the checkpoint has come to is found there.
        drop(self.hands.checkpoints.wait());
        self.hands.flusher.forget_failure();
        if let Err(error) = self.reopen() {
            tracing::error!(%error, "the index could not be opened again; the next write tries once more");
        }
    }

    fn reopen(&mut self) -> Result<(), Error> {
        if self.volume.is_none() {
            let mut volume = Volume::open(&self.options, &self.files)?;
            if let Some(former) = &self.former {
                volume.filter = Arc::new(former.anew());
            }
            self.current.store(volume.opened());
            self.volume = Some(volume);
            self.recoveries += 1;
        }
        Ok(())
    }
}

impl Drop for Engine {
    /// Leaves nothing in the log, so that the next start is quick.
    fn drop(&mut self) {
        let Some(volume) = &mut self.volume else { return };
        if volume.is_tidy() {
            return;
        }
        if let Err(error) = volume.replace(&self.hands, Reach::Member, |_| Ok(())) {
            volume.give_up();
            tracing::error!(%error, "the index could not be closed tidily; the next start reads its log");
        }
    }
}

#[cfg(test)]
mod tests;
