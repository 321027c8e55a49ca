//! The search API over HTTP. What a query says, and how an answer is written, only the search knows.

use atoll_service::{Body, SearchMethod, SearchRequest};
use http::{HeaderName, HeaderValue, header};

use crate::answer::{Answer, Content};
use crate::edge::Ask;
use crate::error::Error;
use crate::render::status;

impl Ask<'_> {
    pub(crate) async fn search(
        &self,
        (method, query): (SearchMethod, Option<String>),
        body: Body,
    ) -> Result<Answer, Error> {
        let search = self.shared.services.search.as_ref().ok_or(Error::PathUnknown)?;
        let content_type = self.joined(&header::CONTENT_TYPE);
        let accept = self.joined(&header::ACCEPT);
        let request = SearchRequest { method, query, content_type, accept, body };
        let found = search.answer(self.caller, request).await;
        let (code, retry_after) = status::of_search(found.outcome);
        let mut answer = Answer::new(code);
        answer.set(header::CONTENT_TYPE, HeaderValue::from_static(found.media_type));
        if let Some(seconds) = retry_after {
            answer.set(header::RETRY_AFTER, seconds.into());
        }
        answer.content = Content::Full(found.body);
        Ok(answer)
    }

    /// All values of a header in one, or none if it was not sent. What is not text counts as not sent.
    fn joined(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<_> =
            self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}
