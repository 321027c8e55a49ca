//! The database: one write transaction after another, and an opened state for readers after each.
//!
//! A batch of commands is durable once its record is in the log; the database itself is made durable at checkpoints: when the log
//! is full, when rows are replaced, and at the end. Opening applies the commands of the log that the database does not know yet.
//! A batch passes two hands: one applies it here, the other ([`flusher`]) makes it durable and shows it.

mod backend;
mod batch;
mod files;
mod flusher;
mod format;
mod log;
mod tables;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use atoll_host::{Files, Tasks};
use redb::{Database, Durability, WriteTransaction};

use crate::tenures::{self, Tenures};
use crate::{Error, Location, Options, Table};
use backend::Latch;
pub(crate) use batch::{Answer, Placed};
pub use files::{discard, replace};
pub(crate) use flusher::{Applied, Told};
use flusher::{Flusher, SharedLog};
use format::Format;
use log::{Log, Room};
pub use tables::Opened;
pub(crate) use tables::Written;

/// An open database with its log; without a log everything is in memory.
struct Volume {
    database: Database,
    /// Keeps the database from writing once it is given up.
    latch: Latch,
    log: Option<SharedLog>,
    /// What is left of the log.
    room: Room,
    /// As of the last checkpoint.
    format: Format,
    /// As of the last checkpoint: no command changes them.
    tenures: Arc<Tenures>,
}

/// The database and what it takes to open it again.
pub(crate) struct Engine {
    options: Options,
    files: Arc<dyn Files>,
    /// `None` after a failure from which opening it again has not helped yet.
    volume: Option<Volume>,
    flusher: Flusher,
    current: Arc<ArcSwap<Opened>>,
    /// How often it was opened again.
    recoveries: u64,
}

impl Engine {
    /// Opens the database, making it if needed, and applies what the log still has.
    pub(crate) fn open(options: &Options, files: Arc<dyn Files>) -> Result<Self, Error> {
        let volume = Volume::open(options, files.as_ref())?;
        let current = Arc::new(ArcSwap::from_pointee(volume.opened()?));
        let flusher = Flusher::new(Arc::clone(&current), options.is_durable);
        let (options, volume) = (options.clone(), Some(volume));
        Ok(Self { options, files, volume, flusher, current, recoveries: 0 })
    }

    /// From now on a thread makes batches durable while the next ones are applied.
    pub(crate) fn flush_on_thread(&mut self, tasks: &Tasks) -> std::io::Result<()> {
        self.flusher.start(tasks)
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

    /// Applies commands in one transaction: an answer for each, which nobody may hear before [`Engine::finish`] has told that they are
    /// durable. After an error nothing of them is left.
    pub(crate) fn apply(&mut self, commands: &[Placed]) -> Result<(Vec<Answer>, Applied), Error> {
        self.guarded(|volume, flusher| volume.apply(commands, flusher))
    }

    /// Makes what was applied durable, shows it to readers, and tells. After an error nothing of it is seen, except that what had
    /// reached the log comes back when the index is opened again.
    pub(crate) fn finish(&self, applied: Applied, told: Told) {
        self.flusher.finish(applied, told);
    }

    /// Lets `act` write rows that no command stands for, durably, once everything before is done.
    pub(crate) fn replace(
        &mut self,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let opened = self.guarded(|volume, flusher| {
            settled(flusher)?;
            volume.checkpoint(act)?;
            volume.read_tenures()?;
            volume.opened()
        })?;
        self.current.store(Arc::new(opened));
        Ok(())
    }

    /// Makes durable whatever is not yet.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.guarded(|volume, flusher| {
            settled(flusher)?;
            volume.log.as_ref().map_or(Ok(()), |log| lock(log).flush().map_err(Error::log))
        })
    }

    fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Volume, &Flusher) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(failure) = self.flusher.failure() {
            self.recover(&failure);
        }
        self.reopen()?;
        let volume = self.volume.as_mut().ok_or(Error::Stopped)?;
        let done = act(volume, &self.flusher);
        if let (Err(error @ Error::Storage { .. }), Location::File(_)) = (&done, &self.options.location) {
            self.recover(&error.clone());
        }
        done
    }

    /// After a failed call the database answers nothing any more until it is opened again; and after a failed write of the log it
    /// has rows that nobody may see.
    fn recover(&mut self, cause: &Error) {
        tracing::error!(error = %cause, "the index failed and is opened again");
        self.flusher.drain();
        if let Some(volume) = self.volume.take() {
            volume.latch.shut();
        }
        self.flusher.forget_failure();
        if let Err(error) = self.reopen() {
            tracing::error!(%error, "the index could not be opened again; the next write tries once more");
        }
    }

    fn reopen(&mut self) -> Result<(), Error> {
        if self.volume.is_none() {
            let volume = Volume::open(&self.options, self.files.as_ref())?;
            self.current.store(Arc::new(volume.opened()?));
            self.volume = Some(volume);
            self.recoveries += 1;
        }
        Ok(())
    }
}

/// Waits until every batch is finished. An error if one failed: then the database has rows that must not become durable.
fn settled(flusher: &Flusher) -> Result<(), Error> {
    flusher.drain();
    flusher.failure().map_or(Ok(()), Err)
}

fn lock(log: &SharedLog) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Engine {
    /// Leaves nothing in the log, so that the next start is quick.
    fn drop(&mut self) {
        let settled = settled(&self.flusher);
        let Some(volume) = &mut self.volume else { return };
        if volume.log.as_ref().is_none_or(|log| lock(log).is_empty()) {
            return;
        }
        if let Err(error) = settled.and_then(|()| volume.checkpoint(|_| Ok(()))) {
            // Closing would make durable what the log has too: it would be applied twice.
            volume.latch.shut();
            tracing::error!(%error, "the index could not be closed tidily; the next start reads its log");
        }
    }
}

impl Volume {
    fn open(options: &Options, files: &dyn Files) -> Result<Self, Error> {
        let first = Format { shards: options.shards, round: 1, key_check: format::key_check(options.key) };
        let make = |database: &Database| initialise(database, first, options.is_alone);
        let (database, latch, log) = match &options.location {
            Location::Memory => {
                let database = files::build(redb::backends::InMemoryBackend::new(), options.cache_bytes)?;
                make(&database)?;
                (database, Latch::default(), None)
            }
            Location::File(path) if files::exists(files, path)? => {
                let (database, latch, log) = files::open(files, path, options)?;
                (database, latch, Some(Arc::new(Mutex::new(log))))
            }
            Location::File(path) => {
                let (database, latch, log) = files::create(files, path, options, make)?;
                (database, latch, Some(Arc::new(Mutex::new(log))))
            }
        };
        let (version, format) = tables::read_format(&database)?;
        check_format(&format, (version, first))?;
        let tenures = Arc::new(Tenures::none(format.shards));
        let format = Format { key_check: first.key_check, ..format };
        let room = Room::of(options.log_bytes);
        let mut volume = Self { database, latch, log, room, format, tenures };
        volume.settle(version, options.is_alone)?;
        volume.read_tenures()?;
        Ok(volume)
    }

    /// The state that readers see from now on.
    fn opened(&self) -> Result<Opened, Error> {
        Opened::open(&self.database, Arc::clone(&self.tenures))
    }

    fn read_tenures(&mut self) -> Result<(), Error> {
        let found = Tenures::load(&self.opened()?, self.format.shards)?;
        if found != *self.tenures {
            self.tenures = Arc::new(found);
        }
        Ok(())
    }

    /// Brings an index that was not closed tidily, or was made by an earlier version, to the state of one that this version closed.
    fn settle(&mut self, version: u8, is_alone: bool) -> Result<(), Error> {
        let Some(log) = &self.log else { return Ok(()) };
        let records = lock(log).replay(self.format.round).map_err(Error::log)?;
        if !records.is_empty() {
            tracing::info!(batches = records.len(), "the index was not closed tidily: its log is applied");
        }
        let is_old = version < format::VERSION;
        if is_old {
            tracing::info!(from = version, to = format::VERSION, "the index is brought to a newer version");
        }
        let is_unclaimed =
            !is_old && is_alone && Tenures::load(&self.opened()?, self.format.shards)?.list().is_empty();
        if records.is_empty() && !is_old && !is_unclaimed {
            return Ok(());
        }
        let shards = self.format.shards;
        let transaction = self.database.begin_write().map_err(Error::storage("begin a transaction"))?;
        if is_old {
            // Their shape is another now. Whoever follows them reads the rows instead, as after any gap.
            tables::remove_table(&transaction, Table::Changes)?;
        }
        let mut rows = Written::open(&transaction);
        rows.make_all()?;
        for record in &records {
            batch::apply_all(&mut rows, &batch::decode(record)?)?;
        }
        if is_alone && Tenures::load(&rows, shards)?.list().is_empty() {
            tenures::claim_all(&mut rows, shards)?;
        }
        let next = self.write_next_round(&mut rows)?;
        drop(rows);
        self.end_round(transaction, next)
    }

    fn apply(&mut self, commands: &[Placed], flusher: &Flusher) -> Result<(Vec<Answer>, Applied), Error> {
        let transaction = self.database.begin_write().map_err(Error::storage("begin a transaction"))?;
        let mut rows = Written::open(&transaction);
        // An error drops the transaction, which takes back whatever was written.
        let answers = batch::apply_all(&mut rows, commands)?;
        if !rows.has_changes() {
            drop(rows);
            transaction.abort().map_err(Error::storage("end a transaction"))?;
            return Ok((answers, Applied { record: None, opened: None }));
        }
        let record = batch::encode(commands, &answers)?;
        let log = self.log.as_ref().filter(|_| self.room.take(&record)).map(Arc::clone);
        let record = if let Some(log) = log {
            drop(rows);
            commit(transaction, Durability::None)?;
            Some((log, record))
        } else {
            settled(flusher)?;
            let next = self.write_next_round(&mut rows)?;
            drop(rows);
            self.end_round(transaction, next)?;
            None
        };
        Ok((answers, Applied { record, opened: Some(Arc::new(self.opened()?)) }))
    }

    /// Makes the database durable together with what `act` writes, and begins a new round of the log.
    fn checkpoint(&mut self, act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let transaction = self.database.begin_write().map_err(Error::storage("begin a transaction"))?;
        let mut rows = Written::open(&transaction);
        act(&mut rows)?;
        let next = self.write_next_round(&mut rows)?;
        drop(rows);
        self.end_round(transaction, next)
    }

    fn write_next_round(&self, rows: &mut Written<'_>) -> Result<Format, Error> {
        let next = Format { round: self.format.round.saturating_add(1), ..self.format };
        rows.write_format(&next)?;
        Ok(next)
    }

    /// Commits durably. Only then is the log void: a crash before it finds the old round and the log that goes with it.
    fn end_round(&mut self, mut transaction: WriteTransaction, next: Format) -> Result<(), Error> {
        // Rounds are long, so that what this costs is seldom paid, and a start after a crash need not read the whole database.
        transaction.set_quick_repair(true);
        commit(transaction, Durability::Immediate)?;
        self.format = next;
        self.room.begin();
        if let Some(log) = &self.log {
            lock(log).begin(next.round);
        }
        Ok(())
    }
}

fn check_format(found: &Format, (version, asked): (u8, Format)) -> Result<(), Error> {
    if found.shards != asked.shards {
        return Err(Error::OtherShards { found: found.shards, asked: asked.shards });
    }
    // Version 1 did not say which key it was made for.
    if version >= format::VERSION && found.key_check != asked.key_check {
        return Err(Error::OtherKey);
    }
    Ok(())
}

fn commit(mut transaction: WriteTransaction, durability: Durability) -> Result<(), Error> {
    transaction.set_durability(durability).map_err(Error::storage("commit"))?;
    transaction.commit().map_err(Error::storage("commit"))
}

/// Makes all tables, so that readers find them.
fn initialise(database: &Database, format: Format, is_alone: bool) -> Result<(), Error> {
    let transaction = database.begin_write().map_err(Error::storage("begin a transaction"))?;
    let mut rows = Written::open(&transaction);
    rows.make_all()?;
    rows.write_format(&format)?;
    if is_alone {
        tenures::claim_all(&mut rows, format.shards)?;
    }
    drop(rows);
    commit(transaction, Durability::Immediate)
}

#[cfg(test)]
mod tests;
