use super::*;

/// Reads `text` whole, and byte by byte: the outcome must not depend on how the network cut it.
fn read(text: &str) -> Framing {
    let mut whole = Framing::new();
    whole.observe(text.as_bytes());
    let mut cut = Framing::new();
    for byte in text.as_bytes() {
        cut.observe(&[*byte]);
    }
    assert_eq!(
        (whole.place, whole.heads, whole.ambiguous),
        (cut.place, cut.heads, cut.ambiguous),
        "{text:?}"
    );
    whole
}

#[test]
fn requests_are_followed_one_after_another() {
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let put = "PUT / HTTP/1.1\r\ncontent-LENGTH:  5 \r\n\r\nab\r\nc";
    let chunked = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na\nb\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    let bare = "GET / HTTP/1.1\nHost: a\n\n";
    let framing = read(&format!("{get}{put}{chunked}\r\n{bare}{put}{get}"));
    assert_eq!(framing.heads, 6);
    assert!(framing.is_between_requests());
    assert_eq!(framing.ambiguous(), None);
}

#[test]
fn a_length_told_twice_is_marked_with_its_request() {
    for fields in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
        "Content-Length: 4\r\nContent-Length: 4",
        "Content-Length: 0\r\nTransfer-Encoding: identity",
    ] {
        let framing = read(&format!("GET / HTTP/1.1\r\n\r\nPUT / HTTP/1.1\r\n{fields}\r\n\r\n0\r\n\r\n"));
        assert_eq!(framing.ambiguous(), Some(2), "{fields}");
    }
}

#[test]
fn a_smuggled_head_inside_a_body_is_only_a_body() {
    let inner = "PUT / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";
    let framing = read(&format!("PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{inner}", inner.len()));
    assert_eq!(framing.ambiguous(), None);
    assert!(framing.is_between_requests());
}

#[test]
fn it_is_known_what_is_under_way() {
    assert!(read("").is_between_requests());
    assert!(read("GET / HT").is_in_head());
    assert!(read("GET / HTTP/1.1\r\nHost: a\r\n").is_in_head());
    let body = read("PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab");
    assert!(!body.is_in_head() && !body.is_between_requests());
}

#[test]
fn http2_and_nonsense_end_the_looking() {
    assert!(read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").is_http2());
    for text in [
        "PUT / HTTP/1.1\r\nContent-Length: +4\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
    ] {
        assert_eq!(read(text).place, Place::Lost, "{text:?}");
    }
}
