//! Names in paths: repositories, tags, references, upload ids, and media types beside them.

use std::fmt::Display;
use std::str::{self, FromStr};

use atoll_oci::{Digest, MediaType, Reference, Repository, Tag};
use atoll_placement::UploadId;

/// The input is a text. Whatever noun it can be read as follows the grammar of the specification, written once more here, and is
/// written as it was read.
pub fn reference(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    assert_eq!(survives::<Repository>(text).is_some(), is_repository(text), "repository {text:?}");
    assert_eq!(survives::<Tag>(text).is_some(), is_tag(text), "tag {text:?}");
    survives::<UploadId>(text);
    match survives::<Reference>(text) {
        Some(Reference::Tag(tag)) => assert_eq!(text.parse().ok(), Some(tag)),
        Some(Reference::Digest(digest)) => assert_eq!(text.parse().ok(), Some(digest)),
        None => assert!(!is_tag(text) && text.parse::<Digest>().is_err(), "reference {text:?}"),
    }
    media_type(text);
}

/// Reads the text, and checks that it is written as it was read.
fn survives<Noun: FromStr + Display>(text: &str) -> Option<Noun> {
    let noun = text.parse::<Noun>().ok()?;
    assert_eq!(noun.to_string(), text);
    Some(noun)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*` of at most 255 bytes (distribution-spec, "Pulling
/// manifests"), as a walk over its bytes: a separator may be continued only by what makes a longer separator.
pub(crate) fn is_repository(text: &str) -> bool {
    let mut before = String::from("/");
    for letter in text.chars() {
        match letter {
            'a'..='z' | '0'..='9' => before.clear(),
            '/' | '.' if before.is_empty() => before.push(letter),
            '_' if matches!(before.as_str(), "" | "_") => before.push('_'),
            '-' if before.chars().all(|letter| letter == '-') => before.push('-'),
            _ => return false,
        }
    }
    before.is_empty() && text.len() <= 255
}

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (distribution-spec, "Pulling manifests").
pub(crate) fn is_tag(text: &str) -> bool {
    let is_legal = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    (1..=128).contains(&text.len()) && text.chars().all(is_legal) && !text.starts_with(['.', '-'])
}

/// Parameters are dropped, so a media type is written shorter, but never differently.
fn media_type(text: &str) {
    let Ok(found) = text.parse::<MediaType>() else { return };
    assert!(text.contains(found.as_str()), "{text:?} was read as {found}");
    assert_eq!(survives::<MediaType>(found.as_str()), Some(found.clone()));
    assert!(found.as_str().is_ascii() && !found.as_str().contains([';', ',', ' ', '"']), "{found}");
    assert!(!found.is_index() || found.manifest_family().is_some(), "an index is a manifest");
}
