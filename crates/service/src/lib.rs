//! The contract: what a node can be asked, and what it answers.
//!
//! Three kinds of node answer it: the local one (the real work), a remote one (the same traits over the member link) and the routed
//! one (which finds the owner and gathers). Whoever holds a node behind these traits cannot tell which. Every request and answer
//! can be encoded, no file handle or path crosses a trait, and every method takes the [`Caller`].
//!
//! This crate must not know HTTP, storage, the index, or how members talk.

mod blobs;
mod body;
mod caller;
mod coverage;
mod error;
mod grant;
mod manifests;
mod node;
mod origin;
mod queries;

pub use blobs::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, FinishUpload, Mount, ReadBlob, Upload,
    UploadAddress,
};
pub use body::{Body, empty_body, full_body};
pub use caller::{Caller, Principal, RequestId};
pub use coverage::{Coverage, Gathered};
pub use error::{Code, Error};
pub use grant::{Grant, Visibility};
pub use manifests::{
    DeleteManifest, GetManifest, ListReferrers, ListTags, Manifest, ManifestAccepted, ManifestDeleted,
    ManifestStat, Manifests, PutManifest, Referrer, ReferrerPage, TagPage,
};
pub use node::{Admin, Node, Status, SweepReport};
pub use origin::{NoOrigin, Origin};
pub use queries::{CatalogPage, Leaf, ListCatalog, MAX_PAGE, Queries};
