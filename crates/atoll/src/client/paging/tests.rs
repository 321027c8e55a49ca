use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_host::{BoxFuture, Host, ShutdownHandle};
use atoll_net::{Body, Handler, Incoming, Options, Peer};
use futures_util::StreamExt as _;
use http::{Request, Response};
use serde_json::{Value, json};

use super::super::arguments::Reach;
use super::super::facts;
use super::{Error, Server, Sort, images, repositories, searched};

/// A server that has so many rows for every question, or one answer for all of them.
#[derive(Default)]
struct Fake {
    total: usize,
    fixed: Option<(u16, &'static str)>,
    asked: Mutex<Vec<Value>>,
}

impl Fake {
    fn answer(&self, question: &Value) -> (u16, String) {
        if let Some((status, text)) = self.fixed {
            return (status, text.to_owned());
        }
        let at = |name: &str| usize::try_from(question["variables"]["page"][name].as_u64().unwrap()).unwrap();
        let end = self.total.min(at("offset") + at("limit"));
        let rows: Vec<Value> = (at("offset")..end).map(|row| json!({"Name": format!("r{row}")})).collect();
        let list =
            json!({"Page": {"TotalCount": self.total}, "Results": rows, "Repos": rows, "Images": rows});
        let data = json!({"RepoListWithNewestImage": list, "GlobalSearch": list, "ImageList": list});
        (200, json!({"data": data}).to_string())
    }
}

impl Fake {
    fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Answering(Arc<Fake>);

impl Handler for Answering {
    fn call(&self, request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        let fake = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, mut body) = request.into_parts();
            assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/v2/_zot/ext/search"));
            assert_eq!(head.headers["content-type"], "application/json");
            assert_eq!(head.headers["authorization"], "Basic YTpi");
            let mut text = Vec::new();
            while let Some(Ok(chunk)) = body.next().await {
                text.extend_from_slice(&chunk);
            }
            let question: Value = serde_json::from_slice(&text).unwrap();
            let (status, answer) = fake.answer(&question);
            fake.asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
            Response::builder().status(status).body(Body::full(answer)).unwrap()
        })
    }
}

/// Asks a server on a port of its own.
async fn asking<T>(fake: &Arc<Fake>, question: impl AsyncFnOnce(Server) -> T) -> T {
    let (host, options) = (Host::system(1), Options { port: 0, ..Options::default() });
    let handler = Arc::new(Answering(Arc::clone(fake)));
    let listening = atoll_net::Server::bind(options, handler, host.clone()).await.unwrap();
    let address: SocketAddr = listening.addresses()[0];
    let (stop, stopping) = ShutdownHandle::new();
    host.tasks.spawn(listening.run(stopping));
    let reach = Reach { url: format!("http://{address}/"), user: Some("a:b".to_owned()), cacert: None };
    let answer = question(Server::new(&reach).unwrap()).await;
    stop.signal();
    answer
}

fn pages(fake: &Fake) -> Vec<(u64, u64)> {
    let page = |question: &Value| {
        let page = &question["variables"]["page"];
        (page["offset"].as_u64().unwrap(), page["limit"].as_u64().unwrap())
    };
    fake.asked().iter().map(page).collect()
}

#[tokio::test]
async fn long_lists_are_asked_for_in_pages() {
    let fake = Arc::new(Fake { total: 1200, ..Fake::default() });
    let listing = asking(&fake, async |server| repositories(&server, Sort::Name, 1100).await.unwrap()).await;
    assert_eq!((listing.rows.len(), listing.total), (1100, 1200));
    assert_eq!(listing.rows[1099]["repository"], "r1099");
    assert_eq!(pages(&fake), [(0, 500), (500, 500), (1000, 100)]);
    assert_eq!(fake.asked()[0]["variables"]["page"]["sortBy"], "ALPHABETIC_ASC");
}

#[tokio::test]
async fn a_short_page_is_the_last_one() {
    let fake = Arc::new(Fake { total: 700, ..Fake::default() });
    let listing =
        asking(&fake, async |server| images(&server, ("ImageList", "repo"), "a/b", 5000).await.unwrap());
    assert_eq!(listing.await.rows.len(), 700);
    assert_eq!(pages(&fake), [(0, 500), (500, 500)]);
    assert_eq!(fake.asked()[0]["variables"]["asked"], "a/b");
    assert!(
        fake.asked()[0]["query"].as_str().unwrap().contains("ImageList(repo: $asked, requestedPage: $page)")
    );
}

#[tokio::test]
async fn words_find_repositories_and_references_find_images() {
    for (words, columns) in [("a b", "NEWEST"), ("a:1", "TAG"), (":1", "TAG"), ("sha256:00", "TAG")] {
        let fake = Arc::new(Fake { total: 1, ..Fake::default() });
        let found =
            asking(&fake, async |server| searched(&server, words, Sort::Updated, 9).await.unwrap()).await;
        assert_eq!((found.columns[1].title, found.rows.len()), (columns, 1), "{words}");
        assert_eq!(fake.asked()[0]["variables"]["asked"], words);
    }
}

#[tokio::test]
async fn empty_words_are_asked_for_as_they_are() {
    let fake = Arc::new(Fake { total: 2, ..Fake::default() });
    let found = asking(&fake, async |server| {
        let searched = searched(&server, "", Sort::Relevance, 9).await.unwrap();
        let images = images(&server, ("ImageList", "repo"), "", 9).await.unwrap();
        let _all = repositories(&server, Sort::Name, 9).await.unwrap();
        searched.rows.len() + images.rows.len()
    });
    assert_eq!(found.await, 4);
    let asked: Vec<_> =
        fake.asked().iter().map(|question| question["variables"].get("asked").cloned()).collect();
    assert_eq!(asked, [Some(json!("")), Some(json!("")), None], "only a question with words has them");
}

#[tokio::test]
async fn what_a_server_refuses_is_told() {
    type Check = fn(&Error) -> bool;
    let cases: [(u16, &str, Check); 7] = [
        (404, "404 page not found", |error| matches!(error, Error::NoSearch { .. })),
        (401, "", |error| matches!(error, Error::LogIn { .. })),
        (503, "{\"errors\":[],\"data\":null}", |error| matches!(error, Error::Later { .. })),
        (422, "{\"errors\":[{\"message\":\"why\"}],\"data\":null}", |error| {
            error.to_string().ends_with(": why")
        }),
        (200, "<html>", |error| matches!(error, Error::Unexpected)),
        (200, "{\"data\":{\"Other\":1}}", |error| matches!(error, Error::Unexpected)),
        (400, "<html>", |error| matches!(error, Error::Status { status: 400, .. })),
    ];
    for (status, text, is_expected) in cases {
        let fake = Arc::new(Fake { fixed: Some((status, text)), ..Fake::default() });
        let found = asking(&fake, async |server| facts::image(&server, "a:1").await).await;
        assert!(found.as_ref().is_err_and(is_expected), "{status} {text}: {found:?}");
    }
}

#[tokio::test]
async fn one_image_has_its_manifests_for_rows() {
    let answer = r#"{"data": {"Image": {"RepoName": "a", "Tag": "1", "Size": "5", "LastPullTimestamp": "1970-01-01T00:00:00Z",
        "Vendor": "v", "Manifests": [{"Digest": "d", "Platform": {"Os": "linux", "Arch": "arm64"}}]}}, "errors": []}"#;
    let fake = Arc::new(Fake { fixed: Some((200, answer)), ..Fake::default() });
    let found = asking(&fake, async |server| facts::image(&server, "a:1").await.unwrap()).await;
    assert_eq!(found.rows[0]["platform"], "linux/arm64");
    assert!(found.facts.contains(&("vendor", json!("v"))) && found.facts.contains(&("size", json!(5))));
    assert!(!found.facts.iter().any(|(name, _)| *name == "lastPulled"));
}

#[tokio::test]
async fn nobody_there_is_told() {
    let reach = Reach { url: "http://127.0.0.1:1".to_owned(), user: None, cacert: None };
    let server = Server::new(&reach).unwrap();
    let error = repositories(&server, Sort::Name, 1).await.unwrap_err().to_string();
    assert!(error.starts_with("http://127.0.0.1:1 does not answer: ") && error.contains("--url"), "{error}");
}

/// Names of fields, arguments and types of the recorded schema.
#[tokio::test]
async fn the_questions_use_words_of_the_schema_of_zot() {
    let schema = include_str!("../../../../../tests/golden/introspection.json");
    let fake = Arc::new(Fake { fixed: Some((404, "")), ..Fake::default() });
    asking(&fake, async |server| {
        let _refused = searched(&server, "a", Sort::Name, 1).await;
        let _refused = repositories(&server, Sort::Name, 1).await;
        let _refused = facts::image(&server, "a:1").await;
        for list in [
            ("ImageList", "repo"),
            ("ImageListForDigest", "id"),
            ("BaseImageList", "image"),
            ("DerivedImageList", "image"),
        ] {
            let _refused = images(&server, list, "a", 1).await;
        }
    })
    .await;
    assert_eq!(fake.asked().len(), 7);
    for question in fake.asked() {
        let text = question["query"].as_str().unwrap();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let is_ours = matches!(word, "" | "query" | "asked" | "page" | "image");
            assert!(is_ours || schema.contains(&format!("\"{word}")), "{word} in {text}");
        }
    }
}
