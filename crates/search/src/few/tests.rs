use super::*;

fn sorted(few: &Few) -> Vec<u32> {
    let mut numbers = few.as_slice().to_vec();
    numbers.sort_unstable();
    numbers
}

#[test]
fn numbers_come_and_go_as_often_as_they_were_added() {
    let mut few = Few::default();
    let steps: [(bool, u32, &[u32]); 12] = [
        (false, 7, &[]),
        (true, 7, &[7]),
        (false, 8, &[7]),
        (true, 7, &[7, 7]),
        (true, 3, &[3, 7, 7]),
        (false, 7, &[3, 7]),
        (false, 9, &[3, 7]),
        (false, 3, &[7]),
        (true, 5, &[5, 7]),
        (false, 7, &[5]),
        (false, 5, &[]),
        (true, 1, &[1]),
    ];
    for (place, (is_added, number, expected)) in steps.into_iter().enumerate() {
        if is_added {
            few.push(number);
        } else {
            few.remove(number);
        }
        assert_eq!(sorted(&few), expected, "after step {place}");
        assert_eq!(sorted(&Few::from(few.clone().into_vec())), expected, "after step {place}");
    }
}
