//! Bytes by digest: finished content, uploads in progress, and the folder that holds both.
//!
//! A [`Store`] keeps one copy of each digest, and whatever it shows under a digest is complete, verified and (unless told
//! otherwise) durable. This crate must not know repositories, tags, who asks, or the database beside it: whether anybody still
//! needs a digest is decided above.

mod contents;
mod error;
mod faulty;
mod file_store;
mod folder;
mod memory;
mod store;

pub use contents::{Content, Incoming, Outgoing, whole};
pub use error::Error;
pub use faulty::{FaultyStore, StoreFaults};
pub use file_store::{FileStore, Options};
pub use folder::{Adoption, Folder, FolderError, FolderOptions, Identity};
pub use memory::MemoryStore;
pub use store::{Appended, MAX_PAGE_ENTRIES, MAX_UPLOADS_LISTED, OpenUpload, Store, Stored};
