//! The limit of searches: the product's own server and search API, and behind them questions that are answered already. Nothing is
//! kept from one query to the next, so that each pays what the query language costs.

mod rows;
mod surface;

use std::sync::Arc;

use async_trait::async_trait;
use atoll_host::{Host, ShutdownHandle};
use atoll_net::{Options, Server};
use atoll_service::{
    Caller, CatalogPage, Coverage, Error as NodeError, ExpandedRepository, Gathered, GetImage, GetReferrers,
    GetRepository, ImagePage, ImageSummary, ListCatalog, ListImages, ListRepositories, Queries,
    ReferrerSummary, RepositoryPage,
};

use crate::error::Error;

/// Nothing here blocks.
const BLOCKING_THREADS: usize = 1;

/// Answers every search with rows that were made at the start, until the process ends.
pub(crate) fn run(port: u16) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Error::io("starting the runtime"))?.block_on(async {
        let host = Host::system(BLOCKING_THREADS);
        let edge = surface::over(Arc::new(Prebuilt::new()?), &host)?;
        let server = Server::bind(Options { port, ..Options::default() }, Arc::new(edge), host).await?;
        let (_held, shutdown) = ShutdownHandle::new();
        server.run(shutdown).await;
        Ok(())
    })
}

/// Pages of as many rows as are asked for, up to what was made.
struct Prebuilt {
    repositories: RepositoryPage,
    images: ImagePage,
    expanded: ExpandedRepository,
}

impl Prebuilt {
    fn new() -> Result<Self, Error> {
        let row = |number| rows::repository(number);
        let repositories = (0..rows::PAGE).map(row).collect::<Result<Vec<_>, _>>()?;
        let images = (0..rows::PAGE).map(rows::image).collect::<Result<Vec<_>, _>>()?;
        let expanded = ExpandedRepository {
            summary: rows::repository(0)?,
            images: (0..rows::MANY).map(rows::image).collect::<Result<_, _>>()?,
            faults: Vec::new(),
        };
        Ok(Self {
            repositories: RepositoryPage { total: rows::TOTAL, repositories, faults: Vec::new() },
            images: ImagePage { total: rows::TOTAL, images, faults: Vec::new() },
            expanded,
        })
    }
}

fn whole<T>(answer: T) -> Gathered<T> {
    Gathered { answer, coverage: Coverage::default() }
}

fn rows_of(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(rows::PAGE).min(rows::PAGE)
}

#[async_trait]
impl Queries for Prebuilt {
    async fn catalog(&self, _: &Caller, _: ListCatalog) -> Result<Gathered<CatalogPage>, NodeError> {
        Ok(whole(CatalogPage::default()))
    }

    async fn repositories(
        &self,
        _: &Caller,
        asked: ListRepositories,
    ) -> Result<Gathered<RepositoryPage>, NodeError> {
        let rows = self.repositories.repositories.iter().take(rows_of(asked.page.limit)).cloned().collect();
        Ok(whole(RepositoryPage { total: rows::TOTAL, repositories: rows, faults: Vec::new() }))
    }

    async fn images(&self, _: &Caller, asked: ListImages) -> Result<Gathered<ImagePage>, NodeError> {
        let rows = self.images.images.iter().take(rows_of(asked.page.limit)).cloned().collect();
        Ok(whole(ImagePage { total: rows::TOTAL, images: rows, faults: Vec::new() }))
    }

    async fn image(&self, _: &Caller, _: GetImage) -> Result<(ImageSummary, Vec<String>), NodeError> {
        let image = self.images.images.first().cloned();
        image
            .map(|image| (image, Vec::new()))
            .ok_or_else(|| NodeError::Internal("there is no row".to_owned()))
    }

    async fn expanded(
        &self,
        _: &Caller,
        _: GetRepository,
    ) -> Result<Gathered<ExpandedRepository>, NodeError> {
        Ok(Gathered { answer: self.expanded.clone(), coverage: Coverage::default() })
    }

    async fn image_referrers(&self, _: &Caller, _: GetReferrers) -> Result<Vec<ReferrerSummary>, NodeError> {
        Ok(Vec::new())
    }

    /// Answers must not be kept: then only the keeping would be measured.
    fn freshness_at_hand(&self) -> Option<u64> {
        None
    }
}
