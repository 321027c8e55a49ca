//! A piece of a digest's text as bytes. To look for bytes in all digests at once is much quicker than to write each text and look into
//! that.

use memchr::memmem::Finder;

use super::Key;
use crate::shelves::Shelves;

/// With fewer digits, a byte of them is nearly everywhere.
const MIN_DIGITS: usize = 4;

/// The whole bytes of some digits: from the first digit on, and from the second, since a byte may begin at either.
pub(super) struct Pieces([Vec<u8>; 2]);

impl Pieces {
    /// `None` for too few digits. What has anything else in it than digits is in no digest.
    pub(super) fn of(text: &str) -> Option<Self> {
        let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
        let Some(digits) = digits else { return Some(Self([Vec::new(), Vec::new()])) };
        if digits.len() < MIN_DIGITS {
            return None;
        }
        let bytes = |digits: &[u8]| {
            let pairs = digits.chunks_exact(2);
            pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
        };
        Some(Self([bytes(&digits), bytes(digits.get(1..).unwrap_or_default())]))
    }

    /// The digests that may have the piece, in no order and some twice; those that are not found have it not.
    pub(super) fn find(&self, keys: &Shelves<Key>) -> Vec<u32> {
        let mut found = Vec::new();
        for piece in self.0.iter().filter(|piece| !piece.is_empty()) {
            let finder = Finder::new(piece);
            for (first, shelf) in keys.shelves() {
                let bytes = shelf.as_flattened();
                let mut from = 0;
                while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
                    let place = from + at;
                    // What reaches from one digest into the next is in neither, and the code of an algorithm is no digit.
                    let within = place % size_of::<Key>();
                    if within > 0 && within + piece.len() <= size_of::<Key>() {
                        found.extend(u32::try_from(first + place / size_of::<Key>()));
                    }
                    from = place + 1;
                }
            }
        }
        found
    }
}

/// The value of a digit as texts of digests have them.
pub(super) fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}
