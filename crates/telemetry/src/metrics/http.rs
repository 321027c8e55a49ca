//! Numbers about requests. The handles of usual methods and statuses are resolved once, so that counting a request is two
//! additions and one short lock.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::names::metric;

/// Methods with a label of their own; a client may send any word, so the rest shares [`OTHER_METHOD`].
const METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"];
const OTHER_METHOD: &str = "other";
/// Statuses whose handles are kept, the frequent ones first: the look-up walks this list.
const CODES: [u16; 24] = [
    200, 201, 202, 404, 206, 304, 204, 401, 307, 400, 403, 405, 409, 412, 413, 416, 429, 499, 500, 503, 507,
    301, 408, 415,
];
/// zot's buckets of `zot_http_method_latency_seconds`, in seconds.
const LATENCY_BUCKETS: [f64; 7] = [0.05, 0.5, 1.0, 5.0, 30.0, 60.0, 600.0];

/// What is counted of an answered request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Request method as sent.
    pub method: &'a str,
    /// Status of the answer.
    pub code: u16,
    /// The repository that the path names, if any.
    pub repository: Option<&'a str>,
    /// Time from the request head to the end of the answer.
    pub latency: Duration,
}

/// A request under way; dropping it ends it.
#[derive(Debug)]
pub struct InFlight(Gauge);

#[derive(Debug)]
pub(super) struct Http {
    requests: Family<RequestLabels, Counter>,
    request_handles: [[OnceLock<Counter>; CODES.len()]; METHODS.len() + 1],
    latencies: Family<MethodLabels, Histogram, fn() -> Histogram>,
    latency_handles: [OnceLock<Histogram>; METHODS.len() + 1],
    in_flight: Gauge,
    pub(super) request_bytes: Counter,
    pub(super) response_bytes: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MethodLabels {
    method: &'static str,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Http {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let latencies =
            Family::new_with_constructor((|| Histogram::new(LATENCY_BUCKETS)) as fn() -> Histogram);
        registry.register(metric::HTTP_METHOD_LATENCY, "Latency of serving HTTP requests", latencies.clone());
        Self {
            requests: super::counter(
                registry,
                metric::HTTP_REQUESTS,
                "Answered HTTP requests",
                Family::default(),
            ),
            request_handles: Default::default(),
            latencies,
            latency_handles: Default::default(),
            in_flight: super::gauge(
                registry,
                metric::HTTP_IN_FLIGHT,
                "Requests whose answer is not complete",
            ),
            request_bytes: super::counter(
                registry,
                metric::HTTP_REQUEST_BYTES,
                "Bytes of request bodies received",
                Counter::default(),
            ),
            response_bytes: super::counter(
                registry,
                metric::HTTP_RESPONSE_BYTES,
                "Bytes of response bodies sent",
                Counter::default(),
            ),
        }
    }

    pub(super) fn started(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    pub(super) fn finished(&self, request: &Request<'_>) {
        let row = METHODS.iter().position(|method| *method == request.method).unwrap_or(METHODS.len());
        let method = METHODS.get(row).copied().unwrap_or(OTHER_METHOD);
        self.count(row, &RequestLabels { method, code: request.code });
        let fresh = || self.latencies.get_or_create_owned(&MethodLabels { method });
        if let Some(handle) = self.latency_handles.get(row) {
            handle.get_or_init(fresh).observe(request.latency.as_secs_f64());
        }
    }

    fn count(&self, row: usize, labels: &RequestLabels) {
        let column = CODES.iter().position(|code| *code == labels.code);
        let handle = column.and_then(|column| self.request_handles.get(row)?.get(column));
        match handle {
            Some(handle) => handle.get_or_init(|| self.requests.get_or_create_owned(labels)).inc(),
            None => self.requests.get_or_create(labels).inc(),
        };
    }
}
