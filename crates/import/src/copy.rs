//! Copying one layout into a repository: parts first, then what names them.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use atoll_host::{File, Host};
use atoll_oci::{Descriptor, Digest, Manifest, MediaType, Repository};
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, Blobs, Body, Caller, Error as Refusal, FinishUpload, Grant,
    Manifests, Mount, PutManifest, UploadAddress, Visibility,
};
use futures_util::stream;

use crate::layout::{Entry, Layout};
use crate::report::{Failure, Progress, Report};
use crate::{Error, Found};

/// Bytes read from the source at a time.
const PIECE_BYTES: usize = 1 << 20;

/// Deepest nesting of indexes that is followed.
const MAX_NESTING: usize = 16;

/// What an import writes to.
pub trait Target: Manifests + Blobs {}

impl<T: Manifests + Blobs> Target for T {}

/// Imports layouts into a node.
pub struct Importer<'a> {
    node: &'a dyn Target,
    host: &'a Host,
    progress: &'a dyn Progress,
    caller: Caller,
}

struct Part {
    digest: Digest,
    media_type: MediaType,
    depth: usize,
}

impl<'a> Importer<'a> {
    /// An importer into `node` that tells `progress`.
    pub fn new(node: &'a dyn Target, host: &'a Host, progress: &'a dyn Progress) -> Self {
        Self { node, host, progress, caller: Caller::internal("import") }
    }

    /// Imports each layout found. What cannot be read or is refused is reported, and the rest goes on.
    pub async fn import(&self, found: &[Found]) -> Report {
        let mut report = Report::default();
        for Found { repository, folder } in found {
            let failures = report.failures.len();
            match self.import_one(repository, folder, &mut report).await {
                Ok(()) => report.repositories += u64::from(report.failures.len() == failures),
                Err(error) => report.failures.push(Failure { repository: repository.clone(), error }),
            }
        }
        report
    }

    async fn import_one(
        &self,
        repository: &Repository,
        folder: &Path,
        report: &mut Report,
    ) -> Result<(), Error> {
        let layout = Layout::new(self.host, folder)?;
        let entries = layout.entries().await?;
        self.progress.repository(repository, entries.len());
        let mut done = HashSet::new();
        for entry in entries {
            let imported = match entry {
                Ok(entry) => self.import_entry((repository, &layout), entry, (&mut done, report)).await,
                Err(error) => Err(error),
            };
            match imported {
                Ok(()) => self.progress.manifest(),
                Err(error) => report.failures.push(Failure { repository: repository.clone(), error }),
            }
        }
        Ok(())
    }

    async fn import_entry(
        &self,
        from: (&Repository, &Layout<'_>),
        entry: Entry,
        state: (&mut HashSet<Digest>, &mut Report),
    ) -> Result<(), Error> {
        let (repository, layout) = from;
        let (done, report) = state;
        let mut waiting = vec![Part { digest: entry.digest, media_type: entry.media_type.clone(), depth: 0 }];
        let mut order = Vec::new();
        while let Some(part) = waiting.pop() {
            let content = layout.manifest(&part.digest).await?;
            let manifest = Manifest::parse(&content, &part.media_type).map_err(|error| {
                Error::NotAManifest { path: layout.blob_path(&part.digest), why: error.to_string() }
            })?;
            let children = manifest
                .manifests
                .iter()
                .filter(|child| part.depth < MAX_NESTING && layout.has(&child.digest));
            waiting.extend(children.filter_map(|child| {
                Some(Part { digest: child.digest, media_type: manifest_type(child)?, depth: part.depth + 1 })
            }));
            order.push((part, content, manifest));
        }
        // Children were found behind their index, so the reverse puts them before it.
        for (part, content, manifest) in order.into_iter().rev() {
            if !done.contains(&part.digest) {
                self.copy_blobs(from, &manifest, report).await?;
            }
            let tag = entry.tag.clone().filter(|_| part.depth == 0);
            if done.insert(part.digest) || tag.is_some() {
                let tags = tag.into_iter().map(|tag| (tag, Grant::ALL)).collect::<Vec<_>>();
                report.tags += u64::try_from(tags.len()).unwrap_or_default();
                let request = PutManifest {
                    repository: repository.clone(),
                    digest: Some(part.digest),
                    tags,
                    media_type: part.media_type,
                    content,
                    grant: Grant::ALL,
                };
                let put = self.node.put(&self.caller, request).await;
                put.map_err(|source| Error::Refused {
                    what: format!("the manifest {}", part.digest),
                    source,
                })?;
                report.manifests += 1;
            }
        }
        match entry.odd_name {
            Some(name) => Err(Error::NotATag { digest: Box::new(entry.digest), name }),
            None => Ok(()),
        }
    }

    async fn copy_blobs(
        &self,
        from: (&Repository, &Layout<'_>),
        manifest: &Manifest,
        report: &mut Report,
    ) -> Result<(), Error> {
        let (repository, layout) = from;
        for blob in blobs(layout, manifest) {
            let address = BlobAddress { repository: repository.clone(), digest: blob.digest };
            let refused = |source| Error::Refused { what: format!("the blob {}", blob.digest), source };
            let mount = Mount {
                address: address.clone(),
                from: None,
                visibility: Visibility::Everything,
                grant: Grant::ALL,
            };
            if self.node.stat(&self.caller, address.clone()).await.is_ok()
                || self.node.mount(&self.caller, mount).await.map_err(refused)?.is_some()
            {
                report.blobs_present += 1;
                continue;
            }
            report.bytes += self.copy_blob(address, &layout.blob_path(&blob.digest)).await?;
            report.blobs += 1;
        }
        Ok(())
    }

    async fn copy_blob(&self, address: BlobAddress, path: &Path) -> Result<u64, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let file = self.host.files.open_read(path).map_err(failed)?;
        let length = file.length().map_err(failed)?;
        let refused = |source| Error::Refused { what: format!("the blob {}", address.digest), source };
        let repository = address.repository.clone();
        let begin = BeginUpload {
            repository: repository.clone(),
            algorithm: Some(address.digest.algorithm()),
            grant: Grant::ALL,
        };
        let upload = self.node.begin(&self.caller, begin).await.map_err(refused)?;
        let chunk = AppendUpload {
            address: UploadAddress { repository, id: upload.id },
            range: None,
            length: Some(length),
        };
        let upload_address = chunk.address.clone();
        let finish = FinishUpload { chunk, digest: address.digest, grant: Grant::ALL };
        if let Err(source) = self.node.finish(&self.caller, finish, self.pieces(file)).await {
            // Whether or not there is anything left to cancel: the first error is the one to tell.
            let _cancelled = self.node.cancel(&self.caller, upload_address).await;
            return Err(refused(source));
        }
        self.progress.copied(length);
        Ok(length)
    }

    fn pieces(&self, file: Arc<dyn File>) -> Body {
        let tasks = self.host.tasks.clone();
        Box::pin(stream::try_unfold((file, 0_u64), move |(file, offset)| {
            let tasks = tasks.clone();
            async move {
                let reader = Arc::clone(&file);
                let piece = tasks.blocking(move || reader.read_bytes(offset, PIECE_BYTES)).await;
                let piece = piece.map_err(|lost| Refusal::BodyInterrupted(lost.to_string()))?;
                let piece = piece.map_err(|error| Refusal::BodyInterrupted(error.to_string()))?;
                let next = offset.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                Ok((!piece.is_empty()).then_some((piece, (file, next))))
            }
        }))
    }
}

/// The blobs to bring for a manifest: those that it cannot do without, and of those that it can what the layout has. These are layers that
/// may lie elsewhere, and what an index names beside manifests, such as the layers of a build cache.
fn blobs<'m>(layout: &Layout<'_>, manifest: &'m Manifest) -> impl Iterator<Item = &'m Descriptor> {
    let layers = manifest.layers.iter().filter(|layer| layer.is_foreign());
    let children = manifest.manifests.iter().filter(|child| manifest_type(child).is_none());
    let optional = layers.chain(children).filter(|blob| layout.has(&blob.digest));
    manifest.required_blobs().chain(optional)
}

/// The media type of a child that is a manifest or an index itself.
fn manifest_type(child: &Descriptor) -> Option<MediaType> {
    child.media_type.parse().ok().filter(|media_type: &MediaType| media_type.manifest_family().is_some())
}
