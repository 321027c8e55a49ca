//! Which vulnerabilities of an image are shown, and in which order.

use atoll_service::{Page, Vulnerability};

use super::severity::Severity;
use crate::error::Error;
use crate::inputs::{PageInput, SortCriteria, page};
use crate::objects::PageInfo;

/// Most vulnerabilities that a page may ask for.
const LARGEST_PAGE: u64 = 4_096;

/// What is looked for among the vulnerabilities of an image.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    pub(crate) page: Option<PageInput>,
    /// Only those that contain this text somewhere.
    pub(crate) searched: Option<String>,
    /// Only those that do not.
    pub(crate) excluded: Option<String>,
    /// Only those of this severity.
    pub(crate) severity: Option<String>,
}

/// In which order, and which part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    page: Page,
    by: By,
}

#[derive(Debug, Clone, Copy)]
enum By {
    Severity,
    Ascending,
    Descending,
}

impl Search {
    pub(super) fn order(&self) -> Result<Order, Error> {
        let input = self.page.unwrap_or_default();
        let page = page(input)?;
        if page.limit > LARGEST_PAGE {
            return Err(Error::LimitExcessive);
        }
        let by = match input.sort_by {
            None | Some(SortCriteria::Severity) => By::Severity,
            Some(SortCriteria::AlphabeticAsc) => By::Ascending,
            Some(SortCriteria::AlphabeticDsc) => By::Descending,
            Some(other) => return Err(Error::SortUnsupported { what: "CVEs", criterion: other.name() }),
        };
        Ok(Order { page, by })
    }

    /// Filters, sorts and cuts.
    pub(super) fn apply(&self, mut all: Vec<Vulnerability>, order: Order) -> (Vec<Vulnerability>, PageInfo) {
        let searched = self.searched.as_deref().unwrap_or_default().to_lowercase();
        let excluded = self.excluded.as_deref().unwrap_or_default().to_lowercase();
        let severity = self.severity.as_deref().unwrap_or_default();
        all.retain(|one| {
            (searched.is_empty() || contains(one, &searched))
                && (excluded.is_empty() || !contains(one, &excluded))
                && (severity.is_empty() || Severity::read(&one.severity) == Severity::read(severity))
        });
        match order.by {
            By::Severity => {
                all.sort_by(|a, b| {
                    Severity::read(&a.severity)
                        .cmp(&Severity::read(&b.severity))
                        .then_with(|| a.id.cmp(&b.id))
                });
            }
            By::Ascending => all.sort_by(|a, b| a.id.cmp(&b.id)),
            By::Descending => all.sort_by(|a, b| b.id.cmp(&a.id)),
        }
        let total_count = all.len() as u64;
        let list = cut(all, order.page);
        let page = PageInfo { total_count, item_count: list.len() };
        (list, page)
    }
}

/// The rows of a page.
pub(super) fn cut<T>(all: Vec<T>, page: Page) -> Vec<T> {
    if page == Page::default() {
        return all;
    }
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
    all.into_iter().skip(skip).take(take).collect()
}

fn contains(one: &Vulnerability, lower_case: &str) -> bool {
    let has = |text: &String| text.to_lowercase().contains(lower_case);
    let in_package = |package: &atoll_service::AffectedPackage| {
        [&package.name, &package.path, &package.installed, &package.fixed].into_iter().any(has)
    };
    [&one.title, &one.id, &one.severity, &one.reference, &one.description].into_iter().any(has)
        || one.packages.iter().any(in_package)
}
