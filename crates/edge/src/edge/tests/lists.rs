use atoll_service::Error;

use super::fake::Fake;
use super::{Bench, digest};
use crate::options::Options;

fn names(names: &[&'static str], more: bool) -> Fake {
    Fake { names: names.to_vec(), more, ..Fake::default() }
}

#[tokio::test]
async fn a_page_of_tags_links_to_the_next_one() {
    let bench = Bench::new(names(&["latest", "prod"], true));
    let reply = bench.get("/v2/many/tags/tags/list?n=2", &[]).await;
    reply.check(
        200,
        &[
            ("content-type", "application/json"),
            ("link", "</v2/many/tags/tags/list?n=2&last=prod>; rel=\"next\""),
        ],
    );
    assert_eq!(reply.text(), r#"{"name":"many/tags","tags":["latest","prod"]}"#);
    assert_eq!(bench.fake.asked(), ["tags ListTags { repository: many/tags, after: None, limit: 2 }"]);
}

#[tokio::test]
async fn the_last_page_links_nowhere_and_an_empty_one_is_a_list() {
    let bench = Bench::new(names(&[], false));
    let reply = bench.get("/v2/a/tags/list?n=2&last=zzz", &[]).await;
    reply.check(200, &[("link", "")]);
    assert_eq!(reply.text(), r#"{"name":"a","tags":[]}"#);
    let bench = Bench::new(names(&[], true));
    bench.get("/v2/a/tags/list?n=0", &[]).await.check(200, &[("link", "")]);
}

#[tokio::test]
async fn a_wish_beyond_the_largest_page_is_answered_with_that() {
    let bench = Bench::new(names(&["a"], true));
    for query in ["", "?n=99999999"] {
        let reply = bench.get(&format!("/v2/a/tags/list{query}"), &[]).await;
        reply.check(200, &[("link", "</v2/a/tags/list?n=10000&last=a>; rel=\"next\"")]);
    }
}

#[tokio::test]
async fn tags_that_the_client_has_are_not_sent_again() {
    let bench = Bench::new(names(&["a"], false));
    let etag = bench.get("/v2/a/tags/list", &[]).await.header("etag");
    assert!(etag.starts_with("W/\""));
    let reply = bench.get("/v2/a/tags/list", &[("if-none-match", &etag)]).await;
    reply.check(304, &[("etag", &etag)]);
    assert_eq!(reply.text(), "");
    let other = Bench::new(names(&["b"], false));
    assert_eq!(other.get("/v2/a/tags/list", &[("if-none-match", &etag)]).await.status, 200);
}

#[tokio::test]
async fn a_malformed_page_of_tags_is_refused_without_a_word() {
    let bench = Bench::new(Fake::default());
    for query in ["n=-1", "n=x", "n=", "n=1&n=2"] {
        let reply = bench.get(&format!("/v2/a/tags/list?{query}"), &[]).await;
        reply.check(400, &[("content-type", "")]);
        assert_eq!(reply.text(), "");
    }
    assert_eq!(bench.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn the_catalog_links_with_plain_slashes() {
    let bench = Bench::new(names(&["org/alpine/tools", "org/dept/alpine"], true));
    let reply = bench.get("/v2/_catalog?n=2&last=nginx", &[]).await;
    reply.check(
        200,
        &[
            ("content-type", "application/json"),
            ("link", "</v2/_catalog?n=2&last=org/dept/alpine>; rel=\"next\""),
        ],
    );
    assert_eq!(reply.text(), r#"{"repositories":["org/alpine/tools","org/dept/alpine"]}"#);
    let asked = r#"catalog ListCatalog { after: Some("nginx"), limit: 2, visibility: Everything }"#;
    assert_eq!(bench.fake.asked(), [asked]);
}

#[tokio::test]
async fn a_catalog_with_holes_is_refused_unless_the_settings_want_a_warning() {
    let holes = || Fake { missing_shards: 2, ..names(&["a"], false) };
    let reply = Bench::new(holes()).get("/v2/_catalog", &[]).await;
    reply.check(503, &[("retry-after", "1")]);
    let lenient = Bench::with_options(holes(), Options { partial_catalog: true, ..Options::default() });
    let reply = lenient.get("/v2/_catalog", &[]).await;
    reply.check(
        200,
        &[("warning", "299 - \"2 of 3 shards could not be heard: the list would not be complete\"")],
    );
}

#[tokio::test]
async fn referrers_are_an_index_of_their_descriptors() {
    let bench = Bench::new(Fake { descriptors: vec![r#"{"a":1}"#, r#"{"b":2}"#], ..Fake::default() });
    let reply = bench.get(&format!("/v2/a/referrers/{}", digest("s")), &[]).await;
    reply.check(
        200,
        &[
            ("content-type", "application/vnd.oci.image.index.v1+json"),
            ("oci-filters-applied", ""),
            ("link", ""),
        ],
    );
    let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"a":1},{"b":2}]}"#;
    assert_eq!(reply.text(), index);
    assert!(bench.fake.asked()[0].ends_with("artifact_types: [], after: None, limit: 10000 }"));
    let none = Bench::new(Fake::default()).get(&format!("/v2/a/referrers/{}", digest("s")), &[]).await;
    assert!(none.text().ends_with(r#""manifests":[]}"#));
}

#[tokio::test]
async fn filtered_referrers_say_so_and_keep_the_filter_on_the_next_page() {
    let bench = Bench::new(Fake { descriptors: vec!["{}"], more: true, ..Fake::default() });
    let path = format!("/v2/a/referrers/{}", digest("s"));
    let reply = bench.get(&format!("{path}?n=1&last=5&artifactType=application/spdx%2Bjson"), &[]).await;
    let link = format!("<{path}?n=1&last=17&artifactType=application/spdx%2Bjson>; rel=\"next\"");
    reply.check(200, &[("oci-filters-applied", "artifactType"), ("link", &link)]);
    let asked = r#"artifact_types: ["application/spdx+json"], after: Some(5), limit: 1 }"#;
    assert!(bench.fake.asked()[0].ends_with(asked));
    assert_eq!(bench.get("/v2/a/referrers/sha256:xyz", &[]).await.status, 400);
}

#[tokio::test]
async fn lists_answer_head_with_the_length_of_the_list() {
    let bench = Bench::new(names(&["a"], false));
    let targets = ["/v2/a/tags/list", "/v2/_catalog", &format!("/v2/a/referrers/{}", digest("s"))];
    for target in targets {
        let whole = bench.get(target, &[]).await;
        let head = bench.send("HEAD", target, &[], "").await;
        head.check(200, &[("content-length", &whole.body.len().to_string())]);
        assert_eq!(head.text(), "");
    }
}

#[tokio::test]
async fn an_unknown_repository_has_no_tags() {
    let bench = Bench::new(Fake::failing(Error::RepositoryUnknown("no/such".parse().unwrap())));
    let reply = bench.get("/v2/no/such/tags/list", &[]).await;
    assert_eq!((reply.status, reply.code()), (404, "NAME_UNKNOWN".to_owned()));
}
