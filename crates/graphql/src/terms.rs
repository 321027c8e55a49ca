//! What the words of a search and the references of questions mean.

use atoll_oci::{Digest, Repository, Tag};
use atoll_service::FindImages;

use crate::error::Error;

/// What a global search looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Repositories whose name matches these words.
    Repositories(String),
    /// Images; `None` where the words name a repository that cannot be.
    Images(Option<FindImages>),
}

/// Reads the words of a global search: `words`, `repository:tag`, `:tag` or a digest.
pub(crate) fn target(query: &str) -> Result<Target, Error> {
    let query = query.trim_matches(' ').trim_matches('/').to_lowercase();
    if !query.contains([':', '@']) {
        return Ok(Target::Repositories(query));
    }
    if query.starts_with("sha256:") {
        return Ok(Target::Images(Some(FindImages::DigestContains(query))));
    }
    match query.split_once(':') {
        Some(("", "")) | None => Err(Error::SearchInvalid),
        Some(("", tag)) => Ok(Target::Images(Some(FindImages::TagContains(tag.to_owned())))),
        Some((_, tag)) if tag.contains(':') => Err(Error::SearchUnreadable),
        Some((repository, tag)) => {
            let prefix = tag.trim_matches(' ').to_owned();
            let repository = repository.trim_matches(' ').parse().ok();
            Ok(Target::Images(repository.map(|repository| FindImages::TagBeginsWith { repository, prefix })))
        }
    }
}

/// An image as a question names it, `repository:tag`, split at the first colon. `None` for a part that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) repository: Option<Repository>,
    pub(crate) tag: Option<Tag>,
    /// As errors name it.
    pub(crate) text: String,
}

impl Named {
    pub(crate) fn read(image: &str) -> Result<Self, Error> {
        let (repository, tag) = image.split_once(':').ok_or(Error::NoReference)?;
        if tag.is_empty() {
            return Err(Error::NoReference);
        }
        Ok(Self { repository: repository.parse().ok(), tag: tag.parse().ok(), text: image.to_owned() })
    }
}

/// Reads a digest; the reasons are those of Go's digest package, which zot shows.
pub(crate) fn digest(text: &str) -> Result<Digest, Error> {
    text.parse().map_err(|_| Error::DigestBad { digest: text.to_owned(), why: why_bad(text) })
}

const FORMAT: &str = "invalid checksum digest format";

fn why_bad(text: &str) -> &'static str {
    let Some((algorithm, encoded)) = text.split_once(':') else { return FORMAT };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ if is_algorithm(algorithm) && is_encoded(encoded) => return "unsupported digest algorithm",
        _ => return FORMAT,
    };
    if !encoded.is_empty() && encoded.len() != length { "invalid checksum digest length" } else { FORMAT }
}

fn is_algorithm(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split(['+', '.', '_', '-']).all(part)
}

fn is_encoded(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'_' | b'-'))
}

#[cfg(test)]
mod tests;
