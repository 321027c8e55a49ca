//! Doubles of the outside world for tests and simulations: a file system that knows what a power failure would leave of it,
//! and a clock that moves when it is told to.
//!
//! Everything here follows from the given [`crate::Random`] and [`crate::Clock`]: the same seed, the same history. It is a
//! harsher world than any real one, and must not know what the files are for.

mod clock;
mod disk;
mod faults;
mod files;
mod torn;

pub use clock::SimulatedClock;
pub use faults::{Faults, Operation};
pub use files::SimulatedFiles;

#[cfg(test)]
mod tests;
