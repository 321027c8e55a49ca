//! The queue before the writer's thread. Whatever waits when a commit ends goes into the next one: the longer the disk takes, the
//! more commands share its flush.

use std::sync::Arc;
use std::thread::JoinHandle;

use atoll_host::Tasks;
use atoll_placement::Shard;
use tokio::sync::{mpsc, oneshot};

use super::committer::{Committer, Replacement, Reply, answer};
use crate::engine::{Placed, Wake};
use crate::{Change, Command, Error};

/// Commands that may wait; further ones wait to be let in.
pub const QUEUE_CAPACITY: usize = 256;

/// Most commands of one commit.
pub const MAX_BATCH: usize = 256;

const THREAD_NAME: &str = "index";

enum Job {
    Apply(Box<Placed>, Reply),
    Replace(Replacement, oneshot::Sender<Result<(), Error>>),
    TakeOver,
}

/// The way to the writer's thread, which ends when this is dropped.
pub(super) struct Queue {
    sender: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    pub(super) fn start(mut committer: Committer, tasks: &Tasks) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
        let started = committer
            .work_on_threads(tasks, wake(sender.downgrade()))
            .and_then(|()| tasks.thread(THREAD_NAME, move || run(committer, receiver)));
        let thread = started.map_err(|cause| {
            tracing::error!(error = %cause, "the threads of the index could not be started");
            Error::Stopped
        })?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub(super) async fn submit(&self, shard: Shard, command: Command) -> Result<Arc<Change>, Error> {
        self.send(|reply| Job::Apply(Box::new((shard, command)), reply)).await
    }

    pub(super) async fn replace(&self, replacement: Replacement) -> Result<(), Error> {
        self.send(|reply| Job::Replace(replacement, reply)).await
    }

    async fn send<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let sender = self.sender.as_ref().ok_or(Error::Stopped)?;
        sender.send(job(reply)).await.map_err(|_closed| Error::Stopped)?;
        answer.await.map_err(|_thread_gone| Error::Stopped)?
    }
}

impl Drop for Queue {
    /// Waits for the commands that are queued, so that the database is closed when this returns.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the index had ended by a fault");
        }
    }
}

/// Where the queue is full a command comes soon enough.
fn wake(queue: mpsc::WeakSender<Job>) -> Wake {
    Box::new(move || {
        if let Some(queue) = queue.upgrade() {
            let _full = queue.try_send(Job::TakeOver);
        }
    })
}

fn run(mut committer: Committer, mut receiver: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(MAX_BATCH);
    while receiver.blocking_recv_many(&mut waiting, MAX_BATCH) > 0 {
        let mut commands = Vec::with_capacity(waiting.len());
        for job in waiting.drain(..) {
            match job {
                Job::Apply(placed, reply) => commands.push((*placed, reply)),
                Job::Replace(replacement, reply) => {
                    committer.commit(std::mem::take(&mut commands));
                    answer(reply, committer.replace(&replacement));
                }
                Job::TakeOver => committer.take_over(),
            }
        }
        committer.commit(commands);
    }
}
