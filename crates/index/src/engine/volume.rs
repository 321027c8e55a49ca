//! An open database with its log, and the rows that are in the log only.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_host::Files;
use redb::{Database, Durability, WriteTransaction};

use super::ahead::{self, Ahead};
use super::backend::Latch;
use super::batch::{self, Answer, Placed};
use super::files;
use super::flusher::{Applied, Flusher, SharedLog};
use super::format::{self, Format};
use super::log::{Log, Room};
use super::opened::{Draft, Opened};
use super::recent::Row;
use super::tables::{self, Base, Written};
use crate::tenures::{self, Tenures};
use crate::{Error, Location, Options, Table};

/// Room on the disk, in bytes, that a checkpoint asks for. Where there is less the database might fail in the middle of its write,
/// and could not be read until there is room to open it again.
const CHECKPOINT_MIN_FREE_BYTES: u64 = 16 * 1024 * 1024;

/// An open database with its log; without a log everything is in memory.
pub(super) struct Volume {
    /// What is on its way into the database. It comes first, since it must go before the database does.
    ahead: Ahead,
    database: Database,
    /// The disk, and the database's folder; none for a database in memory.
    disk: Option<(Arc<dyn Files>, PathBuf)>,
    /// Keeps the database from writing once it is given up.
    latch: Latch,
    pub(super) log: Option<SharedLog>,
    /// What is left of the log.
    room: Room,
    /// As of the last checkpoint.
    pub(super) format: Format,
    /// With everything that was applied, durable or not. No command changes its tenures.
    latest: Opened,
}

impl Volume {
    pub(super) fn open(options: &Options, disk: &Arc<dyn Files>) -> Result<Self, Error> {
        let files = disk.as_ref();
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
        let latest = Opened::new(Base::open(&database)?, Arc::new(Tenures::none(format.shards)));
        let format = Format { key_check: first.key_check, ..format };
        let room = Room::of(options.log_bytes);
        let disk = match &options.location {
            Location::Memory => None,
            Location::File(path) => Some((Arc::clone(disk), path.parent().unwrap_or(path).to_owned())),
        };
        let ahead = Ahead::default();
        let mut volume = Self { ahead, database, disk, latch, log, room, format, latest };
        volume.settle(version, options.is_alone)?;
        volume.read_tenures()?;
        Ok(volume)
    }

    /// The state with everything that was applied.
    pub(super) fn opened(&self) -> Arc<Opened> {
        Arc::new(self.latest.clone())
    }

    /// From now on the files are not written any more.
    pub(super) fn give_up(&self) {
        self.latch.shut();
    }

    /// Whether the database has everything, durably.
    pub(super) fn is_tidy(&self) -> bool {
        self.log.as_ref().is_none_or(|log| lock(log).is_empty())
    }

    /// Makes durable what is in the log.
    pub(super) fn flush(&self) -> Result<(), Error> {
        self.log.as_ref().map_or(Ok(()), |log| lock(log).flush().map_err(Error::log))
    }

    fn read_tenures(&mut self) -> Result<(), Error> {
        let found = Tenures::load(&self.latest, self.format.shards)?;
        self.latest.set_tenures(found);
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
            !is_old && is_alone && Tenures::load(&self.latest, self.format.shards)?.list().is_empty();
        if records.is_empty() && !is_old && !is_unclaimed {
            return Ok(());
        }
        let shards = self.format.shards;
        let transaction = ahead::begin(&self.database)?;
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

    /// Applies commands to the rows in memory. When these are too many, or the log is full, all of them are brought into the database.
    pub(super) fn apply(
        &mut self,
        commands: &[Placed],
        flusher: &Flusher,
    ) -> Result<(Vec<Answer>, Applied), Error> {
        let mut rows = Draft::of(&self.latest);
        // An error drops the draft, which takes back whatever was written.
        let answers = batch::apply_all(&mut rows, commands)?;
        let Some((latest, written)) = rows.finish() else {
            return Ok((answers, Applied { record: None, opened: None }));
        };
        let record = batch::encode(commands, &answers)?;
        // On a full disk only the end of the log brings them there.
        let may_wait = latest.recent().has_room() || self.require_room().is_err();
        let record = if may_wait && self.has_room_for(&record) {
            self.keep(latest, written)?;
            self.log.as_ref().map(|log| (Arc::clone(log), record))
        } else {
            settled(flusher)?;
            self.require_room()?;
            self.checkpoint(written, |_| Ok(()))?;
            None
        };
        Ok((answers, Applied { record, opened: Some(self.opened()) }))
    }

    fn has_room_for(&mut self, record: &[u8]) -> bool {
        self.log.is_none() || self.room.take(record)
    }

    fn keep(&mut self, latest: Opened, written: Vec<(Table, Row)>) -> Result<(), Error> {
        self.latest = latest;
        self.ahead.push(written);
        // On a full disk they wait in memory until there is room.
        if self.ahead.is_due() && self.require_room().is_ok() {
            self.ahead.write(&self.database)?;
        }
        Ok(())
    }

    /// Makes everything that was applied durable together with what `act` writes.
    pub(super) fn replace(
        &mut self,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.checkpoint(Vec::new(), act)?;
        self.read_tenures()
    }

    /// Brings recent rows into the database, durably and together with `written` and what `act` writes, and begins a new round of the
    /// log.
    fn checkpoint(
        &mut self,
        written: Vec<(Table, Row)>,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.push(written);
        let done = self.commit_with(ahead, act);
        if done.is_err() {
            // What was on its way has been taken back; it begins again with the next one.
            self.ahead = Ahead::of(self.latest.recent());
        }
        done
    }

    fn commit_with(
        &mut self,
        ahead: Ahead,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let transaction = ahead.finish(&self.database)?;
        let mut rows = Written::open(&transaction);
        act(&mut rows)?;
        let next = self.write_next_round(&mut rows)?;
        drop(rows);
        self.end_round(transaction, next)
    }

    fn require_room(&self) -> Result<(), Error> {
        // A disk that does not tell is tried.
        let found = self.disk.as_ref().and_then(|(files, folder)| files.space(folder).ok());
        match found {
            Some(space) if space.free_bytes < CHECKPOINT_MIN_FREE_BYTES => {
                Err(Error::NoRoom { free_bytes: space.free_bytes, needed_bytes: CHECKPOINT_MIN_FREE_BYTES })
            }
            _ => Ok(()),
        }
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
        commit(transaction)?;
        self.format = next;
        self.room.begin();
        if let Some(log) = &self.log {
            lock(log).begin(next.round);
        }
        // Whoever reads the state before keeps its rows alive.
        self.latest = Opened::new(Base::open(&self.database)?, Arc::clone(self.latest.tenures()));
        Ok(())
    }
}

/// Waits until every batch is finished. An error if one failed: then there are rows that must not become durable.
pub(super) fn settled(flusher: &Flusher) -> Result<(), Error> {
    flusher.drain();
    flusher.failure().map_or(Ok(()), Err)
}

fn lock(log: &SharedLog) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
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

fn commit(mut transaction: WriteTransaction) -> Result<(), Error> {
    transaction.set_durability(Durability::Immediate).map_err(Error::storage("commit"))?;
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
    commit(transaction)
}

#[cfg(test)]
mod tests;
