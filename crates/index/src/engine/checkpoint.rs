//! Checkpoints: recent rows are brought into the database.
//!
//! It has a thread of its own, so that commands are applied meanwhile, to rows above those that are on their way. Only one is under
//! way at a time, and whoever began it takes the new state of the database over before the next one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use atoll_host::Tasks;
use redb::{Database, Durability, WriteTransaction};

use super::filter::Filter;
use super::format::Format;
use super::recent::{Recent, Row};
use super::tables::{Base, Written};
use crate::{Error, Rows as _, Span, Table};

const THREAD_NAME: &str = "index-database";

/// Rows of a part of a checkpoint. A commit looks at each page again that its transaction has changed: if they are more than half of
/// the cache, those that had to leave it meanwhile are read and written once more. In tests so few that every checkpoint has parts.
const PART_ROWS: usize = if cfg!(test) { 5 } else { 1_000 };

/// Rows to be brought into a database, and what it says about itself from then on.
pub(super) struct Order {
    pub(super) database: Arc<Database>,
    pub(super) filter: Arc<Filter>,
    pub(super) rows: Arc<Recent>,
    pub(super) next: Format,
}

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

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
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
        Self { shared: Arc::default(), thread: None }
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
        self.shared.lock().take_done()
    }

    /// Waits for the end of the checkpoint under way and tells what became of it; `None` if there is none.
    pub(super) fn wait(&self) -> Option<Result<Arc<Base>, Error>> {
        let is_under_way =
            |state: &mut State| matches!(state, State::Expected | State::Ordered(_) | State::Busy);
        let waited = self.shared.changed.wait_while(self.shared.lock(), is_under_way);
        waited.unwrap_or_else(PoisonError::into_inner).take_done()
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
            order => shared.set(State::Done(order.and_then(|order| make(&order)))),
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

impl Shared {
    fn run(&self, wake: &Wake) {
        let _leaving = Leaving(self);
        let mut state = self.lock();
        loop {
            if let Some(order) = state.take_order() {
                drop(state);
                let done = make(&order);
                drop(order);
                self.end(done);
                wake();
                state = self.lock();
            } else if matches!(*state, State::Closed) {
                return;
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Tells what has become of an order; where nobody waits any more it is forgotten, and the thread sees that it has to end.
    fn end(&self, done: Result<Arc<Base>, Error>) {
        let mut state = self.lock();
        if !matches!(*state, State::Closed) {
            *state = State::Done(done);
            self.changed.notify_all();
        }
    }

    fn set(&self, state: State) {
        *self.lock() = state;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets nobody wait for a thread that has ended by a fault.
struct Leaving<'a>(&'a Shared);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.set(State::Closed);
    }
}

fn make(order: &Order) -> Result<Arc<Base>, Error> {
    let manifests = order.rows.range(Table::Manifests, Span::of(&[]));
    manifests.filter(|row| row.value().is_some()).for_each(|row| order.filter.note(row.key()));
    let base = bring(&order.database, &order.rows, &order.next, |_| Ok(()))?;
    let is_known = order.filter.take_in(&base);
    Ok(Arc::new(if is_known { base.behind(Arc::clone(&order.filter)) } else { base }))
}

/// Brings rows into the database, durably and together with what `act` writes. Only then is their round of the log void: a crash
/// before it finds the former format and the round that goes with it.
pub(super) fn bring(
    database: &Database,
    rows: &Recent,
    next: &Format,
    act: impl FnOnce(&mut Written<'_>) -> Result<(), Error>,
) -> Result<Base, Error> {
    let mut rows = rows.rows().peekable();
    loop {
        let transaction = begin(database)?;
        let mut written = Written::open(&transaction);
        write(&mut written, rows.by_ref().take(PART_ROWS))?;
        if rows.peek().is_none() {
            act(&mut written)?;
            written.write_format(next)?;
            drop(written);
            commit(transaction)?;
            return Base::open(database);
        }
        drop(written);
        leave(transaction)?;
    }
}

fn write<'a>(written: &mut Written<'_>, rows: impl Iterator<Item = (Table, &'a Row)>) -> Result<(), Error> {
    for (table, row) in rows {
        match row.value() {
            Some(value) => written.put(table, row.key(), value)?,
            None => written.remove(table, row.key())?,
        }
    }
    Ok(())
}

/// Begins a transaction. Only one can be open at a time.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    database.begin_write().map_err(Error::storage("begin a transaction"))
}

/// Ends a part of a checkpoint: the next durable commit makes all parts durable together, and a crash before it finds none.
fn leave(mut transaction: WriteTransaction) -> Result<(), Error> {
    transaction.set_durability(Durability::None).map_err(Error::storage("commit a part"))?;
    transaction.commit().map_err(Error::storage("commit a part"))
}

/// Commits durably.
pub(super) fn commit(mut transaction: WriteTransaction) -> Result<(), Error> {
    // Rounds are long, so that what this costs is seldom paid, and a start after a crash need not read the whole database.
    transaction.set_quick_repair(true);
    transaction.set_durability(Durability::Immediate).map_err(Error::storage("commit"))?;
    transaction.commit().map_err(Error::storage("commit"))
}

#[cfg(test)]
mod tests;
