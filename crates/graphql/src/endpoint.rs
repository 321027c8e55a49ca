//! From a request to its answer: decode, look whether the answer is kept, else parse, validate and run.

use std::sync::Arc;

use async_trait::async_trait;
use atoll_host::Clock;
use atoll_service::{
    Caller, Queries, Scanner, Search, SearchAnswer, SearchMethod, SearchOutcome, SearchRequest,
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use tokio::sync::Semaphore;

use crate::access::Access;
use crate::answers::{AnswerKey, Answers};
use crate::asking::{Asking, Notes};
use crate::decode::{self, Asked};
use crate::documents::{DocumentKey, Documents, Unfit};
use crate::limits::{DEADLINE, LARGE_AT_ONCE, MAX_BODY_BYTES};
use crate::persisted::Persisted;
use crate::reading::{self, Unread};
use crate::render;

/// Whom the search asks.
#[derive(Clone)]
pub struct Parts {
    /// The root of all data.
    pub queries: Arc<dyn Queries>,
    /// Who looks for vulnerabilities.
    pub scanner: Arc<dyn Scanner>,
    /// Rights.
    pub access: Arc<dyn Access>,
    /// For deadlines.
    pub clock: Arc<dyn Clock>,
}

/// The search API. Cheap to share.
pub struct Endpoint {
    parts: Arc<Parts>,
    large: Arc<Semaphore>,
    documents: Documents,
    answers: Answers,
    persisted: Persisted,
}

impl Endpoint {
    /// A search with empty caches.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
            documents: Documents::new(),
            answers: Answers::new(),
            persisted: Persisted::new(),
        }
    }

    async fn ask(&self, caller: &Caller, request: SearchRequest) -> Reply {
        let asked = match read(request).await {
            Ok(asked) => asked,
            Err(reply) => return reply,
        };
        let text = match self.persisted.resolve(asked.text, asked.named) {
            Ok(text) => text,
            // As with zot, this is an answer like any other: the client asks again, with the text.
            Err(error) => return Reply::json(SearchOutcome::Executed, render::errors(vec![error])),
        };
        let query = DocumentKey { text, operation: asked.operation, variables: asked.variables };
        let key = AnswerKey {
            query: Arc::new(query),
            user: caller.name().into(),
            visibility: self.parts.access.visibility(caller),
        };
        let freshness = self.freshness(caller, &key).await;
        if let Some(freshness) = freshness
            && let Some(body) = self.answers.get(&key, freshness, (&*self.parts.access, caller))
        {
            return Reply::json(SearchOutcome::Executed, body);
        }
        self.run_in_time(caller, key, freshness).await
    }

    /// What an answer depends on. Looked for only if the question comes back: to most, it is of no use.
    async fn freshness(&self, caller: &Caller, key: &AnswerKey) -> Option<u64> {
        if !self.answers.is_repeated(key) {
            return None;
        }
        match self.parts.queries.freshness_at_hand() {
            Some(freshness) => Some(freshness),
            None => self.parts.queries.freshness(caller).await,
        }
    }

    async fn run_in_time(&self, caller: &Caller, key: AnswerKey, freshness: Option<u64>) -> Reply {
        let deadline = self.parts.clock.sleep(caller.remaining.unwrap_or(DEADLINE));
        let run = std::pin::pin!(self.run(caller, key, freshness));
        match select(run, deadline).await {
            Either::Left((reply, _)) => reply,
            Either::Right(_) => {
                Reply::sentence(SearchOutcome::Unavailable, "the time for an answer has run out")
            }
        }
    }

    async fn run(&self, caller: &Caller, key: AnswerKey, freshness: Option<u64>) -> Reply {
        let document = match self.documents.find(&key.query).await {
            Ok(document) => document,
            Err(Unfit::Malformed(why)) => return Reply::sentence(SearchOutcome::Malformed, why),
            Err(Unfit::Invalid(errors)) => {
                return Reply::json(SearchOutcome::Unprocessable, render::errors(errors));
            }
        };
        let notes = Arc::new(Notes::default());
        let asking = Asking {
            caller: caller.clone(),
            visibility: key.visibility.clone(),
            parts: Arc::clone(&self.parts),
            large: Arc::clone(&self.large),
            notes: Arc::clone(&notes),
        };
        let order = document.order.clone();
        let mut response = self.documents.run(document, asking).await;
        let has_data = render::settle(&mut response, &order);
        let body = render::encoded(&response);
        if !has_data && notes.is_unavailable() {
            return Reply::json(SearchOutcome::Unavailable, body);
        }
        if let Some(freshness) = freshness.filter(|_| has_data && !notes.is_fleeting()) {
            self.answers.put(key, freshness, notes.rights(), &body);
        }
        Reply::json(SearchOutcome::Executed, body)
    }
}

#[async_trait]
impl Search for Endpoint {
    async fn answer(&self, caller: &Caller, request: SearchRequest) -> SearchAnswer {
        let is_newer = decode::wants_newer(request.accept.as_deref());
        let reply = self.ask(caller, request).await;
        let outcome = match reply.outcome {
            // The newer media type comes with statuses of its own.
            SearchOutcome::Unprocessable if is_newer => SearchOutcome::Malformed,
            other => other,
        };
        let media_type = match reply.kind {
            Kind::Text => "text/plain; charset=utf-8",
            Kind::Json if is_newer => "application/graphql-response+json",
            Kind::Json => "application/json",
        };
        SearchAnswer { outcome, media_type, body: reply.body }
    }
}

/// An answer before it is known how the client wants it.
struct Reply {
    outcome: SearchOutcome,
    kind: Kind,
    body: Bytes,
}

enum Kind {
    Json,
    /// As zot does for bodies that it cannot read.
    Text,
}

impl Reply {
    fn json(outcome: SearchOutcome, body: Bytes) -> Self {
        Self { outcome, kind: Kind::Json, body }
    }

    fn sentence(outcome: SearchOutcome, text: impl Into<String>) -> Self {
        Self::json(outcome, render::sentence(text))
    }
}

async fn read(request: SearchRequest) -> Result<Asked, Reply> {
    let asked = match request.method {
        SearchMethod::Read => decode::from_address(request.query.as_deref()),
        SearchMethod::Submit if !decode::is_json(request.content_type.as_deref()) => {
            let body = render::sentence("transport not supported");
            return Err(Reply { outcome: SearchOutcome::Malformed, kind: Kind::Text, body });
        }
        SearchMethod::Submit => match reading::read(request.body, MAX_BODY_BYTES).await {
            Ok(body) => decode::from_body(&body),
            Err(Unread::TooLarge) => {
                let text = format!("the request is larger than {MAX_BODY_BYTES} bytes");
                return Err(Reply::sentence(SearchOutcome::TooLarge, text));
            }
            Err(Unread::Interrupted) => Err("the body could not be read to its end".to_owned()),
        },
    };
    asked.map_err(|why| Reply::sentence(SearchOutcome::Malformed, why))
}
