//! Manifests beyond the conformance list.

use atoll_testkit::wire::Request;
use serde_json::json;

use crate::content::{CONFIG, IMAGE, INDEX, LAYER, NOBODYS, image, index, part_of, sha256, subject};
use crate::registry::Registry;

#[test]
fn deleting_a_digest_takes_all_its_tags_and_no_other() {
    let registry = Registry::start();
    let image = registry.push_image("cascade", "v1", "layer");
    let other = registry.push_image("cascade", "other", "another layer");
    for tag in ["v1.0", "latest"] {
        registry.put(&format!("cascade/manifests/{tag}"), IMAGE, &image.manifest);
    }
    assert_eq!(registry.delete(&format!("/v2/cascade/manifests/{}", image.digest)).status, 202);
    assert_eq!(registry.tags("cascade"), ["other"]);
    for tag in ["v1", "v1.0", "latest"] {
        assert_eq!(registry.get(&format!("/v2/cascade/manifests/{tag}")).told(), "404 MANIFEST_UNKNOWN");
    }
    assert_eq!(registry.get("/v2/cascade/manifests/other").text(), other.manifest);
}

#[test]
fn a_tag_that_moves_leaves_the_manifest_it_named() {
    let registry = Registry::start();
    let first = registry.push_image("moved", "v1", "one");
    let second = registry.push_image("moved", "v1", "two");
    assert_eq!(registry.get("/v2/moved/manifests/v1").text(), second.manifest);
    assert_eq!(registry.get(&format!("/v2/moved/manifests/{}", first.digest)).text(), first.manifest);
    assert_eq!(registry.tags("moved"), ["v1"]);
}

#[test]
fn a_child_of_an_index_stays_while_the_index_is_there() {
    let registry = Registry::start();
    let child = registry.push_image("family", "child", "layer");
    let parent = index(&[part_of(IMAGE, &child.manifest)], "");
    registry.put("family/manifests/parent", INDEX, &parent);
    let child_target = format!("/v2/family/manifests/{}", child.digest);
    assert_eq!(registry.delete(&child_target).told(), "405 DENIED");
    assert_eq!(registry.delete(&format!("/v2/family/manifests/{}", sha256(&parent))).status, 202);
    assert_eq!(registry.get(&child_target).status, 200, "it has a tag of its own");
    assert_eq!(registry.delete(&child_target).status, 202);
}

#[test]
fn whoever_has_the_manifest_already_is_told_so() {
    let registry = Registry::start();
    let image = registry.push_image("known", "v1", "layer");
    for method in ["GET", "HEAD"] {
        let ask = |etag: &str| {
            registry.ask(&Request::new(method, "/v2/known/manifests/v1").field("If-None-Match", etag))
        };
        let etag = ask("\"other\"").field("etag").expect("an ETag").to_owned();
        assert!(etag.contains(&image.digest), "{etag}");
        let unchanged = ask(&etag);
        assert_eq!(
            (unchanged.status, unchanged.field("docker-content-digest")),
            (304, Some(image.digest.as_str()))
        );
        registry.push_image("known", "v2", "layer");
    }
    let etag = format!("\"{}\"", image.digest);
    registry.push_image("known", "v1", "another layer");
    let moved = registry.ask(&Request::new("GET", "/v2/known/manifests/v1").field("If-None-Match", etag));
    assert_eq!(moved.status, 200, "the tag has moved");
}

#[test]
fn more_tag_parameters_than_a_request_may_have_are_refused_as_a_whole() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("many", "layer", "");
    let target = |count: usize| {
        let query: Vec<String> = (0..count).map(|number| format!("tag=t{number}")).collect();
        format!("many/manifests/{}?{}", sha256(&manifest), query.join("&"))
    };
    assert_eq!(registry.put(&target(47), IMAGE, &manifest).told(), "414 MANIFEST_INVALID");
    assert_eq!(registry.get("/v2/many/tags/list").status, 200);
    assert_eq!(registry.tags("many"), Vec::<String>::new());
    assert_eq!(registry.put(&target(46), IMAGE, &manifest).told(), "201");
    assert_eq!(registry.tags("many").len(), 46);
}

#[test]
fn tag_parameters_must_be_tags_and_belong_to_a_digest() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("params", "layer", "");
    let digest = sha256(&manifest);
    for target in [
        "params/manifests/v1?tag=v2".to_owned(),
        format!("params/manifests/{digest}?tag="),
        format!("params/manifests/{digest}?tag=good&tag=-bad"),
        format!("params/manifests/{digest}?tag=a%2Fb"),
    ] {
        assert_eq!(registry.put(&target, IMAGE, &manifest).told(), "400 MANIFEST_INVALID", "{target}");
    }
    assert_eq!(registry.tags("params"), Vec::<String>::new());
}

#[test]
fn a_text_that_is_no_tag_names_no_manifest() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("tags", "layer", "");
    for tag in ["-bad", ".bad", "a%20b", "a+b", &"t".repeat(129)] {
        let pushed = registry.put(&format!("tags/manifests/{tag}"), IMAGE, &manifest);
        assert_eq!(pushed.status, 400, "{tag}: {}", pushed.text());
        assert_eq!(registry.get(&format!("/v2/tags/manifests/{tag}")).status, 404, "{tag}");
    }
    assert_eq!(registry.put(&format!("tags/manifests/{}", "t".repeat(128)), IMAGE, &manifest).told(), "201");
}

#[test]
fn the_limit_of_a_manifest_holds_with_and_without_a_length() {
    let registry = Registry::start_with(json!({ "atoll": { "limits": { "manifestBytes": "10KiB" } } }));
    let fits = registry.prepare_image(
        "limit",
        "layer",
        &format!(r#","annotations":{{"a":"{}"}}"#, "x".repeat(9_000)),
    );
    let large = registry.prepare_image(
        "limit",
        "layer",
        &format!(r#","annotations":{{"a":"{}"}}"#, "x".repeat(10_240)),
    );
    assert_eq!(registry.put("limit/manifests/fits", IMAGE, &fits).told(), "201");
    assert_eq!(registry.put("limit/manifests/large", IMAGE, &large).told(), "413 MANIFEST_INVALID");
    let streamed = Request::new("PUT", "/v2/limit/manifests/large").field("Content-Type", IMAGE);
    let streamed = streamed.chunks(large.as_bytes().chunks(1000));
    assert_eq!(registry.ask(&streamed).told(), "413 MANIFEST_INVALID");
}

#[test]
fn a_body_that_is_too_large_by_its_own_word_is_refused_before_it_is_sent() {
    let registry = Registry::start();
    let mut connection = registry.server.connect();
    let announced = Request::new("PUT", "/v2/limit/manifests/large")
        .field("Content-Type", IMAGE)
        .field("Expect", "100-continue")
        .field("Content-Length", "5000000");
    connection.send(&announced.head()).unwrap();
    let answer = connection.read_response(false).unwrap();
    assert_eq!((answer.status, answer.interim.len()), (413, 0));
}

#[test]
fn who_waits_to_be_told_to_continue_is_told() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("expect", "layer", "");
    let mut connection = registry.server.connect();
    let request = Request::new("PUT", "/v2/expect/manifests/v1")
        .field("Content-Type", IMAGE)
        .field("Expect", "100-continue");
    let request = request.content(manifest.as_str());
    connection.send(&request.head()).unwrap();
    let interim = connection.take("HTTP/1.1 100 Continue\r\n\r\n".len()).unwrap();
    assert_eq!(String::from_utf8_lossy(&interim), "HTTP/1.1 100 Continue\r\n\r\n");
    connection.send(manifest.as_bytes()).unwrap();
    assert_eq!(connection.read_response(false).unwrap().status, 201);
}

#[test]
fn docker_types_are_let_in_only_where_the_configuration_says_so() {
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    for (settings, expected) in
        [(json!({}), "415 MANIFEST_INVALID"), (json!({ "http": { "compat": ["docker2s2"] } }), "201")]
    {
        let registry = Registry::start_with(settings);
        let manifest = registry.prepare_image("docker", "layer", "").replace(IMAGE, docker);
        assert_eq!(registry.put("docker/manifests/v1", docker, &manifest).told(), expected);
        if expected == "201" {
            let pulled = registry.get("/v2/docker/manifests/v1");
            assert_eq!((pulled.field("content-type"), pulled.text()), (Some(docker), manifest));
        }
    }
}

#[test]
fn a_digest_may_be_written_with_an_encoded_colon() {
    let registry = Registry::start();
    let image = registry.push_image("encoded", "v1", "layer");
    let encoded = image.digest.replace(':', "%3A");
    assert_eq!(registry.get(&format!("/v2/encoded/manifests/{encoded}")).text(), image.manifest);
}

#[test]
fn a_manifest_may_serve_as_a_blob_and_a_blob_never_as_a_manifest() {
    let registry = Registry::start();
    let image = registry.push_image("kinds", "v1", "layer");
    assert_eq!(registry.get(&format!("/v2/kinds/blobs/{}", image.digest)).text(), image.manifest);
    assert_eq!(registry.get(&format!("/v2/kinds/manifests/{}", image.layer)).told(), "404 MANIFEST_UNKNOWN");
}

#[test]
fn a_large_manifest_is_kept_as_well_as_a_small_one() {
    let registry = Registry::start();
    let more = format!(r#","annotations":{{"large":"{}"}}"#, "y".repeat(1_000_000));
    let manifest = registry.prepare_image("large", "layer", &more);
    assert_eq!(registry.put("large/manifests/v1", IMAGE, &manifest).told(), "201");
    for target in ["v1".to_owned(), sha256(&manifest)] {
        assert!(registry.get(&format!("/v2/large/manifests/{target}")).text() == manifest, "{target}");
    }
    assert_eq!(registry.delete(&format!("/v2/large/manifests/{}", sha256(&manifest))).status, 202);
    assert_eq!(registry.get("/v2/large/manifests/v1").status, 404);
}

#[test]
fn a_referrer_vanishes_from_the_list_with_its_deletion() {
    let registry = Registry::start();
    let base = registry.push_image("refs", "base", "layer");
    let artifact = image(&part_of(CONFIG, "{}"), &[part_of(LAYER, "layer")], &subject(IMAGE, &base.manifest));
    let digest = sha256(&artifact);
    registry.put(&format!("refs/manifests/{digest}"), IMAGE, &artifact);
    assert_eq!(registry.referrers("refs", &base.digest), [digest.as_str()]);
    registry.put(&format!("refs/manifests/{digest}"), IMAGE, &artifact);
    assert_eq!(registry.referrers("refs", &base.digest), [digest.as_str()], "pushed twice, listed once");
    assert_eq!(registry.delete(&format!("/v2/refs/manifests/{digest}")).status, 202);
    assert_eq!(registry.referrers("refs", &base.digest), Vec::<String>::new());
    assert_eq!(registry.referrers("refs", NOBODYS), Vec::<String>::new());
}
