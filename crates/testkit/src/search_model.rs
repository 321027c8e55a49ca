//! A slow, obvious model of search: rows in maps, every question answered by looking at all of them.

mod answers;
mod dice;
mod questions;
mod steps;
mod world;

pub use dice::Dice;
pub use questions::{any_images, any_repositories};
pub use steps::{Step, any_step, apply_to_corpus};
pub use world::{Place, SHARDS, World};
