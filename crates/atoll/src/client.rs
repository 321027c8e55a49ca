//! Commands for people who use a registry: they ask any server that speaks zot's GraphQL search, this one included.

mod arguments;
mod ask;
mod error;
mod facts;
mod listing;
mod paging;
mod render;
mod yaml;

use std::process::ExitCode;

pub(crate) use arguments::{ImageCommand, RepositoryCommand, Search};
pub(crate) use error::Error;

use arguments::{Reach, Show};
use ask::Server;
use listing::Listing;

use crate::failure::Failure;

/// `atoll search`.
pub(crate) fn search(search: &Search) -> Result<ExitCode, Failure> {
    let words = search.words.join(" ");
    ask(&search.reach, &search.show, async |server| {
        paging::searched(server, &words, search.sort, search.list.limit).await
    })
}

/// `atoll repo`.
pub(crate) fn repositories(command: &RepositoryCommand) -> Result<ExitCode, Failure> {
    let RepositoryCommand::List { sort, list, reach, show } = command;
    ask(reach, show, async |server| paging::repositories(server, *sort, list.limit).await)
}

/// `atoll image`.
pub(crate) fn images(command: &ImageCommand) -> Result<ExitCode, Failure> {
    match command {
        ImageCommand::List { repository, list, reach, show } => ask(reach, show, async |server| {
            paging::images(server, ("ImageList", "repo"), repository, list.limit).await
        }),
        ImageCommand::Digest { digest, list, reach, show } => ask(reach, show, async |server| {
            paging::images(server, ("ImageListForDigest", "id"), digest, list.limit).await
        }),
        ImageCommand::Base { image, list, reach, show } => ask(reach, show, async |server| {
            paging::images(server, ("BaseImageList", "image"), image, list.limit).await
        }),
        ImageCommand::Derived { image, list, reach, show } => ask(reach, show, async |server| {
            paging::images(server, ("DerivedImageList", "image"), image, list.limit).await
        }),
        ImageCommand::Show { image, reach, show } => {
            ask(reach, show, async |server| facts::image(server, image).await)
        }
    }
}

fn ask(
    reach: &Reach,
    show: &Show,
    question: impl AsyncFnOnce(&Server) -> Result<Listing, Error>,
) -> Result<ExitCode, Failure> {
    let server = Server::new(reach)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::System { doing: "the runtime cannot start", source })?;
    let listing = runtime.block_on(question(&server))?;
    render::print(&listing, show.output)?;
    Ok(ExitCode::SUCCESS)
}
