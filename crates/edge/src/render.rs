//! From an error to an answer, once for the whole surface.

pub(crate) mod status;

use std::collections::BTreeMap;
use std::error::Error as _;

use atoll_fault::Kind;
use atoll_service::{self as service, Code};
use atoll_telemetry::names::field;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::answer::Answer;
use crate::error::Error;
use crate::header as names;
use crate::uploads::put_received;

/// What rendering has to know beside the error.
pub(crate) struct Context<'a> {
    /// The id under which the cause is logged.
    pub(crate) request_id: &'a str,
    /// The realm of challenges.
    pub(crate) realm: &'a str,
}

/// The answer that tells of an error. A fault of ours is logged here, and nowhere else.
pub(crate) fn render(error: &Error, context: &Context<'_>) -> Answer {
    let status = status::status(error);
    let mut answer = match shape(error) {
        Shape::Empty => Answer::new(status),
        Shape::Text => Answer::full(names::TEXT, format!("{error}\n")),
        Shape::Json => json(error, context.request_id),
    };
    answer.status = status;
    put_headers(&mut answer, error, context);
    if is_fault(error) {
        log(error, context.request_id);
    }
    answer
}

enum Shape {
    /// Nothing but the status, as clients know it from zot.
    Empty,
    /// A line of text.
    Text,
    /// The body of the specification ("Error Codes").
    Json,
}

fn shape(error: &Error) -> Shape {
    match error {
        Error::MethodNotAllowed { .. }
        | Error::PageInvalid
        | Error::PreferenceInvalid
        | Error::RepositoryNotNamed
        | Error::Curt(_) => Shape::Empty,
        Error::PathUnknown
        | Error::DigestMissing
        | Error::NotOctetStream
        | Error::ChunkRangeInvalid { .. }
        | Error::RangeUnsatisfiable { .. }
        | Error::RateExceeded { .. }
        | Error::PreconditionFailed
        | Error::NotReady => Shape::Text,
        _ => Shape::Json,
    }
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: [Entry<'a>; 1],
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'static str,
    message: &'static str,
    detail: BTreeMap<&'static str, &'a str>,
}

fn json(error: &Error, request_id: &str) -> Answer {
    let facts = facts(error);
    let mut detail: BTreeMap<&'static str, &str> =
        facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let description = if is_secret(error) {
        detail.insert("request_id", request_id);
        "The cause is in the log of the server, under the id of this request.".to_owned()
    } else {
        error.to_string()
    };
    detail.insert("description", &description);
    let (code, message) = words(error.kind(), error.code());
    let body = Errors { errors: [Entry { code, message, detail }] };
    // A map of texts can always be written.
    Answer::full(names::JSON, serde_json::to_vec(&body).unwrap_or_default())
}

/// Whether something of ours has failed. That the server is busy or not ready is no fault: the log of requests tells it. Nor is it
/// one that a shard is not there now: whoever looks after the members says so once, not for each request.
fn is_fault(error: &Error) -> bool {
    let is_told = match error {
        Error::Node(error) => matches!(**error, service::Error::ShardUnavailable { .. }),
        Error::Unwritable(_) => false,
        _ => true,
    };
    !is_told && error.kind().is_ours()
}

/// Whether the text is for the log only. That the disk is full is told: the operator is often the one who pushes.
fn is_secret(error: &Error) -> bool {
    is_fault(error) && error.kind() != Kind::NoSpace
}

/// The members of `detail`, beside the description, that clients know from zot.
fn facts(error: &Error) -> Vec<(&'static str, String)> {
    match error {
        Error::ReferenceInvalid { reference, .. } | Error::ManifestUnknown { reference } => {
            vec![("reference", reference.clone())]
        }
        Error::DigestInvalid { digest, .. } => vec![("digest", digest.clone())],
        Error::UploadUnknown { id } => vec![("session_id", id.clone())],
        Error::ChunkOutOfOrder { address, .. } => vec![("session_id", address.id.to_string())],
        Error::MediaTypeUnsupported { media_type } => vec![("mediaType", media_type.clone())],
        Error::ManifestDigest { expected, .. } => vec![("reference", expected.to_string())],
        Error::TagsTooMany
        | Error::TagsBesideTag
        | Error::TagEmpty
        | Error::TagInvalid { .. }
        | Error::ManifestTooLarge { .. } => vec![("reason", error.to_string())],
        Error::Node(error) => node_facts(error),
        _ => Vec::new(),
    }
}

fn node_facts(error: &service::Error) -> Vec<(&'static str, String)> {
    match error {
        service::Error::RepositoryUnknown(name) => vec![("name", name.to_string())],
        service::Error::ShardUnavailable { shard } => vec![("shard", shard.0.to_string())],
        service::Error::ManifestUnknown { reference, .. } => vec![("reference", reference.clone())],
        service::Error::ManifestInUse { digest, .. } | service::Error::ManifestShared(digest) => {
            vec![("reference", digest.to_string())]
        }
        service::Error::BlobUnknown(digest) | service::Error::BlobInUse { digest, .. } => {
            vec![("digest", digest.to_string())]
        }
        service::Error::DigestMismatch { expected, .. } => vec![("digest", expected.to_string())],
        service::Error::UploadUnknown(id)
        | service::Error::UploadBusy(id)
        | service::Error::UploadOutOfOrder { id, .. } => vec![("session_id", id.to_string())],
        service::Error::MediaTypeUnsupported(media_type) => vec![("mediaType", media_type.clone())],
        service::Error::ManifestInvalid(reason) => vec![("reason", reason.clone())],
        service::Error::RepositoriesExhausted { limit } => vec![("limit", limit.to_string())],
        service::Error::UploadsExhausted { limit, .. } => vec![("limit", limit.to_string())],
        _ => Vec::new(),
    }
}

/// Code and message of an error. The messages are zot's; the faults of ours, of which the specification knows none, are told apart
/// by their kind.
fn words(kind: Kind, code: Code) -> (&'static str, &'static str) {
    match code {
        Code::BlobUnknown => ("BLOB_UNKNOWN", "blob unknown to registry"),
        Code::BlobUploadInvalid => ("BLOB_UPLOAD_INVALID", "blob upload invalid"),
        Code::BlobUploadUnknown => ("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"),
        Code::DigestInvalid => ("DIGEST_INVALID", "provided digest did not match uploaded content"),
        Code::ManifestBlobUnknown => ("MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"),
        Code::ManifestInvalid => ("MANIFEST_INVALID", "manifest invalid"),
        Code::ManifestUnknown => ("MANIFEST_UNKNOWN", "manifest unknown"),
        Code::NameInvalid => ("NAME_INVALID", "invalid repository name"),
        Code::NameUnknown => ("NAME_UNKNOWN", "repository name not known to registry"),
        Code::SizeInvalid => ("SIZE_INVALID", "provided length did not match content length"),
        Code::Unauthorized => ("UNAUTHORIZED", "authentication required"),
        Code::Denied => ("DENIED", "requested access to the resource is denied"),
        Code::Unsupported => ("UNSUPPORTED", "the operation is unsupported"),
        Code::TooManyRequests => ("TOOMANYREQUESTS", "too many requests"),
        Code::Internal => match kind {
            Kind::NoSpace => ("UNAVAILABLE", "the registry has no room for more"),
            Kind::Unavailable | Kind::TimedOut => ("UNAVAILABLE", "the registry cannot answer this now"),
            _ => ("UNKNOWN", "the registry has failed"),
        },
    }
}

fn put_headers(answer: &mut Answer, error: &Error, context: &Context<'_>) {
    if let Some(seconds) = status::retry_after_seconds(error) {
        answer.set(header::RETRY_AFTER, seconds.into());
    }
    match error {
        Error::MethodNotAllowed { allow } => answer.set(header::ALLOW, HeaderValue::from_static(allow)),
        Error::RangeUnsatisfiable { size } => answer.put(header::CONTENT_RANGE, format!("bytes */{size}")),
        Error::ChunkOutOfOrder { address, received } => {
            answer.put(names::UPLOAD_UUID, address.id.to_string());
            put_received(answer, *received);
        }
        _ => {}
    }
    if answer.status == StatusCode::UNAUTHORIZED {
        let realm = context.realm.replace(['"', '\\'], "");
        answer.put(header::WWW_AUTHENTICATE, format!("Basic realm=\"{realm}\""));
    }
}

fn log(error: &Error, request_id: &str) {
    let cause = error.source().map(ToString::to_string);
    // What passes by itself, such as a member that starts, is no fault of this server.
    if error.kind().is_retryable() {
        tracing::warn!({ field::REQUEST_ID } = request_id, cause, "a request failed: {error}");
    } else {
        tracing::error!({ field::REQUEST_ID } = request_id, cause, "a request failed: {error}");
    }
}

#[cfg(test)]
mod tests;
