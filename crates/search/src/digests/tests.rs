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
        prop_assert_eq!(digests.held().count(), model.len());
    }
}

#[test]
fn digests_that_are_taken_over_are_found_under_new_numbers_with_their_users() {
    let (mut digests, mut other) = (Digests::default(), Digests::default());
    for seed in 0..200 {
        let number = digests.acquire(&digest(seed));
        digests.add_user(number, u32::from(seed));
    }
    for seed in 100..400 {
        let number = other.acquire(&digest(seed));
        other.add_user(number, u32::from(seed));
    }
    // Their numbers are free: nothing is taken over under them.
    for seed in (100..400).step_by(3) {
        let number = other.find(&digest(seed)).unwrap();
        other.remove_user(number, u32::from(seed));
        other.release(number);
    }
    let before: Vec<Option<Digest>> = (0..300).map(|number| other.get(number)).collect();
    let numbers = digests.take_over(other, 1_000);
    for seed in 0..400 {
        let is_own = seed < 200;
        let is_taken = seed >= 100 && (seed - 100) % 3 != 0;
        let found = digests.find(&digest(seed));
        assert_eq!(found.is_some(), is_own || is_taken, "{seed}");
        let users = found.map(|number| digests.users(number).to_vec()).unwrap_or_default();
        let expected = [(is_own, u32::from(seed)), (is_taken, u32::from(seed) + 1_000)];
        let expected: Vec<u32> = expected.iter().filter(|(is_in, _)| *is_in).map(|(_, user)| *user).collect();
        assert_eq!(users, expected, "{seed}");
        if is_taken {
            let place = before.iter().position(|known| *known == Some(digest(seed))).unwrap();
            assert_eq!(numbers.get(place).copied(), found, "{seed}");
        }
        // Held as often as on both sides together.
        for _ in 0..u32::from(is_own) + u32::from(is_taken) {
            assert!(digests.find(&digest(seed)).is_some(), "{seed}");
            digests.release(found.unwrap());
        }
        assert_eq!(digests.find(&digest(seed)), None, "{seed}");
    }
    assert_eq!(digests.len(), 0);
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
            let expected: Vec<u32> = digests.held().map(|(number, _)| number).filter(holds).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[test]
fn every_byte_of_a_digest_counts_where_it_is_sought() {
    let scatter = Scatter::default();
    for algorithm in Algorithm::ALL {
        let bytes = vec![7; algorithm.length_bytes()];
        let hash = |bytes: &[u8]| {
            let digest = Digest::from_bytes(algorithm, bytes).unwrap();
            let (key, rest) = split(&digest);
            scatter.hash(&key, rest)
        };
        for place in 0..bytes.len() {
            let mut other = bytes.clone();
            other[place] ^= 1;
            assert_ne!(hash(&other), hash(&bytes), "{algorithm:?} {place}");
        }
    }
}
