//! The schema's objects: views of the contract's descriptions, which are rendered where they lie.

mod image;
mod manifest;
mod repository;
mod results;
mod small;
mod vulnerability;

pub(crate) use image::{Image, Shown};
pub(crate) use repository::Repo;
pub(crate) use results::{ImagesResult, PageInfo, RepoInfo, ReposResult, SearchResult};
pub(crate) use small::{Platform, Referrer, architecture};
pub(crate) use vulnerability::{CveResult, DiffResult, Difference, Found, Identifier, Summary};
