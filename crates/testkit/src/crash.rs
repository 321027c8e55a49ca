//! The crash harness: real servers under a random concurrent load, killed with signal 9, started again, and checked.
//!
//! Every write is noted before it is sent. One that was acknowledged must be there after any number of kills; one that was under
//! way when the process died may be there or not, whole; nothing else may be. Everything random follows from one seed (the
//! order in which threads and servers meet does not).
//!
//! One server runs alone, and is killed under the load. Several are the members of a cluster: every request goes to a random one, the
//! load goes on while some are killed and started, and what one has acknowledged is looked for through the others. Meanwhile a
//! request may be refused because a member is away, and never be answered as if there were nothing.
//!
//! What is checked is a model of the distribution specification: must not know how a server keeps anything.

mod client;
mod history;
mod life;
mod load;
mod luck;
mod members;
mod options;
mod outages;
mod run;
mod tally;
mod universe;
mod uploads;
mod verify;
mod world;

pub use options::Options;
pub use run::{Summary, run};
pub use tally::{Kind, Tally};
