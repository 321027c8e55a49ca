use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn it_is_a_sorted_list(steps in prop::collection::vec((0_u32..2_000, any::<bool>()), 0..3_000)) {
        let (mut ordered, mut model) = (Ordered::default(), Vec::new());
        for (number, is_added) in steps {
            let at = model.binary_search(&number);
            if is_added {
                if let Err(at) = at {
                    model.insert(at, number);
                    ordered.insert(number, |other| other.cmp(&number));
                }
            } else {
                prop_assert_eq!(ordered.remove(number, |other| other.cmp(&number)), at.is_ok());
                if let Ok(at) = at {
                    model.remove(at);
                }
            }
        }
        prop_assert_eq!(ordered.len(), model.len());
        prop_assert_eq!(ordered.iter().collect::<Vec<_>>(), model.clone());
        for skip in [0, 1, model.len() / 2, model.len(), model.len() + 5] {
            let forwards: Vec<u32> = model.iter().copied().skip(skip).take(700).collect();
            let backwards: Vec<u32> = model.iter().rev().copied().skip(skip).take(700).collect();
            prop_assert_eq!(ordered.stretch(skip, 700, false), forwards);
            prop_assert_eq!(ordered.stretch(skip, 700, true), backwards);
        }
        let (few, others): (Vec<u32>, Vec<u32>) = model.iter().partition(|number| *number % 7 == 0);
        let mut filled = Ordered::from_sorted(&few);
        for part in others.chunks(others.len() / 3 + 1) {
            filled.insert_sorted(part, |other, number| other.cmp(&number));
        }
        prop_assert_eq!(filled.len(), model.len());
        prop_assert_eq!(filled.iter().collect::<Vec<_>>(), model.clone());
        let rebuilt = Ordered::from_sorted(&model);
        prop_assert_eq!(rebuilt.iter().collect::<Vec<_>>(), model);
    }
}
