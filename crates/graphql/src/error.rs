//! Refusals in zot's words, which clients compare.

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("no reference provided")]
    NoReference,
    #[error("repo metadata not found for given repo name")]
    RepositoryUnknown,
    #[error("repository not found")]
    ImageRepositoryUnknown,
    #[error("can't find image: {0}")]
    ImageUnknown(String),
    #[error("image meta not found for digest {0}")]
    ManifestForeign(String),
    #[error("pagination limit has negative value")]
    LimitNegative,
    #[error("pagination offset has negative value")]
    OffsetNegative,
    #[error("pagination limit has excessive value")]
    LimitExcessive,
    #[error("requested page {0} parameter can't be negative request parameter has invalid value")]
    SearchPageNegative(&'static str),
    #[error("sorting {what} by '{criterion}' is not supported the pagination sort criteria is not supported")]
    SortUnsupported { what: &'static str, criterion: &'static str },
    #[error(
        "max string size limit exceeded for {name} parameter. max={limit} current={length} request parameter has invalid value"
    )]
    WordTooLong { name: &'static str, limit: usize, length: usize },
    #[error("invalid search query")]
    SearchInvalid,
    #[error(
        "failed to parse search text, invalid format invalid image reference format, use [repo:tag] or [repo@digest]"
    )]
    SearchUnreadable,
    #[error("bad digest string from request '{digest}' {why}")]
    DigestBad { digest: String, why: &'static str },
    #[error("image '{repository}@{digest}' scanning is not supported for given media type: {media_type}")]
    Unscannable { repository: String, digest: String, media_type: String },
    #[error("{side} image {image}: {why}")]
    SideUnresolved { side: &'static str, image: String, why: String },
    #[error("repo name can't be empty string")]
    RepositoryEmpty,
    #[error("tag can't be empty string")]
    TagEmpty,
    #[error("image not found")]
    ImageNotFound,
    #[error("input is not specific enough: platform or specific manifest digest needed")]
    Unspecific,
    #[error("the requested element is null which the schema does not allow")]
    Null,
    #[error(
        "the answer would have {rows} rows of {fields} fields, more than {limit} values: ask for it in pages"
    )]
    TooManyCells { rows: u64, fields: u64, limit: u64 },
    #[error(
        "the answer would have more than {limit} values of layers, histories and referrers: ask for fewer images at a time"
    )]
    TooManyDetails { limit: u64 },
    #[error("the query has {length} bytes, at most {limit} are read: move values into variables")]
    TextTooLong { length: usize, limit: usize },
    #[error("the query is nested deeper than {limit} levels")]
    NestedTooDeep { limit: usize },
    #[error("the query has {found} {what}, at most {limit} are answered: split it")]
    TooMuch { what: &'static str, found: usize, limit: usize },
    #[error("the fragment `{0}` contains itself")]
    FragmentCycle(String),
    #[error("internal system error")]
    Internal,
}
