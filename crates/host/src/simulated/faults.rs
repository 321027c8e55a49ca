//! What goes wrong with a simulated file system, and when.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// One kind of call to a file system or to an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the method of `Files` or `File` by the same name")]
pub enum Operation {
    Create,
    Open,
    CreateDirAll,
    Rename,
    HardLink,
    Remove,
    List,
    Entry,
    SyncDir,
    Space,
    Lock,
    Read,
    Write,
    Length,
    SetLength,
    Sync,
}

/// The switchboard of one simulated file system. Clones are the same switchboard.
#[derive(Clone, Default)]
pub struct Faults(Arc<Board>);

#[derive(Default)]
struct Board {
    rules: Mutex<Rules>,
    released: Condvar,
}

#[derive(Default)]
struct Rules {
    calls: u64,
    failing: Option<(Failing, io::ErrorKind)>,
    frozen: bool,
    quota_bytes: Option<u64>,
}

enum Failing {
    Call(u64),
    From(u64),
    Every(Operation),
}

impl Faults {
    /// The `nth` call from now (the next is the first) fails with `kind`, once.
    pub fn fail_call(&self, nth: u64, kind: io::ErrorKind) {
        let mut rules = self.rules();
        rules.failing = Some((Failing::Call(rules.calls.saturating_add(nth)), kind));
    }

    /// Every call from the `nth` from now on fails with `kind`: before a power failure, this is the moment at which it happens.
    pub fn fail_from(&self, nth: u64, kind: io::ErrorKind) {
        let mut rules = self.rules();
        rules.failing = Some((Failing::From(rules.calls.saturating_add(nth)), kind));
    }

    /// Every call of one operation fails with `kind`.
    pub fn fail_every(&self, operation: Operation, kind: io::ErrorKind) {
        self.rules().failing = Some((Failing::Every(operation), kind));
    }

    /// Calls that arrive from now on block their thread until [`Faults::release`].
    pub fn freeze(&self) {
        self.rules().frozen = true;
    }

    /// Lets frozen calls go on.
    pub fn release(&self) {
        self.rules().frozen = false;
        self.0.released.notify_all();
    }

    /// The most bytes that all files may hold together; writes beyond fail with `StorageFull`. `None` lifts the limit.
    pub fn set_quota(&self, quota_bytes: Option<u64>) {
        self.rules().quota_bytes = quota_bytes;
    }

    /// Nothing fails or freezes any more; the quota stays.
    pub fn clear(&self) {
        self.rules().failing = None;
        self.release();
    }

    /// How many calls were made so far, failed ones included.
    pub fn calls(&self) -> u64 {
        self.rules().calls
    }

    pub(super) fn quota_bytes(&self) -> Option<u64> {
        self.rules().quota_bytes
    }

    /// Counts the call, waits while frozen, and fails if it is the turn of this call to fail.
    pub(super) fn enter(&self, operation: Operation) -> io::Result<()> {
        let frozen = self.0.released.wait_while(self.rules(), |rules| rules.frozen);
        let mut rules = frozen.unwrap_or_else(PoisonError::into_inner);
        rules.calls += 1;
        let calls = rules.calls;
        match &rules.failing {
            Some((failing, kind)) if failing.hits(calls, operation) => {
                Err(io::Error::new(*kind, format!("simulated fault at call {calls}, {operation:?}")))
            }
            _ => Ok(()),
        }
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failing {
    fn hits(&self, call: u64, operation: Operation) -> bool {
        match self {
            Self::Call(at) => call == *at,
            Self::From(at) => call >= *at,
            Self::Every(which) => operation == *which,
        }
    }
}
