//! Facts of pushed manifests, and the configs that they need: read once, kept for the next push of the same.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_index::Snapshot;
use atoll_oci::{Digest, Manifest, Repository};
use atoll_search::{Config, MAX_CONFIG_BYTES, facts, is_image_config};
use atoll_service::Error;
use bytes::Bytes;
use futures_util::TryStreamExt as _;

use crate::LocalNode;
use crate::failure::{from_index, from_store};

/// Configs that are remembered; larger ones than [`KEPT_BYTES`] are not.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 16 * 1024;

/// The configs that were read last.
#[derive(Default)]
pub(crate) struct Configs(Mutex<VecDeque<(Digest, Arc<Config>)>>);

impl Configs {
    fn get(&self, digest: &Digest) -> Option<Arc<Config>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(found, _)| found == digest).map(|(_, config)| Arc::clone(config))
    }

    fn keep(&self, digest: Digest, config: &Arc<Config>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_front((digest, Arc::clone(config)));
        known.truncate(KEPT);
    }
}

/// The config that tells of the image, if there is one.
fn image_config(manifest: &Manifest) -> Option<&Digest> {
    manifest.config.as_ref().filter(|_| is_image_config(manifest)).map(|config| &config.digest)
}

impl LocalNode {
    /// The facts of a manifest that is pushed; none if search is off.
    pub(crate) async fn facts_for(
        &self,
        repository: &Repository,
        (manifest, size): (&Manifest, usize),
    ) -> Result<Bytes, Error> {
        let Some(search) = self.search.get() else { return Ok(Bytes::new()) };
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        let Some(config) = image_config(manifest) else { return Ok(facts(manifest, size, None)) };
        // Where parts may not be missing, a push whose config the repository does not link is refused, facts and all.
        if let Some(known) = search.configs.get(config).filter(|_| !self.options().sparse) {
            return Ok(facts(manifest, size, Some(&known)));
        }
        self.facts_of(&self.parts.index.snapshot(), repository, (manifest, size)).await
    }

    pub(crate) async fn facts_of(
        &self,
        rows: &Snapshot,
        repository: &Repository,
        (manifest, size): (&Manifest, u64),
    ) -> Result<Bytes, Error> {
        let config = self.config_of(rows, repository, manifest).await?;
        Ok(facts(manifest, size, config.as_deref()))
    }

    /// Only a config that the repository links counts: another one may be somebody else's.
    async fn config_of(
        &self,
        rows: &Snapshot,
        repository: &Repository,
        manifest: &Manifest,
    ) -> Result<Option<Arc<Config>>, Error> {
        let Some(config) = image_config(manifest) else { return Ok(None) };
        let link = rows.blob(repository, config);
        if link.map_err(|error| from_index("looking up a config", error))?.is_none() {
            return Ok(None);
        }
        let search = self.searching()?;
        if let Some(known) = search.configs.get(config) {
            return Ok(Some(known));
        }
        let Some(bytes) = self.config_bytes(config).await? else { return Ok(None) };
        let Some(parsed) = Config::parse(&bytes).map(Arc::new) else { return Ok(None) };
        if bytes.len() <= KEPT_BYTES {
            search.configs.keep(*config, &parsed);
        }
        Ok(Some(parsed))
    }

    async fn config_bytes(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
        let failed = |error| from_store("reading a config", error);
        let found = self.parts.store.read(digest, Vec::new()).await.map_err(failed)?;
        let Some(mut content) = found.filter(|content| content.size <= MAX_CONFIG_BYTES) else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(usize::try_from(content.size).unwrap_or_default());
        while let Some(piece) = content.stream.try_next().await.map_err(failed)? {
            bytes.extend_from_slice(&piece);
        }
        Ok(Some(bytes))
    }
}
