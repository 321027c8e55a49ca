use std::time::Duration;

use atoll_fault::Kind;
use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterKey, MemberId, Shard, UploadId};
use atoll_service::{self as service, Code, UploadAddress};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{Context, render, status};
use crate::answer::{Answer, Content};
use crate::error::Error;

fn rendered(error: &Error) -> Answer {
    render(error, &Context { request_id: "id-1", realm: "The \"Realm\"" })
}

fn text(answer: &Answer) -> &str {
    match &answer.content {
        Content::Empty => "",
        Content::Full(bytes) => std::str::from_utf8(bytes).unwrap(),
        Content::Stream(..) | Content::Foreign(_) => panic!("errors are in memory"),
    }
}

fn digest() -> Digest {
    digest_of(Algorithm::Sha256, b"x")
}

fn upload() -> UploadId {
    UploadId::issue(ClusterKey([1; 16]), "a", MemberId(0), 1)
}

/// Status, code and detail (without the description, which must be there) of an error in JSON.
fn check(error: impl Into<Error>, status: u16, code: &str, detail: &Value) {
    let error = error.into();
    let answer = rendered(&error);
    let body: Value = serde_json::from_str(text(&answer)).unwrap_or_else(|_| panic!("{error:?} is not JSON"));
    let mut found = body["errors"][0].clone();
    let description = found["detail"].as_object_mut().and_then(|detail| detail.remove("description"));
    assert!(description.is_some_and(|text| text.as_str().is_some_and(|text| !text.is_empty())), "{error:?}");
    assert_eq!(
        (answer.status.as_u16(), &found["code"], &found["detail"]),
        (status, &json!(code), detail),
        "{error:?}"
    );
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    assert!(found["message"].as_str().is_some_and(|message| !message.is_empty()));
}

#[test]
fn errors_of_the_node_have_the_codes_and_details_that_clients_know() {
    use service::Error as E;
    let (digest, id) = (digest(), upload());
    let hex = digest.to_string();
    check(E::RepositoryUnknown("no/such".parse().unwrap()), 404, "NAME_UNKNOWN", &json!({"name": "no/such"}));
    let unknown = E::ManifestUnknown { repository: "a".parse().unwrap(), reference: "0".to_owned() };
    check(unknown, 404, "MANIFEST_UNKNOWN", &json!({"reference": "0"}));
    check(E::BlobUnknown(digest), 404, "BLOB_UNKNOWN", &json!({"digest": hex}));
    check(E::UploadUnknown(id), 404, "BLOB_UPLOAD_UNKNOWN", &json!({"session_id": id.to_string()}));
    check(E::UploadBusy(id), 409, "BLOB_UPLOAD_INVALID", &json!({"session_id": id.to_string()}));
    check(E::UploadsExhausted { open: 9, limit: 9 }, 429, "TOOMANYREQUESTS", &json!({"limit": "9"}));
    check(E::SizeMismatch { announced: 2, received: 1 }, 400, "SIZE_INVALID", &json!({}));
    let mismatch = E::DigestMismatch { expected: digest, computed: digest };
    check(mismatch, 400, "DIGEST_INVALID", &json!({"digest": hex}));
    check(E::ManifestInvalid("why".to_owned()), 400, "MANIFEST_INVALID", &json!({"reason": "why"}));
    check(E::MediaTypeUnsupported("a/b".to_owned()), 415, "MANIFEST_INVALID", &json!({"mediaType": "a/b"}));
    check(E::PartsUnknown(vec![digest]), 400, "MANIFEST_BLOB_UNKNOWN", &json!({}));
    check(E::ManifestInUse { digest, index: digest }, 405, "DENIED", &json!({"reference": hex}));
    check(E::ManifestShared(digest), 409, "MANIFEST_INVALID", &json!({"reference": hex}));
    check(E::BlobInUse { digest, manifest: digest }, 405, "DENIED", &json!({"digest": hex}));
    check(E::Denied("push".to_owned()), 403, "DENIED", &json!({}));
    check(E::RepositoriesExhausted { limit: 5 }, 429, "TOOMANYREQUESTS", &json!({"limit": "5"}));
    check(E::BodyInterrupted("gone".to_owned()), 400, "BLOB_UPLOAD_INVALID", &json!({}));
    check(E::NoSpace { free_bytes: 1, needed_bytes: 2 }, 507, "UNAVAILABLE", &json!({}));
    check(E::ShardUnavailable { shard: Shard(7) }, 503, "UNAVAILABLE", &json!({"shard": "7"}));
    check(E::DeadlineExceeded, 503, "UNAVAILABLE", &json!({}));
    check(E::ListTooLong { limit: 9 }, 413, "UNSUPPORTED", &json!({}));
    check(E::OrderRefused("it answers".to_owned()), 409, "UNSUPPORTED", &json!({}));
    check(E::FeatureOff("off".to_owned()), 405, "UNSUPPORTED", &json!({}));
    let secret = json!({"request_id": "id-1"});
    check(E::Misdirected { layout_version: 3 }, 503, "UNAVAILABLE", &secret);
    check(E::LayoutMismatch("why".to_owned()), 503, "UNAVAILABLE", &secret);
}

#[test]
fn what_members_keep_from_answering_may_be_asked_again() {
    for error in [
        service::Error::ShardUnavailable { shard: Shard(7) },
        service::Error::Misdirected { layout_version: 3 },
        service::Error::LayoutMismatch("why".to_owned()),
        service::Error::DeadlineExceeded,
        service::Error::Unavailable("why".to_owned()),
    ] {
        let answer = rendered(&error.clone().into());
        assert_eq!(answer.headers[header::RETRY_AFTER], "1", "{error:?}");
        assert!(!text(&answer).contains("why"), "{error:?}");
    }
}

#[test]
fn errors_of_the_surface_have_the_codes_and_details_that_clients_know() {
    let digest = digest();
    let source = "-x".parse::<atoll_oci::Tag>().unwrap_err();
    let reference = Error::ReferenceInvalid { reference: "-x".to_owned(), source };
    check(reference, 400, "MANIFEST_INVALID", &json!({"reference": "-x"}));
    let source = "sha256:zz".parse::<Digest>().unwrap_err();
    let reference = Error::ReferenceInvalid { reference: "sha256:zz".to_owned(), source: source.clone() };
    check(reference, 400, "DIGEST_INVALID", &json!({"reference": "sha256:zz"}));
    let malformed = Error::DigestInvalid { digest: "sha256:zz".to_owned(), source };
    check(malformed, 400, "DIGEST_INVALID", &json!({"digest": "sha256:zz"}));
    let unknown = Error::ManifestUnknown { reference: "sha256:zz".to_owned() };
    check(unknown, 404, "MANIFEST_UNKNOWN", &json!({"reference": "sha256:zz"}));
    check(
        Error::UploadUnknown { id: "x".to_owned() },
        404,
        "BLOB_UPLOAD_UNKNOWN",
        &json!({"session_id": "x"}),
    );
    let reason = "too many tag query parameters (max 46)";
    check(Error::TagsTooMany, 414, "MANIFEST_INVALID", &json!({"reason": reason}));
    let reason = "tag query parameters are only valid when pushing a manifest by digest";
    check(Error::TagsBesideTag, 400, "MANIFEST_INVALID", &json!({"reason": reason}));
    check(Error::TagEmpty, 400, "MANIFEST_INVALID", &json!({"reason": "empty tag query parameter"}));
    let reason = "manifest body exceeds maximum allowed size of 4194304 bytes";
    check(
        Error::ManifestTooLarge { limit_bytes: 4_194_304 },
        413,
        "MANIFEST_INVALID",
        &json!({"reason": reason}),
    );
    let unsupported = Error::MediaTypeUnsupported { media_type: String::new() };
    check(unsupported, 415, "MANIFEST_INVALID", &json!({"mediaType": ""}));
    let wrong = Error::ManifestDigest { expected: Box::new(digest), computed: Box::new(digest) };
    check(wrong, 400, "MANIFEST_INVALID", &json!({"reference": digest.to_string()}));
    check(Error::ChunkLength { range: 2, length: 1 }, 400, "SIZE_INVALID", &json!({}));
    check(Error::BodyStalled, 408, "BLOB_UPLOAD_INVALID", &json!({}));
    check(Error::Busy { limit: 1 }, 503, "UNAVAILABLE", &json!({}));
    check(Error::ListIncomplete { missing: 1, asked: 2 }, 503, "UNAVAILABLE", &json!({}));
    check(Error::Unauthenticated, 401, "UNAUTHORIZED", &json!({}));
    check(Error::Encoding { part: "path" }, 400, "NAME_INVALID", &json!({}));
    check(Error::ParametersTooMany { limit: 1 }, 414, "UNSUPPORTED", &json!({}));
}

#[test]
fn some_errors_are_as_short_as_clients_know_them() {
    let check = |error: Error, status: u16, body: &str| {
        let answer = rendered(&error);
        assert_eq!((answer.status.as_u16(), text(&answer)), (status, body), "{error:?}");
        let typed = answer
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value == "text/plain; charset=utf-8");
        assert_eq!(typed, !body.is_empty(), "{error:?}");
    };
    check(Error::PathUnknown, 404, "404 page not found\n");
    check(Error::MethodNotAllowed { allow: "GET" }, 405, "");
    check(Error::PageInvalid, 400, "");
    check(Error::PreferenceInvalid, 400, "");
    check(Error::RepositoryNotNamed, 404, "");
    check(Error::Curt(Box::new(service::Error::Denied("x".to_owned()))), 403, "");
    check(Error::Curt(Box::new(service::Error::RepositoryUnknown("a".parse().unwrap()))), 404, "");
    check(Error::NotReady, 503, "not ready\n");
    check(Error::RateExceeded { retry_after: Duration::ZERO }, 429, "Too Many Requests\n");
    check(Error::NotOctetStream, 415, "a blob must be sent with `Content-Type: application/octet-stream`\n");
    let source = "x-y".parse::<atoll_oci::ContentRange>().unwrap_err();
    let answer = rendered(&Error::ChunkRangeInvalid { source });
    assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[test]
fn a_fault_of_ours_tells_its_code_and_the_request_id_and_nothing_else() {
    for secret in [
        service::Error::Internal("disk on fire".to_owned()),
        service::Error::Unavailable("disk on fire".to_owned()),
    ] {
        let answer = rendered(&secret.into());
        assert!(answer.status.is_server_error());
        assert!(!text(&answer).contains("fire"));
        let body: Value = serde_json::from_str(text(&answer)).unwrap();
        assert_eq!(body["errors"][0]["detail"]["request_id"], "id-1");
    }
    let full = rendered(&service::Error::NoSpace { free_bytes: 1, needed_bytes: 2 }.into());
    assert!(text(&full).contains("the disk is nearly full"));
}

#[test]
fn headers_say_what_to_do_next() {
    assert_eq!(rendered(&Error::MethodNotAllowed { allow: "GET, HEAD" }).headers[header::ALLOW], "GET, HEAD");
    assert_eq!(rendered(&Error::RangeUnsatisfiable { size: 9 }).headers[header::CONTENT_RANGE], "bytes */9");
    assert_eq!(rendered(&Error::Busy { limit: 1 }).headers[header::RETRY_AFTER], "1");
    let rate = |millis| Error::RateExceeded { retry_after: Duration::from_millis(millis) };
    assert_eq!(rendered(&rate(250)).headers[header::RETRY_AFTER], "1");
    assert_eq!(rendered(&rate(2_001)).headers[header::RETRY_AFTER], "3");
    let address = Box::new(UploadAddress { repository: "a/b".parse().unwrap(), id: upload() });
    let headers = rendered(&Error::ChunkOutOfOrder { address, received: 10 }).headers;
    assert_eq!(headers[header::RANGE], "0-9");
    assert!(!headers.contains_key(header::LOCATION));
    assert_eq!(headers["blob-upload-uuid"], upload().to_string());
    assert_eq!(
        rendered(&Error::Unauthenticated).headers[header::WWW_AUTHENTICATE],
        "Basic realm=\"The Realm\""
    );
    assert!(!rendered(&Error::PathUnknown).headers.contains_key(header::RETRY_AFTER));
}

#[test]
fn every_kind_has_its_status_whatever_the_code() {
    let check = |kind: Kind, expected: u16| {
        assert_eq!(status::general(kind, Code::Internal).as_u16(), expected, "{kind:?}");
    };
    check(Kind::Invalid, 400);
    check(Kind::Unauthenticated, 401);
    check(Kind::Denied, 403);
    check(Kind::NotFound, 404);
    check(Kind::Conflict, 409);
    check(Kind::TooLarge, 413);
    check(Kind::RangeUnsatisfiable, 416);
    check(Kind::Unsupported, 405);
    check(Kind::Exhausted, 429);
    check(Kind::NoSpace, 507);
    check(Kind::Unavailable, 503);
    check(Kind::TimedOut, 408);
    check(Kind::Interrupted, 400);
    check(Kind::Internal, 500);
    assert_eq!(status::general(Kind::Unsupported, Code::ManifestInvalid).as_u16(), 415);
    assert_eq!(status::general(Kind::Unsupported, Code::BlobUploadInvalid).as_u16(), 415);
    assert_eq!(status::general(Kind::Unsupported, Code::Denied).as_u16(), 405);
}
