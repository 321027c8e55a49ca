//! Lists of images.

use async_trait::async_trait;
use atoll_search::merge::Hits;
use atoll_service::{
    Caller, DescribeImages, Description, Error, ImageHit, ImageKey, ImageSummary, LeafImages, ListImages,
    MatchImages, Node, Page, Sort, Stretch,
};

use super::Listing;
use crate::gather::Group;

/// A question for images, with what leaves cannot know by themselves.
pub(crate) struct Images<'a> {
    pub(crate) request: &'a ListImages,
    pub(crate) find: &'a MatchImages,
}

#[async_trait]
impl Listing for Images<'_> {
    type Row = ImageHit;
    type Key = ImageKey;
    type Summary = ImageSummary;

    fn sort(&self) -> Sort {
        self.request.sort
    }

    fn page(&self) -> Page {
        self.request.page
    }

    async fn ask(
        &self,
        node: &dyn Node,
        caller: &Caller,
        group: &Group,
        stretch: Stretch,
    ) -> Result<Hits<ImageHit>, Error> {
        let request = LeafImages {
            find: self.find.clone(),
            filter: self.request.filter.clone(),
            sort: self.request.sort,
            stretch,
            want: self.request.want,
            visibility: self.request.visibility.clone(),
        };
        Ok(node.leaf_images(caller, &group.shards, request).await?.into())
    }

    async fn describe(
        &self,
        node: &dyn Node,
        caller: &Caller,
        keys: Vec<ImageKey>,
    ) -> Result<Vec<Option<ImageSummary>>, Error> {
        let visibility = self.request.visibility.clone();
        let request = DescribeImages { images: keys, want: self.request.want, visibility };
        node.describe_images(caller, request).await
    }

    fn key(row: &ImageHit) -> ImageKey {
        row.key.clone()
    }

    fn is_described(row: &ImageHit) -> bool {
        row.summary.is_some()
    }

    fn put(row: &mut ImageHit, summary: Option<ImageSummary>) {
        row.summary = summary.map(Description::ready);
    }

    fn take(row: &mut ImageHit) -> Result<Option<ImageSummary>, Error> {
        row.summary.take().map(Description::open).transpose()
    }
}
