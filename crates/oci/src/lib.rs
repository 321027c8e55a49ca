//! Nouns of the OCI image and distribution specifications: parse and render, no I/O.
//!
//! Raw strings stop here: whoever holds a [`Repository`], a [`Tag`] or a [`Digest`] holds one that the grammar allows.
//! This crate must not know storage, HTTP, or any policy of this registry.

mod descriptor;
mod digest;
mod error;
mod hasher;
mod manifest;
mod media_type;
mod object;
mod platform;
mod range;
mod reference;
mod repository;
mod tag;
mod written;

pub use descriptor::{Annotations, Descriptor};
pub use digest::{Algorithm, Digest};
pub use error::Error;
pub use hasher::{Hasher, digest_of};
pub use manifest::Manifest;
pub use media_type::{Family, MediaType};
pub use platform::Platform;
pub use range::{ByteRange, ContentRange, MAX_RANGES, RangeRequest};
pub use reference::Reference;
pub use repository::Repository;
pub use tag::Tag;
