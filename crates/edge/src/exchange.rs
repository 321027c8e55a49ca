//! One request and its answer, from the head to the last byte: counted, logged and audited once, whatever its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use atoll_net as net;
use atoll_oci::Repository;
use atoll_service::{Body, Caller};
use atoll_telemetry::audit::{Audit, AuditRecord};
use atoll_telemetry::logs::{Latency, masked_target};
use atoll_telemetry::metrics::{self, Recorder};
use atoll_telemetry::names::field;
use bytes::Bytes;
use futures_core::Stream;
use http::{Method, Uri};

use crate::answer::{Answer, Content, length_of};
use crate::limits::Slot;

/// The status under which a request is recorded whose client left before the answer; the word is nginx's.
const CLIENT_LEFT: u16 = 499;

/// Where exchanges are recorded.
#[derive(Clone)]
pub(crate) struct Records {
    pub(crate) recorder: Recorder,
    pub(crate) audit: Option<Audit>,
    pub(crate) clock: Arc<dyn atoll_host::Clock>,
}

/// An exchange under way. It is recorded when it is dropped.
pub(crate) struct Exchange {
    records: Arc<Records>,
    method: Method,
    uri: Uri,
    started: Duration,
    status: u16,
    sent_bytes: u64,
    pub(crate) caller: Caller,
    pub(crate) repository: Option<Repository>,
    /// It only asks, whatever its method: there is nothing to audit.
    pub(crate) is_question: bool,
    /// Held until the answer is sent.
    pub(crate) slot: Option<Slot>,
    _under_way: metrics::InFlight,
}

impl Exchange {
    pub(crate) fn begin(records: &Arc<Records>, method: Method, uri: Uri, caller: Caller) -> Self {
        Self {
            started: records.clock.elapsed(),
            _under_way: records.recorder.request_started(),
            records: Arc::clone(records),
            is_question: method.is_safe(),
            method,
            uri,
            status: CLIENT_LEFT,
            sent_bytes: 0,
            caller,
            repository: None,
            slot: None,
        }
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Time of its begin, by the monotonic clock.
    pub(crate) fn started(&self) -> Duration {
        self.started
    }

    /// Hands the answer over; content that is still to come keeps the exchange open.
    pub(crate) fn send(mut self, answer: Answer) -> http::Response<net::Body> {
        self.status = answer.status.as_u16();
        let body = match answer.content {
            Content::Empty => net::Body::empty(),
            Content::Full(content) => {
                self.sent_bytes = length_of(&content);
                net::Body::full(content)
            }
            Content::Stream(body, length) => {
                net::Body::stream(Sending { body, exchange: self }, Some(length))
            }
            Content::Foreign(body) => {
                self.sent_bytes = body.exact_bytes().unwrap_or_default();
                body
            }
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let latency = self.records.clock.elapsed().saturating_sub(self.started);
        let recorder = &self.records.recorder;
        recorder.bytes_sent(self.sent_bytes);
        recorder.request_finished(&metrics::Request {
            method: self.method.as_str(),
            code: self.status,
            repository: self.repository.as_ref().map(Repository::as_str),
            latency,
        });
        let request_id = &*self.caller.request_id.0;
        let target = masked_target(path_and_query(&self.uri));
        tracing::info!(
            { field::CLIENT_IP } = self.caller.address.map(tracing::field::display),
            { field::METHOD } = self.method.as_str(),
            { field::PATH } = &*target,
            { field::STATUS_CODE } = self.status,
            { field::LATENCY } = %Latency(latency),
            { field::BODY_SIZE } = self.sent_bytes,
            { field::REQUEST_ID } = request_id,
            "HTTP API"
        );
        if let Some(audit) = self.records.audit.as_ref().filter(|_| !self.is_question) {
            let client = self.caller.address.map(|address| address.to_string()).unwrap_or_default();
            audit.record(&AuditRecord {
                client: &client,
                subject: self.caller.name(),
                action: self.method.as_str(),
                object: &target,
                status: self.status,
                request_id,
            });
        }
    }
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str)
}

/// Content on its way.
struct Sending {
    body: Body,
    exchange: Exchange,
}

impl Stream for Sending {
    type Item = Result<Bytes, net::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match ready!(self.body.as_mut().poll_next(context)) {
            Some(Ok(chunk)) => {
                self.exchange.sent_bytes += length_of(&chunk);
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => {
                let request_id = &*self.exchange.caller.request_id.0;
                tracing::error!({ field::REQUEST_ID } = request_id, "an answer broke off: {error}");
                Poll::Ready(Some(Err(error.into())))
            }
            None => Poll::Ready(None),
        }
    }
}
