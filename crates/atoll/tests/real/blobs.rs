//! Blobs beyond the conformance list: algorithms, conditions, content types, deletion.

use atoll_oci::Algorithm;
use atoll_testkit::wire::Request;

use crate::content::{CONFIG, IMAGE, LAYER, digest, image, noise, part_of};
use crate::registry::Registry;

#[test]
fn every_algorithm_is_served_under_the_digest_that_the_client_used() {
    let registry = Registry::start();
    let content = noise(10, 5000);
    for algorithm in Algorithm::ALL {
        let named = digest(algorithm, &content);
        let location = registry.begin("algorithms");
        assert_eq!(registry.patch(&location, 0, &content[..2500]).told(), "202");
        let ended = registry.finish(&location, &named, &content[2500..]);
        assert_eq!(
            (ended.status, ended.field("docker-content-digest")),
            (201, Some(named.as_str())),
            "{algorithm}"
        );
        let pulled = registry.get(&format!("/v2/algorithms/blobs/{named}"));
        assert!(pulled.status == 200 && pulled.body == content, "{algorithm}");
    }
}

#[test]
fn an_algorithm_named_in_advance_changes_nothing_but_the_speed() {
    let registry = Registry::start();
    let content = noise(11, 5000);
    for announced in Algorithm::ALL {
        for used in Algorithm::ALL {
            let target = format!("/v2/advance/blobs/uploads/?digest-algorithm={announced}");
            let begun = registry.ask(&Request::new("POST", target));
            assert_eq!(begun.told(), "202", "{announced}");
            let ended = registry.finish(&begun.location(), &digest(used, &content), &content);
            assert_eq!(ended.told(), "201", "{announced}, then {used}");
        }
    }
    for unknown in ["md5", "SHA256", "", "sha256:abc"] {
        let target = format!("/v2/advance/blobs/uploads/?digest-algorithm={unknown}");
        assert_eq!(registry.ask(&Request::new("POST", target)).told(), "400 DIGEST_INVALID", "{unknown:?}");
    }
}

#[test]
fn whoever_has_the_blob_already_is_told_so() {
    let registry = Registry::start();
    let target = format!("/v2/known/blobs/{}", registry.push_blob("known", "content"));
    let etag = registry.get(&target).field("etag").expect("an ETag").to_owned();
    let ask = |method: &str, etags: &str| {
        registry.ask(&Request::new(method, target.as_str()).field("If-None-Match", etags))
    };
    for method in ["GET", "HEAD"] {
        for known in [etag.as_str(), "*", &format!(r#""other", {etag}"#), &format!("W/{etag}")] {
            let answer = ask(method, known);
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{method} {known}");
            assert_eq!(answer.field("etag"), Some(etag.as_str()));
        }
        assert_eq!(ask(method, r#""other""#).status, 200, "{method}");
    }
}

#[test]
fn a_blob_has_the_media_type_that_a_manifest_gives_it() {
    let registry = Registry::start();
    let image = registry.push_image("typed", "v1", "layer");
    assert_eq!(registry.get(&format!("/v2/typed/blobs/{}", image.layer)).field("content-type"), Some(LAYER));
    let alone = registry.push_blob("typed", "nobody names this");
    let answer = registry.head(&format!("/v2/typed/blobs/{alone}"));
    assert_eq!(answer.field("content-type"), Some("application/octet-stream"));
}

#[test]
fn a_blob_of_a_manifest_is_not_deleted_and_a_shared_one_stays_for_the_others() {
    let registry = Registry::start();
    let image = registry.push_image("first", "v1", "layer");
    registry.push_image("second", "v1", "layer");
    let (first, second) =
        (format!("/v2/first/blobs/{}", image.layer), format!("/v2/second/blobs/{}", image.layer));
    assert_eq!(registry.delete(&first).told(), "405 DENIED");
    assert_eq!(registry.delete(&format!("/v2/first/manifests/{}", image.digest)).status, 202);
    assert_eq!(registry.delete(&first).status, 202);
    assert_eq!(registry.get(&first).status, 404);
    assert_eq!(registry.get(&second).text(), "layer");
}

#[test]
fn a_layer_named_twice_in_one_manifest_is_one_blob() {
    let registry = Registry::start();
    registry.push_blob("twice", "{}");
    let layer = registry.push_blob("twice", "layer");
    let layers = [part_of(LAYER, "layer"), part_of(LAYER, "layer")];
    let double = image(&part_of(CONFIG, "{}"), &layers, "");
    let single = image(&part_of(CONFIG, "{}"), &layers[..1], "");
    assert_eq!(registry.put("twice/manifests/double", IMAGE, &double).told(), "201");
    assert_eq!(registry.put("twice/manifests/single", IMAGE, &single).told(), "201");
    let blob = format!("/v2/twice/blobs/{layer}");
    assert_eq!(
        registry.delete(&format!("/v2/twice/manifests/{}", crate::content::sha256(&double))).status,
        202
    );
    assert_eq!(registry.delete(&blob).told(), "405 DENIED", "the other manifest still names it");
    assert_eq!(
        registry.delete(&format!("/v2/twice/manifests/{}", crate::content::sha256(&single))).status,
        202
    );
    assert_eq!(registry.delete(&blob).told(), "202");
}

#[test]
fn a_blob_in_one_request_must_say_that_it_is_bytes() {
    let registry = Registry::start();
    let target = format!("/v2/typed/blobs/uploads/?digest={}", crate::content::sha256("content"));
    for content_type in ["text/plain", "application/octet-stream; charset=utf-8"] {
        let request = Request::new("POST", target.as_str()).field("Content-Type", content_type);
        assert_eq!(registry.ask(&request.content("content")).status, 415, "{content_type}");
    }
    assert_eq!(registry.ask(&Request::new("POST", target.as_str()).content("content")).status, 415);
}
