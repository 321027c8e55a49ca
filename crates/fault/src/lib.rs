//! The short closed list of error *kinds*.
//!
//! Every crate keeps its own error enum, rich in data and sources; each answers `kind()` with one of these words, and
//! only the HTTP surface turns a kind into a status. This crate must not know HTTP, the OCI error codes or any other crate.

mod kind;

pub use kind::Kind;
