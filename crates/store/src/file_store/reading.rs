//! Streams of stored content: chunks taken from the page cache where they are there, else read on the blocking pool, one ahead of the reader. A slow client holds memory, no thread.

mod readers;

use std::sync::Arc;

use atoll_host::{File, Files};
use atoll_oci::{ByteRange, Digest};
use bytes::Bytes;
use futures_util::{StreamExt as _, future, stream};

use super::blobs::found;
use super::disk::Disk;
use crate::{Content, Error, Outgoing};
pub(super) use readers::Readers;
use readers::{Pace, Seat};

const READING: &str = "reading content";

/// A part of a file: offset and length in bytes.
type Piece = (u64, usize);

/// What the call that opens a file brings back: the first piece is read at once, and is mostly all there is.
struct Opened {
    file: Arc<dyn File>,
    size: u64,
    spans: Vec<ByteRange>,
    first: Option<Bytes>,
}

pub(super) async fn read(
    disk: &Disk,
    readers: &Arc<Readers>,
    digest: Digest,
    spans: Vec<ByteRange>,
) -> Result<Option<Content>, Error> {
    let path = disk.paths.blob(&digest);
    let seat = readers.take_seat();
    let pace = seat.pace();
    let failed = |error| Error::from_io(READING, error);
    if let Some(file) = disk.open_resident(&path)? {
        let size = file.length().map_err(failed)?;
        let opened = Opened { file, size, spans: within(spans, size)?, first: None };
        return Ok(Some(Content { size, stream: chunks(disk.clone(), digest, opened, seat) }));
    }
    let open = move |files: &dyn Files| {
        let Some(file) = found(files.open_read(&path)).map_err(failed)? else { return Ok(None) };
        let size = file.length().map_err(failed)?;
        let spans = within(spans, size)?;
        let first = spans.iter().flat_map(|span| pieces(*span, pace)).next();
        let first = first.map(|piece| read_piece(&*file, digest, piece)).transpose()?;
        Ok(Some(Opened { file, size, spans, first }))
    };
    let opened = disk.perform(open).await?;
    Ok(opened.map(|opened| Content { size: opened.size, stream: chunks(disk.clone(), digest, opened, seat) }))
}

/// The spans, if they lie within the content; the whole content for none.
fn within(spans: Vec<ByteRange>, size: u64) -> Result<Vec<ByteRange>, Error> {
    if spans.is_empty() {
        return Ok(size.checked_sub(1).map(|last| ByteRange { first: 0, last }).into_iter().collect());
    }
    let is_inside = |span: &ByteRange| span.first <= span.last && span.last < size;
    if spans.iter().all(is_inside) { Ok(spans) } else { Err(Error::OutsideContent { size }) }
}

fn chunks(disk: Disk, digest: Digest, opened: Opened, seat: Seat) -> Outgoing {
    let Opened { file, spans, mut first, .. } = opened;
    let pace = seat.pace();
    let pieces = spans.into_iter().flat_map(move |span| pieces(span, pace));
    let reads = stream::iter(pieces).map(move |piece| {
        let (disk, file, ready) = (disk.clone(), Arc::clone(&file), first.take());
        async move {
            match ready {
                Some(chunk) => Ok(chunk),
                None => match resident(&*file, piece)? {
                    Some(chunk) => Ok(chunk),
                    None => disk.perform(move |_| read_piece(&*file, digest, piece)).await,
                },
            }
        }
    });
    // The seat is kept as long as the stream.
    let until_error = reads.buffered(pace.chunks_in_flight).scan((false, seat), |(has_failed, _), item| {
        let next = (!*has_failed).then_some(item);
        *has_failed = matches!(next, None | Some(Err(_)));
        future::ready(next)
    });
    Box::pin(until_error)
}

/// A piece that is wholly in memory already: waiting for another thread to copy it would cost more than the copy.
fn resident(file: &dyn File, (offset, length): Piece) -> Result<Option<Bytes>, Error> {
    let chunk = file.read_resident(offset, length).map_err(|error| Error::from_io(READING, error))?;
    Ok(chunk.filter(|chunk| chunk.len() == length))
}

/// A file that ends too early is an error: never a shorter answer.
fn read_piece(file: &dyn File, digest: Digest, (offset, length): Piece) -> Result<Bytes, Error> {
    let chunk = file.read_bytes(offset, length).map_err(|error| Error::from_io(READING, error))?;
    if chunk.len() == length {
        return Ok(chunk);
    }
    let found_bytes = offset.saturating_add(u64::try_from(chunk.len()).unwrap_or_default());
    Err(Error::Damaged { digest, found_bytes })
}

fn pieces(span: ByteRange, pace: Pace) -> impl Iterator<Item = Piece> + Send {
    let count = span.length_bytes().div_ceil(pace.chunk_bytes);
    (0..count).map(move |index| {
        let offset = span.first + index * pace.chunk_bytes;
        let length = (span.last - offset).saturating_add(1).min(pace.chunk_bytes);
        (offset, usize::try_from(length).unwrap_or(usize::MAX))
    })
}
