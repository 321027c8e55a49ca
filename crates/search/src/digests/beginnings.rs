//! Digests by the beginning of their text. Bytes stand in the order of the text that shows them.

use std::cmp::Ordering;

use atoll_oci::Algorithm;

use super::pieces::digit;
use super::{Digests, Kept};
use crate::ordered::Ordered;

impl Kept<'_> {
    fn front(self) -> u64 {
        self.key.get(1..).and_then(<[u8]>::first_chunk).copied().map_or(0, u64::from_be_bytes)
    }

    fn compare(self, other: Self) -> Ordering {
        (self.key, self.rest()).cmp(&(other.key, other.rest()))
    }

    /// How its bytes stand to some that may be fewer.
    fn compare_bytes(self, (code, bytes): (u8, &[u8])) -> Ordering {
        self.code().cmp(&code).then_with(|| self.bytes().cmp(bytes))
    }
}

impl Digests {
    /// Numbers of the digests whose algorithm ends with a text and whose digits begin with another.
    pub(super) fn beginning(&self, algorithm: &str, hex: &str) -> Vec<u32> {
        let Some(lowest) = lowest(hex) else { return Vec::new() };
        let sorted = self.sorted.get_or_init(|| self.sort());
        let (mut text, mut found) = (Vec::new(), Vec::new());
        for named in Algorithm::ALL.iter().filter(|named| named.name().ends_with(algorithm)) {
            let start = format!("{}:{hex}", named.name());
            let from = (named.code(), lowest.as_slice());
            let stands = |number| self.kept(number).map_or(Ordering::Less, |kept| kept.compare_bytes(from));
            found.extend(sorted.iter_from(stands).take_while(|number| {
                self.kept(*number).is_some_and(|kept| {
                    kept.write(&mut text);
                    text.starts_with(start.as_bytes())
                })
            }));
        }
        found
    }

    fn sort(&self) -> Ordered {
        // Beside the numbers, what nearly always decides: the digests themselves are far apart.
        let mut keys: Vec<(u8, u64, u32)> =
            self.held().map(|(number, kept)| (kept.code(), kept.front(), number)).collect();
        keys.sort_unstable_by(|left, right| {
            (left.0, left.1).cmp(&(right.0, right.1)).then_with(|| self.compare(left.2, right.2))
        });
        Ordered::from_sorted(&keys.into_iter().map(|(_, _, number)| number).collect::<Vec<_>>())
    }

    fn compare(&self, left: u32, right: u32) -> Ordering {
        match (self.kept(left), self.kept(right)) {
            (Some(left), Some(right)) => left.compare(right),
            _ => left.cmp(&right),
        }
    }

    /// Changes the order, if there is one yet.
    pub(super) fn change_sorted(&mut self, change: impl Fn(&mut Ordered, &dyn Fn(u32, u32) -> Ordering)) {
        if let Some(mut sorted) = self.sorted.take() {
            change(&mut sorted, &|left, right| self.compare(left, right));
            self.sorted = sorted.into();
        }
    }
}

/// The smallest bytes whose digits begin so; `None` if these are no digits of a digest.
fn lowest(hex: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| {
        let mut digits = pair.iter().copied().map(digit);
        Some(digits.next()?? << 4 | digits.next().unwrap_or(Some(0))?)
    };
    hex.as_bytes().chunks(2).map(byte).collect()
}
