//! Lists, asked for page by page.

use serde_json::{Value, json};

use super::arguments::Sort;
use super::ask::Server;
use super::error::Error;
use super::listing::{self, IMAGES, Listing, REPOSITORIES, Shape};

/// Rows of one page.
const PAGE: usize = 500;

/// What is asked of an image in a list.
pub(super) const IMAGE_FIELDS: &str = "RepoName Tag Digest MediaType Size LastUpdated DownloadCount IsSigned Manifests { Platform { Os Arch } }";
const REPOSITORY_FIELDS: &str =
    "Name Size LastUpdated DownloadCount StarCount Platforms { Os Arch } NewestImage { Tag }";

/// Repositories whose names match, or images if the words name a tag or a digest.
pub(super) async fn searched(server: &Server, words: &str, sort: Sort, limit: u32) -> Result<Listing, Error> {
    let query = format!(
        "query ($asked: String!, $page: PageInput) {{ GlobalSearch(query: $asked, requestedPage: $page) {{ \
         Page {{ TotalCount }} Repos {{ {REPOSITORY_FIELDS} }} Images {{ {IMAGE_FIELDS} }} }} }}"
    );
    if words.contains(':') {
        let list = List { at: "/GlobalSearch", rows: "/Images", asked: Some(words), sort, query: &query };
        list.gather(server, limit, (IMAGES, listing::image)).await
    } else {
        let list = List { at: "/GlobalSearch", rows: "/Repos", asked: Some(words), sort, query: &query };
        list.gather(server, limit, (REPOSITORIES, listing::repository)).await
    }
}

/// All repositories.
pub(super) async fn repositories(server: &Server, sort: Sort, limit: u32) -> Result<Listing, Error> {
    let query = format!(
        "query ($page: PageInput) {{ RepoListWithNewestImage(requestedPage: $page) {{ \
         Page {{ TotalCount }} Results {{ {REPOSITORY_FIELDS} }} }} }}"
    );
    let list = List { at: "/RepoListWithNewestImage", rows: "/Results", asked: None, sort, query: &query };
    list.gather(server, limit, (REPOSITORIES, listing::repository)).await
}

/// The images that a question with one argument finds.
pub(super) async fn images(
    server: &Server,
    (field, argument): (&str, &str),
    asked: &str,
    limit: u32,
) -> Result<Listing, Error> {
    let query = format!(
        "query ($asked: String!, $page: PageInput) {{ {field}({argument}: $asked, requestedPage: $page) {{ \
         Page {{ TotalCount }} Results {{ {IMAGE_FIELDS} }} }} }}"
    );
    let at = format!("/{field}");
    let list = List { at: &at, rows: "/Results", asked: Some(asked), sort: Sort::Updated, query: &query };
    list.gather(server, limit, (IMAGES, listing::image)).await
}

/// A question whose answer has pages.
struct List<'a> {
    /// Where the answer is.
    at: &'a str,
    /// Where its rows are.
    rows: &'a str,
    /// What is asked for, if the question has such an argument; empty words are words.
    asked: Option<&'a str>,
    sort: Sort,
    query: &'a str,
}

impl List<'_> {
    /// Rows until there are no more, or `limit` of them.
    async fn gather(&self, server: &Server, limit: u32, (columns, row): Shape) -> Result<Listing, Error> {
        let mut listing = Listing { facts: Vec::new(), name: "rows", columns, rows: Vec::new(), total: 0 };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        while listing.rows.len() < limit {
            let wanted = PAGE.min(limit - listing.rows.len());
            let page = json!({"limit": wanted, "offset": listing.rows.len(), "sortBy": self.sort.word()});
            let mut variables = json!({"page": page});
            if let (Some(variables), Some(asked)) = (variables.as_object_mut(), self.asked) {
                variables.insert("asked".to_owned(), asked.into());
            }
            let data = server.query(self.query, variables).await?;
            let answer = data.pointer(self.at).ok_or(Error::Unexpected)?;
            let rows = answer.pointer(self.rows).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let before = listing.rows.len();
            listing.rows.extend(rows.iter().take(wanted).map(row));
            let told = answer.pointer("/Page/TotalCount").and_then(Value::as_u64);
            listing.total = told.unwrap_or_else(|| u64::try_from(listing.rows.len()).unwrap_or(u64::MAX));
            if listing.rows.len() < before + wanted {
                break;
            }
        }
        Ok(listing)
    }
}

#[cfg(test)]
mod tests;
