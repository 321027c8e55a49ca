//! `atoll cluster adopt`: the folder of a server that was alone becomes that of a member, with everything in it.
//!
//! The index is made anew beside the old one, every row under the shard where the cluster's key places it, and then put in its
//! place. Content stays where it is. A stop at any moment leaves a folder that is adopted by running the command again.

use std::process::ExitCode;

use atoll_cluster::membership;
use atoll_config::Settings;
use atoll_host::Host;
use atoll_index::{Adopted, Location, MovePaths, move_to_key};
use atoll_store::Adoption;

use super::identity::identity;
use crate::assemble::{INDEX_FILE, block_on};
use crate::failure::Failure;
use crate::output::say;

/// The index while it is being made.
const NEW_FILE: &str = "adopted.redb";

/// The index that was replaced.
const OLD_FILE: &str = "replaced.redb";

/// Adopts the data folder of the configuration.
pub(super) fn run(settings: &Settings) -> Result<ExitCode, Failure> {
    let Some(cluster) = &settings.cluster else {
        return Err(Failure::Usage(
            "the configuration has no `cluster`, so there is nothing that the folder could become".to_owned(),
        ));
    };
    block_on(settings, async |host: Host| {
        let root = settings.storage.root_directory.clone();
        let Some(adoption) = Adoption::begin(&root, identity(cluster), settings.shards, &host)? else {
            say(&format!("`{}` is the folder of member {} already", root.display(), cluster.own))?;
            return Ok(ExitCode::SUCCESS);
        };
        let adopted = move_index(settings, &adoption, &host).await?;
        // What a server that is alone remembers of its shards does not hold for the cluster's.
        membership::forget(host.files.as_ref(), &root).map_err(|source| Failure::System {
            doing: "the former layout could not be forgotten",
            source,
        })?;
        adoption.finish(&host)?;
        let moved = adopted.map_or_else(String::new, |adopted| {
            let kept = root.join(OLD_FILE);
            format!(": {} repositories; the old index is `{}`", adopted.repositories, kept.display())
        });
        say(&format!("`{}` is now the folder of member {}{moved}", root.display(), cluster.own))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Moves the index to the cluster's key; nothing if that was done before a stop.
async fn move_index(
    settings: &Settings,
    adoption: &Adoption,
    host: &Host,
) -> Result<Option<Adopted>, Failure> {
    let root = settings.storage.root_directory.as_path();
    let paths = MovePaths {
        index: root.join(INDEX_FILE),
        unfinished: root.join(NEW_FILE),
        kept: root.join(OLD_FILE),
    };
    let place = Location::File(paths.index.clone());
    let mut old = atoll_index::Options::new(place, adoption.from().key, adoption.shards());
    old.cache_bytes = usize::try_from(settings.index.cache_size.bytes()).unwrap_or(usize::MAX);
    let moved = move_to_key(&paths, &old, adoption.to().key, host).await;
    moved.map_err(|source| Failure::index(root, source))
}
