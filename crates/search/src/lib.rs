//! Finding repositories and images: what is known of an image, how names are ranked, the leaf's index in memory, and the root's merge.
//!
//! Everything here is pure or in memory. This crate must not know the database, files, HTTP or GraphQL, nor that members exist.

mod content;
mod corpus;
mod digests;
mod error;
mod facts;
mod few;
mod grams;
mod hashed;
mod marked;
pub mod merge;
mod names;
mod numbers;
mod ordered;
mod packed;
mod rank;
mod shelves;
mod signature;
mod told;

pub use content::{
    Content, complete_image, complete_repository, details_of, listed_referrers, referrer, weight_of,
};
pub use corpus::{
    Assembly, Corpus, Extent, KnownManifest, KnownTag, LentManifest, MAX_FAULTS, Portion, WrittenPulls,
};
pub use error::Error;
pub use facts::{
    Blob, Child, Config, Front, LentFront, MAX_CONFIG_BYTES, Rest, Signs, Step, Wording, facts,
    is_image_config, is_image_config_type,
};
pub use rank::rank;
pub use signature::{TagKind, Tool};
pub use told::Told;
