//! Conditional requests (RFC 9110, section 13): has the client got this already?

use http::{HeaderMap, header};

/// Whether `If-None-Match` names the entity tag: then the client has the content. Compared weakly, as the standard wants it here.
pub(crate) fn client_has(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = etag.strip_prefix("W/").unwrap_or(etag);
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == opaque)
    })
}

/// Whether the header `Range` still means this content: `If-Range` is missing or names exactly this entity tag. A date never does,
/// since blobs have none.
pub(crate) fn range_applies(headers: &HeaderMap, etag: &str) -> bool {
    headers.get(header::IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes())
}

#[cfg(test)]
mod tests;
