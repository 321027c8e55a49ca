//! Conditional requests (RFC 9110, section 13): has the client got this already, and is it still what the client knows?

use http::{HeaderMap, HeaderName, header};

/// What the preconditions of a request say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The request goes on.
    Go,
    /// The client has it already. Only to readers.
    Unchanged,
    /// What is here is not what the client wants it to be: nothing is to be done.
    Failed,
}

/// What a request wants to do with what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    Change,
}

/// Whether the request has preconditions that somebody has to look at.
pub(crate) fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_MATCH) || headers.contains_key(header::IF_NONE_MATCH)
}

/// Holds the preconditions against the entity tag of what is here, if anything is (section 13.2.2). Dates are not looked at: nothing
/// here has one.
pub(crate) fn verdict(headers: &HeaderMap, here: Option<&str>, intent: Intent) -> Verdict {
    if headers.contains_key(header::IF_MATCH) && !must_be_here(headers, here) {
        return Verdict::Failed;
    }
    match here.is_some_and(|etag| client_has(headers, etag)) {
        false => Verdict::Go,
        true if intent == Intent::Read => Verdict::Unchanged,
        true => Verdict::Failed,
    }
}

/// Whether `If-Match` names what is here. Compared strongly: a weak tag is none of ours.
fn must_be_here(headers: &HeaderMap, here: Option<&str>) -> bool {
    here.is_some_and(|etag| listed(headers, &header::IF_MATCH).any(|tag| tag == "*" || tag == etag))
}

/// Whether `If-None-Match` names the entity tag: then the client has the content. Compared weakly, as the standard wants it here.
pub(crate) fn client_has(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = etag.strip_prefix("W/").unwrap_or(etag);
    listed(headers, &header::IF_NONE_MATCH)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == opaque)
}

/// Whether the request is to bring forth only what is not here: `If-None-Match: *`.
pub(crate) fn wants_new(headers: &HeaderMap) -> bool {
    listed(headers, &header::IF_NONE_MATCH).any(|tag| tag == "*")
}

/// Whether the request is to change only what is here: `If-Match`, whatever it names.
pub(crate) fn wants_known(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_MATCH)
}

/// Whether the header `Range` still means this content: `If-Range` is missing or names exactly this entity tag. A date never does,
/// since blobs have none.
pub(crate) fn range_applies(headers: &HeaderMap, etag: &str) -> bool {
    headers.get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes())
}

/// The members of all lists under a name.
fn listed<'a>(headers: &'a HeaderMap, name: &'a HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests;
