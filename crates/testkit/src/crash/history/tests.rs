use super::{History, NEVER, Window, Write};

/// Acknowledged and unanswered writes as (what, begin, end), and the values that a look at the end may see.
fn check(base: Option<usize>, writes: &[(Write, u64, u64)], admitted: &[Option<usize>]) {
    let mut history = History::default();
    history.settle(base);
    for (write, begun, ended) in writes {
        let number = history.begin(*write, *begun);
        if *ended != NEVER {
            history.acknowledge(number, *ended);
        }
    }
    let look = Window { begun: 1000, ended: NEVER };
    for value in [None, Some(1), Some(2), Some(3)] {
        let expected = admitted.contains(&value);
        assert_eq!(history.admits(value, look), expected, "{value:?} after {writes:?} over {base:?}");
    }
    let expected = admitted.iter().any(Option::is_some);
    assert_eq!(history.admits_some(look), expected, "anything after {writes:?} over {base:?}");
}

#[test]
fn without_writes_only_the_base_is_seen() {
    check(None, &[], &[None]);
    check(Some(2), &[], &[Some(2)]);
}

#[test]
fn an_acknowledged_write_replaces_what_was_there() {
    check(Some(1), &[(Write::Set(2), 1, 2)], &[Some(2)]);
    check(Some(1), &[(Write::Clear, 1, 2)], &[None]);
    check(Some(1), &[(Write::Set(2), 1, 2), (Write::Clear, 3, 4), (Write::Set(3), 5, 6)], &[Some(3)]);
}

#[test]
fn a_write_without_an_answer_may_have_happened_or_not() {
    check(Some(1), &[(Write::Set(2), 1, NEVER)], &[Some(1), Some(2)]);
    check(Some(1), &[(Write::Clear, 1, NEVER)], &[None, Some(1)]);
    // Even after a later one: it may have been slow.
    check(None, &[(Write::Set(1), 1, NEVER), (Write::Set(2), 3, 4)], &[Some(1), Some(2)]);
}

#[test]
fn of_writes_at_the_same_time_either_may_be_the_last() {
    check(None, &[(Write::Set(1), 1, 4), (Write::Set(2), 2, 3)], &[Some(1), Some(2)]);
    check(None, &[(Write::Set(1), 1, 4), (Write::Clear, 2, 3)], &[None, Some(1)]);
}

#[test]
fn a_conditional_clear_hits_only_the_value_it_names() {
    check(Some(1), &[(Write::ClearIf(1), 1, 2)], &[None]);
    check(Some(1), &[(Write::ClearIf(2), 1, 2)], &[Some(1)]);
    // The tag was moved before the manifest it had pointed at was deleted.
    check(Some(1), &[(Write::Set(2), 1, 2), (Write::ClearIf(1), 3, 4)], &[Some(2)]);
    check(Some(1), &[(Write::Set(2), 1, 4), (Write::ClearIf(2), 2, 3)], &[None, Some(2)]);
}

#[test]
fn what_may_clear_excuses_an_empty_place_and_a_full_one() {
    check(Some(1), &[(Write::MayClear, 1, 2)], &[None, Some(1)]);
    check(Some(1), &[(Write::MayClear, 1, 2), (Write::Set(2), 3, 4)], &[Some(2)]);
}

#[test]
fn a_refused_write_did_nothing() {
    let mut history = History::default();
    let number = history.begin(Write::Set(1), 1);
    history.refuse(number);
    let look = Window { begun: 5, ended: 6 };
    assert!(history.admits(None, look));
    assert!(!history.admits(Some(1), look));
}

#[test]
fn a_look_while_a_write_is_under_way_may_see_either_value() {
    let mut history = History::default();
    history.settle(Some(1));
    let number = history.begin(Write::Set(2), 10);
    history.acknowledge(number, 20);
    let admits = |value, begun, ended| history.admits(Some(value), Window { begun, ended });
    assert!(admits(1, 12, 15) && admits(2, 12, 15));
    assert!(admits(1, 5, 8) && !admits(2, 5, 8), "a write is not seen before it begins");
    assert!(!admits(1, 21, 22) && admits(2, 21, 22), "nor is the old value after its end");
}
