//! Manifests that are none.

use crate::content::{CONFIG, IMAGE, INDEX, LAYER, image, part_of};
use crate::registry::Registry;

/// A registry that has all the parts, so that only the manifest can be wrong.
fn registry_with_parts() -> Registry {
    let registry = Registry::start();
    registry.push_blob("bad", "{}");
    registry.push_blob("bad", "layer");
    registry
}

#[test]
fn what_is_no_manifest_is_refused_and_nothing_of_it_stays() {
    let registry = registry_with_parts();
    let config = part_of(CONFIG, "{}");
    let layer = part_of(LAYER, "layer");
    let good = image(&config, std::slice::from_ref(&layer), "");
    let deep = format!(r#"{{"schemaVersion":2,"x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        (IMAGE, String::new()),
        (IMAGE, "hello".to_owned()),
        (IMAGE, "{}".to_owned()),
        (IMAGE, "null".to_owned()),
        (IMAGE, "[]".to_owned()),
        (IMAGE, good[..good.len() - 1].to_owned()),
        (IMAGE, format!("{good}{good}")),
        (IMAGE, deep),
        // Two readers could take a repeated member for two things.
        (IMAGE, good.replacen("\"schemaVersion\":2", "\"schemaVersion\":2,\"schemaVersion\":2", 1)),
        (IMAGE, good.replacen("\"config\":", &format!("\"config\":{config},\"config\":"), 1)),
        (IMAGE, good.replacen("\"layers\":", "\"layers\":[],\"layers\":", 1)),
        (IMAGE, good.replacen("\"size\":2", "\"size\":2,\"size\":3", 1)),
        (IMAGE, good.replacen("\"schemaVersion\":2", "\"schemaVersion\":1", 1)),
        (IMAGE, good.replacen("\"schemaVersion\":2", "\"schemaVersion\":\"2\"", 1)),
        (IMAGE, good.replacen("\"schemaVersion\":2,", "", 1)),
        // An image and an index at once.
        (IMAGE, good.replacen("\"config\"", "\"manifests\":[],\"config\"", 1)),
        (INDEX, good.replacen(IMAGE, INDEX, 1).replacen("\"config\"", "\"manifests\":[],\"config\"", 1)),
        // Declared as one thing, written as another.
        (INDEX, good.clone()),
        (IMAGE, good.replacen("\"size\":2", "\"size\":-2", 1)),
        (IMAGE, good.replacen("\"size\":2", "\"size\":99999999999999999999999", 1)),
        (IMAGE, good.replacen("sha256:", "sha256", 1)),
        (IMAGE, good.replacen("sha256:", "md5:", 1)),
        (IMAGE, good.replacen("\"layers\":[", "\"layers\":{", 1)),
    ];
    for (media_type, content) in &cases {
        let answer = registry.put("bad/manifests/v1", media_type, content);
        let shown: String = content.chars().take(200).collect();
        assert_eq!(answer.told(), "400 MANIFEST_INVALID", "{shown}");
        assert!(
            !answer.json()["errors"][0]["detail"]["description"].as_str().unwrap_or_default().is_empty(),
            "{shown}"
        );
    }
    assert_eq!(registry.tags("bad"), Vec::<String>::new());
    assert_eq!(registry.put("bad/manifests/v1", IMAGE, &good).told(), "201", "the good one was good");
}

#[test]
fn a_manifest_need_not_repeat_its_media_type() {
    let registry = registry_with_parts();
    let member = format!("\"mediaType\":\"{IMAGE}\",");
    let silent = image(&part_of(CONFIG, "{}"), &[part_of(LAYER, "layer")], "").replacen(&member, "", 1);
    assert_eq!(registry.put("bad/manifests/v1", IMAGE, &silent).told(), "201");
    let pulled = registry.get("/v2/bad/manifests/v1");
    assert_eq!((pulled.field("content-type"), pulled.text()), (Some(IMAGE), silent));
}

#[test]
fn the_media_type_of_a_push_is_compared_exactly() {
    let registry = registry_with_parts();
    let good = image(&part_of(CONFIG, "{}"), &[part_of(LAYER, "layer")], "");
    let upper = IMAGE.to_uppercase();
    let with_charset = format!("{IMAGE}; charset=utf-8");
    for media_type in ["", "application/json", "text/html", upper.as_str(), with_charset.as_str()] {
        assert_eq!(
            registry.put("bad/manifests/v1", media_type, &good).told(),
            "415 MANIFEST_INVALID",
            "{media_type}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let registry = registry_with_parts();
    let request =
        atoll_testkit::wire::Request::new("PUT", "/v2/bad/manifests/v1").field("Content-Type", IMAGE);
    for bytes in
        [&b"\xff\xfe{\x00}\x00"[..], b"{\"schemaVersion\":2,\"a\":\"\xc3\x28\"}", b"\x1f\x8b\x08\x00"]
    {
        assert_eq!(registry.ask(&request.clone().content(bytes)).told(), "400 MANIFEST_INVALID", "{bytes:?}");
    }
}
