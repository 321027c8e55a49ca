//! The database: one write transaction after another, and an opened state for readers after each.
//!
//! A batch of commands is durable once its record is in the log; the database itself is made durable at checkpoints: when the log
//! is full, when rows are replaced, and at the end. Opening applies the commands of the log that the database does not know yet.

mod backend;
mod batch;
mod files;
mod format;
mod log;
mod tables;

use std::sync::Arc;

use arc_swap::ArcSwap;
use atoll_host::Files;
use redb::{Database, Durability, WriteTransaction};

use crate::tenures::{self, Tenures};
use crate::{Error, Location, Options, Table};
pub(crate) use batch::{Answer, Placed};
pub use files::{discard, replace};
use format::Format;
use log::Log;
pub use tables::Opened;
pub(crate) use tables::Written;

/// An open database with its log; without a log everything is in memory.
struct Volume {
    database: Database,
    log: Option<Log>,
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
    current: Arc<ArcSwap<Opened>>,
    /// How often it was opened again.
    recoveries: u64,
}

impl Engine {
    /// Opens the database, making it if needed, and applies what the log still has.
    pub(crate) fn open(options: &Options, files: Arc<dyn Files>) -> Result<Self, Error> {
        let volume = Volume::open(options, files.as_ref())?;
        let current = Arc::new(ArcSwap::from_pointee(volume.opened()?));
        Ok(Self { options: options.clone(), files, volume: Some(volume), current, recoveries: 0 })
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

    /// Applies commands in one transaction and shows readers the new state: an answer for each. After an error nothing of them is
    /// seen, except that what had reached the log comes back when the index is opened again.
    pub(crate) fn apply(&mut self, commands: &[Placed]) -> Result<Vec<Answer>, Error> {
        let is_durable = self.options.is_durable;
        self.guarded(|volume| volume.apply(commands, is_durable))
    }

    /// Lets `act` write rows that no command stands for, durably.
    pub(crate) fn replace(
        &mut self,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.guarded(|volume| volume.checkpoint(act).and_then(|()| volume.read_tenures()))
    }

    /// Makes durable whatever is not yet.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.guarded(|volume| volume.log.as_mut().map_or(Ok(()), |log| log.flush().map_err(Error::log)))
    }

    fn guarded<T>(&mut self, act: impl FnOnce(&mut Volume) -> Result<T, Error>) -> Result<T, Error> {
        let volume = self.reopened()?;
        let done = act(volume).and_then(|result| Ok((result, volume.opened()?)));
        match done {
            Ok((result, opened)) => {
                self.current.store(Arc::new(opened));
                Ok(result)
            }
            Err(error) => {
                if let (Error::Storage { .. }, Location::File(_)) = (&error, &self.options.location) {
                    self.recover(&error);
                }
                Err(error)
            }
        }
    }

    /// After a failed call the database answers nothing any more until it is opened again.
    fn recover(&mut self, cause: &Error) {
        tracing::error!(error = %cause, "the index failed and is opened again");
        self.volume = None;
        if let Err(error) = self.reopened() {
            tracing::error!(%error, "the index could not be opened again; the next write tries once more");
        }
    }

    fn reopened(&mut self) -> Result<&mut Volume, Error> {
        if self.volume.is_none() {
            let volume = Volume::open(&self.options, self.files.as_ref())?;
            self.current.store(Arc::new(volume.opened()?));
            self.volume = Some(volume);
            self.recoveries += 1;
        }
        self.volume.as_mut().ok_or(Error::Stopped)
    }
}

impl Drop for Engine {
    /// Leaves nothing in the log, so that the next start is quick.
    fn drop(&mut self) {
        if let Some(volume) = &mut self.volume
            && volume.log.as_ref().is_some_and(|log| !log.is_empty())
            && let Err(error) = volume.checkpoint(|_| Ok(()))
        {
            tracing::error!(%error, "the index could not be closed tidily; the next start reads its log");
        }
    }
}

impl Volume {
    fn open(options: &Options, files: &dyn Files) -> Result<Self, Error> {
        let first = Format { shards: options.shards, round: 1, key_check: format::key_check(options.key) };
        let make = |database: &Database| initialise(database, first, options.is_alone);
        let (database, log) = match &options.location {
            Location::Memory => {
                let database = files::build(redb::backends::InMemoryBackend::new(), options.cache_bytes)?;
                make(&database)?;
                (database, None)
            }
            Location::File(path) if files::exists(files, path)? => {
                let (database, log) = files::open(files, path, options)?;
                (database, Some(log))
            }
            Location::File(path) => {
                let (database, log) = files::create(files, path, options, make)?;
                (database, Some(log))
            }
        };
        let (version, format) = tables::read_format(&database)?;
        check_format(&format, (version, first))?;
        let tenures = Arc::new(Tenures::none(format.shards));
        let format = Format { key_check: first.key_check, ..format };
        let mut volume = Self { database, log, format, tenures };
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
        let Some(log) = &mut self.log else { return Ok(()) };
        let records = log.replay(self.format.round).map_err(Error::log)?;
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

    fn apply(&mut self, commands: &[Placed], is_durable: bool) -> Result<Vec<Answer>, Error> {
        let transaction = self.database.begin_write().map_err(Error::storage("begin a transaction"))?;
        let mut rows = Written::open(&transaction);
        // An error drops the transaction, which takes back whatever was written.
        let answers = batch::apply_all(&mut rows, commands)?;
        if !rows.has_changes() {
            drop(rows);
            transaction.abort().map_err(Error::storage("end a transaction"))?;
            return Ok(answers);
        }
        let record = batch::encode(commands, &answers)?;
        match &mut self.log {
            Some(log) if log.has_room(&record) => {
                drop(rows);
                log.append(&record, is_durable).map_err(Error::log)?;
                commit(transaction, Durability::None)?;
            }
            _ => {
                let next = self.write_next_round(&mut rows)?;
                drop(rows);
                self.end_round(transaction, next)?;
            }
        }
        Ok(answers)
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
        if let Some(log) = &mut self.log {
            log.begin(next.round);
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
