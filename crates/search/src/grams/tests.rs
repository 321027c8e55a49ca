use super::*;

#[test]
fn candidates_are_all_that_contain_a_text_and_few_others() {
    let mut grams = Grams::default();
    let name = |number: u32| format!("team-{}/service-{number:05}", number % 7);
    for number in 0..20_000 {
        grams.insert(&name(number), number);
    }
    for number in (0..20_000).step_by(3) {
        grams.remove(&name(number), number);
    }
    assert_eq!(grams.candidates(""), None);
    for (text, most) in
        [("service-0012", 10), ("team-3/service-1234", 10), ("serv", 14_000), ("s", 14_000), ("zz", 0)]
    {
        let found = grams.candidates(text).unwrap();
        let holds = |number: &u32| !number.is_multiple_of(3) && name(*number).contains(text);
        let expected: Vec<u32> = (0..20_000).filter(holds).collect();
        assert!(expected.iter().all(|number| found.binary_search(number).is_ok()), "{text}");
        assert!(found.is_sorted() && found.len() <= most, "{text}: {}", found.len());
    }
}
