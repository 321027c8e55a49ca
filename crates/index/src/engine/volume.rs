//! An open database with its log, and the rows that are in the log only.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_host::Files;
use redb::Database;

use super::backend::Latch;
use super::batch::{self, Answer, Placed};
use super::bring::{self, Order, Rest};
use super::checkpoint::Checkpoints;
use super::files;
use super::filter::Filter;
use super::flusher::{Applied, Flusher, SharedLog};
use super::format::{self, Format};
use super::log::{Log, Record, Replayed, Room};
use super::opened::{Draft, Opened};
use super::recent::{self, Recent};
use super::tables::{self, Base, Written};
use crate::tenures::{self, Tenures};
use crate::{Error, Location, Options, Table};

/// Room on the disk, in bytes, that a checkpoint asks for. Where there is less the database might fail in the middle of its write,
/// and could not be read until there is room to open it again.
const CHECKPOINT_MIN_FREE_BYTES: u64 = 32 * 1024 * 1024;

/// An open database with its log; without a log everything is in memory.
pub(super) struct Volume {
    pub(super) database: Arc<Database>,
    /// Knows the manifests of the database, once it is made.
    pub(super) filter: Arc<Filter>,
    disk: Disk,
    /// Keeps the database from writing once it is given up.
    latch: Latch,
    pub(super) log: Option<SharedLog>,
    /// What is left of this round of the log.
    room: Room,
    /// What recent rows may take, in bytes.
    recent_bytes: usize,
    /// As of the last checkpoint, the one under way included.
    pub(super) format: Format,
    /// With everything that was applied, durable or not. No command changes its tenures.
    latest: Opened,
}

/// What may be written besides commands.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    /// Rows about this member alone, or none: [`Table::is_local`].
    Member,
    /// Any, for which everything has to lie in the tables.
    All,
}

/// What a batch passes besides the volume.
pub(super) struct Hands {
    pub(super) flusher: Flusher,
    pub(super) checkpoints: Checkpoints,
}

impl Hands {
    /// Waits until every batch is finished. An error if one failed: then there are rows that must not become durable.
    pub(super) fn settle(&self) -> Result<(), Error> {
        self.flusher.drain();
        self.flusher.failure().map_or(Ok(()), Err)
    }
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
        let latest = Opened::new(Arc::new(Base::open(&database)?), Arc::new(Tenures::none(format.shards)));
        let format = Format { key_check: first.key_check, ..format };
        let room = Room::of(options.log_bytes);
        let disk = Disk(match &options.location {
            Location::Memory => None,
            Location::File(path) => Some((Arc::clone(disk), path.parent().unwrap_or(path).to_owned())),
        });
        let database = Arc::new(database);
        let recent_bytes = recent::share_of(options.cache_bytes);
        let filter = Arc::new(Filter::new());
        let mut volume = Self { database, filter, disk, latch, log, room, recent_bytes, format, latest };
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
        let Replayed { records, round } = replay(log, self.format.round, version).map_err(Error::log)?;
        self.format.round = round;
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
        if is_old {
            return self.upgrade(version, (&records, is_alone));
        }
        let mut rows = Draft::of(&self.latest);
        for record in &records {
            batch::apply_all(&mut rows, &batch::decode(record)?)?;
        }
        if is_unclaimed {
            tenures::claim_all(&mut rows, self.format.shards)?;
        }
        let settled = rows.finish().unwrap_or_else(|| self.latest.clone());
        self.checkpoint(settled.recent(), Reach::Member, |_| Ok(()))
    }

    /// Brings an index of an earlier version, which has no runs, to this one.
    fn upgrade(&mut self, version: u8, (records, is_alone): (&[Vec<u8>], bool)) -> Result<(), Error> {
        let shards = self.format.shards;
        let transaction = bring::begin(&self.database)?;
        if version < format::WITH_KEY {
            // Their shape is another now. Whoever follows them reads the rows instead, as after any gap.
            tables::remove_table(&transaction, Table::Changes)?;
        }
        if version < format::WITH_TAGS_BEHIND {
            tables::move_tags(&transaction)?;
        }
        let mut rows = Written::open(&transaction);
        rows.make_all()?;
        for record in records {
            batch::apply_all(&mut rows, &batch::decode(record)?)?;
        }
        if is_alone && Tenures::load(&rows, shards)?.list().is_empty() {
            tenures::claim_all(&mut rows, shards)?;
        }
        let next = self.next_round();
        rows.write_format(&next)?;
        drop(rows);
        bring::commit(transaction)?;
        self.begin_round(next, Arc::new(Base::open(&self.database)?));
        Ok(())
    }

    /// Applies commands to the rows in memory. When these are too many, or there is no room in the log, a checkpoint begins to bring
    /// all before these commands into the database.
    pub(super) fn apply(
        &mut self,
        commands: &[Placed],
        hands: &Hands,
    ) -> Result<(Vec<Answer>, Applied), Error> {
        self.take_over(hands.checkpoints.ended())?;
        // On a full disk only the end of the log brings them there.
        if !self.latest.recent().has_room(self.recent_bytes) && self.disk.require_room().is_ok() {
            self.begin_checkpoint(hands)?;
        }
        let (answers, latest) = self.draft(commands)?;
        let Some(latest) = latest else {
            return Ok((answers, Applied { record: None, opened: None }));
        };
        let content = batch::encode(commands, &answers)?;
        if self.log.is_none() || self.room.take(&content) {
            return Ok((answers, self.kept(latest, content)));
        }
        self.disk.require_room()?;
        if self.room.can_ever_take(&content) {
            self.begin_checkpoint(hands)?;
            return self.apply(commands, hands);
        }
        self.settle_all(hands)?;
        self.checkpoint(latest.recent(), Reach::Member, |_| Ok(()))?;
        Ok((answers, Applied { record: None, opened: Some(self.opened()) }))
    }

    /// The answers, and the state with what the commands change; none if that is nothing. An error drops the draft, which takes back
    /// whatever was written.
    fn draft(&self, commands: &[Placed]) -> Result<(Vec<Answer>, Option<Opened>), Error> {
        let mut rows = Draft::of(&self.latest);
        let answers = batch::apply_all(&mut rows, commands)?;
        Ok((answers, rows.finish()))
    }

    fn kept(&mut self, latest: Opened, content: Vec<u8>) -> Applied {
        self.latest = latest;
        let record = Record { round: self.format.round, content };
        let record = self.log.as_ref().map(|log| (Arc::clone(log), record));
        Applied { record, opened: Some(self.opened()) }
    }

    /// Makes everything that was applied durable together with what `act` writes within its reach.
    pub(super) fn replace(
        &mut self,
        hands: &Hands,
        reach: Reach,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.settle_all(hands)?;
        let recent = self.latest.recent().clone();
        self.checkpoint(&recent, reach, act)?;
        self.read_tenures()
    }

    /// Lets recent rows go to the database, once all of them are durable, and begins a new round of the log.
    fn begin_checkpoint(&mut self, hands: &Hands) -> Result<(), Error> {
        self.let_arrive(hands)?;
        let next = self.next_round();
        let order = Order { rest: self.rest(), rows: self.latest.let_go(), next };
        self.format = next;
        self.room.begin();
        let place = hands.checkpoints.expect();
        let told = Box::new(move |durable: Result<(), Error>| place.give(durable.map(|()| order)));
        hands.flusher.finish(Applied { record: None, opened: None }, told);
        // Without a thread it is done already.
        self.take_over(hands.checkpoints.ended())
    }

    /// What the thread of the checkpoints may do while nobody else writes the database.
    pub(super) fn rest(&self) -> Rest {
        Rest {
            database: Arc::clone(&self.database),
            disk: self.disk.clone(),
            filter: Arc::clone(&self.filter),
            blooms: self.latest.base().runs().blooms(),
        }
    }

    /// The state without the rows that have arrived in the database, if any have since the last call.
    pub(super) fn arrived(&mut self, hands: &Hands) -> Result<Option<Arc<Opened>>, Error> {
        let ended = hands.checkpoints.ended();
        let is_new = ended.is_some();
        self.take_over(ended)?;
        Ok(is_new.then(|| self.opened()))
    }

    /// Takes over what a checkpoint has left, if one has ended.
    fn take_over(&mut self, ended: Option<Result<Arc<Base>, Error>>) -> Result<(), Error> {
        if let Some(base) = ended {
            self.latest.arrived(base?);
        }
        Ok(())
    }

    /// Waits until everything is finished and no rows are on their way.
    fn settle_all(&mut self, hands: &Hands) -> Result<(), Error> {
        hands.settle()?;
        self.let_arrive(hands)
    }

    /// Waits until no rows are on their way.
    fn let_arrive(&mut self, hands: &Hands) -> Result<(), Error> {
        self.take_over(hands.checkpoints.wait())?;
        // Those that have not arrived never will: whoever should have brought them is gone.
        if self.latest.is_leaving() { Err(Error::Stopped) } else { Ok(()) }
    }

    /// Brings rows into the database at once, together with what `act` writes.
    fn checkpoint(
        &mut self,
        rows: &Recent,
        reach: Reach,
        act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let next = self.next_round();
        // Not the state that readers have: a replacement that was taken back may have brought runs into the tables.
        let base = Base::open_with(&self.database, &self.latest.base().runs().blooms())?;
        let base = match reach {
            Reach::Member => bring::as_run(&self.database, (&base, rows), &next, act)?,
            Reach::All => bring::everything(&self.database, (base, rows), &next, act)?,
        };
        // Nobody has noted what `act` wrote.
        self.filter = Arc::new(self.filter.anew());
        self.begin_round(next, Arc::new(base));
        Ok(())
    }

    fn begin_round(&mut self, next: Format, base: Arc<Base>) {
        self.format = next;
        self.room.begin();
        if let Some(log) = &self.log {
            lock(log).begin(next.round);
        }
        // Whoever reads the state before keeps its rows alive.
        self.latest = Opened::new(base, Arc::clone(self.latest.tenures()));
    }

    fn next_round(&self) -> Format {
        Format { round: self.format.round.saturating_add(1), ..self.format }
    }
}

/// Where the database lies; nowhere if it is in memory.
#[derive(Clone)]
pub(super) struct Disk(Option<(Arc<dyn Files>, PathBuf)>);

impl Disk {
    /// An error if there is no room for a checkpoint. A disk that does not tell is tried.
    pub(super) fn require_room(&self) -> Result<(), Error> {
        let found = self.0.as_ref().and_then(|(files, folder)| files.space(folder).ok());
        match found {
            Some(space) if space.free_bytes < CHECKPOINT_MIN_FREE_BYTES => {
                Err(Error::NoRoom { free_bytes: space.free_bytes, needed_bytes: CHECKPOINT_MIN_FREE_BYTES })
            }
            _ => Ok(()),
        }
    }
}

fn replay(log: &SharedLog, round: u64, version: u8) -> std::io::Result<Replayed> {
    if version < format::WITH_HALVES { lock(log).replay_former(round) } else { lock(log).replay(round) }
}

fn lock(log: &SharedLog) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_format(found: &Format, (version, asked): (u8, Format)) -> Result<(), Error> {
    if found.shards != asked.shards {
        return Err(Error::OtherShards { found: found.shards, asked: asked.shards });
    }
    // Version 1 did not say which key it was made for.
    if version >= format::WITH_KEY && found.key_check != asked.key_check {
        return Err(Error::OtherKey);
    }
    Ok(())
}

/// Makes all tables, so that readers find them.
fn initialise(database: &Database, format: Format, is_alone: bool) -> Result<(), Error> {
    let transaction = bring::begin(database)?;
    let mut rows = Written::open(&transaction);
    rows.make_all()?;
    rows.write_format(&format)?;
    if is_alone {
        tenures::claim_all(&mut rows, format.shards)?;
    }
    drop(rows);
    bring::commit(transaction)
}

#[cfg(test)]
mod tests;
