//! The one map from what went wrong to a status code.

use std::time::Duration;

use atoll_fault::Kind;
use atoll_service::{self as service, Code, SearchOutcome};
use http::StatusCode;

use crate::error::Error;

/// What a client should wait when nothing tells how long it will take.
const SOON: Duration = Duration::from_secs(1);
/// What a client should wait when a human has to act.
const LATER: Duration = Duration::from_mins(1);

/// The status of an error.
pub(crate) fn status(error: &Error) -> StatusCode {
    match error {
        // zot's answers, which say more than the general one for something too large.
        Error::TagsTooMany | Error::ParametersTooMany { .. } => StatusCode::URI_TOO_LONG,
        Error::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        // 408 would tell the client that it was too slow; 503 is what clients send again.
        Error::Node(error) if matches!(**error, service::Error::DeadlineExceeded) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => general(error.kind(), error.code()),
    }
}

/// The status of a kind, told closer by the code where clients of zot expect it.
pub(super) fn general(kind: Kind, code: Code) -> StatusCode {
    match (kind, code) {
        (Kind::Unsupported, Code::ManifestInvalid | Code::BlobUploadInvalid) => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        (Kind::Unsupported, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Kind::Invalid | Kind::Interrupted, _) => StatusCode::BAD_REQUEST,
        (Kind::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Kind::Denied, _) => StatusCode::FORBIDDEN,
        (Kind::NotFound, _) => StatusCode::NOT_FOUND,
        (Kind::Conflict, _) => StatusCode::CONFLICT,
        (Kind::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Kind::RangeUnsatisfiable, _) => StatusCode::RANGE_NOT_SATISFIABLE,
        (Kind::Exhausted, _) => StatusCode::TOO_MANY_REQUESTS,
        (Kind::NoSpace, _) => StatusCode::INSUFFICIENT_STORAGE,
        (Kind::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Kind::TimedOut, _) => StatusCode::REQUEST_TIMEOUT,
        (Kind::Internal, _) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The seconds of `Retry-After`, at least one, for errors that go away by themselves or by somebody's help.
pub(super) fn retry_after_seconds(error: &Error) -> Option<u64> {
    let wait = match (error, error.kind()) {
        (Error::RateExceeded { retry_after }, _) => *retry_after,
        (_, Kind::Exhausted | Kind::NoSpace) => LATER,
        (_, Kind::Unavailable) | (Error::Node(_), Kind::TimedOut) => SOON,
        _ => return None,
    };
    Some(whole_seconds(wait))
}

/// The status of what became of a search, and the seconds of `Retry-After` if it may succeed later.
pub(crate) fn of_search(outcome: SearchOutcome) -> (StatusCode, Option<u64>) {
    match outcome {
        SearchOutcome::Executed => (StatusCode::OK, None),
        SearchOutcome::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, None),
        SearchOutcome::Malformed => (StatusCode::BAD_REQUEST, None),
        SearchOutcome::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, None),
        SearchOutcome::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(whole_seconds(SOON))),
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
