//! Requests beyond the distribution API: search, management, preferences, the cluster.

use atoll_service::{Mark, SearchMethod};
use http::Method;

use super::path::Place;
use super::query::Query;
use super::{Offered, PREFERENCES, SEARCH, Target, list, other};
use crate::action::Action;
use crate::error::Error;

/// Reads a request of one place.
type Read = fn(Target<'_>) -> Result<Action, Error>;

/// The action at one of these places; none if it is not one of them.
pub(super) fn route(
    place: &Place<'_>,
    target: Target<'_>,
    offered: Offered<'_>,
) -> Option<Result<Action, Error>> {
    let (is_offered, routed): (bool, Read) = match place {
        Place::Search => (offered.search, search),
        Place::Management => (offered.search, |target| list(target.method, || Ok(Action::Management))),
        Place::Preferences => (offered.preferences, preference),
        Place::Cluster => (offered.cluster, |target| list(target.method, || Ok(Action::Cluster))),
        _ => return None,
    };
    Some(if is_offered { routed(target) } else { Err(Error::PathUnknown) })
}

/// The query is left as it is: what of it is well-formed the search decides.
fn search(target: Target<'_>) -> Result<Action, Error> {
    let method = match *target.method {
        Method::GET => SearchMethod::Read,
        Method::POST => SearchMethod::Submit,
        _ => return other(target.method, SEARCH),
    };
    Ok(Action::Search { method, query: target.query.map(str::to_owned) })
}

/// In zot's order of checks: first the action, then whether a repository is named at all. Readers are told that nothing is here.
fn preference(target: Target<'_>) -> Result<Action, Error> {
    match *target.method {
        Method::PUT => {}
        Method::GET | Method::HEAD => return Err(Error::PathUnknown),
        _ => return other(target.method, PREFERENCES),
    }
    let query = Query::parse(target.query)?;
    let mark = match query.first("action") {
        Some("toggleStar") => Mark::Star,
        Some("toggleBookmark") => Mark::Bookmark,
        _ => return Err(Error::PreferenceInvalid),
    };
    match query.first("repo") {
        None => Err(Error::PreferenceInvalid),
        Some("") => Err(Error::RepositoryNotNamed),
        Some(repository) => Ok(Action::ToggleMark { mark, repository: repository.to_owned() }),
    }
}
