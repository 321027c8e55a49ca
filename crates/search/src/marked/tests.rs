use super::*;

#[test]
fn numbers_are_marked_and_those_of_both_kept() {
    let (mut twos, mut threes) = (Marked::none(1_000), Marked::none(900));
    (0..1_200).step_by(2).for_each(|number| twos.insert(number));
    (0..1_200).step_by(3).for_each(|number| threes.insert(number));
    assert_eq!(twos.len(), (0..1_024).step_by(2).count());
    assert!((0..2_000).all(|number| twos.contains(number) == (number < 1_024 && number % 2 == 0)));
    twos.retain(&threes);
    assert!((0..2_000).all(|number| twos.contains(number) == (number < 960 && number % 6 == 0)));
    assert_eq!(twos.len(), 160);
}
