//! Facts of pushed manifests, and the configs that they need: read once, kept for the next push of the same.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_index::Snapshot;
use atoll_oci::{Digest, Manifest, Reference, Repository};
use atoll_search::{Config, MAX_CONFIG_BYTES, facts, is_image_config, is_image_config_type};
use atoll_service::Error;
use bytes::Bytes;
use futures_util::TryStreamExt as _;

use crate::LocalNode;
use crate::failure::{from_index, from_store};
use crate::search::read::Bare;

/// Configs that are remembered; larger ones than [`KEPT_BYTES`] are not.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 16 * 1024;

/// Most manifests that learn of a config which comes after them; search knows the others without it.
const LATE: usize = 256;

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

    /// A blob was linked. Where parts may be missing, it may be the config of manifests that were pushed before it: search reads it
    /// now. What fails here is told to the log alone, since the blob is pushed.
    pub(crate) async fn hear_of_config(&self, repository: &Repository, blob: &Digest) {
        if self.search.get().is_none() || !self.options().sparse {
            return;
        }
        if let Err(error) = self.learn_late(repository, blob).await {
            tracing::warn!(%repository, digest = %blob, %error, "search cannot read a config that came after its manifest");
        }
    }

    /// A manifest was stored with the facts `told`. Where parts may be missing, its config may have come meanwhile: either this or
    /// [`LocalNode::hear_of_config`] sees both.
    pub(crate) async fn catch_up_with_config(
        &self,
        repository: &Repository,
        (digest, manifest): (Digest, &Manifest),
        (told, size): (&Bytes, usize),
    ) {
        if self.search.get().is_none() || !self.options().sparse || image_config(manifest).is_none() {
            return;
        }
        let (rows, size) = (self.parts.index.snapshot(), u64::try_from(size).unwrap_or(u64::MAX));
        let written = match self.facts_of(&rows, repository, (manifest, size)).await {
            Ok(facts) if facts != *told => self.set_facts(repository, (digest, facts)).await,
            Ok(_same) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(%repository, %digest, %error, "search cannot read a config that came with its manifest");
        }
    }

    async fn learn_late(&self, repository: &Repository, config: &Digest) -> Result<(), Error> {
        let failed = |error| from_index("looking for the manifests of a config", error);
        let rows = self.parts.index.snapshot();
        for digest in rows.naming((repository, config), is_image_config_type, LATE).map_err(failed)? {
            let Some(found) = rows.resolve(repository, &Reference::Digest(digest)).map_err(failed)? else {
                continue;
            };
            let media_type = found.row.media_type.as_str().to_owned();
            let (repository, size) = (repository.clone(), found.row.size);
            let _changing = self.changing().await;
            self.learn_one(Bare { repository, digest, media_type, size }).await?;
        }
        Ok(())
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
