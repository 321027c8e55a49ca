//! Reading an OCI image layout (image-spec, image-layout.md).

use std::path::{Path, PathBuf};

use atoll_host::Host;
use atoll_oci::{Annotations, Descriptor, Digest, MediaType, Tag};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;

/// Largest manifest or index that is read into memory.
const MAX_DOCUMENT_BYTES: u64 = 64 << 20;

const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// One entry of a layout's `index.json`.
pub(crate) struct Entry {
    pub(crate) digest: Digest,
    pub(crate) media_type: MediaType,
    pub(crate) tag: Option<Tag>,
    /// Its name, if no tag can be made of it.
    pub(crate) odd_name: Option<String>,
}

/// A layout on disk.
pub(crate) struct Layout<'a> {
    folder: PathBuf,
    host: &'a Host,
}

#[derive(Deserialize)]
struct Index {
    manifests: Option<Vec<Value>>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(host: &'a Host, folder: &Path) -> Result<Self, Error> {
        let is_there = |name: &str| host.files.entry(&folder.join(name)).is_ok();
        if !is_there("oci-layout") || !is_there("index.json") {
            return Err(Error::NotALayout(folder.to_owned()));
        }
        Ok(Self { folder: folder.to_owned(), host })
    }

    /// The entries of `index.json`, in order, each for itself: one that cannot be read says so. A name that is no tag (some tools
    /// write a whole image name) keeps what is behind its last colon.
    pub(crate) async fn entries(&self) -> Result<Vec<Result<Entry, Error>>, Error> {
        let path = self.folder.join("index.json");
        let index: Index = serde_json::from_slice(&self.document(&path).await?)
            .map_err(|error| Error::Damaged { path: path.clone(), why: error.to_string() })?;
        let entries = index.manifests.unwrap_or_default().into_iter().enumerate();
        let read = |(at, written)| {
            entry_of(written).map_err(|why| Error::Entry { path: path.clone(), position: at + 1, why })
        };
        Ok(entries.map(read).collect())
    }

    pub(crate) fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.folder.join("blobs").join(digest.algorithm().name()).join(digest.encoded())
    }

    /// A manifest or index, whole.
    pub(crate) async fn manifest(&self, digest: &Digest) -> Result<Bytes, Error> {
        self.document(&self.blob_path(digest)).await
    }

    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.host.files.entry(&self.blob_path(digest)).is_ok()
    }

    async fn document(&self, path: &Path) -> Result<Bytes, Error> {
        let (files, wanted) = (self.host.files.clone(), path.to_owned());
        let read = move || {
            let file = files.open_read(&wanted)?;
            let length = file.length()?;
            if length > MAX_DOCUMENT_BYTES {
                return Err(std::io::Error::other(format!("{length} bytes are too many for a manifest")));
            }
            file.read_bytes(0, usize::try_from(length).unwrap_or_default())
        };
        let content = self.host.tasks.blocking(read).await.map_err(|_lost| Error::Abandoned)?;
        content.map_err(|source| Error::Read { path: path.to_owned(), source })
    }
}

fn entry_of(written: Value) -> Result<Entry, String> {
    let descriptor: Descriptor = serde_json::from_value(written).map_err(|error| error.to_string())?;
    let media_type: MediaType =
        descriptor.media_type.parse().map_err(|error: atoll_oci::Error| error.to_string())?;
    if media_type.manifest_family().is_none() {
        return Err(format!("`{media_type}` is not the media type of a manifest or an index"));
    }
    let name =
        descriptor.annotations.as_ref().and_then(|annotations: &Annotations| annotations.get(REF_NAME));
    let tag: Option<Tag> = name.and_then(|name| name.rsplit(':').next()?.parse().ok());
    let odd_name = name.filter(|name| tag.is_none() && !name.is_empty()).cloned();
    Ok(Entry { digest: descriptor.digest, media_type, tag, odd_name })
}
