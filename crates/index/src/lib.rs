//! Rows by key: every mutable fact about repositories, in tables whose keys begin with their shard.
//!
//! A [`Command`] is the only way to change a row. [`apply`] turns it into writes and is pure, so the same commands give the same
//! [`View::state_hash`] on every member. [`Index`] runs commands one batch after another on one thread, commits each batch durably
//! once, and hands out [`Snapshot`]s for reading and a feed of [`Change`]s for followers.
//!
//! Only this crate knows the database. It must not know where blobs are kept, HTTP, or who else is in the cluster.

mod adopt;
mod apply;
mod change;
mod codec;
mod command;
mod derive;
mod engine;
mod error;
mod feed;
mod index;
mod keys;
mod legacy;
mod options;
mod rebuild;
mod records;
mod rows;
mod table;
mod tenures;
mod view;

pub use adopt::{Adopted, MovePaths, adopt, move_to_key};
pub use apply::{MAX_MARKS, apply};
pub use change::{CHANGES_KEPT, Change, ChangePage, Effect};
pub use command::{
    About, Body, Command, INLINE_MAX_BYTES, LinkBlob, Mutation, Parts, PullCount, PutManifest,
};
pub use engine::{Opened, discard, replace};
pub use error::Error;
pub use feed::{FEED_CAPACITY, Heard, Subscription};
pub use index::{IMPORT_MAX_ROWS, Index, MAX_BATCH, QUEUE_CAPACITY, Snapshot};
pub use options::{DEFAULT_CACHE_BYTES, DEFAULT_LOG_BYTES, Location, Observer, Options, Unobserved, Writer};
pub use rebuild::{Rebuilt, rebuild};
pub use records::{BlobRow, LentManifest, ManifestRow, RepositoryRow, Statistics, TagRow, UserRow};
pub use rows::{Entry, MemoryRows, Reads, Row, Rows, Span};
pub use table::Table;
pub use tenures::TenureStep;
pub use view::{Found, RowCursor, SCAN_MAX_ROWS, View};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod model;
