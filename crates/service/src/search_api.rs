//! The search API as plain data: what a surface that speaks HTTP hands to whoever speaks the query language, and what it gets back.
//! Neither side knows the other.

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Body, Caller};

/// How a query came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchMethod {
    /// The query is in the address (GET); a body counts for nothing.
    Read,
    /// The query is in the body (POST).
    Submit,
}

/// A query as it came in, still encoded. Other methods (OPTIONS, HEAD) never get this far.
pub struct SearchRequest {
    /// Where to look for the query.
    pub method: SearchMethod,
    /// What stood behind the question mark, as it was sent.
    pub query: Option<String>,
    /// `Content-Type`, as it was sent.
    pub content_type: Option<String>,
    /// `Accept`; several headers joined by commas.
    pub accept: Option<String>,
    /// The body. It is read no further than the limit on a query.
    pub body: Body,
}

/// What became of a query. The surface makes a status of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchOutcome {
    /// It was run; the body may hold errors beside the data, or instead of it.
    Executed,
    /// It is not a query of this schema, and the client did not ask for the newer media type (422 with zot).
    Unprocessable,
    /// The request cannot be decoded, or is not a query and the client asked for the newer media type (400).
    Malformed,
    /// The query is larger than is read (413).
    TooLarge,
    /// It cannot be answered now; asking again later may help (503 with `Retry-After`).
    Unavailable,
}

/// An answer: always with a body, whatever became of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchAnswer {
    /// What became of it.
    pub outcome: SearchOutcome,
    /// The body's media type, such as `application/json`.
    pub media_type: &'static str,
    /// The body.
    pub body: Bytes,
}

/// Answers queries.
#[async_trait]
pub trait Search: Send + Sync {
    /// Answers one. Whatever goes wrong is part of the answer.
    async fn answer(&self, caller: &Caller, request: SearchRequest) -> SearchAnswer;
}
