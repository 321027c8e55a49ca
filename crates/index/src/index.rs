//! The index: commands in, snapshots and changes out.

mod committer;
mod queue;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use atoll_host::Host;
use atoll_placement::{ClusterKey, Shard, shard_of};
use atoll_service::Tenure;
use tokio::sync::oneshot;

use crate::engine::{Engine, Opened};
use crate::feed::{Feed, Subscription};
use crate::{Change, Command, Error, Options, Row, TenureStep, View, Writer, keys};
use committer::{Committer, Replacement};
use queue::Queue;
pub use queue::{MAX_BATCH, QUEUE_CAPACITY};

/// Most rows one call of [`Index::import`] takes.
pub const IMPORT_MAX_ROWS: usize = 10_000;

/// The rows as of one commit. Cheap to make and to clone; to be dropped soon.
pub type Snapshot = View<Arc<Opened>>;

/// Rows of this member's shards. Dropping it ends the writer after the commands that wait, and closes the database.
pub struct Index {
    key: ClusterKey,
    shards: u16,
    current: Arc<ArcSwap<Opened>>,
    feed: Feed,
    writer: Runner,
}

enum Runner {
    Thread(Queue),
    Caller(Box<Mutex<Committer>>),
}

impl Index {
    /// Opens an index, making it if it is not there. Blocks: after a crash the whole file may be read once.
    pub fn open(options: &Options, host: &Host) -> Result<Self, Error> {
        let engine = Engine::open(options, Arc::clone(&host.files))?;
        let (current, feed) = (engine.current(), Feed::new());
        let committer =
            Committer::new(engine, feed.clone(), Arc::clone(&host.clock), Arc::clone(&options.observer));
        let writer = match options.writer {
            Writer::Thread => Runner::Thread(Queue::start(committer, &host.tasks)?),
            Writer::Caller => Runner::Caller(Box::new(Mutex::new(committer))),
        };
        Ok(Self { key: options.key, shards: options.shards, current, feed, writer })
    }

    /// Applies a command to a shard that is held here; else it is refused as misdirected. Returns once it is committed (durably, unless opened otherwise) and seen by new snapshots. Waits while
    /// the queue is full. A caller that stops waiting does not stop the command.
    pub async fn submit(&self, command: Command) -> Result<Arc<Change>, Error> {
        let shard = self.shard_of(&command.about.home());
        match &self.writer {
            Runner::Thread(queue) => queue.submit(shard, command).await,
            Runner::Caller(committer) => {
                let (reply, mut answer) = oneshot::channel();
                let mut committer = committer.lock().unwrap_or_else(PoisonError::into_inner);
                committer.commit(vec![((shard, command), reply)]);
                answer.try_recv().unwrap_or(Err(Error::Stopped))
            }
        }
    }

    /// The rows as of the latest commit.
    pub fn snapshot(&self) -> Snapshot {
        View::new(self.current.load_full(), self.key, self.shards)
    }

    /// The shard of a repository's name, or of [`atoll_service::user_home`].
    pub fn shard_of(&self, home: &str) -> Shard {
        shard_of(self.key, home, self.shards)
    }

    /// What this member has to do with a shard, as of the latest commit.
    pub fn tenure(&self, shard: Shard) -> Tenure {
        self.current.load().tenures().get(shard)
    }

    /// Takes a step in the life of a shard, durably, and gives the shard's position behind it. It passes through the same queue as
    /// the commands: those before a [`TenureStep::Yield`] are in that position, those behind it are refused.
    pub async fn step(&self, shard: Shard, step: TenureStep) -> Result<u64, Error> {
        if let TenureStep::AddRows(rows) = &step {
            check_rows(shard, rows)?;
        }
        self.replace(Replacement::Step { shard, step }).await?;
        self.snapshot().position(shard)
    }

    /// Number of the change, or other message, that was published last. Everything acknowledged before has at most this number.
    pub fn sequence(&self) -> u64 {
        self.feed.sequence()
    }

    /// Follows the changes from now on.
    pub fn subscribe(&self) -> Subscription {
        self.feed.subscribe()
    }

    /// Adds exported rows to a shard, which should have been dropped before the first of them. All or none of a call's rows.
    pub async fn import(&self, shard: Shard, rows: Vec<Row>) -> Result<(), Error> {
        check_rows(shard, &rows)?;
        self.replace(Replacement::Import { rows }).await
    }

    /// Adds rows of any shards.
    pub(crate) async fn import_all(&self, rows: Vec<Row>) -> Result<(), Error> {
        self.replace(Replacement::Import { rows }).await
    }

    /// Sets the tenures of all shards to those rows.
    pub(crate) async fn import_tenures(&self, rows: Vec<Row>) -> Result<(), Error> {
        self.replace(Replacement::Tenures { rows }).await
    }

    /// Removes every row of a shard, whoever serves it.
    pub async fn drop_shard(&self, shard: Shard) -> Result<(), Error> {
        self.replace(Replacement::Drop { shard }).await
    }

    /// Makes durable what is not yet; does nothing when every command is.
    pub async fn flush(&self) -> Result<(), Error> {
        self.replace(Replacement::Flush).await
    }

    async fn replace(&self, replacement: Replacement) -> Result<(), Error> {
        match &self.writer {
            Runner::Thread(queue) => queue.replace(replacement).await,
            Runner::Caller(committer) => {
                committer.lock().unwrap_or_else(PoisonError::into_inner).replace(&replacement)
            }
        }
    }
}

fn check_rows(shard: Shard, rows: &[Row]) -> Result<(), Error> {
    if rows.len() > IMPORT_MAX_ROWS {
        return Err(Error::Import("too many at once: the limit is 10,000"));
    }
    if !rows.iter().all(|row| keys::is_of_shard(shard, &row.key)) {
        return Err(Error::Import("a row belongs to another shard"));
    }
    if rows.iter().any(|row| row.table.is_local()) {
        return Err(Error::Import("a row is about another member"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
