//! Single requests of command lines.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{BoxFuture, Host, ShutdownHandle};
use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::support::within;
use crate::client::Error;
use crate::client::plain::{PlainAnswer, PlainOptions, fetch};
use crate::{Body, Handler, Incoming, Options, Peer, Server, TlsOptions};

/// Answers with what it was asked; `/moved` points elsewhere, `/silent` says nothing.
struct Mirror;

impl Handler for Mirror {
    fn call(&self, request: Request<Incoming>, _peer: Peer) -> BoxFuture<'static, Response<Body>> {
        Box::pin(async move {
            let host = request.headers()["host"].to_str().expect("text").to_owned();
            let mut response =
                Response::new(Body::full(format!("{} {} {host}", request.method(), request.uri())));
            match request.uri().path() {
                "/moved" => {
                    *response.status_mut() = StatusCode::FOUND;
                    response.headers_mut().insert("location", "/elsewhere".parse().expect("a value"));
                }
                "/silent" => std::future::pending().await,
                _ => {}
            }
            response
        })
    }
}

async fn start(tls: Option<TlsOptions>) -> (u16, ShutdownHandle) {
    let host = Host::system(4);
    let options = Options { port: 0, tls, ..Options::default() };
    let server = Server::bind(options, Arc::new(Mirror), host.clone()).await.expect("a server");
    let port = server.addresses()[0].port();
    let (stop, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(server.run(shutdown));
    (port, stop)
}

async fn get(uri: &str, options: &PlainOptions) -> Result<PlainAnswer, Error> {
    let request = Request::get(uri).body(Bytes::new()).expect("a request");
    within(fetch(request, options, &Host::system(4))).await
}

#[tokio::test]
async fn an_answer_is_gathered_and_no_redirect_is_followed() {
    let (port, _stop) = start(None).await;
    let options = PlainOptions::default();
    let answer = get(&format!("http://127.0.0.1:{port}/a/b?c=d"), &options).await.expect("an answer");
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, format!("GET /a/b?c=d 127.0.0.1:{port}"));
    let answer = get(&format!("http://localhost:{port}"), &options).await.expect("an answer");
    assert_eq!(answer.body, format!("GET / localhost:{port}"));
    let answer = get(&format!("http://127.0.0.1:{port}/moved"), &options).await.expect("an answer");
    assert_eq!(
        (answer.status, &answer.headers["location"]),
        (StatusCode::FOUND, &"/elsewhere".parse().expect("a value"))
    );
}

#[tokio::test]
async fn a_server_is_believed_if_the_given_authority_vouches_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let [cert, key] = ["tls.crt", "tls.key"].map(|name| folder.path().join(name));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&cert, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let (port, _stop) = start(Some(TlsOptions::new(&cert, &key))).await;
    let trusting = PlainOptions { authorities: Some(cert), ..PlainOptions::default() };
    let answer = get(&format!("https://localhost:{port}/x"), &trusting).await.expect("an answer");
    assert_eq!(answer.body, format!("GET /x localhost:{port}"));
    for (uri, options) in [
        (format!("https://localhost:{port}/x"), &PlainOptions::default()),
        (format!("https://127.0.0.1:{port}/x"), &trusting),
    ] {
        let refused = get(&uri, options).await;
        assert!(matches!(refused, Err(Error::Encrypt { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn limits_are_kept() {
    let (port, _stop) = start(None).await;
    let uri = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let short = PlainOptions { max_body_bytes: 10, ..PlainOptions::default() };
    let refused = get(&uri("/long"), &short).await;
    assert!(matches!(refused, Err(Error::TooLong { limit: 10 })), "{refused:?}");
    let hasty = PlainOptions { timeout: Duration::from_millis(50), ..PlainOptions::default() };
    let refused = get(&uri("/silent"), &hasty).await;
    assert!(matches!(refused, Err(Error::Stalled { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    for uri in ["/path/only", "ftp://localhost/", "http://user:secret@localhost/"] {
        let refused = get(uri, &PlainOptions::default()).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{uri} {refused:?}");
    }
}
