//! What only a real connection shows: bodies that stall, and bodies that nobody wants.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Host, ShutdownHandle};
use atoll_net::{Limits, Options, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Bench;
use super::fake::Fake;

const MANIFEST_HEAD: &str = "PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\n\
    Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";

/// A connection to a server over a fake, and what keeps the server running.
async fn connect(read_idle: Duration) -> (TcpStream, ShutdownHandle) {
    let limits = Limits { read_idle: Some(read_idle), ..Limits::default() };
    let options = Options { port: 0, limits, ..Options::default() };
    let handler = Arc::new(Bench::new(Fake::default()).edge);
    let host = Host::system(1);
    let server = Server::bind(options, handler, host.clone()).await.unwrap();
    let address = server.addresses()[0];
    let (handle, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(server.run(shutdown));
    (TcpStream::connect(address).await.unwrap(), handle)
}

/// The head of the next answer; what of its body came with it is lost.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the connection was closed: {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_body_that_stalls_is_told_so() {
    let (mut stream, _server) = connect(Duration::from_millis(20)).await;
    stream.write_all(format!("{MANIFEST_HEAD}Content-Length: 9\r\n\r\nab").as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_client_that_waits_for_leave_is_refused_without_sending() {
    let (mut stream, _server) = connect(Duration::from_mins(1)).await;
    let head = format!("{MANIFEST_HEAD}Expect: 100-continue\r\nContent-Length: 9000000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_client_that_waits_for_leave_gets_it() {
    let (mut stream, _server) = connect(Duration::from_mins(1)).await;
    let head = format!("{MANIFEST_HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 100 "));
    stream.write_all(b"{}").await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn a_client_that_sends_too_much_at_once_learns_why_and_may_go_on() {
    let (mut stream, _server) = connect(Duration::from_mins(1)).await;
    let length = crate::DEFAULT_MANIFEST_BYTES + 1;
    stream.write_all(format!("{MANIFEST_HEAD}Content-Length: {length}\r\n\r\n").as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; length]).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 413 "));
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(answer(&mut stream).await.contains("HTTP/1.1 200 "));
}

#[tokio::test]
async fn head_answers_have_the_length_and_no_byte_of_the_body() {
    let (mut stream, _server) = connect(Duration::from_mins(1)).await;
    let requests = "HEAD /v2/a/tags/list HTTP/1.1\r\nHost: x\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("content-length: 22\r\n") && text.contains("content-length: 19\r\n"), "{text}");
    assert!(!text.contains("page not found") && !text.contains("tags\""), "{text}");
}
