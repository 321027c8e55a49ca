//! Pages of tags, repositories and referrers, followed by `Link` to their end.

use atoll_testkit::wire::Request;
use serde_json::json;

use crate::content::{EMPTY, IMAGE, image, part_of, sha256, subject};
use crate::registry::{Registry, next_page, texts};

/// Follows the pages from `target` on; gives each page's entries.
fn pages(registry: &Registry, target: &str, member: &str) -> Vec<Vec<String>> {
    let mut next = Some(target.to_owned());
    let mut pages = Vec::new();
    while let Some(target) = next {
        let answer = registry.get(&target);
        assert_eq!(answer.status, 200, "{target}");
        pages.push(texts(&answer.json()[member]));
        next = next_page(&answer);
        assert!(pages.len() < 100, "the pages have no end: {pages:?}");
    }
    pages
}

#[test]
fn tags_come_in_pages_that_make_up_the_list() {
    let registry = Registry::start();
    let image = registry.push_image("paged", "t00", "layer");
    for number in 1..7 {
        registry.put(&format!("paged/manifests/t{number:02}"), IMAGE, &image.manifest);
    }
    let found = pages(&registry, "/v2/paged/tags/list?n=3", "tags");
    assert_eq!(found, [vec!["t00", "t01", "t02"], vec!["t03", "t04", "t05"], vec!["t06"]]);
    // A page that is exactly full and the last one has no link to nothing.
    assert_eq!(pages(&registry, "/v2/paged/tags/list?n=7", "tags").len(), 1);
    assert_eq!(pages(&registry, "/v2/paged/tags/list?n=0", "tags"), [Vec::<String>::new()]);
}

#[test]
fn a_place_beyond_the_end_or_between_two_tags_is_a_place_all_the_same() {
    let registry = Registry::start();
    for tag in ["a", "c"] {
        registry.push_image("places", tag, "layer");
    }
    for (last, expected) in [("b", r#"["c"]"#), ("c", "[]"), ("zzz", "[]"), ("not%20a%20tag", "[]")] {
        let answer = registry.get(&format!("/v2/places/tags/list?last={last}"));
        assert_eq!((answer.status, answer.json()["tags"].to_string().as_str()), (200, expected), "{last}");
    }
    assert_eq!(registry.get("/v2/_catalog?last=zzz").text(), r#"{"repositories":[]}"#);
}

#[test]
fn a_page_larger_than_the_largest_is_cut_and_not_refused() {
    let registry = Registry::start();
    registry.push_image("large", "a", "layer");
    assert_eq!(registry.get("/v2/large/tags/list?n=1000000000").told(), "200");
    assert_eq!(registry.get("/v2/_catalog?n=1000000000").told(), "200");
    for wrong in ["-1", "x", "", "1&n=2", "99999999999999999999"] {
        let answer = registry.get(&format!("/v2/large/tags/list?n={wrong}"));
        assert_eq!((answer.status, answer.body.len()), (400, 0), "n={wrong}");
    }
}

#[test]
fn no_tag_and_no_repository_hides_behind_one_whose_name_it_begins_with() {
    let registry = Registry::start();
    for repository in ["app", "app/part", "app-two", "app/part/deeper", "application"] {
        registry.push_image(repository, "v1", "layer");
    }
    for tag in ["v1.0", "v1.0.1", "v10", "v"] {
        registry.push_image("app", tag, "layer");
    }
    assert_eq!(registry.tags("app"), ["v", "v1", "v1.0", "v1.0.1", "v10"]);
    // Names are compared component by component.
    let expected = ["app", "app/part", "app/part/deeper", "app-two", "application"];
    assert_eq!(texts(&registry.get("/v2/_catalog").json()["repositories"]), expected);
    for size in 1..6 {
        let found = pages(&registry, &format!("/v2/_catalog?n={size}"), "repositories");
        assert_eq!(found.concat(), expected, "pages of {size}");
        assert_eq!(found.len(), expected.len().div_ceil(size), "pages of {size}");
    }
    let behind = registry.get("/v2/_catalog?last=app/gone").json();
    assert_eq!(texts(&behind["repositories"]), expected[1..]);
}

#[test]
fn a_repository_is_in_the_catalog_while_it_holds_something() {
    let registry = Registry::start();
    let catalog = || texts(&registry.get("/v2/_catalog").json()["repositories"]);
    registry.begin("only/begun");
    let unknown = registry
        .ask(&Request::new("PATCH", "/v2/made/up/blobs/uploads/00000000-0000-4000-8000-000000000000"));
    assert_eq!(unknown.told(), "404 BLOB_UPLOAD_UNKNOWN");
    assert_eq!(catalog(), Vec::<String>::new());
    let image = registry.push_image("real", "v1", "layer");
    assert_eq!(catalog(), ["real"]);
    registry.delete(&format!("/v2/real/manifests/{}", image.digest));
    for blob in [image.layer, sha256("{}")] {
        assert_eq!(registry.delete(&format!("/v2/real/blobs/{blob}")).status, 202);
    }
    assert_eq!(catalog(), Vec::<String>::new());
    assert_eq!(registry.get("/v2/real/tags/list").told(), "404 NAME_UNKNOWN");
}

#[test]
fn referrers_come_in_pages_with_their_filter() {
    let registry = Registry::start();
    let base = registry.push_image("refs", "base", "layer");
    let mut expected = Vec::new();
    for number in 0..9 {
        let kind = if number % 3 == 0 { "application/x-other" } else { "application/x-sbom+json" };
        let more = format!(
            r#"{},"artifactType":"{kind}","annotations":{{"n":"{number}"}}"#,
            subject(IMAGE, &base.manifest)
        );
        let artifact = image(&part_of(EMPTY, "{}"), &[], &more);
        assert_eq!(
            registry.put(&format!("refs/manifests/{}", sha256(&artifact)), IMAGE, &artifact).told(),
            "201"
        );
        expected.push((kind, sha256(&artifact)));
    }
    let collect = |target: String| {
        let mut next = Some(target);
        let mut found = Vec::new();
        let mut count = 0;
        while let Some(target) = next {
            let answer = registry.get(&target);
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            for entry in answer.json()["manifests"].as_array().expect("a list") {
                found.push(entry["digest"].as_str().expect("a digest").to_owned());
            }
            next = next_page(&answer);
            count += 1;
            assert!(count < 20, "the pages have no end");
        }
        (found, count)
    };
    let digests = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
        expected.iter().filter(|(kind, _)| wanted(kind)).map(|(_, digest)| digest.clone()).collect()
    };
    let target = format!("/v2/refs/referrers/{}", base.digest);
    assert_eq!(collect(format!("{target}?n=4")), (digests(&|_| true), 3));
    assert_eq!(collect(target.clone()), (digests(&|_| true), 1));
    let filtered = format!("{target}?n=2&artifactType=application/x-sbom%2Bjson");
    assert_eq!(collect(filtered).0, digests(&|kind| kind == "application/x-sbom+json"));
}

#[test]
fn a_list_of_tags_is_not_sent_again_to_whoever_has_it() {
    let registry = Registry::start();
    registry.push_image("polled", "a", "layer");
    let etag = registry.get("/v2/polled/tags/list").field("etag").expect("an ETag").to_owned();
    let poll = || {
        registry
            .ask(&Request::new("GET", "/v2/polled/tags/list").field("If-None-Match", etag.as_str()))
            .status
    };
    assert_eq!(poll(), 304);
    registry.push_image("polled", "b", "layer");
    assert_eq!(poll(), 200);
}

#[test]
fn a_subject_that_is_no_digest_is_refused() {
    let registry = Registry::start();
    for subject in ["v1", "sha256:xyz", "sha256:"] {
        assert_eq!(registry.get(&format!("/v2/refs/referrers/{subject}")).status, 400, "{subject}");
    }
}

#[test]
fn an_answer_of_the_search_has_no_more_rows_than_configured() {
    let registry = Registry::start_with(
        json!({ "extensions": { "search": {} }, "atoll": { "search": { "maxRows": 2 } } }),
    );
    for tag in ["a", "b", "c"] {
        registry.push_image("many", tag, "layer");
    }
    let ask = |page: &str| {
        let question = format!("{{ImageList(repo:\"many\",requestedPage:{{{page}}}){{Results{{Tag}}}}}}");
        let request = Request::new("POST", "/v2/_zot/ext/search").field("Content-Type", "application/json");
        registry.ask(&request.content(json!({ "query": question }).to_string())).json()
    };
    for refused in ["limit:0", "limit:3"] {
        let answer = ask(refused);
        assert!(!answer["errors"].as_array().unwrap().is_empty(), "{refused}: {answer}");
    }
    let answer = ask("limit:2");
    assert_eq!(answer["data"]["ImageList"]["Results"].as_array().unwrap().len(), 2, "{answer}");
}
