//! What a caller learns: content as it comes, and failures without addresses.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use atoll_placement::MemberId;
use atoll_service::{Body, Caller, Error as NodeError};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;

use super::Failed;
use crate::envelope::Refusal;
use crate::frames::{Fault, Reader};
use crate::meter::Meter;
use crate::patience::Expiry;
use crate::{Error, Outcome};

/// The content that follows an answer.
pub(super) fn content(rest: Reader, meter: Meter) -> Body {
    Box::pin(Content { rest, meter })
}

struct Content {
    rest: Reader,
    meter: Meter,
}

impl Stream for Content {
    type Item = Result<Bytes, NodeError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.rest.poll_next_unpin(context));
        let taken = self.rest.taken_bytes();
        self.meter.received(taken);
        Poll::Ready(match piece {
            Some(Ok(piece)) => Some(Ok(piece)),
            Some(Err(Fault::Theirs(error))) => {
                self.meter.ended(Outcome::Refused(error.kind()));
                Some(Err(error))
            }
            Some(Err(Fault::Link(error))) => {
                let member = self.meter.peer();
                tracing::warn!(%member, %error, "content from a member broke off");
                self.meter.ended(Outcome::Failed);
                Some(Err(NodeError::Unavailable(format!(
                    "member {member} broke off in the middle of the content"
                ))))
            }
            None => {
                self.meter.ended(Outcome::Answered);
                None
            }
        })
    }
}

/// What the caller is told of a failed call. The log has the rest.
pub(super) fn told(member: MemberId, method: &str, caller: &Caller, failed: Failed) -> NodeError {
    let unavailable = |text: &str| NodeError::Unavailable(format!("member {member} {text}"));
    match failed {
        Failed::Expired(Expiry::Answer) if caller.remaining.is_some() => NodeError::DeadlineExceeded,
        Failed::Expired(_) => unavailable("did not answer in time"),
        Failed::Link(Error::Busy { .. }) | Failed::Refused(Refusal::Busy) => {
            unavailable("has too much to do now")
        }
        Failed::Link(error @ (Error::TooLong { .. } | Error::Malformed(_))) => {
            NodeError::Internal(error.to_string())
        }
        Failed::Refused(Refusal::UnknownMethod) => {
            unavailable(&format!("runs an older release that does not know `{method}`"))
        }
        Failed::Refused(Refusal::OtherProtocol { .. }) => {
            unavailable("runs a release that is too far away from this one")
        }
        Failed::Refused(refusal @ (Refusal::Malformed | Refusal::AnswerTooLong)) => {
            NodeError::Internal(format!("member {member} refused `{method}`: {refusal:?}"))
        }
        Failed::Link(Error::Untrusted(reason)) => unavailable(&format!("is not available: {reason}")),
        Failed::Refused(Refusal::Unproven) => unavailable(
            "is not available: it refuses the certificate from here, which does not name this member",
        ),
        Failed::Stranger(other) => {
            unavailable(&format!("is not available: member {other} answers in its place"))
        }
        Failed::Refused(Refusal::OtherCluster) => unavailable("is not available: it is of another cluster"),
        Failed::Link(_) | Failed::Refused(Refusal::OtherMember) => unavailable("is not available now"),
    }
}
