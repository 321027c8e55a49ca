use std::sync::Arc;
use std::time::Duration;

use atoll_host::{BoxFuture, Clock, Timestamp};
use atoll_net::Incoming;
use atoll_service::{self as service, Body};
use atoll_telemetry::metrics::{Options, Recorder};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{collect, lend};
use crate::error::Error;
use crate::limits::Room;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(Still)
}

fn body(pieces: &[&'static str]) -> Body {
    let pieces: Vec<Bytes> = pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect();
    Box::pin(stream::iter(pieces).map(Ok))
}

#[tokio::test]
async fn a_manifest_is_put_together_from_its_pieces() {
    for pieces in [&[][..], &[""], &["abc"], &["a", "bc"], &["a", "b", "", "c"]] {
        let content = collect(body(pieces), (None, 3), &mut Room::new(9).hold()).await.unwrap();
        assert_eq!(content, pieces.concat());
    }
}

#[tokio::test]
async fn a_manifest_beyond_the_limit_is_refused_with_and_without_a_length() {
    for (pieces, announced) in
        [(&["abcd"][..], None), (&["ab", "cd"], None), (&["ab"], Some(4)), (&[], Some(u64::MAX))]
    {
        let refused = collect(body(pieces), (announced, 3), &mut Room::new(9).hold()).await;
        assert!(
            matches!(refused, Err(Error::ManifestTooLarge { limit_bytes: 3 })),
            "{pieces:?} {announced:?}"
        );
    }
}

#[tokio::test]
async fn manifests_on_their_way_share_their_room_and_give_it_back() {
    let room = Room::new(5);
    let mut first = room.hold();
    collect(body(&["ab", "c"]), (None, 9), &mut first).await.unwrap();
    let mut second = room.hold();
    let refused = collect(body(&["ab", "c"]), (None, 9), &mut second).await;
    assert!(matches!(refused, Err(Error::Crowded { limit_bytes: 5 })));
    collect(body(&["of one piece"]), (None, 99), &mut room.hold()).await.unwrap();
    drop((first, second));
    collect(body(&["abc", "de"]), (None, 9), &mut room.hold()).await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken_for_the_whole() {
    let interrupted = Err(service::Error::BodyInterrupted("gone".to_owned()));
    let pieces = [Ok(Bytes::from_static(b"ab")), interrupted];
    let refused = collect(Box::pin(stream::iter(pieces)), (None, 10), &mut Room::new(9).hold()).await;
    assert_eq!(refused.unwrap_err().kind(), atoll_fault::Kind::Interrupted);
}

#[tokio::test]
async fn what_the_node_does_not_read_is_read_afterwards() {
    let recorder = Recorder::new(Options::default());
    let (body, loan) = lend(Incoming::from_bytes("never read"), &recorder);
    drop(body);
    assert!(loan.0.as_ref().is_some_and(|rest| super::lock(rest).unread.is_some()));
    loan.drain(&clock()).await;
    assert!(loan.0.as_ref().is_some_and(|rest| super::lock(rest).unread.is_none()));
    assert!(!loan.has_stalled());
}

#[tokio::test]
async fn received_bytes_are_counted() {
    let recorder = Recorder::new(Options::default());
    let (mut body, loan) = lend(Incoming::from_bytes("12345"), &recorder);
    while let Some(chunk) = body.next().await {
        chunk.unwrap();
    }
    drop(body);
    loan.drain(&clock()).await;
    assert!(recorder.render().contains("atoll_http_request_bytes_total 5\n"));
}
