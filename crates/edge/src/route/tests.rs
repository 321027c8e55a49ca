use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterKey, MemberId, UploadId};
use http::Method;
use proptest::prelude::*;

use super::{Offered, Target, route};
use crate::action::{Action, Page, StartUpload};
use crate::error::Error;

const ALL: Offered<'_> =
    Offered { metrics: Some("/metrics"), search: true, preferences: true, cluster: true };

fn parse(method: &str, target: &str) -> Result<Action, Error> {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    route(Target { method: &method, path, query }, ALL)
}

fn digest() -> Digest {
    digest_of(Algorithm::Sha256, b"content")
}

fn upload() -> UploadId {
    UploadId::issue(ClusterKey([7; 16]), "a/b", MemberId(1), 42)
}

/// Compares with the debug text of the action, in which nouns show as they are written.
fn check(method: &str, target: &str, expected: &str) {
    let found =
        format!("{:?}", parse(method, target).unwrap_or_else(|error| panic!("{method} {target}: {error:?}")));
    assert_eq!(found, expected, "{method} {target}");
}

fn refuse(method: &str, target: &str, is_expected: impl Fn(&Error) -> bool) {
    let found = parse(method, target);
    assert!(found.as_ref().is_err_and(is_expected), "{method} {target}: {found:?}");
}

fn unknown(method: &str, target: &str) {
    refuse(method, target, |error| matches!(error, Error::PathUnknown));
}

fn not_allowed(method: &str, target: &str, allowed: &str) {
    refuse(method, target, |error| matches!(error, Error::MethodNotAllowed { allow } if *allow == allowed));
}

#[test]
fn the_fixed_paths_have_their_verbs() {
    check("GET", "/v2/", "Ping");
    check("HEAD", "/v2/", "Ping");
    check("GET", "/livez", "Livez");
    check("HEAD", "/readyz", "Readyz");
    check("GET", "/startupz?verbose", "Startupz");
    check("GET", "/metrics", "Metrics");
    check("GET", "/v2/_oci/ext/discover", "Discover");
    check("GET", "/v2/_catalog", "Catalog(Page { limit: None, last: None })");
    check(
        "OPTIONS",
        "/v2/",
        r#"Options(Methods { allow: "GET, HEAD, OPTIONS", cors: Some("GET,OPTIONS") })"#,
    );
    for path in [
        "/v2",
        "/",
        "",
        "*",
        "/v1/",
        "/v2//",
        "/livez/",
        "/v2/_catalog/",
        "/v2/x",
        "/v2/a/b",
        "//v2/",
        "/V2/",
    ] {
        unknown("GET", path);
    }
    let digest = digest();
    unknown("GET", &format!("/v2/a/blobs/{digest}/"));
    unknown("GET", "/v2/a/manifests/");
    unknown("GET", "/v2/uploads/x");
}

#[test]
fn the_metrics_page_is_where_the_settings_put_it_or_nowhere() {
    let target = Target { method: &Method::GET, path: "/metrics", query: None };
    assert!(matches!(route(target, Offered::default()), Err(Error::PathUnknown)));
    assert!(matches!(
        route(target, Offered { metrics: Some("/numbers"), ..Offered::default() }),
        Err(Error::PathUnknown)
    ));
}

#[test]
fn extensions_have_their_verbs() {
    let search = |method: &str, query: &str| format!("Search {{ method: {method}, query: {query} }}");
    check("GET", "/v2/_zot/ext/search", &search("Read", "None"));
    check("GET", "/v2/_zot/ext/search?query=%zz+", &search("Read", "Some(\"query=%zz+\")"));
    check("POST", "/v2/_zot/ext/search/", &search("Submit", "None"));
    check("POST", "/v2/_zot/ext/search/tags/list", &search("Submit", "None"));
    unknown("GET", "/v2/_zot/ext/searches");
    for method in ["HEAD", "PUT", "DELETE", "PATCH"] {
        not_allowed(method, "/v2/_zot/ext/search", "GET, POST, OPTIONS");
    }
    check("GET", "/v2/_zot/ext/mgmt?resource=config", "Management");
    check("HEAD", "/v2/_zot/ext/mgmt", "Management");
    not_allowed("POST", "/v2/_zot/ext/mgmt", "GET, HEAD, OPTIONS");
    unknown("GET", "/v2/_zot/ext/mgmt/");
    check("GET", "/v2/_atoll/cluster", "Cluster");
    let toggle = |mark: &str| format!("ToggleMark {{ mark: {mark}, repository: \"a/b\" }}");
    check("PUT", "/v2/_zot/ext/userprefs?action=toggleStar&repo=a/b", &toggle("Star"));
    check("PUT", "/v2/_zot/ext/userprefs?repo=a%2Fb&action=toggleBookmark", &toggle("Bookmark"));
    unknown("GET", "/v2/_zot/ext/userprefs");
    not_allowed("DELETE", "/v2/_zot/ext/userprefs", "PUT, OPTIONS");
}

#[test]
fn a_preference_says_which_mark_before_it_says_where() {
    for query in [
        "",
        "?repo=a",
        "?action=toggle&repo=a",
        "?action=toggleStar",
        "?action=toggleStar,toggleBookmark&repo=",
    ] {
        let target = format!("/v2/_zot/ext/userprefs{query}");
        refuse("PUT", &target, |error| matches!(error, Error::PreferenceInvalid));
    }
    refuse("PUT", "/v2/_zot/ext/userprefs?action=toggleStar&repo=", |error| {
        matches!(error, Error::RepositoryNotNamed)
    });
}

#[test]
fn what_is_not_offered_is_not_there() {
    let nothing = Offered::default();
    for path in ["/v2/_zot/ext/search", "/v2/_zot/ext/mgmt", "/v2/_zot/ext/userprefs", "/v2/_atoll/cluster"] {
        for method in [Method::GET, Method::PUT, Method::OPTIONS] {
            let target = Target { method: &method, path, query: None };
            assert!(matches!(route(target, nothing), Err(Error::PathUnknown)), "{method} {path}");
        }
    }
}

#[test]
fn names_may_hold_the_words_that_end_paths() {
    let tags =
        |name: &str| format!("Tags {{ repository: {name}, page: Page {{ limit: None, last: None }} }}");
    for name in ["a", "a/b/c", "many/tags", "a/manifests", "a/blobs/uploads", "tags", "v2", "blobs/uploads/x"]
    {
        check("GET", &format!("/v2/{name}/tags/list"), &tags(name));
    }
    let manifest = |name: &str, tag: &str| {
        format!("GetManifest(GetManifest {{ repository: {name}, reference: Tag({tag}), upstream: None }})")
    };
    check("GET", "/v2/a/tags/manifests/list", &manifest("a/tags", "list"));
    check("GET", "/v2/a/blobs/manifests/uploads", &manifest("a/blobs", "uploads"));
    check("GET", "/v2/manifests/manifests/manifests", &manifest("manifests", "manifests"));
}

#[test]
fn manifests_are_addressed_by_tag_or_digest() {
    let digest = digest();
    let by = |reference: &str| {
        format!("GetManifest(GetManifest {{ repository: a/b, reference: {reference}, upstream: None }})")
    };
    check("GET", "/v2/a/b/manifests/v1.0", &by("Tag(v1.0)"));
    check("GET", &format!("/v2/a/b/manifests/{digest}"), &by(&format!("Digest({digest})")));
    let encoded = digest.to_string().replace(':', "%3A");
    check("GET", &format!("/v2/a/b/manifests/{encoded}"), &by(&format!("Digest({digest})")));
    check(
        "HEAD",
        "/v2/a/manifests/1?ns=docker.io",
        r#"HeadManifest(GetManifest { repository: a, reference: Tag(1), upstream: Some("docker.io") })"#,
    );
    check("DELETE", "/v2/a/manifests/1", "DeleteManifest { repository: a, reference: Tag(1) }");
    not_allowed("POST", "/v2/a/manifests/1", "GET, HEAD, PUT, DELETE, OPTIONS");
    for reference in
        ["sha256:zz", "sha256:12", "md5:00000000000000000000000000000000", "-bad", "a%2Fb", &"t".repeat(129)]
    {
        for method in ["GET", "HEAD", "DELETE"] {
            refuse(method, &format!("/v2/a/manifests/{reference}"), |error| {
                matches!(error, Error::ManifestUnknown { .. })
            });
        }
        refuse("PUT", &format!("/v2/a/manifests/{reference}"), |error| {
            matches!(error, Error::ReferenceInvalid { .. })
        });
    }
}

#[test]
fn tags_may_be_given_beside_a_digest_and_only_there() {
    let digest = digest();
    let path = format!("/v2/a/manifests/{digest}");
    let put =
        |tags: &str| format!("PutManifest {{ repository: a, reference: Digest({digest}), tags: [{tags}] }}");
    check("PUT", &path, &put(""));
    check("PUT", &format!("{path}?tag=t1&tag=t2&tag=t1"), &put("t1, t2"));
    check("PUT", "/v2/a/manifests/v1", "PutManifest { repository: a, reference: Tag(v1), tags: [] }");
    refuse("PUT", "/v2/a/manifests/v1?tag=v2", |error| matches!(error, Error::TagsBesideTag));
    refuse("PUT", &format!("{path}?tag="), |error| matches!(error, Error::TagEmpty));
    refuse("PUT", &format!("{path}?tag=-x"), |error| matches!(error, Error::TagInvalid { .. }));
    let many = |count: usize| (0..count).map(|i| format!("tag=t{i}")).collect::<Vec<_>>().join("&");
    assert!(parse("PUT", &format!("{path}?{}", many(46))).is_ok());
    refuse("PUT", &format!("{path}?{}", many(47)), |error| matches!(error, Error::TagsTooMany));
}

#[test]
fn pages_of_tags_are_strict_and_pages_of_the_catalog_lenient() {
    let tags = |query: &str| parse("GET", &format!("/v2/a/tags/list?{query}"));
    let page = |limit, last: Option<&str>| Page { limit, last: last.map(str::to_owned) };
    let is = |query: &str, expected: Page| {
        assert!(matches!(tags(query), Ok(Action::Tags { page, .. }) if page == expected), "{query}");
    };
    is("n=2&last=v10", page(Some(2), Some("v10")));
    is("n=0", page(Some(0), None));
    is("last=", page(None, None));
    is("last=not%20a%20tag", page(None, Some("not a tag")));
    for query in ["n=-1", "n=x", "n=", "n=99999999999999999999", "n=1&n=2", "n=%2B1"] {
        refuse("GET", &format!("/v2/a/tags/list?{query}"), |error| matches!(error, Error::PageInvalid));
    }
    for (query, limit) in [("n=-1", None), ("n=x", None), ("n=", None), ("n=3", Some(3)), ("n=0", Some(0))] {
        let found = parse("GET", &format!("/v2/_catalog?{query}")).unwrap();
        assert_eq!(found, Action::Catalog(page(limit, None)), "{query}");
    }
}

#[test]
fn referrers_are_filtered_by_every_artifact_type_given() {
    let digest = digest();
    let path = format!("/v2/a/referrers/{digest}");
    let types = |query: &str| match parse("GET", &format!("{path}{query}")) {
        Ok(Action::Referrers { artifact_types, .. }) => artifact_types,
        other => panic!("{query}: {other:?}"),
    };
    assert_eq!(types(""), [""; 0]);
    assert_eq!(types("?artifactType=a/b%2Bjson&artifactType=c/d"), ["a/b+json", "c/d"]);
    assert_eq!(types("?artifactType=a/b+json"), ["a/b+json"]);
    assert_eq!(types("?artifactType="), [""]);
    assert_eq!(types("?artifactType=a,b"), ["a,b"]);
    refuse("GET", "/v2/a/referrers/sha256:xyz", |error| matches!(error, Error::DigestInvalid { .. }));
    refuse("GET", "/v2/a/referrers/v1", |error| matches!(error, Error::DigestInvalid { .. }));
    refuse("GET", &format!("{path}?artifactType=%zz"), |error| {
        matches!(error, Error::Encoding { part: "query" })
    });
    not_allowed("PUT", &path, "GET, HEAD, OPTIONS");
}

#[test]
fn blobs_are_addressed_by_digest_alone() {
    let digest = digest();
    let address = format!("BlobAddress {{ repository: a, digest: {digest} }}");
    check(
        "GET",
        &format!("/v2/a/blobs/{digest}"),
        &format!("GetBlob {{ address: {address}, upstream: None }}"),
    );
    check(
        "HEAD",
        &format!("/v2/a/blobs/{digest}"),
        &format!("HeadBlob {{ address: {address}, upstream: None }}"),
    );
    check("DELETE", &format!("/v2/a/blobs/{digest}"), &format!("DeleteBlob({address})"));
    for method in ["GET", "HEAD", "DELETE"] {
        for bad in ["sha256:zz", "latest", "md5:00000000000000000000000000000000"] {
            refuse(method, &format!("/v2/a/blobs/{bad}"), |error| {
                matches!(error, Error::DigestInvalid { .. })
            });
        }
    }
    not_allowed("PUT", &format!("/v2/a/blobs/{digest}"), "GET, HEAD, DELETE, OPTIONS");
    not_allowed("PUT", "/v2/a/blobs/latest", "GET, HEAD, DELETE, OPTIONS");
}

#[test]
fn uploads_begin_in_every_form() {
    let digest = digest();
    let start = |query: &str| match parse("POST", &format!("/v2/a/blobs/uploads/{query}")) {
        Ok(Action::StartUpload(start)) => start,
        other => panic!("{query}: {other:?}"),
    };
    assert!(matches!(start(""), StartUpload { digest: None, mount: None, algorithm: None, .. }));
    assert_eq!(start(&format!("?digest={digest}")).digest, Some(digest));
    assert_eq!(start("?digest-algorithm=sha512").algorithm, Some(Algorithm::Sha512));
    let mounting = start(&format!("?mount={digest}&from=b/c")).mount.unwrap();
    assert_eq!((mounting.digest, mounting.from), (digest, Some("b/c".parse().unwrap())));
    assert_eq!(start(&format!("?mount={digest}")).mount.unwrap().from, None);
    assert_eq!(start(&format!("?mount={digest}&from=")).mount.unwrap().from, None);
    assert_eq!(start(&format!("?mount={digest}&from=NOT/A/NAME")).mount, None);
    assert_eq!(start("?from=b/c").mount, None);
    assert!(parse("POST", "/v2/a/blobs/uploads").is_ok());
    for query in ["digest=nonsense", "mount=nonsense", "digest-algorithm=md5"] {
        let target = format!("/v2/a/blobs/uploads/?{query}");
        refuse("POST", &target, |error| matches!(error, Error::DigestInvalid { .. }));
    }
    not_allowed("GET", "/v2/a/blobs/uploads/", "POST, OPTIONS");
}

#[test]
fn uploads_go_on_by_their_id() {
    let (digest, id) = (digest(), upload());
    let path = format!("/v2/a/b/blobs/uploads/{id}");
    let address = format!("UploadAddress {{ repository: a/b, id: {id} }}");
    check("GET", &path, &format!("UploadStatus({address})"));
    check("HEAD", &path, &format!("UploadStatus({address})"));
    check("PATCH", &path, &format!("PatchUpload({address})"));
    check("DELETE", &path, &format!("CancelUpload({address})"));
    let finish = format!("FinishUpload {{ address: {address}, digest: {digest} }}");
    check("PUT", &format!("{path}?digest={digest}"), &finish);
    refuse("PUT", &path, |error| matches!(error, Error::DigestMissing));
    refuse("PUT", &format!("{path}?digest=x"), |error| matches!(error, Error::DigestInvalid { .. }));
    for unknown in ["x", "..", "00000000-0000-4000-8000-00000000000", "%2e%2e"] {
        for method in ["GET", "PATCH", "DELETE"] {
            let target = format!("/v2/a/blobs/uploads/{unknown}");
            refuse(method, &target, |error| matches!(error, Error::UploadUnknown { .. }));
        }
    }
    not_allowed("POST", &path, "GET, HEAD, PATCH, PUT, DELETE, OPTIONS");
}

#[test]
fn a_malformed_name_is_unknown_to_readers_and_not_allowed_to_writers() {
    let digest = digest();
    let long = "a".repeat(256);
    for name in
        ["Not_A-Name", "UPPER", "a//b", "-a", "a/../b", "a/%2e%2e/b", "a%2Fb", "a%5Cb", ".", "", "_a", &long]
    {
        unknown("GET", &format!("/v2/{name}/tags/list"));
        unknown("GET", &format!("/v2/{name}/manifests/1"));
        unknown("HEAD", &format!("/v2/{name}/blobs/{digest}"));
        for (method, path) in [("PUT", "manifests/1"), ("POST", "blobs/uploads/"), ("DELETE", "manifests/1")]
        {
            not_allowed(method, &format!("/v2/{name}/{path}"), "GET, HEAD, OPTIONS");
        }
    }
}

#[test]
fn broken_or_hidden_encoding_is_refused_everywhere() {
    for name in ["a%00b", "a%0ab", "a%zz", "a%2", "a%", "a%c0%af", "a%ff", "%c0%ae%c0%ae"] {
        for method in ["GET", "PUT", "DELETE"] {
            let is_encoding = |error: &Error| matches!(error, Error::Encoding { part: "path" });
            refuse(method, &format!("/v2/{name}/manifests/1"), is_encoding);
            refuse(method, &format!("/v2/a/manifests/{name}"), is_encoding);
        }
    }
    check("GET", "/v2/%61/tags/list", "Tags { repository: a, page: Page { limit: None, last: None } }");
}

#[test]
fn a_query_of_too_many_parameters_is_refused() {
    let query = "a=1&".repeat(257);
    refuse("GET", &format!("/v2/_catalog?{query}"), |error| {
        matches!(error, Error::ParametersTooMany { limit: 256 })
    });
}

proptest! {
    #[test]
    fn no_request_line_makes_the_parser_panic(
        method in "(GET|HEAD|PUT|POST|PATCH|DELETE|OPTIONS|TRACE)",
        path in "(/v2/)?([a-z%./_:~-]|tags/list|manifests/|blobs/|uploads/|referrers/|%2F|%c0|é|\\PC){0,40}",
        query in proptest::option::of("([a-z=&%+]|tag=|n=|digest=sha256:|\\PC){0,40}"),
    ) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let _action = route(Target { method: &method, path: &path, query: query.as_deref() }, ALL);
    }

    #[test]
    fn whatever_is_taken_names_a_repository_that_stands_in_the_path(
        name in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,4}",
        tag in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}",
    ) {
        let action = parse("GET", &format!("/v2/{name}/manifests/{tag}")).unwrap();
        prop_assert_eq!(action.repository().unwrap().as_str(), name);
    }
}
