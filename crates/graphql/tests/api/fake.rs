//! A root that answers what a test tells it and remembers what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atoll_graphql::{Access, Endpoint, Parts};
use atoll_host::{BoxFuture, Clock, Timestamp};
use atoll_oci::{Digest, Platform, Repository};
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    Caller, CatalogPage, Coverage, Error, ExpandedRepository, Gathered, GetImage, GetReferrers,
    GetRepository, ImagePage, ImageSummary, ListCatalog, ListImages, ListRepositories, ManifestSummary,
    Missing, NoScanner, Principal, Queries, ReferrerSummary, RepositoryPage, RepositorySummary, Scanner,
    Search as _, SearchAnswer, SearchMethod, SearchRequest, Texts, ToldTime, Visibility, Vulnerability,
    empty_body, full_body,
};
use serde_json::Value;

/// A question as it reached the root.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    Repositories(ListRepositories),
    Images(ListImages),
    Image(GetImage),
    Expanded(GetRepository),
    Referrers(GetReferrers),
}

/// What the root answers.
pub(crate) struct Root {
    pub(crate) repositories: Result<RepositoryPage, Error>,
    pub(crate) images: Result<ImagePage, Error>,
    pub(crate) image: Result<(ImageSummary, Vec<String>), Error>,
    pub(crate) expanded: Result<ExpandedRepository, Error>,
    pub(crate) referrers: Result<Vec<ReferrerSummary>, Error>,
    pub(crate) coverage: Coverage,
    pub(crate) freshness: Option<u64>,
    /// The same, when others were asked; and how often they were.
    pub(crate) freshness_of_others: Option<u64>,
    pub(crate) others_asked: usize,
    /// Lists are never answered.
    pub(crate) hangs: bool,
    pub(crate) asked: Vec<Question>,
    /// How long queries were given.
    pub(crate) waited: Vec<Duration>,
}

impl Default for Root {
    fn default() -> Self {
        let one = image("redis", "6");
        Self {
            repositories: Ok(RepositoryPage {
                total: 1,
                repositories: vec![repository("redis")],
                faults: Vec::new(),
            }),
            images: Ok(ImagePage { total: 1, images: vec![one.clone()], faults: Vec::new() }),
            image: Ok((one.clone(), Vec::new())),
            expanded: Ok(ExpandedRepository {
                summary: repository("redis"),
                images: vec![one],
                faults: Vec::new(),
            }),
            referrers: Ok(Vec::new()),
            coverage: Coverage::default(),
            freshness: None,
            freshness_of_others: None,
            others_asked: 0,
            hangs: false,
            asked: Vec::new(),
            waited: Vec::new(),
        }
    }
}

struct Fake(Arc<Mutex<Root>>);

impl Fake {
    fn answer<T>(&self, question: Question, of: impl FnOnce(&Root) -> T) -> (T, bool) {
        let mut root = self.0.lock().unwrap();
        root.asked.push(question);
        (of(&root), root.hangs)
    }
}

#[async_trait]
impl Queries for Fake {
    async fn catalog(&self, _: &Caller, _: ListCatalog) -> Result<Gathered<CatalogPage>, Error> {
        panic!("the search does not ask for the catalog")
    }

    async fn repositories(
        &self,
        _: &Caller,
        request: ListRepositories,
    ) -> Result<Gathered<RepositoryPage>, Error> {
        let (answer, hangs) = self.answer(Question::Repositories(request), |root| {
            root.repositories.clone().map(|answer| Gathered { answer, coverage: root.coverage.clone() })
        });
        if hangs { std::future::pending().await } else { answer }
    }

    async fn images(&self, _: &Caller, request: ListImages) -> Result<Gathered<ImagePage>, Error> {
        let (answer, hangs) = self.answer(Question::Images(request), |root| {
            root.images.clone().map(|answer| Gathered { answer, coverage: root.coverage.clone() })
        });
        if hangs { std::future::pending().await } else { answer }
    }

    async fn image(&self, _: &Caller, request: GetImage) -> Result<(ImageSummary, Vec<String>), Error> {
        self.answer(Question::Image(request), |root| root.image.clone()).0
    }

    async fn expanded(
        &self,
        _: &Caller,
        request: GetRepository,
    ) -> Result<Gathered<ExpandedRepository>, Error> {
        let answer = |root: &Root| {
            root.expanded.clone().map(|answer| Gathered { answer, coverage: root.coverage.clone() })
        };
        self.answer(Question::Expanded(request), answer).0
    }

    fn missing(&self, shard: Shard) -> Missing {
        Missing { shards: vec![shard], member: Some(MemberId(7)), is_retryable: true }
    }

    async fn image_referrers(
        &self,
        _: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        self.answer(Question::Referrers(request), |root| root.referrers.clone()).0
    }

    fn freshness_at_hand(&self) -> Option<u64> {
        self.0.lock().unwrap().freshness
    }

    async fn freshness(&self, _: &Caller) -> Option<u64> {
        let mut root = self.0.lock().unwrap();
        root.others_asked += 1;
        root.freshness_of_others
    }
}

/// A clock on which time has run out where the root hangs, and never runs out elsewhere.
struct FakeClock(Arc<Mutex<Root>>);

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut root = self.0.lock().unwrap();
        root.waited.push(duration);
        if root.hangs { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }
}

/// What may be seen and deleted.
pub(crate) struct Rights {
    pub(crate) visibility: Visibility,
    pub(crate) deletes: bool,
}

struct FakeAccess(Arc<Mutex<Rights>>);

impl Access for FakeAccess {
    fn visibility(&self, _: &Caller) -> Visibility {
        self.0.lock().unwrap().visibility.clone()
    }

    fn may_delete(&self, _: &Caller, _: &Repository) -> bool {
        self.0.lock().unwrap().deletes
    }
}

/// Vulnerabilities by manifest; a manifest that is not in it cannot be scanned.
#[derive(Default)]
pub(crate) struct FakeScanner(pub(crate) BTreeMap<Digest, Vec<Vulnerability>>);

#[async_trait]
impl Scanner for FakeScanner {
    fn is_on(&self) -> bool {
        true
    }

    async fn scan(&self, _: &Caller, _: &Repository, manifest: &Digest) -> Result<Vec<Vulnerability>, Error> {
        let unscannable = || Error::MediaTypeUnsupported("application/vnd.wasm".to_owned());
        self.0.get(manifest).cloned().ok_or_else(unscannable)
    }

    async fn known(
        &self,
        _: &Caller,
        _: &Repository,
        manifest: &Digest,
    ) -> Result<Option<Vec<Vulnerability>>, Error> {
        Ok(self.0.get(manifest).cloned())
    }

    async fn manifests_with(&self, _: &Caller, id: &str) -> Result<BTreeSet<Digest>, Error> {
        let has = |found: &Vec<Vulnerability>| found.iter().any(|one| one.id == id);
        Ok(self.0.iter().filter(|(_, found)| has(found)).map(|(digest, _)| *digest).collect())
    }
}

/// A search over a fake root.
pub(crate) struct Setup {
    pub(crate) root: Arc<Mutex<Root>>,
    pub(crate) rights: Arc<Mutex<Rights>>,
    pub(crate) endpoint: Endpoint,
}

impl Setup {
    pub(crate) fn new(root: Root) -> Self {
        Self::scanning(root, Arc::new(NoScanner))
    }

    pub(crate) fn scanning(root: Root, scanner: Arc<dyn Scanner>) -> Self {
        let root = Arc::new(Mutex::new(root));
        let rights = Arc::new(Mutex::new(Rights { visibility: Visibility::Everything, deletes: true }));
        let endpoint = Endpoint::new(Parts {
            queries: Arc::new(Fake(Arc::clone(&root))),
            scanner,
            access: Arc::new(FakeAccess(Arc::clone(&rights))),
            clock: Arc::new(FakeClock(Arc::clone(&root))),
        });
        Self { root, rights, endpoint }
    }

    /// Asks with POST.
    pub(crate) async fn post(&self, query: &str, variables: Value) -> SearchAnswer {
        let body = serde_json::json!({"query": query, "variables": variables});
        self.endpoint.answer(&caller(), submit(body.to_string())).await
    }

    /// The JSON of an answer to a query without variables.
    pub(crate) async fn ask(&self, query: &str) -> Value {
        json(&self.post(query, Value::Null).await)
    }

    /// The data of an answer that has no errors.
    pub(crate) async fn data(&self, query: &str) -> Value {
        let mut answer = self.ask(query).await;
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].take()
    }

    /// Messages of an answer without data.
    pub(crate) async fn refusals(&self, query: &str) -> Vec<String> {
        let answer = self.ask(query).await;
        assert_eq!(answer["data"], Value::Null, "{query}");
        messages(&answer)
    }

    /// What the root was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Question> {
        std::mem::take(&mut self.root.lock().unwrap().asked)
    }
}

pub(crate) fn caller() -> Caller {
    let principal = Principal::User("ann".into());
    Caller { principal, remaining: Some(Duration::from_mins(1)), ..Caller::default() }
}

pub(crate) fn submit(body: impl Into<String>) -> SearchRequest {
    SearchRequest {
        method: SearchMethod::Submit,
        query: None,
        content_type: Some("application/json".to_owned()),
        accept: None,
        body: full_body(body.into().into()),
    }
}

pub(crate) fn read(query: impl Into<String>) -> SearchRequest {
    SearchRequest {
        method: SearchMethod::Read,
        query: Some(query.into()),
        content_type: None,
        accept: None,
        body: empty_body(),
    }
}

pub(crate) fn json(answer: &SearchAnswer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

pub(crate) fn messages(answer: &Value) -> Vec<String> {
    let message = |error: &Value| error["message"].as_str().unwrap().to_owned();
    answer["errors"].as_array().map(|errors| errors.iter().map(message).collect()).unwrap_or_default()
}

/// A digest whose first byte tells which.
pub(crate) fn digest(number: u8) -> Digest {
    let mut raw = [0; 32];
    raw[0] = number;
    Digest::from_bytes(atoll_oci::Algorithm::Sha256, &raw).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "what is filled with it may be without a time")]
pub(crate) fn time(seconds: i64, text: &str) -> Option<ToldTime> {
    Some(ToldTime { instant_nanos: i128::from(seconds) * 1_000_000_000, text: text.to_owned() })
}

pub(crate) fn manifest(number: u8, architecture: &str) -> ManifestSummary {
    ManifestSummary {
        digest: digest(number),
        config_digest: Some(digest(200)),
        last_updated: time(1, "1970-01-01T00:00:01Z"),
        size: 10,
        signatures: Vec::new(),
        platform: Platform { os: "linux".into(), architecture: architecture.into(), variant: String::new() },
        downloads: 1,
        layers: Vec::new(),
        history: Vec::new(),
        referrers: Vec::new(),
        artifact_type: "application/vnd.oci.image.config.v1+json".into(),
    }
}

/// An image with one manifest, whose number is the length of the tag.
pub(crate) fn image(repository: &str, tag: &str) -> ImageSummary {
    let number = u8::try_from(tag.len()).unwrap();
    ImageSummary {
        repository: repository.parse().unwrap(),
        tag: tag.parse().unwrap(),
        digest: digest(number),
        media_type: "application/vnd.oci.image.manifest.v1+json".into(),
        manifests: vec![manifest(number, "amd64")],
        size: 12_345_678_901,
        downloads: 7,
        last_pulled_at: Some(Timestamp(0)),
        pushed_at: Some(Timestamp(1_700_000_000_120_000_000)),
        pushed_by: "ann".into(),
        tagged_at: None,
        last_updated: time(1, "1970-01-01T02:00:01+02:00"),
        texts: Texts { description: "a store".into(), ..Texts::default() },
        signatures: Vec::new(),
        is_signed: false,
        referrers: Vec::new(),
        artifact_type: "application/vnd.oci.image.config.v1+json".into(),
    }
}

pub(crate) fn repository(name: &str) -> RepositorySummary {
    RepositorySummary {
        name: name.parse().unwrap(),
        last_updated: time(-62_135_596_800, "0001-01-01T00:00:00Z"),
        size: 99,
        platforms: vec![Platform { os: "linux".into(), architecture: "arm".into(), variant: "v7".into() }],
        vendors: vec!["Redis".into()],
        newest: Some(Box::new(image(name, "6"))),
        downloads: 7,
        stars: 2,
        is_starred: true,
        is_bookmarked: false,
        rank: 1,
    }
}
