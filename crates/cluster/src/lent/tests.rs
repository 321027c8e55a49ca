use atoll_service::{empty_body, full_body};
use futures_util::{FutureExt as _, StreamExt as _};

use super::*;

fn next(body: &mut Body) -> Option<Result<Bytes, Error>> {
    body.next().now_or_never().unwrap()
}

#[test]
fn a_body_that_nobody_read_can_be_lent_again_whole() {
    let lender = Lender::new(full_body("content".into()));
    drop(lender.lend());
    assert!(!lender.is_begun());
    let mut again = lender.lend();
    assert_eq!(next(&mut again), Some(Ok("content".into())));
    assert!(lender.is_begun());
    assert_eq!(next(&mut again), None);
}

#[test]
fn the_end_of_an_empty_body_is_something_too() {
    let lender = Lender::new(empty_body());
    assert_eq!(next(&mut lender.lend()), None);
    assert!(lender.is_begun());
}

#[test]
fn looking_at_a_body_that_has_nothing_yet_takes_nothing() {
    let lender = Lender::new(Box::pin(futures_util::stream::pending()));
    assert!(lender.lend().next().now_or_never().is_none());
    assert!(!lender.is_begun());
}
