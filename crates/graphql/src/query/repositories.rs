//! Lists of repositories, and the search over everything.

use async_graphql::{Context, Lookahead, Result};
use atoll_service::{Filter, Find, ListRepositories, Page, Sort};

use super::images;
use crate::asking::Asking;
use crate::inputs::{FilterInput, PageInput, check_search, paging};
use crate::objects::{ImagesResult, ReposResult, SearchResult};
use crate::selection;
use crate::terms::{Target, target};

/// A list, and how its rows are selected.
struct List<'a> {
    find: Find,
    filter: Filter,
    page: Page,
    sort: Sort,
    rows: Lookahead<'a>,
}

async fn list(context: &Context<'_>, list: List<'_>) -> Result<ReposResult> {
    let asking = Asking::of(context)?;
    asking.take_turn(list.page.limit).await;
    let request = ListRepositories {
        find: list.find,
        filter: list.filter,
        sort: list.sort,
        page: list.page,
        want: selection::of_repositories(&list.rows),
        visibility: asking.visibility.clone(),
    };
    let found = asking.parts.queries.repositories(&asking.caller, request).await;
    let found = found.map_err(|refusal| images::plain(asking, &refusal))?;
    asking.count(found.answer.repositories.len(), selection::fields(context))?;
    asking.tell(context, &found.answer.faults, &found.coverage);
    Ok(ReposResult { page: found.answer, shown: images::shown(&list.rows.field("NewestImage")) })
}

pub(super) async fn all(context: &Context<'_>, page: Option<PageInput>) -> Result<ReposResult> {
    marked(context, Find::Words(String::new()), page).await
}

/// Repositories that are found without words, the latest first.
pub(super) async fn marked(
    context: &Context<'_>,
    find: Find,
    page: Option<PageInput>,
) -> Result<ReposResult> {
    let (page, sort) = paging(page, Sort::Updated)?;
    let rows = context.look_ahead().field("Results");
    list(context, List { find, filter: Filter::default(), page, sort, rows }).await
}

pub(super) async fn search(
    context: &Context<'_>,
    query: &str,
    filter: Option<FilterInput>,
    page: Option<PageInput>,
) -> Result<SearchResult> {
    check_search(query, filter.as_ref(), page)?;
    let target = target(query)?;
    let (page, sort) = paging(page, Sort::Relevance)?;
    let filter = FilterInput::read(filter);
    match target {
        Target::Repositories(words) => {
            let rows = context.look_ahead().field("Repos");
            let found = list(context, List { find: Find::Words(words), filter, page, sort, rows }).await?;
            Ok(SearchResult::Repositories(found))
        }
        Target::Images(None) => Ok(SearchResult::Images(ImagesResult::default())),
        Target::Images(Some(find)) => {
            let rows = context.look_ahead().field("Images");
            let wanted = images::List { find, filter, page, sort, rows };
            Ok(SearchResult::Images(images::list(context, wanted, images::plain).await?))
        }
    }
}
