//! A piece of a digest's text as bytes. To look for bytes is much quicker than to write each text and look into that.

use memchr::memchr_iter;

/// With fewer digits, a byte of them is nearly everywhere, and algorithms have names that look like digits.
const MIN_DIGITS: usize = 6;

/// The whole bytes of some digits: from the first digit on, and from the second, since a byte may begin at either. Empty for what
/// may be anywhere.
pub(super) struct Pieces([Vec<u8>; 2]);

impl Pieces {
    pub(super) fn of(text: &str) -> Self {
        let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
        let digits = digits.filter(|digits| digits.len() >= MIN_DIGITS).unwrap_or_default();
        let bytes = |digits: &[u8]| {
            let pairs = digits.chunks_exact(2);
            pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
        };
        Self([bytes(&digits), bytes(digits.get(1..).unwrap_or_default())])
    }

    /// Whether the text of these bytes may have the piece; if not, it has not.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|piece| {
            let Some(first) = piece.first() else { return true };
            let mut places = memchr_iter(*first, bytes);
            places.any(|at| bytes.get(at..).is_some_and(|rest| rest.starts_with(piece)))
        })
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
