use super::support::*;

const INNER: &str = "GET /hello HTTP/1.1\r\nHost: smuggled\r\n\r\n";

/// Sends a request head with these fields and a smuggled request as its body. It must be refused with `code`, the
/// connection closed, and the handler called not even once.
async fn check(fields: &str, body: &str, code: u16) {
    let server = start(options()).await;
    let text = format!("POST /echo HTTP/1.1\r\n{fields}\r\n\r\n{body}{INNER}");
    let answer = server.talk(&text).await;
    assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{fields:?}: {answer}");
    assert_eq!(answer.matches("\r\ndate: ").count(), 1, "{fields:?}: {answer}");
    assert_eq!(server.calls(), 0, "{fields:?}");
}

#[tokio::test]
async fn a_request_with_two_readings_is_refused() {
    check("Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n", 400).await;
    check("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n", 400).await;
    check("Host: a\r\nContent-Length: 5\r\nContent-Length: 6", "hello", 400).await;
    check("Host: a\r\nContent-Length: 5\r\nContent-Length: 5", "hello", 400).await;
    check("Host: a\r\nContent-Length: 5, 5", "hello", 400).await;
}

#[tokio::test]
async fn a_length_that_is_no_number_is_refused() {
    for length in ["-5", "+5", "0x5", "5 5", "", "18446744073709551616"] {
        check(&format!("Host: a\r\nContent-Length: {length}"), "hello", 400).await;
    }
}

#[tokio::test]
async fn a_transfer_encoding_that_is_not_plainly_chunked_is_refused() {
    for encoding in ["xchunked", "chunked, identity", "identity", ""] {
        check(&format!("Host: a\r\nTransfer-Encoding: {encoding}"), "0\r\n\r\n", 400).await;
    }
    for encoding in ["gzip, chunked", "chunked, chunked", "identity, chunked"] {
        check(&format!("Host: a\r\nTransfer-Encoding: {encoding}"), "0\r\n\r\n", 501).await;
    }
    check("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n", 501).await;
}

#[tokio::test]
async fn a_disguised_field_is_refused() {
    for fields in [
        "Host: a\r\nTransfer-Encoding : chunked",
        "Host: a\r\n Transfer-Encoding: chunked",
        "Host: a\r\nContent-Length: 5\r\n\tfolded: yes",
        "Host: a\r\nX: y\r\n folded",
        "Host: a\r\nTransfer-Encoding\0: chunked",
        "Host: a\r\nX: a\0b",
        "Host: a\r\nX: a\rb",
        "Host: a\r\nno colon",
    ] {
        check(fields, "0\r\n\r\n", 400).await;
    }
}

#[tokio::test]
async fn a_request_needs_one_host() {
    check("X: y", "", 400).await;
    check("Host: a\r\nHost: b", "", 400).await;
}

#[tokio::test]
async fn a_broken_chunk_ends_the_body_and_the_connection() {
    for chunks in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcde\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc\r\n",
        "3\nabc\n0\n\n",
        "3\rabc\r\n0\r\n\r\n",
        "3;a\nb\r\nabc\r\n0\r\n\r\n",
    ] {
        let server = start(options()).await;
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = server.talk(&format!("{head}{chunks}{INNER}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{chunks:?}: {answer}");
        assert_eq!(answer.matches("\r\ndate: ").count(), 1, "{chunks:?}: {answer}");
        assert_eq!(server.calls(), 1, "{chunks:?}");
    }
}

#[tokio::test]
async fn the_second_request_of_a_connection_is_looked_at_as_closely() {
    let server = start(options()).await;
    let first = "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst";
    let second =
        "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer = server.talk(&format!("{first}{second}{INNER}")).await;
    assert!(answer.contains("first") && answer.contains("HTTP/1.1 400 "), "{answer}");
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn a_request_line_must_be_one() {
    for line in
        ["GET /hello", "GET  /hello HTTP/1.1", "GET /hel lo HTTP/1.1", "G\0T / HTTP/1.1", "GET / HTTP/3.0"]
    {
        let server = start(options()).await;
        let answer = server.talk(&format!("{line}\r\nHost: a\r\n\r\n{INNER}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") || answer.is_empty(), "{line:?}: {answer}");
        assert_eq!(server.calls(), 0, "{line:?}");
    }
}
