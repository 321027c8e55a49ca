use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::support::*;

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    for _ in 0..3 {
        socket.write_all(HELLO.as_bytes()).await.expect("sent");
        let answer = read_until(&mut socket, "hello").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("content-length: 5\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = start(options()).await;
    let put = "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let last = "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answers = server.talk(&format!("{HELLO}{put}{last}")).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
    assert!(answers.find("abc").expect("the echo") < answers.rfind("hello").expect("the last"), "{answers}");
}

#[tokio::test]
async fn a_client_may_close_its_sending_side_and_still_read() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    socket.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    socket.shutdown().await.expect("half closed");
    server.script.arrived.notified().await;
    server.script.go_on.notify_one();
    assert!(read_to_end(&mut socket).await.ends_with("waited"));
}

#[tokio::test]
async fn an_expecting_client_is_told_to_go_on_only_when_the_body_is_wanted() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    let head = "PUT /lazy HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    socket.write_all(head.as_bytes()).await.expect("sent");
    server.script.arrived.notified().await;
    let mut byte = [0];
    assert!(socket.try_read(&mut byte).is_err(), "nobody wants the body yet");
    server.script.go_on.notify_one();
    assert_eq!(read_until(&mut socket, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"abc").await.expect("sent");
    assert!(read_until(&mut socket, "abc").await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn an_expecting_client_that_is_refused_never_sends_its_body() {
    let server = start(options()).await;
    let head = "PUT /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    let mut socket = server.connect().await;
    socket.write_all(head.as_bytes()).await.expect("sent");
    let answer = read_until(&mut socket, "too large").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_keeps_sending() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    let total = 64 << 20;
    let head = format!("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: {total}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("sent");
    let piece = vec![b'x'; 1 << 20];
    // Far more than both ends buffer, before the first look at the answer.
    for _ in 0..48 {
        socket.write_all(&piece).await.expect("the server reads on");
    }
    socket.shutdown().await.expect("done sending");
    let answer = read_to_end(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("too large"), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_arrives_whole() {
    let server = start(options()).await;
    let body = "5\r\nhello\r\n1;name=value\r\n!\r\n0\r\nTrailer: x\r\n\r\n";
    let text = format!(
        "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{body}"
    );
    assert!(server.talk(&text).await.ends_with("\r\n\r\nhello!"));
}

#[tokio::test]
async fn a_stream_has_its_length_and_arrives_whole() {
    let server = start(options()).await;
    let answer = server.talk("GET /stream/40 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains(&format!("content-length: {}\r\n", 40 * CHUNK_BYTES)), "{head}");
    assert_eq!(body.len(), 40 * CHUNK_BYTES);
}

#[tokio::test]
async fn a_stream_that_ends_early_breaks_the_connection() {
    let server = start(options()).await;
    let answer = server.talk("GET /short HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains(&format!("content-length: {}\r\n", 2 * CHUNK_BYTES)), "{head}");
    assert!(body.len() <= CHUNK_BYTES);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_told_from_one_that_is_malformed() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    socket.write_all(b"PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await.expect("sent");
    socket.shutdown().await.expect("gone");
    let answer = read_to_end(&mut socket).await;
    assert!(answer.contains("Interrupted: the request body was cut off"), "{answer}");

    let chunked = "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = server.talk(&format!("{chunked}zz\r\nabc\r\n")).await;
    assert!(answer.contains("Invalid: the request body is not valid"), "{answer}");
}

#[tokio::test]
async fn old_clients_are_served_without_host_and_closed() {
    let server = start(options()).await;
    let answer = server.talk("GET /hello HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_head_request_tells_the_length_and_sends_nothing() {
    let server = start(options()).await;
    let mut socket = server.connect().await;
    socket.write_all(b"HEAD /stream/4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains(&format!("content-length: {}\r\n", 4 * CHUNK_BYTES)), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}
