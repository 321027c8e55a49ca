//! The database: one write transaction after another, and an opened state for readers after each.
//!
//! A batch of commands is durable once its record is in the log; the database itself is made durable at checkpoints: when the log
//! is full, when rows are replaced, and at the end. Opening applies the commands of the log that the database does not know yet.

mod backend;
mod batch;
mod files;
mod log;
mod tables;

use std::sync::Arc;

use arc_swap::ArcSwap;
use atoll_host::Files;
use redb::{Database, Durability, ReadableDatabase as _, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::{Error, Location, Options, codec};
pub(crate) use batch::{Answer, Placed};
pub use files::{discard, replace};
use log::Log;
pub use tables::Opened;
pub(crate) use tables::Written;
use tables::{FORMAT, FORMAT_KEY};

const NAME: &str = "format";

/// What the database says about itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Format {
    shards: u16,
    /// The round of the log whose commands are not in the database yet.
    round: u64,
}

/// An open database with its log; without a log everything is in memory.
struct Volume {
    database: Database,
    log: Option<Log>,
    round: u64,
}

/// The database and what it takes to open it again.
pub(crate) struct Engine {
    options: Options,
    files: Arc<dyn Files>,
    /// `None` after a failure from which opening it again has not helped yet.
    volume: Option<Volume>,
    current: Arc<ArcSwap<Opened>>,
}

impl Engine {
    /// Opens the database, making it if needed, and applies what the log still has.
    pub(crate) fn open(options: &Options, files: Arc<dyn Files>) -> Result<Self, Error> {
        let volume = Volume::open(options, files.as_ref())?;
        let current = Arc::new(ArcSwap::from_pointee(Opened::open(&volume.database)?));
        Ok(Self { options: options.clone(), files, volume: Some(volume), current })
    }

    /// Where readers find the state after the latest commit.
    pub(crate) fn current(&self) -> Arc<ArcSwap<Opened>> {
        Arc::clone(&self.current)
    }

    /// Applies commands in one transaction and shows readers the new state: an answer for each. After an error nothing of them is
    /// seen, except that what had reached the log comes back when the index is opened again.
    pub(crate) fn apply(&mut self, commands: &[Placed]) -> Result<Vec<Answer>, Error> {
        let (shards, is_durable) = (self.options.shards, self.options.is_durable);
        self.guarded(|volume| volume.apply(commands, shards, is_durable))
    }

    /// Lets `act` write rows that no command stands for, durably.
    pub(crate) fn replace(
        &mut self,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let shards = self.options.shards;
        self.guarded(|volume| volume.checkpoint(shards, act))
    }

    /// Makes durable whatever is not yet.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.guarded(|volume| volume.log.as_mut().map_or(Ok(()), |log| log.flush().map_err(Error::log)))
    }

    fn guarded<T>(&mut self, act: impl FnOnce(&mut Volume) -> Result<T, Error>) -> Result<T, Error> {
        let volume = self.reopened()?;
        let done = act(volume).and_then(|result| Ok((result, Opened::open(&volume.database)?)));
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
            self.current.store(Arc::new(Opened::open(&volume.database)?));
            self.volume = Some(volume);
        }
        self.volume.as_mut().ok_or(Error::Stopped)
    }
}

impl Drop for Engine {
    /// Leaves nothing in the log, so that the next start is quick.
    fn drop(&mut self) {
        let shards = self.options.shards;
        if let Some(volume) = &mut self.volume
            && volume.log.as_ref().is_some_and(|log| !log.is_empty())
            && let Err(error) = volume.checkpoint(shards, |_| Ok(()))
        {
            tracing::error!(%error, "the index could not be closed tidily; the next start reads its log");
        }
    }
}

impl Volume {
    fn open(options: &Options, files: &dyn Files) -> Result<Self, Error> {
        let first = Format { shards: options.shards, round: 1 };
        let (database, log) = match &options.location {
            Location::Memory => {
                let database = files::build(redb::backends::InMemoryBackend::new(), options.cache_bytes)?;
                initialise(&database, first)?;
                (database, None)
            }
            Location::File(path) if files::exists(files, path)? => {
                let (database, log) = files::open(files, path, options)?;
                (database, Some(log))
            }
            Location::File(path) => {
                let (database, log) = files::create(files, path, options, |made| initialise(made, first))?;
                (database, Some(log))
            }
        };
        let format = read_format(&database)?;
        if format.shards != options.shards {
            return Err(Error::OtherShards { found: format.shards, asked: options.shards });
        }
        let mut volume = Self { database, log, round: format.round };
        volume.replay(options.shards)?;
        Ok(volume)
    }

    /// Applies the commands of the log that the database does not know yet.
    fn replay(&mut self, shards: u16) -> Result<(), Error> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let records = log.replay(self.round).map_err(Error::log)?;
        if records.is_empty() {
            return Ok(());
        }
        tracing::info!(batches = records.len(), "the index was not closed tidily: its log is applied");
        self.checkpoint(shards, |rows| {
            for record in &records {
                batch::apply_all(rows, &batch::decode(record)?)?;
            }
            Ok(())
        })
    }

    fn apply(&mut self, commands: &[Placed], shards: u16, is_durable: bool) -> Result<Vec<Answer>, Error> {
        let transaction = self.database.begin_write().map_err(Error::storage("begin a transaction"))?;
        let mut rows = Written::open(&transaction)?;
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
                let round = self.write_next_round(&mut rows, shards)?;
                drop(rows);
                self.end_round(transaction, round)?;
            }
        }
        Ok(answers)
    }

    /// Makes the database durable together with what `act` writes, and begins a new round of the log.
    fn checkpoint(
        &mut self,
        shards: u16,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let transaction = self.database.begin_write().map_err(Error::storage("begin a transaction"))?;
        let mut rows = Written::open(&transaction)?;
        act(&mut rows)?;
        let round = self.write_next_round(&mut rows, shards)?;
        drop(rows);
        self.end_round(transaction, round)
    }

    fn write_next_round(&self, rows: &mut Written<'_>, shards: u16) -> Result<u64, Error> {
        let round = self.round.saturating_add(1);
        rows.write_format(&Format { shards, round })?;
        Ok(round)
    }

    /// Commits durably. Only then is the log void: a crash before it finds the old round and the log that goes with it.
    fn end_round(&mut self, mut transaction: WriteTransaction, round: u64) -> Result<(), Error> {
        // Rounds are long, so that what this costs is seldom paid, and a start after a crash need not read the whole database.
        transaction.set_quick_repair(true);
        commit(transaction, Durability::Immediate)?;
        self.round = round;
        if let Some(log) = &mut self.log {
            log.begin(round);
        }
        Ok(())
    }
}

fn commit(mut transaction: WriteTransaction, durability: Durability) -> Result<(), Error> {
    transaction.set_durability(durability).map_err(Error::storage("commit"))?;
    transaction.commit().map_err(Error::storage("commit"))
}

/// Makes all tables, so that readers find them.
fn initialise(database: &Database, format: Format) -> Result<(), Error> {
    let transaction = database.begin_write().map_err(Error::storage("begin a transaction"))?;
    Written::open(&transaction)?.write_format(&format)?;
    commit(transaction, Durability::Immediate)
}

fn read_format(database: &Database) -> Result<Format, Error> {
    let transaction = database.begin_read().map_err(Error::storage("read its format"))?;
    let table = transaction.open_table(FORMAT).map_err(Error::storage("read its format"))?;
    let value = table.get(FORMAT_KEY).map_err(Error::storage("read its format"))?;
    codec::decode(NAME, value.as_ref().map(redb::AccessGuard::value).unwrap_or_default())
}

#[cfg(test)]
mod tests;
