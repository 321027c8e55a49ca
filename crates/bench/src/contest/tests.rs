use super::{Contestant, hold, median};
use crate::table::Unit;

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn the_median_is_the_middle_value_or_between_the_two() {
    near(median(vec![9.0, 1.0, 5.0]), 5.0);
    near(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
    assert!(median(Vec::new()).is_nan());
}

#[test]
fn a_disturbance_of_one_round_does_not_move_the_ratio() {
    let turns = |values: [f64; 3]| {
        let mut values = values.into_iter();
        move || Ok(values.next().unwrap())
    };
    // The machine was ten times slower in the second round.
    let (own, peer) = (turns([100.0, 10.0, 100.0]), turns([50.0, 5.0, 50.0]));
    let contestants = vec![Contestant::new("own", own), Contestant::new("peer", peer)];
    let outcome = hold(Unit::PerSecond, 3, contestants).unwrap();
    let line = outcome.line("what", "peer", None).unwrap();
    near(line.ratio.unwrap(), 2.0);
    near(line.value.value, 100.0);
    assert!(outcome.line("what", "nobody", None).is_none());
}

#[test]
fn contestants_take_turns() {
    let order = std::cell::RefCell::new(Vec::new());
    let turn = |name| {
        let order = &order;
        Contestant::new(name, move || {
            order.borrow_mut().push(name);
            Ok(1.0)
        })
    };
    hold(Unit::PerSecond, 2, vec![turn("a"), turn("b")]).unwrap();
    assert_eq!(*order.borrow(), ["a", "b", "a", "b"]);
}
