//! Checkpoints: recent rows are brought into the database.
//!
//! It has a thread of its own, so that commands are applied meanwhile, to rows above those that are on their way. Only one is under
//! way at a time, and whoever began it takes the new state of the database over before the next one. While there is none, the thread
//! brings what lies in runs into the tables, slice by slice, and each slice is taken over in the same way. How rows come into the database
//! is [`super::bring`]'s business.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use atoll_host::Tasks;

use super::bring::{self, Order, Rest};
use super::tables::Base;
use crate::Error;

const THREAD_NAME: &str = "index-database";

/// After so long without a checkpoint the thread has nothing better to do than to bring runs into the tables: where many commands come,
/// there are several checkpoints in that time.
const QUIET: Duration = Duration::from_secs(3);

/// Between two slices of that.
const BREATH: Duration = Duration::from_millis(50);

/// Calls whoever has to take over what a checkpoint has left: there may be no command for long.
pub(crate) type Wake = Box<dyn Fn() + Send>;

/// Where checkpoints are made.
pub(super) struct Checkpoints {
    shared: Arc<Shared>,
    /// Without a thread a checkpoint is made by whoever places the order.
    thread: Option<JoinHandle<()>>,
}

/// The way to give the one order for which [`Checkpoints::expect`] has made room.
pub(super) struct Place {
    /// None once it is given.
    shared: Option<Arc<Shared>>,
    is_threaded: bool,
}

struct Shared {
    work: Mutex<Work>,
    changed: Condvar,
    /// [`QUIET`].
    quiet: Duration,
}

#[derive(Default)]
struct Work {
    state: State,
    /// What may be done while the state is idle; none while somebody else may write the database.
    rest: Option<Rest>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    /// An order will come, or word that it will not.
    Expected,
    Ordered(Box<Order>),
    Busy,
    Done(Result<Arc<Base>, Error>),
    /// The thread has ended or is about to.
    Closed,
}

impl Checkpoints {
    /// Checkpoints without a thread.
    pub(super) fn new() -> Self {
        Self::with_quiet(QUIET)
    }

    fn with_quiet(quiet: Duration) -> Self {
        let shared = Shared { work: Mutex::default(), changed: Condvar::new(), quiet };
        Self { shared: Arc::new(shared), thread: None }
    }

    /// From now on a thread makes them, and calls `wake` behind each.
    pub(super) fn start(&mut self, tasks: &Tasks, wake: Wake) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        self.thread = Some(tasks.thread(THREAD_NAME, move || shared.run(&wake))?);
        Ok(())
    }

    /// Makes room for an order. There must be none under way.
    pub(super) fn expect(&self) -> Place {
        self.shared.set(State::Expected);
        Place { shared: Some(Arc::clone(&self.shared)), is_threaded: self.thread.is_some() }
    }

    /// What became of the checkpoint under way, if it has ended. It is told once.
    pub(super) fn ended(&self) -> Option<Result<Arc<Base>, Error>> {
        let done = self.shared.lock().state.take_done();
        if done.is_some() {
            // From now on the thread is at rest.
            self.shared.changed.notify_all();
        }
        done
    }

    /// Waits for the end of the checkpoint under way and tells what became of it; `None` if there is none. From then on the thread does
    /// nothing before it gets an order, or [`Checkpoints::rest`].
    pub(super) fn wait(&self) -> Option<Result<Arc<Base>, Error>> {
        let is_under_way =
            |work: &mut Work| matches!(work.state, State::Expected | State::Ordered(_) | State::Busy);
        let waited = self.shared.changed.wait_while(self.shared.lock(), is_under_way);
        let mut work = waited.unwrap_or_else(PoisonError::into_inner);
        work.rest = None;
        work.state.take_done()
    }

    /// What the thread may do until the next order: nobody else writes the database.
    pub(super) fn rest(&self, rest: Rest) {
        self.shared.lock().rest = Some(rest);
        self.shared.changed.notify_all();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.wait());
        self.shared.set(State::Closed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the index's database had ended by a fault");
        }
    }
}

impl Place {
    /// Gives the order, or tells why there is none.
    pub(super) fn give(mut self, order: Result<Order, Error>) {
        let Some(shared) = self.shared.take() else { return };
        match order {
            Ok(order) if self.is_threaded => shared.set(State::Ordered(Box::new(order))),
            order => shared.set(State::Done(order.and_then(|order| bring::make(&order)))),
        }
    }
}

impl Drop for Place {
    /// Whoever waits must hear that no order will come.
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.set(State::Done(Err(Error::Stopped)));
        }
    }
}

impl State {
    fn take_done(&mut self) -> Option<Result<Arc<Base>, Error>> {
        match std::mem::take(self) {
            Self::Done(done) => Some(done),
            other => {
                *self = other;
                None
            }
        }
    }

    fn take_order(&mut self) -> Option<Order> {
        match std::mem::take(self) {
            Self::Ordered(order) => {
                *self = Self::Busy;
                Some(*order)
            }
            other => {
                *self = other;
                None
            }
        }
    }
}

impl Work {
    /// Whether there is nothing to do but what can wait.
    fn is_at_rest(&self) -> bool {
        matches!(self.state, State::Idle) && self.rest.is_some()
    }

    /// From now on that is done.
    fn take_rest(&mut self) -> Option<Rest> {
        if !matches!(self.state, State::Idle) {
            return None;
        }
        let rest = self.rest.take()?;
        self.state = State::Busy;
        Some(rest)
    }
}

impl Shared {
    fn run(&self, wake: &Wake) {
        let _leaving = Leaving(self);
        let mut pause = self.quiet;
        let mut work = self.lock();
        loop {
            if let Some(order) = work.state.take_order() {
                drop(work);
                let done = bring::make(&order);
                let Order { rest, rows, .. } = order;
                let rest = done.as_ref().ok().map(|base| rest.over(base));
                drop(rows);
                self.end(State::Done(done), rest);
                wake();
                (work, pause) = (self.lock(), self.quiet);
            } else if matches!(work.state, State::Closed) {
                return;
            } else if work.is_at_rest() {
                let waited = self.changed.wait_timeout(work, pause).unwrap_or_else(PoisonError::into_inner);
                work = waited.0;
                if waited.1.timed_out()
                    && let Some(rest) = work.take_rest()
                {
                    drop(work);
                    self.tidy(rest, wake);
                    (work, pause) = (self.lock(), BREATH);
                }
            } else {
                work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Brings a slice of runs into the tables, if there is any.
    fn tidy(&self, rest: Rest, wake: &Wake) {
        match bring::tidy(&rest) {
            Ok(None) => self.end(State::Idle, None),
            Ok(Some(base)) => {
                let rest = rest.over(&base);
                self.end(State::Done(Ok(base)), Some(rest));
                wake();
            }
            Err(error) => {
                self.end(State::Done(Err(error)), None);
                wake();
            }
        }
    }

    /// Tells what has become of an order or a slice; where nobody waits any more it is forgotten, and the thread sees that it has to end.
    fn end(&self, state: State, rest: Option<Rest>) {
        let mut work = self.lock();
        if !matches!(work.state, State::Closed) {
            *work = Work { state, rest };
            self.changed.notify_all();
        }
    }

    fn set(&self, state: State) {
        self.lock().state = state;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets nobody wait for a thread that has ended by a fault.
struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.set(State::Closed);
    }
}

#[cfg(test)]
mod tests;
