//! What goes over a connection, frame by frame.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Uri};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf};

use super::support::*;
use crate::client::http2::{Sender, handshake};
use crate::{Body, BoxError};

const HEADERS: u8 = 1;
const DATA: u8 = 0;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const END_OR_ACK: u8 = 1;

/// Counts what is written.
struct Counted(DuplexStream, Arc<AtomicUsize>);

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.0).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// The next frame that is of interest: its kind, its flags and its content.
async fn frame(socket: &mut DuplexStream, wanted: &[u8]) -> (u8, u8, Vec<u8>) {
    within(async {
        loop {
            let mut head = [0; 9];
            socket.read_exact(&mut head).await.expect("a frame");
            let mut content = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            socket.read_exact(&mut content).await.expect("its content");
            if wanted.contains(&head[3]) {
                return (head[3], head[4], content);
            }
        }
    })
    .await
}

/// A connection over which both sides have agreed on how to speak, and how often was written to it.
async fn connection() -> (Sender, DuplexStream, Arc<AtomicUsize>) {
    let host = host_at(TODAY).0;
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let writes = Arc::new(AtomicUsize::new(0));
    let sender = handshake(Counted(ours, Arc::clone(&writes)), &host).await.expect("a connection");
    let mut preface = [0; 24];
    theirs.read_exact(&mut preface).await.expect("the preface");
    assert_eq!(frame(&mut theirs, &[SETTINGS]).await.1, 0);
    // Empty settings, and a yes to theirs.
    theirs.write_all(b"\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0").await.expect("sent");
    assert_eq!(frame(&mut theirs, &[SETTINGS]).await.1, END_OR_ACK);
    (sender, theirs, writes)
}

fn head() -> Request<()> {
    let mut head = Request::new(());
    *head.uri_mut() = Uri::from_static("https://member.test/call");
    head
}

#[tokio::test]
async fn a_small_request_goes_out_in_one_write() {
    let (mut sender, mut theirs, writes) = connection().await;
    let host = host_at(TODAY).0;
    for size in [1, 200, 50_000] {
        let before = writes.load(Ordering::SeqCst);
        let bytes = Bytes::from(vec![7; size]);
        let body = Body::stream(stream::iter([Ok::<_, BoxError>(bytes.clone())]), None);
        let sent = sender.send(head(), body, &host.tasks).await.expect("it is sent");
        assert_eq!(frame(&mut theirs, &[HEADERS, DATA]).await.0, HEADERS);
        let mut received = Vec::new();
        loop {
            let (kind, flags, content) = frame(&mut theirs, &[HEADERS, DATA]).await;
            assert_eq!(kind, DATA);
            received.extend(content);
            if flags & END_OR_ACK > 0 {
                break;
            }
        }
        assert!(received == bytes);
        if size < 1_000 {
            assert_eq!(writes.load(Ordering::SeqCst) - before, 1, "{size}");
        }
        drop(sent);
        assert_eq!(frame(&mut theirs, &[RESET]).await.0, RESET, "nobody waits for the answer any more");
    }
}

#[tokio::test]
async fn a_connection_that_ended_takes_nothing_and_gives_the_body_back() {
    let (mut sender, theirs, _writes) = connection().await;
    let host = host_at(TODAY).0;
    drop(theirs);
    within(async {
        while !sender.is_closed() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let (_error, body) = sender.send(head(), Body::full("whole"), &host.tasks).await.err().expect("refused");
    assert_eq!(body.exact_bytes(), Some(5));
}
