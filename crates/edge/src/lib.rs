//! The HTTP surface: parse, identify, permit, ask, render.
//!
//! A request becomes one typed [`Action`], a policy says whether its caller may, a node behind the traits of the contract answers,
//! and the answer or the error is rendered once. This is the only crate that knows a status code, an HTTP header or the JSON form of
//! an error. It must not know storage, the index, owners of repositories, or whether a cluster exists. Queries of the search API pass
//! through it unread; other extensions plug in as routes that it does not understand.

mod action;
mod answer;
mod blobs;
mod body;
mod cluster;
mod conditions;
mod edge;
mod error;
mod exchange;
mod extension;
mod header;
mod identify;
mod limits;
mod lists;
mod management;
mod manifests;
mod operations;
mod options;
mod orders;
mod pages;
mod parts;
mod permit;
mod preferences;
mod render;
mod route;
mod search;
mod uploads;

pub use action::{Action, Methods, Mounting, Page, ReferrerPlace, StartUpload};
pub use edge::{Edge, Services};
pub use error::Error;
pub use extension::{Extension, ExtensionRequest};
pub use operations::Readiness;
pub use options::{
    Build, DEFAULT_IN_FLIGHT, DEFAULT_MANIFEST_BYTES, DEFAULT_REFERRERS_PAGE, Options, RateLimit,
};
pub use orders::{DRAIN_PATH, GIVE_UP_PATH};
pub use permit::{Open, Policy};
pub use route::{Offered, Target, route};
