use std::collections::BTreeMap;

use super::*;

#[test]
fn names_are_found_by_number_however_many_came_and_went() {
    let (mut names, mut expected) = (Names::default(), BTreeMap::new());
    for step in 0..30_000_u32 {
        let number = step.wrapping_mul(2_654_435_761) % 700;
        if step % 3 == 0 {
            names.remove(number);
            expected.remove(&number);
        } else {
            let name = format!("team/name-{step}");
            names.insert(&name, number);
            expected.insert(number, name);
        }
        assert!(names.text.len() <= 3 * (WASTE + 700 * 16), "{}", names.text.len());
    }
    for number in 0..800 {
        assert_eq!(names.get(number), expected.get(&number).map_or("", String::as_str));
    }
}
