use http::{HeaderMap, HeaderValue, header};

use super::{client_has, range_applies};

const ETAG: &str = "\"sha256:aa\"";

fn headers(name: &http::HeaderName, values: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name.clone(), HeaderValue::from_static(value));
    }
    headers
}

#[test]
fn if_none_match_is_compared_weakly_over_all_lists() {
    let check = |values: &[&'static str], expected: bool| {
        assert_eq!(client_has(&headers(&header::IF_NONE_MATCH, values), ETAG), expected, "{values:?}");
    };
    check(&[], false);
    check(&["\"sha256:aa\""], true);
    check(&["W/\"sha256:aa\""], true);
    check(&["\"sha256:bb\", \"sha256:aa\""], true);
    check(&["\"sha256:bb\"", "\"sha256:aa\""], true);
    check(&["*"], true);
    check(&["sha256:aa"], false);
    check(&["\"sha256:a\""], false);
}

#[test]
fn if_range_must_name_exactly_this_content() {
    let check = |values: &[&'static str], expected: bool| {
        assert_eq!(range_applies(&headers(&header::IF_RANGE, values), ETAG), expected, "{values:?}");
    };
    check(&[], true);
    check(&["\"sha256:aa\""], true);
    check(&["W/\"sha256:aa\""], false);
    check(&["\"sha256:bb\""], false);
    check(&["Sun, 22 Nov 2026 10:00:00 GMT"], false);
}
