//! The queue before the writer's thread. Whatever waits when a commit ends goes into the next one: the longer the disk takes, the
//! more commands share its flush.

use std::sync::Arc;
use std::thread::JoinHandle;

use atoll_host::Tasks;
use atoll_placement::Shard;
use tokio::sync::{mpsc, oneshot};

use super::committer::{Committer, Replacement};
use crate::engine::Placed;
use crate::{Change, Command, Error};

/// Commands that may wait; further ones wait to be let in.
pub const QUEUE_CAPACITY: usize = 256;

/// Most commands of one commit.
pub const MAX_BATCH: usize = 256;

const THREAD_NAME: &str = "index";

type Reply<T> = oneshot::Sender<Result<T, Error>>;

enum Job {
    Apply(Shard, Box<Command>, Reply<Arc<Change>>),
    Replace(Replacement, Reply<()>),
}

/// The way to the writer's thread, which ends when this is dropped.
pub(super) struct Queue {
    sender: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    pub(super) fn start(committer: Committer, tasks: &Tasks) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
        let thread = tasks.thread(THREAD_NAME, move || run(committer, receiver)).map_err(|cause| {
            tracing::error!(error = %cause, "the thread of the index could not be started");
            Error::Stopped
        })?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub(super) async fn submit(&self, shard: Shard, command: Command) -> Result<Arc<Change>, Error> {
        self.send(|reply| Job::Apply(shard, Box::new(command), reply)).await
    }

    pub(super) async fn replace(&self, replacement: Replacement) -> Result<(), Error> {
        self.send(|reply| Job::Replace(replacement, reply)).await
    }

    async fn send<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Error> {
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

fn run(mut committer: Committer, mut receiver: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(MAX_BATCH);
    while receiver.blocking_recv_many(&mut waiting, MAX_BATCH) > 0 {
        let (mut commands, mut replies) = (Vec::new(), Vec::new());
        for job in waiting.drain(..) {
            match job {
                Job::Apply(shard, command, reply) => {
                    commands.push((shard, *command));
                    replies.push(reply);
                }
                Job::Replace(replacement, reply) => {
                    settle(&mut committer, &mut commands, &mut replies);
                    answer(reply, committer.replace(&replacement));
                }
            }
        }
        settle(&mut committer, &mut commands, &mut replies);
    }
}

fn settle(committer: &mut Committer, commands: &mut Vec<Placed>, replies: &mut Vec<Reply<Arc<Change>>>) {
    if !commands.is_empty() {
        let answers = committer.commit(commands);
        replies.drain(..).zip(answers).for_each(|(reply, result)| answer(reply, result));
        commands.clear();
    }
}

fn answer<T>(reply: Reply<T>, result: Result<T, Error>) {
    // Whoever asked may have gone; what was done stays done.
    let _gone = reply.send(result);
}
