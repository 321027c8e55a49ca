//! Configuration files, environment and flags to one valid [`Settings`].
//!
//! Three steps: *raw* as written (`raw`), *merged* with known keys and typed values (defaults < files < environment <
//! flags), and [`Settings`], which are valid or do not exist. The file is zot's own, read unchanged; what the keys mean
//! and what becomes of them stands in one table, [`keys::TABLE`], from which the JSON Schema and docs/configuration.md
//! are made.
//!
//! This crate alone reads files for settings. It must not know what any other crate does with a setting, and no crate
//! but the composition root may depend on it: the others own plain options.

mod address;
mod checks;
mod duration;
mod environment;
mod error;
mod judge;
pub mod keys;
mod kind;
mod load;
mod machine;
mod merged;
mod nearest;
mod problem;
mod raw;
mod reference;
mod reload;
mod resolve;
mod schema;
mod settings;
mod size;

pub use address::Address;
pub use duration::parse as parse_duration;
pub use error::Error;
pub use kind::Kind;
pub use load::{Sources, load, parse};
pub use problem::{Cause, Origin, Problem, Warning};
pub use raw::FILE_BYTES_MAX;
pub use reference::reference;
pub use reload::Reload;
pub use schema::schema;
pub use settings::{
    Cluster, ClusterSecret, Compat, Extensions, Http, Index, Level, Limits, Log, Member, MethodRate, Metrics,
    RateLimit, Search, Settings, Shutdown, Storage, Tasks, Tls, Trust, Uploads,
};
pub use size::ByteSize;
