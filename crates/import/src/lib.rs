//! Bringing repositories in from OCI layouts and from the root folder of a zot server.
//!
//! Everything passes the same node as a push does: each blob is verified, what is here already is not copied again, so an import
//! that was interrupted is simply run once more. The source is only read. This crate must not know the store, the index or HTTP.

mod copy;
mod error;
mod layout;
mod report;
mod walk;

pub use copy::{Importer, Target};
pub use error::Error;
pub use report::{Failure, Progress, Report, Silent};
pub use walk::{Found, find_layouts};
