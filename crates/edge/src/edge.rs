//! The path of every request: route, limits, policy, node, answer.

use std::sync::Arc;

use arc_swap::ArcSwap;

use atoll_host::{BoxFuture, Host};
use atoll_net::{self as net, Handler, Incoming, Peer};
use atoll_service::{
    Admin, Blobs, Body, Caller, Manifests, Operator, Preferences, Queries, Reporter, Search,
};
use atoll_telemetry::audit::Audit;
use atoll_telemetry::metrics::Recorder;
use atoll_ui::Assets;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};

use crate::action::Action;
use crate::answer::{Answer, Content};
use crate::body;
use crate::error::Error;
use crate::exchange::{Exchange, Records};
use crate::extension::{Extension, ExtensionRequest, Extensions};
use crate::header as names;
use crate::identify::Identifier;
use crate::limits::{InFlight, Rates, Room};
use crate::operations::{self, Readiness};
use crate::options::{Options, RateLimit};
use crate::orders::{DRAIN_PATH, GIVE_UP_PATH, Orders};
use crate::permit::{Open, Policy};
use crate::render::{self, render};
use crate::route::{Offered, Target, route};

/// Whom the surface asks. Behind each may be one node, or a cluster of them.
#[derive(Clone)]
pub struct Services {
    /// Manifests, tags and referrers.
    pub manifests: Arc<dyn Manifests>,
    /// Blobs and uploads.
    pub blobs: Arc<dyn Blobs>,
    /// Questions about everything.
    pub queries: Arc<dyn Queries>,
    /// The state of this member.
    pub admin: Arc<dyn Admin>,
    /// Stars and bookmarks.
    pub preferences: Arc<dyn Preferences>,
    /// The search; none if it is off.
    pub search: Option<Arc<dyn Search>>,
    /// Who knows the cluster; none if that is not told.
    pub cluster: Option<Arc<dyn Reporter>>,
}

/// The surface. Cheap to clone; clones share limits and readiness.
#[derive(Clone)]
pub struct Edge {
    shared: Arc<Shared>,
}

/// Most bytes of manifests that are being received, of all clients together.
const MANIFESTS_ON_THEIR_WAY_BYTES: usize = 256 << 20;

#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) options: Arc<Options>,
    pub(crate) services: Services,
    pub(crate) host: Host,
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) identifier: Arc<Identifier>,
    pub(crate) readiness: Readiness,
    pub(crate) records: Arc<Records>,
    allow_origin: HeaderValue,
    extensions: Extensions,
    pub(crate) pages: Option<Arc<Assets>>,
    in_flight: InFlight,
    pub(crate) manifests_on_their_way: Room,
    rates: Arc<ArcSwap<Rates>>,
}

/// What carrying out an action may look at.
pub(crate) struct Ask<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) caller: &'a Caller,
    pub(crate) headers: &'a HeaderMap,
}

impl Edge {
    /// A surface over these services that lets everybody do everything. Fails if an option cannot stand in a header.
    pub fn new(options: Options, services: Services, host: Host, recorder: Recorder) -> Result<Self, Error> {
        let origin = options.allow_origin.as_deref().unwrap_or("*");
        let allow_origin = HeaderValue::from_str(origin).map_err(|_illegal| Error::OptionInvalid {
            name: "http.allowOrigin",
            value: origin.to_owned(),
        })?;
        let shared = Shared {
            services,
            policy: Arc::new(Open),
            identifier: Arc::new(Identifier::new(&*host.random)),
            readiness: Readiness::default(),
            records: Arc::new(Records { recorder, audit: None, clock: Arc::clone(&host.clock) }),
            allow_origin,
            extensions: Extensions::default(),
            pages: None,
            in_flight: InFlight::new(options.in_flight),
            manifests_on_their_way: Room::new(MANIFESTS_ON_THEIR_WAY_BYTES.max(options.manifest_bytes)),
            rates: Arc::new(ArcSwap::from_pointee(Rates::new(&options.rate_limit))),
            host,
            options: Arc::new(options),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The same surface under another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Arc<dyn Policy>) -> Self {
        Arc::make_mut(&mut self.shared).policy = policy;
        self
    }

    /// The same surface with an audit log.
    #[must_use]
    pub fn with_audit(mut self, audit: Audit) -> Self {
        Arc::make_mut(&mut Arc::make_mut(&mut self.shared).records).audit = Some(audit);
        self
    }

    /// The same surface with an extension that answers `prefix` and everything below it which is not the surface's own.
    #[must_use]
    pub fn with_route(mut self, prefix: &str, extension: Arc<dyn Extension>) -> Self {
        Arc::make_mut(&mut self.shared).extensions.add(prefix, extension);
        self
    }

    /// The same surface for a member that takes orders.
    #[must_use]
    pub fn with_operator(self, operator: Arc<dyn Operator>) -> Self {
        let orders: Arc<dyn Extension> = Arc::new(Orders(operator));
        self.with_route(DRAIN_PATH, Arc::clone(&orders)).with_route(GIVE_UP_PATH, orders)
    }

    /// The same surface with a web interface for whatever is not of the surface and its extensions.
    #[must_use]
    pub fn with_pages(mut self, assets: Assets) -> Self {
        Arc::make_mut(&mut self.shared).pages = Some(Arc::new(assets));
        self
    }

    /// Follows other rates from the next request on; what was taken of the old ones is forgotten.
    pub fn limit_rates(&self, limit: &RateLimit) {
        self.shared.rates.store(Arc::new(Rates::new(limit)));
    }

    /// Says whether the server is ready; it is not until somebody sets it.
    pub fn readiness(&self) -> Readiness {
        self.shared.readiness.clone()
    }
}

impl Handler for Edge {
    fn call(&self, request: Request<Incoming>, peer: Peer) -> BoxFuture<'static, Response<net::Body>> {
        Box::pin(Arc::clone(&self.shared).serve(request, peer))
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> Response<net::Body> {
        let (head, incoming) = request.into_parts();
        let caller = self.identifier.caller(&head.headers, &peer);
        let mut exchange = Exchange::begin(&self.records, head.method, head.uri.clone(), caller);
        let method = exchange.method().clone();
        let target = Target { method: &method, path: head.uri.path(), query: head.uri.query() };
        let (body, loan) = body::lend(incoming, &self.records.recorder);
        let outcome = self.outcome(&target, &mut exchange, (&head.headers, body)).await;
        let mut answer = match outcome {
            Ok(answer) => answer,
            Err(error) => {
                let error = if loan.has_stalled() { Error::BodyStalled } else { error };
                let context =
                    render::Context { request_id: &exchange.caller.request_id.0, realm: &self.options.realm };
                render(&error, &context)
            }
        };
        // A client that waits for leave to send sends nothing once it is refused.
        if !head.headers.contains_key(header::EXPECT) {
            loan.drain(&self.host.clock).await;
        }
        put_general_headers(&mut answer, target.path, &exchange.caller);
        if method == Method::HEAD {
            answer.without_content();
        }
        exchange.send(answer)
    }

    async fn outcome(
        &self,
        target: &Target<'_>,
        exchange: &mut Exchange,
        (headers, body): (&HeaderMap, Body),
    ) -> Result<Answer, Error> {
        let action = match route(*target, self.offered()) {
            Err(Error::PathUnknown) => {
                self.limit(target.method, exchange)?;
                return match self.extensions.find(target.path) {
                    Some(extension) => {
                        let request = extension_request(target, (headers, body), &exchange.caller);
                        Ok(foreign(extension.call(request).await))
                    }
                    None => self.page(target, headers),
                };
            }
            routed => routed?,
        };
        exchange.repository = action.repository().cloned();
        exchange.is_question |= matches!(action, Action::Search { .. });
        if !action.is_about_the_server() {
            self.limit(target.method, exchange)?;
        }
        self.policy.admit(&exchange.caller, &action)?;
        let (cors, tells_methods) = (action.cors(), action.tells_methods());
        let ask = Ask { shared: self, caller: &exchange.caller, headers };
        let mut answer = ask.carry_out(action, body).await?;
        if let Some(methods) = cors {
            self.put_origin(&mut answer);
            if tells_methods {
                put_methods(&mut answer, methods);
            }
        }
        Ok(answer)
    }

    fn limit(&self, method: &Method, exchange: &mut Exchange) -> Result<(), Error> {
        exchange.slot = Some(self.in_flight.take()?);
        let rates = self.rates.load();
        if rates.is_unlimited() { Ok(()) } else { rates.take(method, exchange.started()) }
    }

    /// What is there beside the distribution API.
    pub(crate) fn offered(&self) -> Offered<'_> {
        let search = self.services.search.is_some();
        Offered {
            metrics: self.options.metrics_path.as_deref(),
            search,
            preferences: search && self.options.preferences,
            cluster: self.services.cluster.is_some(),
        }
    }

    /// Lets pages of other origins read the answer.
    fn put_origin(&self, answer: &mut Answer) {
        answer.set(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.allow_origin.clone());
        if self.options.allow_origin.is_some() {
            answer.set(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
}

fn extension_request(
    target: &Target<'_>,
    (headers, body): (&HeaderMap, Body),
    caller: &Caller,
) -> ExtensionRequest {
    ExtensionRequest {
        method: target.method.clone(),
        path: target.path.to_owned(),
        query: target.query.map(str::to_owned),
        headers: headers.clone(),
        body,
        caller: caller.clone(),
    }
}

fn foreign(response: Response<net::Body>) -> Answer {
    let (head, body) = response.into_parts();
    Answer { status: head.status, headers: head.headers, content: Content::Foreign(body) }
}

/// Tells pages of other origins what they may send. zot says this on every answer; browsers look for it where they ask with
/// `OPTIONS` alone, and on a small manifest it would be a sixth of the bytes.
fn put_methods(answer: &mut Answer, methods: &'static str) {
    answer.set(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    answer.set(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization,content-type,X-ZOT-API-CLIENT"),
    );
}

fn put_general_headers(answer: &mut Answer, path: &str, caller: &Caller) {
    answer.set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if path.starts_with("/v2/") {
        answer.set(names::API_VERSION, HeaderValue::from_static("registry/2.0"));
    }
    if let Ok(id) = HeaderValue::from_str(&caller.request_id.0) {
        answer.set(names::REQUEST_ID, id);
    }
}

impl Ask<'_> {
    /// The long ones are boxed: every request moves a future of the largest size among them.
    async fn carry_out(&self, action: Action, body: Body) -> Result<Answer, Error> {
        match action {
            Action::Ping => Ok(operations::ping()),
            Action::Livez => Ok(operations::fine()),
            Action::Startupz => self.startupz(),
            Action::Readyz => self.readyz().await,
            Action::Metrics => Ok(self.metrics()),
            Action::Discover => self.discover(),
            Action::Search { method, query } => Box::pin(self.search((method, query), body)).await,
            Action::Management => self.management(),
            Action::ToggleMark { mark, repository } => Box::pin(self.toggle_mark(mark, &repository)).await,
            Action::Cluster => self.cluster().await,
            Action::Options(methods) => Ok(operations::options(methods)),
            Action::Catalog(page) => self.catalog(page).await,
            Action::Tags { repository, page } => self.tags(repository, page).await,
            Action::Referrers { repository, subject, artifact_types, place } => {
                self.referrers((repository, subject), artifact_types, place).await
            }
            Action::GetManifest(request) => self.get_manifest(request).await,
            Action::HeadManifest(request) => self.head_manifest(request).await,
            Action::PutManifest { repository, reference, tags } => {
                Box::pin(self.put_manifest((repository, reference), tags, body)).await
            }
            Action::DeleteManifest { repository, reference } => {
                self.delete_manifest(repository, reference).await
            }
            Action::HeadBlob { address, .. } => self.head_blob(address).await,
            Action::GetBlob { address, .. } => Box::pin(self.get_blob(address)).await,
            Action::DeleteBlob(address) => self.delete_blob(address).await,
            Action::StartUpload(start) => Box::pin(self.start_upload(start, body)).await,
            Action::UploadStatus(address) => self.upload_status(address).await,
            Action::PatchUpload(address) => self.patch_upload(address, body).await,
            Action::FinishUpload { address, digest } => {
                Box::pin(self.finish_upload(address, digest, body)).await
            }
            Action::CancelUpload(address) => self.cancel_upload(address).await,
        }
    }

    /// The length of the body, if the client told it.
    pub(crate) fn announced_bytes(&self) -> Option<u64> {
        self.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests;
