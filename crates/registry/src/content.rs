//! Finding content: blobs that are linked, and manifests that are asked for as blobs.

use atoll_oci::{ByteRange, Digest, Reference, Repository};
use atoll_service::{BlobAddress, BlobStat, Body, Error, Mount, Visibility};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};

use crate::LocalNode;
use crate::failure::{from_index, from_store};

/// Content that was found.
pub(crate) struct Found {
    /// Its facts.
    pub(crate) stat: BlobStat,
    /// Content that lives in the index: a small manifest asked for as a blob.
    pub(crate) inline: Option<Bytes>,
}

impl LocalNode {
    /// A blob linked in the repository, or one of its manifests, which may be asked for as a blob too. Refused if the repository's
    /// shard is not served here.
    pub(crate) fn look_up_blob(&self, address: &BlobAddress) -> Result<Option<Found>, Error> {
        let failed = |error| from_index("looking up a blob", error);
        let BlobAddress { repository, digest } = address;
        let snapshot = self.own(repository)?;
        if let Some(row) = snapshot.blob(repository, digest).map_err(failed)? {
            let media_type = snapshot.media_type_of(repository, digest).map_err(failed)?;
            return Ok(Some(Found {
                stat: BlobStat { digest: *digest, size: row.size, media_type },
                inline: None,
            }));
        }
        let reference = Reference::Digest(*digest);
        let Some(found) = snapshot.resolve(repository, &reference).map_err(failed)? else { return Ok(None) };
        let inline = snapshot.manifest_body(repository, digest).map_err(failed)?;
        let media_type = Some(found.row.media_type.as_str().to_owned());
        let stat = BlobStat { digest: *digest, size: found.row.size, media_type };
        Ok(Some(Found { stat, inline }))
    }

    pub(crate) async fn stored_blob(&self, stat: &BlobStat, ranges: Vec<ByteRange>) -> Result<Body, Error> {
        let content = self.parts.store.read(&stat.digest, ranges).await;
        match content.map_err(|error| from_store("reading a blob", error))? {
            Some(content) if content.size == stat.size => {
                Ok(Box::pin(content.stream.map_err(|error| from_store("reading a blob", error))))
            }
            damaged => {
                let found = damaged.map(|content| content.size);
                tracing::error!(digest = %stat.digest, expected = stat.size, ?found, "a linked blob is damaged");
                Err(Error::BlobUnknown(stat.digest))
            }
        }
    }

    /// The size of a blob that `from`, or any repository that the caller may read, links.
    pub(crate) fn size_at_source(&self, mount: &Mount) -> Result<Option<u64>, Error> {
        let Mount { address: BlobAddress { digest, .. }, from, visibility, .. } = mount;
        let source = match from {
            Some(repository) => Some(repository.clone()).filter(|source| visibility.admits(source)),
            None => self.holder_of(digest, visibility)?,
        };
        let Some(source) = source else { return Ok(None) };
        let Ok(snapshot) = self.own(&source) else { return Ok(None) };
        let found = snapshot.blob(&source, digest);
        Ok(found.map_err(|error| from_index("looking for a blob to mount", error))?.map(|row| row.size))
    }

    /// A repository here that links a blob and that the caller may read.
    pub(crate) fn holder_of(
        &self,
        digest: &Digest,
        visibility: &Visibility,
    ) -> Result<Option<Repository>, Error> {
        let snapshot = self.parts.index.snapshot();
        // What is being copied from another member, or was given to one, is not ours to give.
        let holder = snapshot.repository_with(digest, |shard, repository| {
            visibility.admits(repository) && snapshot.admit(shard).is_ok()
        });
        holder.map_err(|error| from_index("looking for a blob to mount", error))
    }

    /// Why linked content cannot be shown: it is damaged, or has gone to another member since its link was read.
    pub(crate) fn gone(&self, address: &BlobAddress) -> Error {
        self.own(&address.repository).err().unwrap_or(Error::BlobUnknown(address.digest))
    }
}

/// The asked parts of a content in memory, one after another.
pub(crate) fn cut(content: &Bytes, ranges: &[ByteRange]) -> Body {
    if ranges.is_empty() {
        return atoll_service::full_body(content.clone());
    }
    let part = |range: &ByteRange| {
        let first = usize::try_from(range.first).unwrap_or(usize::MAX).min(content.len());
        let end = usize::try_from(range.last).unwrap_or(usize::MAX).saturating_add(1).min(content.len());
        content.slice(first..end.max(first))
    };
    let parts: Vec<Result<Bytes, Error>> = ranges.iter().map(|range| Ok(part(range))).collect();
    Box::pin(stream::iter(parts))
}
