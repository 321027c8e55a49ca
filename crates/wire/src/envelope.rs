//! What stands before every request and answer, and how both become bytes: a length of four bytes, then postcard.

use atoll_placement::{ClusterId, LayoutTag, MemberId};
use atoll_service::Caller;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Longest request, without its body: a manifest of the largest size that can be configured, or a page of keys to describe.
pub const MAX_REQUEST_BYTES: usize = 64 << 20;
/// Longest answer, without its body: the largest page of descriptions.
pub const MAX_ANSWER_BYTES: usize = 256 << 20;
/// Bytes of the length before each message.
pub(crate) const LENGTH_BYTES: usize = 4;
/// Room that most messages need; longer ones get more.
const USUAL_BYTES: usize = 1 << 10;

/// Stands before the request itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) cluster: ClusterId,
    pub(crate) to: MemberId,
    pub(crate) from: MemberId,
    /// The layout the sender goes by.
    pub(crate) layout: LayoutTag,
    /// Its `remaining` is what is left when the request is sent.
    pub(crate) caller: Caller,
}

/// Stands before the answer itself, which is a result of `service`. After a refusal no answer follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnswerHead {
    /// Who answers.
    pub(crate) member: MemberId,
    pub(crate) refusal: Option<Refusal>,
}

/// Why a call did not reach the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// It was meant for another member.
    OtherMember,
    /// It came from another cluster.
    OtherCluster,
    /// The certificate does not stand for the member that the call names as its sender.
    Unproven,
    /// A release before this method.
    UnknownMethod,
    /// Only these versions of the protocol are spoken.
    OtherProtocol { oldest: u16, newest: u16 },
    /// As many calls of this sender are under way as may be.
    Busy,
    /// The request cannot be read.
    Malformed,
    /// The answer is longer than an answer may be.
    AnswerTooLong,
}

/// Encodes a message, its length first.
pub(crate) fn encode<T: Serialize>(message: &T, limit: usize) -> Result<Bytes, Error> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    bytes.extend_from_slice(&[0; LENGTH_BYTES]);
    let mut bytes = extended(message, bytes)?;
    let length = announced(bytes.len().saturating_sub(LENGTH_BYTES), limit)?;
    if let Some(place) = bytes.first_chunk_mut() {
        *place = length;
    }
    Ok(bytes.into())
}

/// Encodes one value.
pub(crate) fn value<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    extended(value, Vec::with_capacity(USUAL_BYTES))
}

/// Encodes one value behind others.
pub(crate) fn extended<T: Serialize>(value: &T, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    postcard::to_extend(value, bytes).map_err(|_unencodable| Error::Malformed("a value cannot be encoded"))
}

fn announced(length: usize, limit: usize) -> Result<[u8; LENGTH_BYTES], Error> {
    let announced = u32::try_from(length).ok().filter(|_| length <= limit);
    let too_long = || Error::TooLong { bytes: u64::try_from(length).unwrap_or(u64::MAX), limit };
    Ok(announced.ok_or_else(too_long)?.to_be_bytes())
}

/// A message of two encoded values, its length first.
pub(crate) fn join(one: &[u8], other: &[u8], limit: usize) -> Result<Bytes, Error> {
    let length = one.len().saturating_add(other.len());
    let mut bytes = Vec::with_capacity(LENGTH_BYTES.saturating_add(length));
    bytes.extend_from_slice(&announced(length, limit)?);
    bytes.extend_from_slice(one);
    bytes.extend_from_slice(other);
    Ok(bytes.into())
}

/// Reads the first value of a message; gives the rest.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), Error> {
    postcard::take_from_bytes(bytes).map_err(|_undecodable| Error::Malformed("a value cannot be decoded"))
}
