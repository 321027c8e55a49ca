//! Names of all metrics and log fields, recorder, exporter, log and audit writers.
//!
//! Everything that leaves the process for its operators passes here: numbers through [`metrics::Recorder`], lines through
//! [`logs`], the record of changes through [`audit`]. This crate must not know HTTP types beyond headers, the OCI
//! vocabulary, or where the settings came from, and it holds no global state but the log subscriber that
//! [`logs::install`] puts in place.

pub mod audit;
mod error;
mod lines;
pub mod logs;
pub mod metrics;
pub mod names;
mod place;

pub use error::Error;
