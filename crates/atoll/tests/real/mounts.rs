//! Links from one repository to another's blob.

use atoll_testkit::wire::Request;

use crate::content::NOBODYS;
use crate::registry::Registry;

#[test]
fn a_blob_is_seen_only_where_it_was_pushed_or_mounted() {
    let registry = Registry::start();
    let blob = registry.push_blob("private/app", "content");
    for method in ["GET", "HEAD"] {
        let answer = registry.ask(&Request::new(method, format!("/v2/public/app/blobs/{blob}")));
        assert_eq!(answer.status, 404, "{method}: no mount by looking");
    }
}

#[test]
fn a_mount_needs_the_blob_in_the_repository_it_names() {
    let registry = Registry::start();
    let blob = registry.push_blob("holder", "content");
    for query in [
        format!("mount={blob}&from=somebody/else"),
        format!("mount={blob}&from=Not_A-Name"),
        format!("mount={NOBODYS}"),
        "from=holder".to_owned(),
    ] {
        let answer = registry.ask(&Request::new("POST", format!("/v2/target/blobs/uploads/?{query}")));
        assert_eq!(answer.status, 202, "{query}");
        assert_eq!(registry.delete(&answer.location()).status, 204, "{query}: an upload was begun");
    }
    assert_eq!(registry.head(&format!("/v2/target/blobs/{blob}")).status, 404);
    let malformed =
        registry.ask(&Request::new("POST", "/v2/target/blobs/uploads/?mount=sha256:abc&from=holder"));
    assert_eq!(malformed.told(), "400 DIGEST_INVALID");
}

#[test]
fn a_mounted_blob_outlives_its_source() {
    let registry = Registry::start();
    let blob = registry.push_blob("source", "content");
    registry.ask(&Request::new("POST", format!("/v2/target/blobs/uploads/?mount={blob}&from=source")));
    assert_eq!(registry.delete(&format!("/v2/source/blobs/{blob}")).status, 202);
    assert_eq!(registry.get(&format!("/v2/target/blobs/{blob}")).text(), "content");
    let again =
        registry.ask(&Request::new("POST", format!("/v2/source/blobs/uploads/?mount={blob}&from=target")));
    assert_eq!(again.status, 201);
}
