//! Finding content: blobs that are linked, and manifests that are asked for as blobs.

use atoll_oci::{ByteRange, Digest, Reference, Repository};
use atoll_service::{BlobAddress, BlobStat, Body, Error};
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
    /// A blob linked in the repository, or one of its manifests, which may be asked for as a blob too.
    pub(crate) fn look_up_blob(&self, address: &BlobAddress) -> Result<Option<Found>, Error> {
        let failed = |error| from_index("looking up a blob", error);
        let BlobAddress { repository, digest } = address;
        let snapshot = self.parts.index.snapshot();
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

    /// The size of a blob that `from`, or any repository, links.
    pub(crate) fn size_at_source(
        &self,
        digest: &Digest,
        from: Option<&Repository>,
    ) -> Result<Option<u64>, Error> {
        let failed = |error| from_index("looking for a blob to mount", error);
        let snapshot = self.parts.index.snapshot();
        let source = match from {
            Some(repository) => Some(repository.clone()),
            None => snapshot.repositories_with(digest, 1).map_err(failed)?.into_iter().next(),
        };
        let Some(source) = source else { return Ok(None) };
        Ok(snapshot.blob(&source, digest).map_err(failed)?.map(|row| row.size))
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
