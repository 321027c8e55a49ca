//! Arguments of questions: pages, orders, filters, images.

use async_graphql::{Enum, InputObject};
use atoll_service::{Filter, Page, Sort};

use crate::error::Error;

/// Longest word of a search and of its filter, in bytes.
const LONGEST_WORD: usize = 256;

/// By what a list is ordered.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "SortCriteria")]
pub(crate) enum SortCriteria {
    /// How well a name matches; for images, their name.
    Relevance,
    /// The latest update first.
    UpdateTime,
    /// Names ascending.
    AlphabeticAsc,
    /// Names descending.
    AlphabeticDsc,
    /// The most severe first; vulnerabilities only.
    Severity,
    /// Not supported by any list.
    Stars,
    /// The most pulled first.
    Downloads,
}

impl SortCriteria {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Relevance => "RELEVANCE",
            Self::UpdateTime => "UPDATE_TIME",
            Self::AlphabeticAsc => "ALPHABETIC_ASC",
            Self::AlphabeticDsc => "ALPHABETIC_DSC",
            Self::Severity => "SEVERITY",
            Self::Stars => "STARS",
            Self::Downloads => "DOWNLOADS",
        }
    }
}

/// Which part of a list, and in which order.
#[derive(InputObject, Debug, Clone, Copy, Default)]
#[graphql(name = "PageInput")]
pub(crate) struct PageInput {
    /// Most rows; zero with an offset of zero shows everything.
    pub(crate) limit: Option<i64>,
    /// Rows to leave out at the beginning.
    pub(crate) offset: Option<i64>,
    /// In which order.
    pub(crate) sort_by: Option<SortCriteria>,
}

/// Page and order of a list of repositories or images.
pub(crate) fn paging(input: Option<PageInput>, usual: Sort) -> Result<(Page, Sort), Error> {
    let input = input.unwrap_or_default();
    let page = page(input)?;
    let sort = match input.sort_by {
        None => usual,
        Some(SortCriteria::Relevance) => Sort::Relevance,
        Some(SortCriteria::UpdateTime) => Sort::Updated,
        Some(SortCriteria::AlphabeticAsc) => Sort::NameAscending,
        Some(SortCriteria::AlphabeticDsc) => Sort::NameDescending,
        Some(SortCriteria::Downloads) => Sort::Downloads,
        Some(other @ (SortCriteria::Severity | SortCriteria::Stars)) => {
            return Err(Error::SortUnsupported { what: "repos", criterion: other.name() });
        }
    };
    Ok((page, sort))
}

/// The page alone.
pub(crate) fn page(input: PageInput) -> Result<Page, Error> {
    let limit = u64::try_from(input.limit.unwrap_or_default()).map_err(|_| Error::LimitNegative)?;
    let offset = u64::try_from(input.offset.unwrap_or_default()).map_err(|_| Error::OffsetNegative)?;
    Ok(Page { offset, limit })
}

/// Which of the matches are shown.
#[derive(InputObject, Debug, Clone, Default)]
#[graphql(name = "Filter", rename_fields = "PascalCase")]
pub(crate) struct FilterInput {
    /// A platform has one of these operating systems.
    os: Option<Vec<Option<String>>>,
    /// The same platform has one of these architectures.
    arch: Option<Vec<Option<String>>>,
    /// Only what is signed.
    has_to_be_signed: Option<bool>,
    /// Only what the caller has bookmarked, or has not.
    is_bookmarked: Option<bool>,
    /// Only what the caller has starred, or has not.
    is_starred: Option<bool>,
}

impl FilterInput {
    pub(crate) fn read(input: Option<Self>) -> Filter {
        let input = input.unwrap_or_default();
        Filter {
            os: input.os.map(words),
            arch: input.arch.map(words),
            signed: input.has_to_be_signed.unwrap_or_default(),
            starred: input.is_starred,
            bookmarked: input.is_bookmarked,
        }
    }
}

/// Trimmed and lower-cased; nulls and what is then empty are left out, the list stays.
fn words(input: Vec<Option<String>>) -> Vec<String> {
    let read = |word: String| word.trim().to_lowercase();
    input.into_iter().flatten().map(read).filter(|word| !word.is_empty()).collect()
}

/// What a global search checks before it looks at the words.
pub(crate) fn check_search(
    query: &str,
    filter: Option<&FilterInput>,
    page: Option<PageInput>,
) -> Result<(), Error> {
    check_word("query", query)?;
    if let Some(filter) = filter {
        for word in filter.os.iter().flatten().flatten() {
            check_word("os", word)?;
        }
        for word in filter.arch.iter().flatten().flatten() {
            check_word("arch", word)?;
        }
    }
    let page = page.unwrap_or_default();
    if page.limit.is_some_and(i64::is_negative) {
        return Err(Error::SearchPageNegative("limit"));
    }
    if page.offset.is_some_and(i64::is_negative) {
        return Err(Error::SearchPageNegative("offset"));
    }
    Ok(())
}

fn check_word(name: &'static str, word: &str) -> Result<(), Error> {
    let length = word.len();
    if length > LONGEST_WORD {
        return Err(Error::WordTooLong { name, limit: LONGEST_WORD, length });
    }
    Ok(())
}

/// A platform of an image.
#[derive(InputObject, Debug, Clone)]
#[graphql(name = "PlatformInput", rename_fields = "PascalCase")]
pub(crate) struct PlatformInput {
    /// Operating system.
    pub(crate) os: Option<String>,
    /// Architecture, with its variant behind a slash.
    pub(crate) arch: Option<String>,
}

/// An image by tag, and one of its manifests by digest or platform.
#[derive(InputObject, Debug, Clone)]
#[graphql(name = "ImageInput", rename_fields = "PascalCase")]
pub(crate) struct ImageInput {
    /// The repository.
    pub(crate) repo: String,
    /// The tag.
    pub(crate) tag: String,
    /// The digest of one manifest.
    pub(crate) digest: Option<String>,
    /// The platform of one manifest.
    pub(crate) platform: Option<PlatformInput>,
}

#[cfg(test)]
mod tests;
