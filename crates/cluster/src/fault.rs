//! What the failure of one member means for an answer.

use atoll_fault::Kind;
use atoll_placement::Shard;
use atoll_service::Error;

/// Whether the member did not answer at all, as far as can be told from here.
pub(crate) fn is_silence(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::DeadlineExceeded)
}

/// Whether every member would answer the same, so that it is the answer to the whole question.
pub(crate) fn is_about_question(error: &Error) -> bool {
    !matches!(
        error.kind(),
        Kind::Unavailable
            | Kind::TimedOut
            | Kind::Interrupted
            | Kind::Internal
            | Kind::NoSpace
            | Kind::Exhausted
    )
}

/// The failure of the only member that could answer, as a client is told: by shard, never by address.
pub(crate) fn of_shard(error: Error, shard: Shard) -> Error {
    match error {
        Error::Unavailable(_) | Error::DeadlineExceeded | Error::Misdirected { .. } => {
            Error::ShardUnavailable { shard }
        }
        error => error,
    }
}
