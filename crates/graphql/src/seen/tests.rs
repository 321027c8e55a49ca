use super::*;

#[test]
fn a_question_comes_back_the_second_time() {
    let seen = Seen::new();
    assert!(!seen.again(&"one"));
    assert!(!seen.again(&"other"));
    assert!(seen.again(&"one"));
    assert!(seen.again(&"one"));
}

#[test]
fn what_was_asked_long_ago_is_forgotten_and_what_is_asked_on_is_not() {
    let seen = Seen::new();
    seen.again(&"once");
    for other in 0..QUESTIONS_REMEMBERED * 2 {
        seen.again(&other);
        let is_known = seen.again(&"often");
        assert!(is_known || other == 0, "{other}");
    }
    assert!(!seen.again(&"once"));
}
