use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::support::*;

async fn client(server: &Running) -> http2::SendRequest<Full<Bytes>> {
    let socket = TokioIo::new(server.connect().await);
    let (client, connection) = http2::handshake(TokioExecutor::new(), socket).await.expect("a handshake");
    server.host.tasks.spawn(async move {
        // The test sees what matters through its requests.
        let _ended = connection.await;
    });
    client
}

fn request(method: &str, path: &str, body: &Bytes) -> Request<Full<Bytes>> {
    let uri = format!("http://registry.example{path}");
    Request::builder().method(method).uri(uri).body(Full::new(body.clone())).expect("a request")
}

#[tokio::test]
async fn a_client_may_speak_http2_at_once() {
    let server = start(options()).await;
    let mut client = client(&server).await;
    let response = client.send_request(request("GET", "/hello", &Bytes::new())).await.expect("an answer");
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(response.headers()["content-length"], "5");
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "hello");
}

#[tokio::test]
async fn streams_run_side_by_side() {
    let server = start(options()).await;
    let mut waiting = client(&server).await;
    let mut other = waiting.clone();
    let wait = waiting.send_request(request("GET", "/wait", &Bytes::new()));
    server.host.tasks.spawn({
        let script = std::sync::Arc::clone(&server.script);
        async move {
            script.arrived.notified().await;
            let hello = other.send_request(request("GET", "/hello", &Bytes::new())).await.expect("an answer");
            assert_eq!(hello.status(), 200);
            script.go_on.notify_one();
        }
    });
    assert_eq!(wait.await.expect("an answer").status(), 200);
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn large_bodies_pass_both_ways() {
    let server = start(options()).await;
    let mut client = client(&server).await;
    let body: Bytes = (0..10 << 20).map(|index: u32| index.to_le_bytes()[0]).collect();
    let response = client.send_request(request("PUT", "/echo", &body)).await.expect("an answer");
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), body);
}

/// The preface and empty settings (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const GOAWAY: u8 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The error code of the last GOAWAY frame that the server sends before it closes.
async fn goodbye(socket: &mut tokio::net::TcpStream) -> Option<u32> {
    let mut bytes = Vec::new();
    // The connection may end with a reset; what came before it counts.
    let _reset = tokio::time::timeout(LONG, socket.read_to_end(&mut bytes)).await.expect("the server closes");
    let mut code = None;
    let mut rest = bytes.as_slice();
    while let Some((head, after)) = rest.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (payload, after) = after.split_at(length);
        if head[3] == GOAWAY {
            code = Some(u32::from_be_bytes(payload[4..8].try_into().expect("four bytes")));
        }
        rest = after;
    }
    code
}

#[tokio::test]
async fn an_idle_connection_is_told_goodbye() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    socket.write_all(PREFACE).await.expect("sent");
    let (code, passed) = server.until(goodbye(&mut socket)).await;
    assert_eq!(code, Some(0));
    assert!(passed >= crate::Limits::default().keep_alive_idle, "{passed:?}");
}

#[tokio::test]
async fn a_flood_of_requests_that_are_reset_at_once_ends_the_connection() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    let mut flood = PREFACE.to_vec();
    for stream in (1..2_000_u32).step_by(2) {
        // HEADERS: GET / of authority "a" over http; then RST_STREAM: CANCEL.
        flood.extend_from_slice(b"\0\0\x06\x01\x05");
        flood.extend_from_slice(&stream.to_be_bytes());
        flood.extend_from_slice(b"\x82\x86\x84\x41\x01a");
        flood.extend_from_slice(b"\0\0\x04\x03\0");
        flood.extend_from_slice(&stream.to_be_bytes());
        flood.extend_from_slice(&8_u32.to_be_bytes());
    }
    socket.write_all(&flood).await.expect("sent");
    assert_eq!(goodbye(&mut socket).await, Some(ENHANCE_YOUR_CALM));
    assert!(server.calls() < 1_000, "{} calls", server.calls());
}
