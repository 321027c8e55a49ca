//! The questions as version 1 of the protocol has them. What it cannot say is left out.

use atoll_service::{
    Filter, LeafImages, LeafRepositories, Marks, Match, MatchImages, Sort, Stretch, Visibility, Want,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StretchOfVersion1 {
    skip: u64,
    take: u64,
    described: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LeafRepositoriesOfVersion1 {
    find: Match,
    filter: Filter,
    sort: Sort,
    stretch: StretchOfVersion1,
    want: Want,
    visibility: Visibility,
    marks: Marks,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LeafImagesOfVersion1 {
    find: MatchImages,
    filter: Filter,
    sort: Sort,
    stretch: StretchOfVersion1,
    want: Want,
    visibility: Visibility,
}

impl From<Stretch> for StretchOfVersion1 {
    /// Rows that are described in vain do no harm.
    fn from(Stretch { skip, take, described_from }: Stretch) -> Self {
        Self { skip, take, described: described_from.is_some() }
    }
}

impl From<StretchOfVersion1> for Stretch {
    fn from(StretchOfVersion1 { skip, take, described }: StretchOfVersion1) -> Self {
        Self { skip, take, described_from: described.then_some(0) }
    }
}

impl From<LeafRepositories> for LeafRepositoriesOfVersion1 {
    fn from(request: LeafRepositories) -> Self {
        let LeafRepositories { find, filter, sort, stretch, want, visibility, marks } = request;
        Self { find, filter, sort, stretch: stretch.into(), want, visibility, marks }
    }
}

impl From<LeafRepositoriesOfVersion1> for LeafRepositories {
    fn from(request: LeafRepositoriesOfVersion1) -> Self {
        let LeafRepositoriesOfVersion1 { find, filter, sort, stretch, want, visibility, marks } = request;
        Self { find, filter, sort, stretch: stretch.into(), want, visibility, marks }
    }
}

impl From<LeafImages> for LeafImagesOfVersion1 {
    fn from(request: LeafImages) -> Self {
        let LeafImages { find, filter, sort, stretch, want, visibility } = request;
        Self { find, filter, sort, stretch: stretch.into(), want, visibility }
    }
}

impl From<LeafImagesOfVersion1> for LeafImages {
    fn from(request: LeafImagesOfVersion1) -> Self {
        let LeafImagesOfVersion1 { find, filter, sort, stretch, want, visibility } = request;
        Self { find, filter, sort, stretch: stretch.into(), want, visibility }
    }
}
