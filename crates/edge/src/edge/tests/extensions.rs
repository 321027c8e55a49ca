use atoll_service::SearchOutcome;
use serde_json::json;

use super::Bench;
use super::fake::Fake;
use crate::options::{Build, Options};

const SEARCH: &str = "/v2/_zot/ext/search";
const MANAGEMENT: &str = "/v2/_zot/ext/mgmt";
const PREFERENCES: &str = "/v2/_zot/ext/userprefs";

fn everything() -> Bench {
    Bench::with_options(Fake::default(), Options { preferences: true, ..Options::default() })
}

#[tokio::test]
async fn a_search_passes_through_unread() {
    let bench = everything();
    let headers = [("content-type", "application/json"), ("accept", "a/b"), ("accept", "c/d;q=0.5")];
    let reply = bench.send("POST", "/v2/_zot/ext/search/x?a=%zz", &headers, "{\"query\":1}").await;
    reply.check(
        200,
        &[
            ("content-type", "application/json"),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", "GET,POST,OPTIONS"),
            ("access-control-allow-headers", "Authorization,content-type,X-ZOT-API-CLIENT"),
            ("x-content-type-options", "nosniff"),
            ("retry-after", ""),
        ],
    );
    assert_eq!(reply.text(), "{\"data\":{}}");
    let asked = r#"Submit Some("a=%zz") Some("application/json") Some("a/b, c/d;q=0.5") read {"query":1}"#;
    assert_eq!(bench.fake.asked(), [asked]);
    bench.get(SEARCH, &[("x-zot-api-client", "zot-ui")]).await.check(200, &[]);
    assert_eq!(bench.fake.asked()[1], "Read None None None read ");
}

#[tokio::test]
async fn what_becomes_of_a_search_has_a_status() {
    for (outcome, status, retry_after) in [
        (SearchOutcome::Executed, 200, ""),
        (SearchOutcome::Unprocessable, 422, ""),
        (SearchOutcome::Malformed, 400, ""),
        (SearchOutcome::TooLarge, 413, ""),
        (SearchOutcome::Unavailable, 503, "1"),
    ] {
        let bench = Bench::new(Fake { outcome: Some(outcome), ..Fake::default() });
        let reply = bench.get(SEARCH, &[]).await;
        reply.check(status, &[("retry-after", retry_after), ("access-control-allow-origin", "*")]);
        assert_eq!(reply.text(), "{\"data\":{}}", "{outcome:?}");
    }
}

#[tokio::test]
async fn a_search_is_asked_by_get_and_post_alone() {
    let bench = everything();
    for method in ["HEAD", "PUT", "DELETE"] {
        let reply = bench.send(method, SEARCH, &[], "").await;
        reply.check(405, &[("allow", "GET, POST, OPTIONS"), ("content-type", "")]);
        assert_eq!(reply.text(), "");
    }
    let reply = bench.send("OPTIONS", SEARCH, &[], "").await;
    reply.check(204, &[("allow", "")]);
    reply.check(
        204,
        &[("access-control-allow-methods", "GET,POST,OPTIONS"), ("access-control-allow-origin", "*")],
    );
    assert_eq!(bench.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn management_tells_which_server_this_is_and_that_nobody_has_to_log_in() {
    let build =
        Build { commit: "abc".to_owned(), version: "1.2.3".to_owned(), parts: "search-ui".to_owned() };
    let bench = Bench::with_options(Fake::default(), Options { build, ..Options::default() });
    for target in [MANAGEMENT, "/v2/_zot/ext/mgmt?resource=config"] {
        let reply = bench.get(target, &[("x-zot-api-client", "zot-ui")]).await;
        reply.check(
            200,
            &[("access-control-allow-methods", "GET,OPTIONS"), ("x-content-type-options", "nosniff")],
        );
        let expected = json!({
            "distSpecVersion": "1.1.1",
            "commit": "abc",
            "releaseTag": "1.2.3",
            "binaryType": "search-ui",
            "http": {"auth": {}},
        });
        assert_eq!(reply.json(), expected);
    }
    bench.send("POST", MANAGEMENT, &[], "").await.check(405, &[("allow", "GET, HEAD, OPTIONS")]);
    bench
        .send("OPTIONS", MANAGEMENT, &[], "")
        .await
        .check(204, &[("access-control-allow-methods", "GET,OPTIONS")]);
}

#[tokio::test]
async fn a_preference_without_a_user_is_refused_after_what_is_wrong_with_it() {
    let bench = everything();
    for (query, status) in [
        ("repo=nginx", 400),
        ("action=toggle&repo=nginx", 400),
        ("action=toggleStar", 400),
        ("action=toggleStar&repo=", 404),
        ("action=toggleStar&repo=nginx", 403),
        ("action=toggleBookmark&repo=no/such", 403),
        ("action=toggleBookmark&repo=NO+NAME", 403),
    ] {
        let reply = bench.send("PUT", &format!("{PREFERENCES}?{query}"), &[], "{}").await;
        reply.check(status, &[("content-type", "")]);
        assert_eq!(reply.text(), "", "{query}");
    }
    bench.get(PREFERENCES, &[]).await.check(404, &[("content-type", "text/plain; charset=utf-8")]);
    bench
        .send("OPTIONS", PREFERENCES, &[], "")
        .await
        .check(204, &[("access-control-allow-methods", "PUT,OPTIONS")]);
    assert_eq!(bench.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn the_cluster_is_told_in_json() {
    let reply = everything().get("/v2/_atoll/cluster", &[]).await;
    reply.check(200, &[("content-type", "application/json")]);
    let expected = json!({
        "answeredBy": 3,
        "layoutVersion": 7,
        "layoutDigest": "00ff",
        "shards": 256,
        "missing": [9],
        "members": [],
        "moves": [],
    });
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn without_search_there_are_no_extensions() {
    let bench = Bench::plain(Fake::default());
    for path in [SEARCH, MANAGEMENT, PREFERENCES, "/v2/_atoll/cluster"] {
        let reply = bench.get(path, &[]).await;
        reply.check(404, &[]);
        assert_eq!(reply.text(), "404 page not found\n", "{path}");
    }
}
