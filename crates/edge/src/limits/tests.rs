use std::num::NonZeroU32;
use std::time::Duration;

use http::Method;

use super::{InFlight, Rates};
use crate::error::Error;
use crate::options::RateLimit;

fn rate(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[test]
fn places_are_given_up_to_the_limit_and_come_back() {
    let places = InFlight::new(2);
    let first = places.take().unwrap();
    let _second = places.take().unwrap();
    assert!(matches!(places.take(), Err(Error::Busy { limit: 2 })));
    drop(first);
    let _third = places.take().unwrap();
    assert!(places.take().is_err());
}

#[test]
fn a_rate_admits_one_window_at_once_and_then_its_pace() {
    let rates = Rates::new(&RateLimit { all: Some(rate(4)), methods: Vec::new() });
    let at = |millis: u64| rates.take(&Method::GET, Duration::from_millis(millis));
    for _ in 0..4 {
        at(0).unwrap();
    }
    let Err(Error::RateExceeded { retry_after }) = at(0) else { panic!("the fifth must wait") };
    assert_eq!(retry_after, Duration::from_millis(250));
    assert!(at(249).is_err());
    at(250).unwrap();
    assert!(at(250).is_err());
    for _ in 0..4 {
        at(10_000).unwrap();
    }
    assert!(at(10_000).is_err());
}

#[test]
fn a_method_has_its_own_rate_beside_the_one_of_all() {
    let limit = RateLimit { all: Some(rate(3)), methods: vec![(Method::PUT, rate(1))] };
    let rates = Rates::new(&limit);
    let take = |method: &Method| rates.take(method, Duration::ZERO).is_ok();
    assert!(take(&Method::PUT));
    assert!(!take(&Method::PUT));
    assert!(take(&Method::GET));
    assert!(take(&Method::GET));
    assert!(!take(&Method::GET));
}

#[test]
fn without_a_rate_the_clock_is_not_needed() {
    assert!(Rates::new(&RateLimit::default()).is_unlimited());
}
