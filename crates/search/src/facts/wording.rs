//! The texts of facts as they lie in their bytes: short ones stay so in memory, where the manifests of a repository mostly share theirs.

use atoll_service::Texts;
use serde::Deserialize;

use super::{LentFront, decode_front};
use crate::Error;

/// Longer texts are not kept in memory, in bytes of all that one manifest tells: who wants them reads the facts.
const LONGEST: usize = 512;

/// The texts of a manifest, as it tells them itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Whether it is an index.
    pub is_index: bool,
    /// Texts from annotations, else from the config's labels.
    pub texts: Texts,
    /// The author that the config tells.
    pub config_author: String,
}

/// What facts begin with behind their front.
#[derive(Deserialize)]
struct Lent<'a> {
    #[serde(borrow)]
    _texts: [&'a str; 8],
    _config_author: &'a str,
}

impl Wording {
    /// Reads encoded facts.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (front, rest) = decode_front::<LentFront<'_>>(bytes)?;
        let ((texts, config_author), _history) = postcard::take_from_bytes(rest)?;
        Ok(Self { is_index: front.is_index, texts, config_author })
    }

    /// Reads what [`kept`] gave; `None` for nothing.
    pub(crate) fn of_kept(is_index: bool, bytes: &[u8]) -> Option<Self> {
        let ((texts, config_author), _) = postcard::take_from_bytes(bytes).ok()?;
        Some(Self { is_index, texts, config_author })
    }
}

/// The texts among the bytes behind a front, if they are short enough to be kept; else nothing.
pub(crate) fn kept(rest: &[u8]) -> &[u8] {
    let Ok((_, behind)) = postcard::take_from_bytes::<Lent<'_>>(rest) else { return &[] };
    let length = rest.len().saturating_sub(behind.len());
    rest.get(..length).filter(|texts| texts.len() <= LONGEST).unwrap_or_default()
}

#[cfg(test)]
mod tests;
