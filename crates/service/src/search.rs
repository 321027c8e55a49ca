//! What can be looked for: repositories and images, with a filter, an order and a page (the search API, zot's GraphQL queries).
//!
//! A root is asked with [`ListRepositories`] and [`ListImages`]; it asks leaves with the same words, plus what a leaf cannot know.

mod description;
mod filter;
mod hits;
mod order;
mod page;
mod questions;

pub use description::Description;
pub use filter::Filter;
pub use hits::{ImageHit, ImageHits, ImageKey, RepositoryHit, RepositoryHits};
pub use order::{Place, Sort, SortValue, compare};
pub use page::{ImagePage, MAX_ROWS, Page, RepositoryPage, Stretch, Want};
pub use questions::{
    Find, FindImages, ImageReference, Layers, LeafImages, LeafRepositories, ListImages, ListRepositories,
    Match, MatchImages,
};
