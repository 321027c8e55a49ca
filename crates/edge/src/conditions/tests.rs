use http::{HeaderMap, HeaderValue, header};

use super::{Intent, Verdict, client_has, is_conditional, range_applies, verdict};

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

#[test]
fn what_is_here_is_held_against_both_headers() {
    use Verdict::{Failed, Go, Unchanged};
    const OTHER: &str = "\"sha256:bb\"";
    const WEAK: &str = "W/\"sha256:aa\"";
    let (may, none) = (header::IF_MATCH, header::IF_NONE_MATCH);
    for (name, value, here, read, change) in [
        (&may, ETAG, Some(ETAG), Go, Go),
        (&may, "*", Some(ETAG), Go, Go),
        (&may, "\"x\", \"sha256:aa\"", Some(ETAG), Go, Go),
        (&may, OTHER, Some(ETAG), Failed, Failed),
        (&may, WEAK, Some(ETAG), Failed, Failed),
        (&may, "", Some(ETAG), Failed, Failed),
        (&may, "*", None, Failed, Failed),
        (&may, ETAG, None, Failed, Failed),
        (&none, ETAG, Some(ETAG), Unchanged, Failed),
        (&none, WEAK, Some(ETAG), Unchanged, Failed),
        (&none, "*", Some(ETAG), Unchanged, Failed),
        (&none, OTHER, Some(ETAG), Go, Go),
        (&none, "*", None, Go, Go),
        (&none, ETAG, None, Go, Go),
    ] {
        let headers = headers(name, &[value]);
        assert!(is_conditional(&headers));
        let told = (verdict(&headers, here, Intent::Read), verdict(&headers, here, Intent::Change));
        assert_eq!(told, (read, change), "{name}: {value} where {here:?} is");
    }
    let nothing = HeaderMap::new();
    assert!(!is_conditional(&nothing));
    assert_eq!(
        (verdict(&nothing, Some(ETAG), Intent::Change), verdict(&nothing, None, Intent::Read)),
        (Go, Go)
    );
}

#[test]
fn if_match_comes_before_if_none_match() {
    let mut both = headers(&header::IF_NONE_MATCH, &[ETAG]);
    both.insert(header::IF_MATCH, HeaderValue::from_static("\"sha256:bb\""));
    assert_eq!(verdict(&both, Some(ETAG), Intent::Read), Verdict::Failed);
}
