//! More requests than the configuration admits.

use atoll_testkit::wire::Request;
use serde_json::json;

use crate::registry::Registry;

#[test]
fn beyond_its_rate_a_method_is_refused_and_told_when_to_come_again() {
    let settings =
        json!({ "http": { "ratelimit": { "rate": 1000, "methods": [{ "method": "DELETE", "rate": 2 }] } } });
    let registry = Registry::start_with(settings);
    let target = "/v2/limited/manifests/v1";
    let refused = (0..50).map(|_| registry.delete(target)).find(|answer| answer.status != 404);
    let refused = refused.expect("fifty requests in a moment are more than two in a second");
    assert_eq!((refused.status, refused.text().trim()), (429, "Too Many Requests"));
    let seconds: u64 = refused.field("retry-after").expect("Retry-After").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(registry.ask(&Request::new("GET", "/v2/")).status, 200, "other methods are not concerned");
}

#[test]
fn a_rate_without_a_method_holds_for_all_methods_together() {
    let registry = Registry::start_with(json!({ "http": { "ratelimit": { "rate": 5 } } }));
    let mut connection = registry.server.connect();
    let statuses: Vec<u16> = (0..60)
        .map(|number| {
            let method = if number % 2 == 0 { "GET" } else { "HEAD" };
            connection.ask(&Request::new(method, "/v2/")).unwrap().status
        })
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
}

/// Clients push blobs first: a limit that looked at manifests alone would stop nobody.
#[test]
fn a_repository_too_many_is_refused_with_its_first_blob_and_the_others_go_on() {
    let registry = Registry::start_with(json!({ "storage": { "maxRepos": 2 } }));
    registry.push_image("one", "v1", "layer");
    registry.push_image("two", "v1", "layer");
    let refused = registry.ask(&Request::new("POST", "/v2/three/blobs/uploads/"));
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert!(refused.text().contains("TOOMANYREQUESTS"), "{}", refused.text());
    registry.push_image("two", "v2", "another layer");
    assert_eq!(registry.tags("two"), ["v1", "v2"]);
    assert_eq!(registry.get("/v2/three/tags/list").status, 404);
}
