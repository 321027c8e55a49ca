//! The second half of a commit: what was applied becomes durable, then readers see it, then whoever waits is told.
//!
//! It has a thread of its own, so that the next batch is applied while the disk takes the one before. What is applied and not yet
//! durable nobody sees and nobody is told; once a record has failed, everything behind it fails too, until the index is opened again.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use atoll_host::Tasks;

use super::log::{Log, Record};
use super::opened::Opened;
use crate::Error;

/// Batches that may wait for the flush under way: all of them share the next one. With room for one only, a flush served half as many
/// commands as without a thread.
const MAX_WAITING: usize = 8;

const THREAD_NAME: &str = "index-log";

/// Hears whether a batch is durable and seen.
pub(crate) type Told = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// The log, which the writer touches only while no batch is under way.
pub(super) type SharedLog = Arc<Mutex<Log>>;

/// A batch that is applied.
pub(crate) struct Applied {
    /// What the log has to take first; none if nothing changed, or if the rows are durable without.
    pub(super) record: Option<(SharedLog, Record)>,
    /// What readers see from then on; none if nothing changed.
    pub(super) opened: Option<Arc<Opened>>,
}

/// Where applied batches go.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    /// Without a thread a batch is finished before [`Flusher::finish`] returns.
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    current: Arc<ArcSwap<Opened>>,
    is_durable: bool,
    state: Mutex<State>,
    /// There is something to do for the thread.
    work: Condvar,
    /// The thread has taken or done something.
    progress: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<(Applied, Told)>,
    is_busy: bool,
    is_closed: bool,
    /// How many wait for progress.
    waiters: usize,
    failure: Option<Error>,
    /// What readers are not shown any more.
    retired: Vec<Arc<Opened>>,
}

impl Flusher {
    /// A flusher without a thread.
    pub(super) fn new(current: Arc<ArcSwap<Opened>>, is_durable: bool) -> Self {
        let shared = Shared {
            current,
            is_durable,
            state: Mutex::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
        };
        Self { shared: Arc::new(shared), thread: None }
    }

    /// From now on batches are finished by a thread.
    pub(super) fn start(&mut self, tasks: &Tasks) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        self.thread = Some(tasks.thread(THREAD_NAME, move || shared.run())?);
        Ok(())
    }

    /// Takes a batch on, behind all before it. Waits while there is no room.
    pub(super) fn finish(&self, applied: Applied, told: Told) {
        if self.thread.is_none() {
            return self.shared.finish(vec![(applied, told)]);
        }
        let mut state = self.shared.wait(|state| state.waiting.len() >= MAX_WAITING);
        if state.is_closed {
            drop(state);
            return told(Err(Error::Stopped));
        }
        state.waiting.push((applied, told));
        let is_asleep = !state.is_busy;
        drop(state);
        // A call of the system each time, which a thread that looks again by itself does not need.
        if is_asleep {
            self.shared.work.notify_one();
        }
    }

    /// Waits until nothing is under way.
    pub(super) fn drain(&self) {
        drop(self.shared.wait(|state| state.is_busy || !state.waiting.is_empty()));
    }

    /// States that readers are not shown any more, to be dropped by whoever made them: their rows are shared with the next ones, and
    /// counters that two processors change in turns cost more than the rest of a batch. There are no more than batches were under way.
    pub(super) fn retired(&self) -> Vec<Arc<Opened>> {
        std::mem::take(&mut self.shared.lock().retired)
    }

    /// Why nothing is finished any more, if so.
    pub(super) fn failure(&self) -> Option<Error> {
        self.shared.lock().failure.clone()
    }

    /// What has failed was opened again.
    pub(super) fn forget_failure(&self) {
        self.shared.lock().failure = None;
    }
}

impl Drop for Flusher {
    /// Finishes what waits.
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.work.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the index's log had ended by a fault");
        }
    }
}

impl Shared {
    fn run(&self) {
        let _leaving = Leaving(self);
        loop {
            let mut state = self.lock();
            state.is_busy = false;
            self.tell_progress(&state);
            while state.waiting.is_empty() {
                if state.is_closed {
                    return;
                }
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let batches = std::mem::take(&mut state.waiting);
            state.is_busy = true;
            self.tell_progress(&state);
            drop(state);
            self.finish(batches);
        }
    }

    fn tell_progress(&self, state: &State) {
        if state.waiters > 0 {
            self.progress.notify_all();
        }
    }

    /// Finishes batches in their order, with one write and one flush for all of them.
    fn finish(&self, mut batches: Vec<(Applied, Told)>) {
        let failure = self.lock().failure.clone();
        let written = failure.map_or_else(|| self.write(&mut batches), Err);
        let opened: Vec<_> = batches.iter_mut().filter_map(|(applied, _)| applied.opened.take()).collect();
        if let Err(error) = &written {
            self.lock().failure = Some(error.clone());
        } else {
            self.show(opened);
        }
        for (_, told) in batches {
            told(written.clone());
        }
    }

    /// Shows the last of these states to readers.
    fn show(&self, mut opened: Vec<Arc<Opened>>) {
        let Some(last) = opened.pop() else { return };
        opened.push(self.current.swap(last));
        self.lock().retired.append(&mut opened);
    }

    fn write(&self, batches: &mut [(Applied, Told)]) -> Result<(), Error> {
        let records = batches.iter_mut().filter_map(|(applied, _)| applied.record.take());
        let (logs, records): (Vec<_>, Vec<_>) = records.unzip();
        // Nothing is under way when the index is opened again, so all of these are records of one log.
        let Some(log) = logs.first() else { return Ok(()) };
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.append(&records, self.is_durable).map_err(Error::log)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, is_early: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.waiters += 1;
        let waited = self.progress.wait_while(state, |state| !state.is_closed && is_early(state));
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiters = state.waiters.saturating_sub(1);
        state
    }
}

/// Lets nobody wait for a thread that has ended by a fault.
struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.failure.get_or_insert(Error::Stopped);
        state.waiting.clear();
        drop(state);
        self.0.progress.notify_all();
    }
}

#[cfg(test)]
mod tests;
