use atoll_oci::ByteRange;
use atoll_service::{Body, Error};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{Frame, multipart};

const FRAME: Frame<'static> = Frame { boundary: "B", media_type: "a/b", size: 20 };
const RANGES: [ByteRange; 2] = [ByteRange { first: 0, last: 2 }, ByteRange { first: 10, last: 13 }];

fn body(pieces: &[&'static str]) -> Body {
    let pieces: Vec<Bytes> = pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect();
    Box::pin(stream::iter(pieces).map(Ok))
}

async fn read(mut body: Body) -> Result<String, Error> {
    let mut text = String::new();
    while let Some(chunk) = body.next().await {
        text.push_str(std::str::from_utf8(&chunk?).unwrap());
    }
    Ok(text)
}

#[tokio::test]
async fn the_bytes_are_cut_at_the_borders_of_the_ranges_however_they_come() {
    let expected = "--B\r\nContent-Type: a/b\r\nContent-Range: bytes 0-2/20\r\n\r\nabc\
                    \r\n--B\r\nContent-Type: a/b\r\nContent-Range: bytes 10-13/20\r\n\r\nklmn\
                    \r\n--B--\r\n";
    for pieces in [&["abcklmn"][..], &["a", "bck", "", "lmn"], &["abc", "klmn"], &["ab", "ck", "l", "m", "n"]]
    {
        let (parts, length) = multipart(&FRAME, &RANGES, body(pieces));
        assert_eq!(length, expected.len() as u64);
        assert_eq!(read(parts).await.unwrap(), expected, "{pieces:?}");
    }
}

#[tokio::test]
async fn a_body_that_ends_too_early_breaks_the_answer_instead_of_closing_it() {
    let (parts, _length) = multipart(&FRAME, &RANGES, body(&["abck"]));
    assert!(matches!(read(parts).await, Err(Error::Internal(_))));
}

#[tokio::test]
async fn nothing_follows_an_error_of_the_body() {
    let broken: Body = Box::pin(stream::iter([Err(Error::Unavailable("gone".to_owned()))]));
    let (parts, _length) = multipart(&FRAME, &RANGES, broken);
    let pieces: Vec<_> = parts.collect().await;
    assert_eq!(pieces.len(), 2);
    assert!(pieces[0].is_ok() && pieces[1].is_err());
}
