//! Deadlines and silence, under a clock that the test moves.

use std::time::Duration;

use atoll_service::{Admin as _, BlobAddress, Blobs as _, Caller, Error, ReadBlob};
use atoll_testkit::link::Cut;
use atoll_wire::{Outcome, ServeOptions};

use crate::world::*;

/// Lets time pass until `event`; says how much.
async fn until<T>(pair: &Pair<impl atoll_wire::Transport>, event: impl Future<Output = T>) -> (T, Duration) {
    let clock = pair.rest.clock.clone().unwrap();
    let start = atoll_host::Clock::elapsed(&*clock);
    let mut event = std::pin::pin!(event);
    within(async {
        loop {
            // Everything that can happen at this moment does.
            for _ in 0..50 {
                if let Some(outcome) = futures_util::future::poll_immediate(event.as_mut()).await {
                    return (outcome, atoll_host::Clock::elapsed(&*clock).saturating_sub(start));
                }
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_millis(10));
        }
    })
    .await
}

fn caller(remaining: Option<Duration>) -> Caller {
    Caller { remaining, ..Caller::internal("test") }
}

fn hang() -> ReadBlob {
    let address = BlobAddress { repository: "hang".parse().unwrap(), digest: digest(b"any") };
    ReadBlob { address, range: None }
}

#[tokio::test]
async fn a_member_that_hangs_costs_the_deadline_and_no_more() {
    let pair = in_memory(ServeOptions::default());
    let limit = Duration::from_secs(2);
    let (outcome, took) = until(&pair, pair.remote.read(&caller(Some(limit)), hang())).await;
    assert_eq!(outcome.err(), Some(Error::DeadlineExceeded));
    assert!((limit..limit + Duration::from_millis(50)).contains(&took), "{took:?}");
    // The other side has given it up too.
    within(pair.script.over.notified()).await;
}

#[tokio::test]
async fn a_member_that_hears_nothing_costs_the_deadline_and_no_more() {
    let pair = in_memory(ServeOptions::default());
    pair.remote.status(&caller(None)).await.unwrap();
    pair.rest.network.as_ref().unwrap().part(ASKER, ANSWERER, Cut::Silent);
    let limit = Duration::from_secs(2);
    let (outcome, took) = until(&pair, pair.remote.status(&caller(Some(limit)))).await;
    assert_eq!(outcome, Err(Error::DeadlineExceeded));
    assert!((limit..limit + Duration::from_millis(50)).contains(&took), "{took:?}");
    let (outcome, took) = until(&pair, pair.remote.status(&caller(None))).await;
    assert_eq!(outcome, Err(Error::Unavailable("member 2 did not answer in time".to_owned())));
    assert!((29..31).contains(&took.as_secs()), "{took:?}");
    pair.rest.network.as_ref().unwrap().heal();
    pair.remote.status(&caller(None)).await.unwrap();
    let outcomes: Vec<_> = pair.calls(5).await.iter().map(|call| call.outcome).collect();
    let (whole, failed) = (Outcome::Answered, Outcome::Failed);
    assert_eq!(outcomes, [whole, whole, failed, failed, whole]);
}

#[tokio::test]
async fn the_answering_member_keeps_the_deadline_by_itself() {
    let pair = in_memory(ServeOptions { longest: Duration::from_secs(3), ..ServeOptions::default() });
    let (outcome, took) = until(&pair, pair.remote.read(&caller(None), hang())).await;
    assert_eq!(outcome.err(), Some(Error::DeadlineExceeded));
    assert!((3..4).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn a_member_that_is_gone_is_told_at_once_and_comes_back() {
    let pair = in_memory(ServeOptions::default());
    let network = pair.rest.network.clone().unwrap();
    let gone = Err(Error::Unavailable("member 2 is not available now".to_owned()));
    network.detach(ANSWERER);
    assert_eq!(pair.remote.status(&caller(None)).await, gone);
    network.attach(ANSWERER, pair.rest.serve.clone());
    assert!(pair.remote.status(&caller(None)).await.is_ok());
    network.cut(ASKER, ANSWERER, Cut::Refused);
    assert_eq!(pair.remote.status(&caller(None)).await, gone);
    network.heal();

    let body = pair.body("stream/100").await;
    network.detach(ANSWERER);
    let cut = within(atoll_testkit::collect(body)).await;
    assert!(matches!(cut, Err(Error::Unavailable(_))), "{:?}", cut.map(|bytes| bytes.len()));
}

#[tokio::test]
async fn content_that_nobody_takes_is_given_up_and_a_slow_source_is_not() {
    let pair = in_memory(ServeOptions::default());
    let front: std::sync::Arc<dyn atoll_testkit::Front> = pair.remote.clone();
    let pusher = atoll_testkit::Pusher::new(&front, "slow");
    let upload = pusher.begin().await.unwrap();
    let clock = pair.rest.clock.clone().unwrap();
    // Three pieces, an hour apart: whoever feeds the source keeps the time.
    let slow = futures_util::stream::unfold(0, move |turn| {
        let pause = atoll_host::Clock::sleep(&*clock, Duration::from_hours(1));
        async move {
            pause.await;
            (turn < 3).then(|| (Ok("x".into()), turn + 1))
        }
    });
    let clock = pair.rest.clock.clone().unwrap();
    let received = within(async {
        let mut append = Box::pin(pusher.append(&upload, None, Box::pin(slow)));
        loop {
            for _ in 0..50 {
                if let Some(received) = futures_util::future::poll_immediate(&mut append).await {
                    return received;
                }
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(10));
        }
    })
    .await;
    assert_eq!(received, Ok(3));

    pair.rest.network.as_ref().unwrap().part(ASKER, ANSWERER, Cut::Silent);
    let endless = Box::pin(futures_util::stream::repeat_with(|| Ok("x".into())));
    let (outcome, took) = until(&pair, pusher.append(&upload, None, endless)).await;
    assert_eq!(outcome, Err(Error::Unavailable("member 2 did not answer in time".to_owned())));
    assert!((59..62).contains(&took.as_secs()), "{took:?}");
}
