use std::collections::HashMap;

use atoll_oci::digest_of;
use proptest::prelude::*;

use super::*;

fn digest(seed: u16) -> Digest {
    let algorithm = Algorithm::ALL[usize::from(seed % 4)];
    digest_of(algorithm, &seed.to_le_bytes())
}

proptest! {
    #[test]
    fn numbers_stay_until_they_are_released_as_often_as_acquired(
        steps in prop::collection::vec((0_u16..300, any::<bool>()), 0..2_000),
    ) {
        let mut digests = Digests::default();
        let mut model: HashMap<u16, (u32, u32)> = HashMap::new();
        for (seed, is_acquired) in steps {
            if is_acquired {
                let number = digests.acquire(&digest(seed));
                let (known, held) = model.entry(seed).or_insert((number, 0));
                prop_assert_eq!(*known, number);
                *held += 1;
            } else if let Some((number, held)) = model.get_mut(&seed) {
                digests.release(*number);
                *held -= 1;
                if *held == 0 {
                    model.remove(&seed);
                }
            }
        }
        for seed in 0..300 {
            prop_assert_eq!(digests.find(&digest(seed)), model.get(&seed).map(|(number, _)| *number));
        }
        for (seed, (number, _)) in &model {
            prop_assert_eq!(digests.get(*number), Some(digest(*seed)));
        }
        prop_assert_eq!(digests.iter().count(), model.len());
    }
}

#[test]
fn users_are_told_apart() {
    let mut digests = Digests::default();
    let number = digests.acquire(&digest(1));
    for user in [5, 6, 5] {
        digests.add_user(number, user);
    }
    digests.remove_user(number, 5);
    let mut users = digests.users(number).to_vec();
    users.sort_unstable();
    assert_eq!(users, [5, 6]);
}

#[test]
fn digests_are_found_by_their_texts() {
    let mut digests = Digests::default();
    for seed in 0..40 {
        let number = digests.acquire(&digest(seed));
        let text = digest(seed).to_string();
        assert_eq!(digests.containing(&text), [number]);
    }
}

#[test]
fn beginnings_and_pieces_are_found_while_digests_come_and_go() {
    let mut digests = Digests::default();
    let digest = |number: u32| {
        let algorithm = if number.is_multiple_of(3) { Algorithm::Sha512 } else { Algorithm::Sha256 };
        atoll_oci::digest_of(algorithm, &number.to_be_bytes())
    };
    for round in 0..4 {
        for number in 0..300 {
            digests.acquire(&digest(number + round * 100));
        }
        for number in (0..200).filter(|number| number % 4 == round) {
            digests.release(digests.find(&digest(number + round * 100)).unwrap());
        }
        let shown = digest(round * 100 + 250).to_string();
        let (_, hex) = shown.split_once(':').unwrap();
        let pieces = [
            "", "0", "a7", "xyz", "a256", "lake3", "abcx", "0000", ":", ":0", "sha256:", "sha512:f", "6:ab",
            "sha256:A", "a:b:c", "sha:1",
        ];
        let parts =
            [&shown, hex, &shown[..10], &shown[3..13], &hex[5..12], &hex[6..12], &hex[5..11], &hex[1..3]];
        for text in pieces.into_iter().chain(parts) {
            let mut found = digests.containing(text);
            found.sort_unstable();
            let holds = |number: &u32| digests.get(*number).unwrap().to_string().contains(text);
            let expected: Vec<u32> = digests.iter().map(|(number, _)| number).filter(holds).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
