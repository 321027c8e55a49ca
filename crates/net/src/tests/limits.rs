use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::support::*;
use crate::Limits;

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

async fn sent(server: &Running, text: &str) -> TcpStream {
    let mut socket = server.connect().await;
    socket.write_all(text.as_bytes()).await.expect("sent");
    socket
}

#[tokio::test]
async fn a_silent_connection_and_a_slow_head_are_closed() {
    let server = start(options()).await;
    for (text, answer) in
        [("", ""), ("GET /hello HTTP/1.1\r\nHost: a\r\n", ""), (&format!("{HELLO}GET /hel"), "hello")]
    {
        let mut socket = sent(&server, text).await;
        let (read, passed) = server.until(read_to_end(&mut socket)).await;
        assert!(read.ends_with(answer) && read.is_empty() == answer.is_empty(), "{text:?}: {read}");
        assert!(passed >= Limits::default().header_read, "{text:?}: {passed:?}");
        assert!(passed < Limits::default().keep_alive_idle, "{text:?}: {passed:?}");
    }
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_asked_is_closed() {
    let server = start(options()).await;
    let mut socket = sent(&server, HELLO).await;
    read_until(&mut socket, "hello").await;
    let (rest, passed) = server.until(read_to_end(&mut socket)).await;
    assert_eq!(rest, "");
    assert!(passed >= Limits::default().keep_alive_idle, "{passed:?}");
}

#[tokio::test]
async fn a_handler_that_takes_its_time_is_not_idle() {
    let server = start(options()).await;
    let mut socket = sent(&server, "GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    server.script.arrived.notified().await;
    server.pass(Duration::from_mins(10)).await;
    server.script.go_on.notify_one();
    assert!(read_to_end(&mut socket).await.ends_with("waited"));
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up_and_the_client_told() {
    let server = start(options()).await;
    let mut socket = sent(&server, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc").await;
    let (answer, passed) = server.until(read_to_end(&mut socket)).await;
    assert!(
        answer.contains("TimedOut: the request body stalled: no byte arrived for 60 seconds"),
        "{answer}"
    );
    assert!(Some(passed) >= Limits::default().read_idle, "{passed:?}");
}

#[tokio::test]
async fn a_slow_body_that_moves_may_take_as_long_as_it_likes() {
    let server = start(options()).await;
    let head = "PUT /letters HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 8\r\n\r\n";
    let mut socket = sent(&server, head).await;
    for letter in b"abcdefgh" {
        socket.write_all(&[*letter]).await.expect("sent");
        server.script.arrived.notified().await;
        server.pass(Duration::from_secs(50)).await;
    }
    assert!(read_to_end(&mut socket).await.ends_with("abcdefgh"));
}

#[tokio::test]
async fn a_client_that_takes_no_bytes_is_closed() {
    let server = start(options()).await;
    // Far more than both ends buffer.
    let mut socket = sent(&server, "GET /stream/400 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let ((), passed) = server.until(server.script.streamed.notified()).await;
    assert!(Some(passed) >= Limits::default().write_idle, "{passed:?}");
    let answer = read_to_end(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"));
    assert!(answer.len() < 400 * CHUNK_BYTES, "the rest was given up");
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_reads_is_served() {
    let server = start(options()).await;
    let mut socket = sent(&server, "GET /stream/80 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let mut read = 0;
    let mut buffer = vec![0; 2 << 20];
    loop {
        let count = socket.read(&mut buffer).await.expect("still served");
        read += count;
        if count == 0 {
            break;
        }
        server.pass(Duration::from_secs(15)).await;
    }
    assert!(read > 80 * CHUNK_BYTES);
}

#[tokio::test]
async fn no_more_connections_are_served_than_allowed() {
    let mut options = options();
    options.limits.max_connections = 2;
    let server = start(options).await;
    let mut first = sent(&server, HELLO).await;
    let mut second = sent(&server, HELLO).await;
    read_until(&mut first, "hello").await;
    read_until(&mut second, "hello").await;
    let mut third = sent(&server, HELLO).await;
    server.pass(STEP * 10).await;
    assert_eq!(server.calls(), 2, "the third waits outside");
    drop(first);
    read_until(&mut third, "hello").await;
    assert_eq!(server.calls(), 3);
}

#[tokio::test]
async fn a_head_beyond_its_limit_is_refused() {
    let server = start(options()).await;
    for length in [40 << 10, 200 << 10] {
        let text = format!("GET /hello HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(length));
        let mut socket = sent(&server, &text).await;
        let (answer, _) = server.until(read_to_end(&mut socket)).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{length}: {answer}");
    }
    let many = "X: y\r\n".repeat(2_000);
    let mut socket = sent(&server, &format!("GET /hello HTTP/1.1\r\nHost: a\r\n{many}\r\n")).await;
    let (answer, _) = server.until(read_to_end(&mut socket)).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(server.calls(), 0);
}
