use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::*;

fn chunks(texts: &'static [&'static str]) -> impl Stream<Item = Result<Bytes, BoxError>> + Send {
    futures_util::stream::iter(texts.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))))
}

#[tokio::test]
async fn every_body_gives_its_bytes_and_says_when_it_ends() {
    for (body, length, text) in [
        (Body::empty(), Some(0), ""),
        (Body::full(""), Some(0), ""),
        (Body::full("whole"), Some(5), "whole"),
        (Body::stream(chunks(&["ab", "c"]), Some(3)), Some(3), "abc"),
        (Body::stream(chunks(&["ab", "c"]), None), None, "abc"),
    ] {
        assert_eq!(body.size_hint().exact(), length);
        assert_eq!(body.is_end_stream(), length == Some(0));
        assert_eq!(body.collect().await.expect("a body").to_bytes(), text);
    }
}

#[tokio::test]
async fn a_stream_of_known_length_ends_with_its_last_chunk() {
    let mut body = Body::stream(chunks(&["ab", "c"]), Some(3));
    assert!(body.frame().await.is_some());
    assert!(!body.is_end_stream());
    assert!(body.frame().await.is_some());
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_stream_that_says_that_nothing_follows_is_believed_unless_bytes_are_owed() {
    for (length, is_over) in [(None, true), (Some(4), false)] {
        let mut body = Body::stream(chunks(&["ab", "c"]), length);
        assert!(!body.is_end_stream());
        assert!(body.frame().await.is_some());
        assert!(!body.is_end_stream());
        assert!(body.frame().await.is_some());
        assert_eq!(body.is_end_stream(), is_over, "{length:?}");
    }
}
