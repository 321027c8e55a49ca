//! What operators and clients ask about the server itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atoll_fault::Kind;
use atoll_telemetry::metrics;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::action::Methods;
use crate::answer::Answer;
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;
use crate::route::SEARCH;

/// Whether the server should be sent requests. Clones share the state.
#[derive(Clone, Default)]
pub struct Readiness {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    started: AtomicBool,
    ready: AtomicBool,
}

impl Readiness {
    /// The server has started and takes requests.
    pub fn begin(&self) {
        self.state.started.store(true, Ordering::Release);
        self.state.ready.store(true, Ordering::Release);
    }

    /// The server is about to stop: balancers should look elsewhere. Requests are still answered.
    pub fn end(&self) {
        self.state.ready.store(false, Ordering::Release);
    }

    fn has_started(&self) -> bool {
        self.state.started.load(Ordering::Acquire)
    }

    fn is_ready(&self) -> bool {
        self.state.ready.load(Ordering::Acquire)
    }
}

/// The answer to `GET /v2/`: this is a registry (distribution-spec, "Determining Support").
pub(crate) fn ping() -> Answer {
    let mut answer = Answer::new(StatusCode::OK);
    answer.set(header::CONTENT_TYPE, HeaderValue::from_static(names::JSON));
    answer
}

/// The answer of a check that passes.
pub(crate) fn fine() -> Answer {
    Answer::full(names::TEXT, "ok")
}

pub(crate) fn options(methods: Methods) -> Answer {
    let mut answer = Answer::new(StatusCode::NO_CONTENT);
    // Of the search, browsers alone ask this, as they ask zot: they look at the CORS headers, and `Allow` would be a new one.
    if methods != SEARCH {
        answer.set(header::ALLOW, HeaderValue::from_static(methods.allow));
    }
    answer
}

#[derive(Serialize)]
struct Discovery<'a> {
    extensions: Vec<Described<'a>>,
}

#[derive(Serialize)]
struct Described<'a> {
    name: &'static str,
    url: &'static str,
    description: &'static str,
    endpoints: &'a [&'static str],
}

impl Ask<'_> {
    pub(crate) fn startupz(&self) -> Result<Answer, Error> {
        if self.shared.readiness.has_started() { Ok(fine()) } else { Err(Error::NotReady) }
    }

    /// Ready means that this member would answer. A full disk does not make it unready: pulls go on, and deletes cure it.
    pub(crate) async fn readyz(&self) -> Result<Answer, Error> {
        if !self.shared.readiness.is_ready() {
            return Err(Error::NotReady);
        }
        match self.shared.services.admin.status(self.caller).await {
            Ok(_) => Ok(fine()),
            // Whoever asks here wants to know whether to send requests: not, whatever has failed.
            Err(error) if error.kind() == Kind::Internal => {
                tracing::error!(%error, "this server cannot say that it is ready");
                Err(Error::NotReady)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn metrics(&self) -> Answer {
        Answer::full(metrics::CONTENT_TYPE, self.shared.records.recorder.render())
    }

    /// The extensions, by the name and description under which zot's clients look for them.
    pub(crate) fn discover(&self) -> Result<Answer, Error> {
        let offered = self.shared.offered();
        let endpoints: Vec<_> = [
            (offered.search, "/v2/_zot/ext/search"),
            (offered.preferences, "/v2/_zot/ext/userprefs"),
            (offered.search, "/v2/_zot/ext/mgmt"),
        ]
        .into_iter()
        .filter_map(|(is_offered, path)| is_offered.then_some(path))
        .collect();
        let zot = Described {
            name: "_zot",
            url: "https://github.com/project-zot/zot/blob/main/pkg/extensions/_zot.md",
            description: "zot registry extensions",
            endpoints: &endpoints,
        };
        let extensions = if endpoints.is_empty() { Vec::new() } else { vec![zot] };
        Ok(Answer::full(names::JSON, serde_json::to_vec(&Discovery { extensions })?))
    }
}
