//! Filters of lists.

use serde::{Deserialize, Serialize};

/// Which of the matches are shown. Words are trimmed and lower-cased by whoever parses the request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// At least one platform has one of these operating systems; `None` admits all, an empty list admits only what has a platform.
    pub os: Option<Vec<String>>,
    /// The same platform has one of these architectures, with the variant behind a slash where it has one (`arm/v7`).
    pub arch: Option<Vec<String>>,
    /// Only what is signed: the image, or the newest image of the repository.
    pub signed: bool,
    /// Only repositories that the caller has starred (`true`) or has not (`false`). Ignored for images.
    pub starred: Option<bool>,
    /// Only repositories that the caller has bookmarked (`true`) or has not (`false`). Ignored for images.
    pub bookmarked: Option<bool>,
}
