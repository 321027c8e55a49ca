//! The web interface: built assets as path, bytes and tag.
//!
//! Our own are part of the program; a folder may hold others. Both are in memory from the start, so that a request never reads a file
//! and no path leads out of the folder. This crate must not know HTTP statuses nor what the assets ask of the server.

mod assets;
mod error;
mod folder;
mod media;
mod own;

pub use assets::{Asset, Assets};
pub use error::Error;
