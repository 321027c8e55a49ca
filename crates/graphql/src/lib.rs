//! The search API: zot's GraphQL schema, its resolvers, and the limits on what a query may cost.
//!
//! Resolvers ask [`atoll_service::Queries`] and render. This crate must not know HTTP statuses, storage, or that a cluster exists.

mod access;
mod answers;
mod asking;
mod decode;
mod documents;
mod endpoint;
mod error;
mod form;
mod generations;
mod inputs;
mod limits;
mod merging;
mod objects;
mod persisted;
mod query;
mod reading;
mod render;
mod schema;
mod seen;
mod selection;
mod skipping;
mod terms;
mod time;
mod variables;
mod vulnerabilities;
mod weigh;

pub use access::{Access, OpenAccess};
pub use endpoint::{Endpoint, Parts};
pub use schema::sdl;
