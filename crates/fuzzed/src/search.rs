//! Queries of the search.

use std::pin::pin;
use std::str;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use atoll_graphql::{Endpoint, OpenAccess, Parts};
use atoll_host::{BoxFuture, Clock, Timestamp};
use atoll_oci::Repository;
use atoll_service::{
    Caller, CatalogPage, Error, ExpandedRepository, FindImages, Gathered, GetImage, GetReferrers,
    GetRepository, ImagePage, ImageSummary, ListCatalog, ListImages, ListRepositories, NoScanner, Queries,
    ReferrerSummary, RepositoryPage, Search, SearchAnswer, SearchMethod, SearchOutcome, SearchRequest,
    empty_body, full_body,
};
use serde_json::{Value, json};

/// An answer to what is not run is short, whatever it quotes.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// The input is taken for a whole body, for what stands behind the question mark, for the text of a query and for the words of a
/// search. Each is answered with JSON that holds data or errors, the same each time it is run; what is not run is answered briefly.
pub fn search(data: &[u8]) {
    let submitted = |body: Vec<u8>| SearchRequest {
        method: SearchMethod::Submit,
        query: None,
        content_type: Some("application/json".to_owned()),
        accept: None,
        body: full_body(body.into()),
    };
    holds(|| submitted(data.to_vec()));
    let Ok(text) = str::from_utf8(data) else { return };
    holds(|| SearchRequest {
        method: SearchMethod::Read,
        query: Some(text.to_owned()),
        body: empty_body(),
        ..submitted(Vec::new())
    });
    holds(|| submitted(json!({ "query": text }).to_string().into_bytes()));
    let words = "query($q:String!){GlobalSearch(query:$q){Page{TotalCount ItemCount}} Image(image:$q){Tag}
        Referrers(repo:\"a\",digest:$q){Size}}";
    let request = json!({ "query": words, "variables": { "q": text } });
    let outcome = holds(|| submitted(request.to_string().into_bytes()));
    assert_eq!(outcome, SearchOutcome::Executed, "any text is a text");
}

fn holds(request: impl Fn() -> SearchRequest) -> SearchOutcome {
    static ENDPOINT: LazyLock<Endpoint> = LazyLock::new(endpoint);
    let caller = Caller::internal("fuzzed");
    let first = finish(ENDPOINT.answer(&caller, request()));
    let again = finish(ENDPOINT.answer(&caller, request()));
    assert_eq!(first.outcome, again.outcome, "the same query has the same outcome");
    if first.outcome == SearchOutcome::Executed {
        assert_eq!(first.body, again.body, "the same query has the same answer");
    }
    let SearchAnswer { outcome, body, .. } = first;
    let told: Option<Value> = serde_json::from_slice(&body).ok();
    let told = told.as_ref().and_then(Value::as_object);
    let has_data = told.and_then(|told| told.get("data")).map(|data| !data.is_null());
    let errors = told.and_then(|told| told.get("errors")).and_then(Value::as_array);
    assert!(has_data.is_some(), "an answer has the member `data`");
    assert!(
        has_data == Some(true) || errors.is_some_and(|errors| !errors.is_empty()),
        "no data, and no reason"
    );
    if outcome != SearchOutcome::Executed {
        assert!(
            has_data == Some(false) && body.len() <= LONGEST_REFUSAL,
            "{} bytes of {outcome:?}",
            body.len()
        );
    }
    outcome
}

/// Nothing here waits for anything, so asking often enough comes to an end.
fn finish(answer: impl Future<Output = SearchAnswer>) -> SearchAnswer {
    let mut answer = pin!(answer);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(answer) = answer.as_mut().poll(&mut context) {
            return answer;
        }
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Parts {
        queries: Arc::new(Nothing),
        scanner: Arc::new(NoScanner),
        access: Arc::new(OpenAccess),
        clock: Arc::new(Timeless),
    })
}

/// A clock on which no time passes.
struct Timeless;

impl Clock for Timeless {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// A registry that holds nothing, and where what it is asked can be written as it was read.
struct Nothing;

fn unknown<T>(repository: Repository) -> Result<T, Error> {
    assert!(crate::reference::is_repository(repository.as_str()), "{repository}");
    Err(Error::RepositoryUnknown(repository))
}

#[async_trait]
impl Queries for Nothing {
    async fn catalog(&self, _: &Caller, _: ListCatalog) -> Result<Gathered<CatalogPage>, Error> {
        Err(Error::Internal("the search does not ask for the catalog".to_owned()))
    }

    async fn repositories(&self, _: &Caller, _: ListRepositories) -> Result<Gathered<RepositoryPage>, Error> {
        Ok(Gathered { answer: RepositoryPage::default(), coverage: atoll_service::Coverage::default() })
    }

    async fn images(&self, _: &Caller, request: ListImages) -> Result<Gathered<ImagePage>, Error> {
        match request.find {
            FindImages::BaseOf(image) | FindImages::DerivedFrom(image) => unknown(image.repository),
            _ => Ok(Gathered { answer: ImagePage::default(), coverage: atoll_service::Coverage::default() }),
        }
    }

    async fn image(&self, _: &Caller, request: GetImage) -> Result<(ImageSummary, Vec<String>), Error> {
        assert!(crate::reference::is_tag(request.tag.as_str()), "{}", request.tag);
        unknown(request.repository)
    }

    async fn expanded(
        &self,
        _: &Caller,
        request: GetRepository,
    ) -> Result<Gathered<ExpandedRepository>, Error> {
        unknown(request.repository)
    }

    async fn image_referrers(
        &self,
        _: &Caller,
        request: GetReferrers,
    ) -> Result<Vec<ReferrerSummary>, Error> {
        unknown(request.repository)
    }

    fn freshness_at_hand(&self) -> Option<u64> {
        Some(0)
    }
}
