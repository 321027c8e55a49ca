use std::io::Write as _;
use std::net::TcpListener;

use super::{Connection, Request, Response};

/// What a client makes of an answer of these bytes.
fn read(answer: &[u8], is_head: bool) -> std::io::Result<Response> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = Connection::open(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(answer).unwrap();
    drop(server);
    client.read_response(is_head)
}

#[test]
fn a_request_goes_out_as_it_was_given() {
    let request = Request::new("PUT", "/a%2Fb?x= y").field("X-One", "1").field("X-One", "2").content("hello");
    let sent = String::from_utf8(request.encode()).unwrap();
    let expected = "PUT /a%2Fb?x= y HTTP/1.1\r\nHost: registry.test\r\nX-One: 1\r\nX-One: 2\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(sent, expected);
}

#[test]
fn a_length_that_was_given_is_not_corrected() {
    let request = Request::new("PUT", "/").field("content-length", "9").content("hello");
    let sent = String::from_utf8(request.encode()).unwrap();
    assert!(sent.ends_with("content-length: 9\r\n\r\nhello"), "{sent}");
}

#[test]
fn chunks_are_framed_one_by_one() {
    let sent =
        String::from_utf8(Request::new("PATCH", "/").chunks(["abc", "", "0123456789"]).encode()).unwrap();
    assert!(sent.ends_with("chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n"), "{sent}");
}

#[test]
fn a_body_is_read_by_its_length_its_chunks_or_the_end_of_the_connection() {
    let by_length = read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", false).unwrap();
    assert_eq!(by_length.body, b"abc");
    let by_chunks = read(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n",
        false,
    );
    assert_eq!(by_chunks.unwrap().body, b"abc");
    assert_eq!(read(b"HTTP/1.1 200 OK\r\n\r\nabc", false).unwrap().body, b"abc");
}

#[test]
fn an_answer_that_breaks_off_is_an_error() {
    for torn in ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "HTTP/1.1 200 OK\r\nContent-", ""] {
        assert!(read(torn.as_bytes(), false).is_err(), "{torn:?}");
    }
    let torn_chunk = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab";
    assert!(read(torn_chunk, false).is_err());
}

#[test]
fn the_answer_to_head_has_no_body_whatever_length_it_tells() {
    let answer = read(b"HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n", true).unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.field("content-length")), (200, 0, Some("700")));
}

#[test]
fn informational_answers_are_told_apart_from_the_answer() {
    let answer =
        read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n", false)
            .unwrap();
    assert_eq!((answer.interim.as_slice(), answer.status), ([100].as_slice(), 201));
}
