//! Streams of stored content: chunks read on the blocking pool, one ahead of the reader. A slow client holds memory, no thread.

use std::sync::Arc;

use atoll_host::File;
use atoll_oci::{ByteRange, Digest};
use bytes::Bytes;
use futures_util::{StreamExt as _, future, stream};

use super::blobs::found;
use super::disk::Disk;
use crate::{Content, Error, Outgoing};

/// Bytes read at a time.
const CHUNK_BYTES: u64 = 256 << 10;

/// Content up to this size, asked for whole, is read by the call that opens it.
const SMALL_BYTES: u64 = 64 << 10;

/// Chunks in memory for one stream: the one that is being sent and the one being read.
const CHUNKS_IN_FLIGHT: usize = 2;

const READING: &str = "reading content";

enum Opened {
    Small(Bytes),
    Large(Arc<dyn File>),
}

pub(super) async fn read(
    disk: &Disk,
    digest: Digest,
    spans: Vec<ByteRange>,
) -> Result<Option<Content>, Error> {
    let path = disk.paths.blob(&digest);
    let is_whole = spans.is_empty();
    let open = move |files: &dyn atoll_host::Files| {
        let Some(file) = found(files.open_read(&path))? else { return Ok(None) };
        let size = file.length()?;
        if is_whole && size <= SMALL_BYTES {
            // One byte more than expected is not asked for: a file under `blobs` never grows.
            let content = file.read_bytes(0, usize::try_from(size).unwrap_or_default())?;
            return Ok(Some((size, Opened::Small(content))));
        }
        Ok(Some((size, Opened::Large(file))))
    };
    let Some((size, opened)) = disk.run(READING, open).await? else { return Ok(None) };
    let spans = if is_whole { whole_span(size) } else { spans };
    if spans.iter().any(|span| span.last >= size || span.first > span.last) {
        return Err(Error::OutsideContent { size });
    }
    let stream: Outgoing = match opened {
        Opened::Small(content) if u64::try_from(content.len()).is_ok_and(|length| length == size) => {
            Box::pin(stream::iter((!content.is_empty()).then_some(Ok(content))))
        }
        Opened::Small(content) => return Err(damaged(digest, 0, &content)),
        Opened::Large(file) => chunks(disk.clone(), digest, file, spans),
    };
    Ok(Some(Content { size, stream }))
}

fn whole_span(size: u64) -> Vec<ByteRange> {
    size.checked_sub(1).map(|last| ByteRange { first: 0, last }).into_iter().collect()
}

fn chunks(disk: Disk, digest: Digest, file: Arc<dyn File>, spans: Vec<ByteRange>) -> Outgoing {
    let pieces = spans.into_iter().flat_map(pieces);
    let reads = stream::iter(pieces).map(move |(offset, length)| {
        let (disk, file) = (disk.clone(), Arc::clone(&file));
        async move {
            let chunk = disk.run(READING, move |_| file.read_bytes(offset, length)).await?;
            if chunk.len() == length { Ok(chunk) } else { Err(damaged(digest, offset, &chunk)) }
        }
    });
    let until_error = reads.buffered(CHUNKS_IN_FLIGHT).scan(false, |has_failed, item| {
        let next = (!*has_failed).then_some(item);
        *has_failed = matches!(next, None | Some(Err(_)));
        future::ready(next)
    });
    Box::pin(until_error)
}

/// The chunks of a span as offset and length.
fn pieces(span: ByteRange) -> impl Iterator<Item = (u64, usize)> + Send {
    let count = span.length_bytes().div_ceil(CHUNK_BYTES);
    (0..count).map(move |index| {
        let offset = span.first + index * CHUNK_BYTES;
        let length = (span.last - offset).saturating_add(1).min(CHUNK_BYTES);
        (offset, usize::try_from(length).unwrap_or(usize::MAX))
    })
}

fn damaged(digest: Digest, offset: u64, chunk: &Bytes) -> Error {
    let found_bytes = offset.saturating_add(u64::try_from(chunk.len()).unwrap_or_default());
    Error::Damaged { digest, found_bytes }
}
