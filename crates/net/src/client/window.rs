//! How much two servers send one another ahead.
//!
//! What a reader does not take waits in memory here, so the window of a stream bounds the memory of a stream. The window of a
//! connection has room for the windows of all its streams: readers that stand still cannot stop the others.

/// Requests that may be open on one connection.
pub(crate) const MAX_STREAMS: u32 = 128;
/// Bytes sent ahead on one stream: two pieces of content with their marks. Together with a piece in each hand it stays below 1 MiB.
pub(crate) const STREAM_BYTES: u32 = (512 << 10) + 512;
/// Bytes sent ahead on one connection.
pub(crate) const CONNECTION_BYTES: u32 = MAX_STREAMS * STREAM_BYTES;
/// Bytes of one stream that wait in the library to be sent.
pub(crate) const SEND_BUFFER_BYTES: usize = 256 << 10;
/// Largest frame: a piece of content. Fewer and larger ones cost less, since each frame is written by itself.
pub(crate) const FRAME_BYTES: u32 = 256 << 10;
