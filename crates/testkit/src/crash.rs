//! The crash harness: the real server under a random concurrent load, killed with signal 9, started again, and checked.
//!
//! Every write is noted before it is sent. One that was acknowledged must be there after any number of kills; one that was under
//! way when the process died may be there or not, whole; nothing else may be. Everything random follows from one seed (the
//! order in which threads and the server meet does not).
//!
//! What is checked is a model of the distribution specification: must not know how the server keeps anything.

mod client;
mod history;
mod load;
mod luck;
mod options;
mod run;
mod tally;
mod universe;
mod uploads;
mod verify;
mod world;

pub use options::Options;
pub use run::{Summary, run};
pub use tally::{Kind, Tally};
