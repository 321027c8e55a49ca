//! The outside world as parameters: clock, randomness, tasks and files.
//!
//! Nothing above this crate reads a clock, draws a random number, starts a task or opens a file by itself; so a whole cluster can
//! run in one process from one seed. This crate must not know what any of it is used for.

mod clock;
mod files;
mod local;
mod random;
mod resident;
mod shutdown;
mod simulated;
mod tasks;
mod timestamp;
mod uncovered;
mod world;

pub use clock::{BoxFuture, Clock, SystemClock};
pub use files::{Entry, EntryKind, File, Files, Lock, Space};
pub use local::LocalFiles;
pub use random::{Random, SeededRandom, SystemRandom};
pub use shutdown::{Shutdown, ShutdownHandle};
pub use simulated::{Faults, Operation, SimulatedClock, SimulatedFiles};
pub use tasks::{Lost, Tasks};
pub use timestamp::Timestamp;
pub use uncovered::keep_freed_memory;
pub use world::Host;
