//! Numbering layouts without a vote: each member counts the lists it has been started with, and all of them adopt the highest
//! number that a list has anywhere.

use std::fmt::Write as _;

use atoll_placement::LayoutTag;
use atoll_service::Error;

/// How a member numbers its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbering {
    /// The layout and its number.
    pub(crate) tag: LayoutTag,
    /// The layout before, if this member knows one.
    pub(crate) previous: Option<LayoutTag>,
    /// Whether this member never had a layout before: then it counts on, once, from what it hears of another list. A member that
    /// had one knows the number of its own; if it counted on too, a list that is being replaced would overtake the new one.
    is_newcomer: bool,
}

impl Numbering {
    /// Numbers the layout with that digest after what was remembered.
    pub(crate) fn begin(digest: [u8; 16], last: Option<LayoutTag>, previous: Option<LayoutTag>) -> Self {
        let (version, previous) = match last {
            None => (1, None),
            Some(last) if last.digest == digest => (last.version, previous),
            Some(last) => (last.version.saturating_add(1), Some(last)),
        };
        Self { tag: LayoutTag { version, digest }, previous, is_newcomer: last.is_none() }
    }

    /// Takes note of the layout of another member, and of whether that has any shards. Gives whether the number changed.
    pub(crate) fn hear(&mut self, theirs: LayoutTag, has_shards: bool) -> bool {
        let mine = self.tag.version;
        if theirs.digest == self.tag.digest {
            self.tag.version = mine.max(theirs.version);
        } else if self.is_newcomer && has_shards {
            self.is_newcomer = false;
            self.tag.version = mine.max(theirs.version.saturating_add(1));
        }
        self.tag.version != mine
    }
}

/// Whether members that go by these layouts work together: the same list whatever its number, or neighbouring numbers, as while
/// members are restarted one after another.
pub(crate) fn admit(mine: LayoutTag, theirs: LayoutTag) -> Result<(), Error> {
    if mine.digest == theirs.digest || mine.version.abs_diff(theirs.version) == 1 {
        return Ok(());
    }
    Err(Error::LayoutMismatch(format!(
        "one goes by layout {} ({}), the other by layout {} ({}): compare their lists of members and weights",
        mine.version,
        short(mine),
        theirs.version,
        short(theirs)
    )))
}

fn short(tag: LayoutTag) -> String {
    hex(&tag.digest).chars().take(8).collect()
}

/// Bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _always = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
