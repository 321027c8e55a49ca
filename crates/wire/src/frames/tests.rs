use atoll_service::{Body, Error as NodeError, full_body};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::*;
use crate::envelope::MAX_REQUEST_BYTES;

/// A message and its content, as the bytes that would travel.
async fn written(message: &[u8], body: Option<Body>) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    let head = Bytes::from([length.as_slice(), message].concat());
    Outgoing::new(head, body)
        .fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece.expect("a piece"));
            all
        })
        .await
}

/// Those bytes, arriving in pieces of this size.
fn arriving(bytes: &[u8], size: usize) -> Frames {
    let pieces: Vec<_> = bytes.chunks(size.max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// What is read of it.
async fn read(frames: Frames) -> (Result<Bytes, Error>, Vec<u8>, Option<Fault>) {
    let mut reader = Reader::new(frames);
    let message = reader.message(MAX_REQUEST_BYTES).await;
    let (mut content, mut fault) = (Vec::new(), None);
    if message.is_ok() {
        while let Some(piece) = reader.next().await {
            match piece {
                Ok(piece) => content.extend_from_slice(&piece),
                Err(error) => assert!(fault.replace(error).is_none(), "a second error"),
            }
        }
    }
    (message, content, fault)
}

fn content_of(length: usize) -> Vec<u8> {
    (0..length).map(|index| u8::try_from(index % 251).expect("small")).collect()
}

#[tokio::test]
async fn content_comes_out_as_it_went_in_however_it_is_cut_on_the_way() {
    for length in
        [0, 1, 5, 1000, MAX_CHUNK_BYTES - 1, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1, 3 * MAX_CHUNK_BYTES]
    {
        let content = content_of(length);
        let bytes = written(b"message", Some(full_body(content.clone().into()))).await;
        for size in [3, 7, 4096, MAX_CHUNK_BYTES + 5, bytes.len()] {
            let (message, read, fault) = read(arriving(&bytes, size)).await;
            assert_eq!((message.as_deref(), fault), (Ok(&b"message"[..]), None));
            assert!(read == content, "{length} {size}");
        }
    }
}

#[tokio::test]
async fn content_that_is_cut_off_anywhere_is_not_whole() {
    let body: Body = Box::pin(stream::iter([Ok("some".into()), Ok(Bytes::new()), Ok("thing".into())]));
    let bytes = written(b"message", Some(body)).await;
    for length in 0..bytes.len() {
        let (message, _part, fault) = read(arriving(&bytes[..length], 3)).await;
        let told = message.err().map(Fault::Link).or(fault);
        assert_eq!(told, Some(Fault::Link(Error::CutOff)), "{length}");
    }
    assert_eq!(read(arriving(&bytes, 3)).await.2, None);
}

#[tokio::test]
async fn an_error_follows_the_content_that_came_before_it() {
    let long = NodeError::Internal("x".repeat(MAX_ERROR_BYTES));
    let cut = NodeError::Internal("the content ended with an error of the kind Internal".to_owned());
    let short = NodeError::BodyInterrupted("gone".to_owned());
    for (error, expected) in [(short.clone(), short), (long, cut)] {
        let body: Body = Box::pin(stream::iter([Ok("some".into()), Err(error), Ok("never".into())]));
        let bytes = written(b"", Some(body)).await;
        for size in [1, 2, bytes.len()] {
            let (_message, content, fault) = read(arriving(&bytes, size)).await;
            assert_eq!((content.as_slice(), fault), (&b"some"[..], Some(Fault::Theirs(expected.clone()))));
        }
    }
}

#[tokio::test]
async fn what_no_member_sends_is_refused() {
    let message = [0, 0, 0, 0];
    for (what, rest) in [
        ("an unknown mark", &[3, 0, 0, 0, 0][..]),
        ("an empty piece", &[0, 0, 0, 0, 0]),
        ("a piece that is too long", &[0, 0, 4, 0, 1]),
        ("an end with a length", &[1, 0, 0, 0, 1]),
        ("an error without text", &[2, 0, 0, 0, 0]),
        ("an error that is too long", &[2, 0, 1, 0, 1]),
        ("an error of a kind that is not known", &[2, 0, 0, 0, 1, 255]),
        ("something after the end", &[1, 0, 0, 0, 0, 1]),
    ] {
        let (_message, content, fault) = read(arriving(&[&message[..], rest].concat(), 100)).await;
        assert!(content.is_empty(), "{what}");
        assert!(matches!(fault, Some(Fault::Link(Error::Malformed(_)))), "{what} {fault:?}");
    }
    let (message, ..) = read(arriving(&[255, 255, 255, 255, 0], 100)).await;
    assert_eq!(message, Err(Error::TooLong { bytes: u64::from(u32::MAX), limit: MAX_REQUEST_BYTES }));
}

#[tokio::test]
async fn pieces_are_handed_on_where_they_lie() {
    let piece = Bytes::from(content_of(1000));
    let sent: Vec<Bytes> = Outgoing::new(Bytes::from_static(&[0; 4]), Some(full_body(piece.clone())))
        .map(|piece| piece.expect("a piece"))
        .collect()
        .await;
    assert!(sent.iter().any(|bytes| bytes.as_ptr() == piece.as_ptr() && bytes.len() == piece.len()));
    let mut reader = Reader::new(Box::pin(stream::iter(sent.into_iter().map(Ok))));
    reader.message(MAX_REQUEST_BYTES).await.expect("a message");
    let read = reader.next().await.expect("a piece").expect("a piece");
    assert_eq!(read.as_ptr(), piece.as_ptr());
}

#[tokio::test]
async fn the_end_is_known_with_the_last_bytes() {
    let broken = NodeError::BodyInterrupted("gone".to_owned());
    let bodies: [Option<Body>; 4] = [
        None,
        Some(full_body(Bytes::new())),
        Some(full_body(content_of(MAX_CHUNK_BYTES + 1).into())),
        Some(Box::pin(stream::iter([Ok("some".into()), Err(broken)]))),
    ];
    for body in bodies {
        let mut outgoing = Outgoing::new(Bytes::from_static(b"message"), body);
        while !outgoing.is_over() {
            assert_ne!(outgoing.size_hint().1, Some(0));
            outgoing.next().await.expect("something follows").expect("a piece");
        }
        assert_eq!(outgoing.size_hint(), (0, Some(0)));
        assert_eq!(outgoing.next().await, None);
    }
}
