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
mod freshness;
mod grant;
mod manifests;
mod members;
mod node;
mod orders;
mod origin;
mod preferences;
mod queries;
mod report;
mod search;
mod search_api;
mod summary;
mod visibility;
mod vulnerabilities;

pub use blobs::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs, FinishUpload, Mount, ReadBlob, Upload,
    UploadAddress,
};
pub use body::{Body, empty_body, full_body};
pub use caller::{Caller, Principal, RequestId};
pub use coverage::{Coverage, Gathered, Missing};
pub use error::{Code, Error};
pub use freshness::Freshness;
pub use grant::Grant;
pub use manifests::{
    DeleteManifest, GetManifest, ListReferrers, ListTags, Manifest, ManifestAccepted, ManifestDeleted,
    ManifestStat, Manifests, PutManifest, Referrer, ReferrerPage, TagPage,
};
pub use members::{
    Acquaintance, Bearings, Custody, Handover, MovedRow, NeededContent, ReadRows, RowPage, Standing, Tenure,
    YieldShard,
};
pub use node::{Admin, Node, Status, SweepReport};
pub use orders::{GiveUp, LostMember, Operator};
pub use origin::{NoOrigin, Origin};
pub use preferences::{Mark, Marks, Preferences, SetStar, ToggleMark, Toggled, Users, user_home};
pub use queries::{
    CatalogPage, DescribeImages, DescribeRepositories, GetImage, GetReferrers, GetRepository, Leaf,
    ListCatalog, MAX_PAGE, Queries,
};
pub use report::{ClusterReport, MemberReport, MemberState, MoveReport, MoveState, Reporter};
pub use search::{
    Description, Filter, Find, FindImages, ImageHit, ImageHits, ImageKey, ImagePage, ImageReference, Layers,
    LeafImages, LeafRepositories, ListImages, ListRepositories, MAX_ROWS, Match, MatchImages, Page, Place,
    RepositoryHit, RepositoryHits, RepositoryPage, Sort, SortValue, Stretch, Want, compare,
};
pub use search_api::{Search, SearchAnswer, SearchMethod, SearchOutcome, SearchRequest};
pub use summary::{
    ExpandedRepository, HistorySummary, ImageSummary, LayerSummary, ManifestSummary, ReferrerSummary,
    RepositorySummary, SignatureSummary, Texts, ToldTime,
};
pub use visibility::{Pattern, Visibility};
pub use vulnerabilities::{AffectedPackage, NoScanner, Scanner, Vulnerability};
