//! What must hold for every input of a parser, one function for each target of the fuzzer.
//!
//! Each function takes any bytes and panics if a promise of the parser is broken. The fuzzer (`fuzz/`) searches for such bytes; the
//! replay in `tests/` gives the functions the whole corpus, and a bounded number of its mutations, with every run of the tests.
//! Where a parser has a second, independent description, it is written here once more in the plainest way, and both must agree.
//! This crate must not know how any parser works inside: it uses public functions only.

#![expect(clippy::missing_panics_doc, reason = "a panic is how every function here tells what it found")]

mod config;
mod digest;
mod manifest;
mod path;
mod range;
mod reference;
mod search;
mod target;

pub use config::config;
pub use digest::digest;
pub use manifest::manifest;
pub use path::path;
pub use range::range;
pub use reference::reference;
pub use search::search;
pub use target::{TARGETS, Target};
