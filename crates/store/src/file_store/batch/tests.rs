use std::sync::Arc;

use atoll_host::{SimulatedClock, Timestamp};
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::*;

fn body(pieces: impl IntoIterator<Item = Bytes, IntoIter: Send + 'static>) -> Incoming {
    Box::pin(stream::iter(pieces).map(Ok))
}

fn piece(length: usize) -> Bytes {
    vec![0; length].into()
}

async fn batches(mut body: Incoming, budget: &Arc<Budget>) -> Vec<usize> {
    let clock = SimulatedClock::new(Timestamp(0));
    let mut sizes = Vec::new();
    loop {
        let (batch, after) = gather(&mut body, budget, &clock).await;
        sizes.push(batch.bytes);
        if !matches!(after, After::More) {
            return sizes;
        }
    }
}

#[tokio::test]
async fn pieces_are_gathered_up_to_the_size_of_a_batch() {
    let budget = Arc::default();
    let sizes = batches(body((0..5).map(|_| piece(200 << 10))), &budget).await;
    assert_eq!(sizes, [600 << 10, 400 << 10]);
    let sizes = batches(body((0..=MAX_PIECES).map(|_| piece(1))), &budget).await;
    assert_eq!(sizes, [MAX_PIECES, 1]);
    assert_eq!(budget.held_bytes.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn beyond_the_budget_every_piece_is_a_batch() {
    let budget = Arc::new(Budget::default());
    budget.held_bytes.store(BUDGET_BYTES + 1, Ordering::Relaxed);
    assert_eq!(batches(body([piece(10), piece(20), piece(30)]), &budget).await, [10, 20, 30, 0]);
}

#[tokio::test]
async fn a_body_that_pauses_gives_what_has_arrived() {
    let clock = SimulatedClock::new(Timestamp(0));
    let mut slow: Incoming = Box::pin(body([piece(7)]).chain(stream::pending()));
    let budget = Arc::default();
    let mut gathering = Box::pin(gather(&mut slow, &budget, &clock));
    assert!((&mut gathering).now_or_never().is_none());
    clock.advance(MAX_AGE);
    let (batch, after) = gathering.await;
    assert!(batch.bytes == 7 && matches!(after, After::More));
}

#[tokio::test]
async fn an_interruption_gives_what_arrived_before_it() {
    let clock = SimulatedClock::new(Timestamp(0));
    let budget = Arc::default();
    let mut torn: Incoming = Box::pin(stream::iter([Ok(piece(7)), Err("gone".to_owned()), Ok(piece(9))]));
    let (batch, after) = gather(&mut torn, &budget, &clock).await;
    assert!(batch.bytes == 7 && matches!(after, After::Interrupted(why) if why == "gone"));
}
