//! Requests that two readers could take for different ones: the shapes of request smuggling (RFC 9112, section 11.2).

use atoll_testkit::wire::Connection;

use crate::registry::Registry;

/// A request that must never be answered: it is hidden in what one of the readers takes for a body.
const HIDDEN: &str = "GET /v2/_catalog HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends the bytes and gives the statuses of all answers until the server closes.
pub(crate) fn statuses(connection: &mut Connection, bytes: &str) -> Vec<u16> {
    // A server that has had enough may close while we send; what it answered before that counts.
    let _ = connection.send(bytes.as_bytes());
    let _ = connection.finish_sending();
    let mut statuses = Vec::new();
    while let Ok(answer) = connection.read_response(false) {
        statuses.push(answer.status);
        assert!(statuses.len() < 10, "{statuses:?}");
    }
    statuses
}

#[test]
fn a_body_whose_length_is_told_in_two_ways_is_refused_and_nothing_behind_it_is_read() {
    let registry = Registry::start();
    let post = "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n";
    let hidden = HIDDEN.len();
    let shapes = [
        format!(
            "{post}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
            hidden + 5
        ),
        format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: 0\r\nContent-Length: {hidden}\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: {hidden}\r\nContent-Length: 0\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: 0, {hidden}\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: +{hidden}\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: 0x0\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: -1\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length : 0\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length:\u{b}0\r\n\r\n{HIDDEN}"),
        format!("{post}Content-Length: 99999999999999999999\r\n\r\n{HIDDEN}"),
        format!("{post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("{post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("{post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("{post}X: y\r\n Transfer-Encoding: chunked\r\n\r\n{HIDDEN}"),
        format!("{post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("{post}: empty\r\nContent-Length: 0\r\n\r\n{HIDDEN}"),
        format!("{post}No colon at all\r\nContent-Length: 0\r\n\r\n{HIDDEN}"),
    ];
    for shape in shapes {
        let found = statuses(&mut registry.server.connect(), &shape);
        assert!(!found.contains(&200), "{found:?} to {shape:?}: the hidden request was answered");
        assert!(found.iter().all(|status| (400..=501).contains(status)), "{found:?} to {shape:?}");
    }
    assert_eq!(registry.get("/v2/").status, 200);
}

#[test]
fn malformed_chunks_end_the_connection() {
    let registry = Registry::start();
    for body in [
        format!("x\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("5\r\nhelloX\r\n0\r\n\r\n{HIDDEN}"),
        format!("-5\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("+5\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("0x5\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("10000000000000000\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("5\rhello\r\n0\r\n\r\n{HIDDEN}"),
        format!("5 5\r\nhello\r\n0\r\n\r\n{HIDDEN}"),
    ] {
        let location = registry.begin("chunks");
        let head = format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        let found = statuses(&mut registry.server.connect(), &format!("{head}{body}"));
        assert!(found.iter().all(|status| *status == 400), "{found:?} to {body:?}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let registry = Registry::start();
    for bytes in [
        "GET\r\n\r\n",
        "GET /v2/\r\n\r\n",
        "GET /v2/ HTTP/9.9\r\n\r\n",
        "GET  /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v2/ with spaces HTTP/1.1\r\nHost: x\r\n\r\n",
        "G\u{0}T /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        "GET /v2/\u{0} HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
        "SSH-2.0-OpenSSH_9.9\r\n",
    ] {
        let found = statuses(&mut registry.server.connect(), bytes);
        assert!(found.iter().all(|status| (400..=505).contains(status)), "{found:?} to {bytes:?}");
    }
    assert_eq!(registry.get("/v2/").status, 200);
}

#[test]
fn lines_that_end_without_a_carriage_return_are_read_one_way_or_refused() {
    let registry = Registry::start();
    let found = statuses(&mut registry.server.connect(), "GET /v2/ HTTP/1.1\nHost: x\n\n");
    assert!(matches!(found.as_slice(), [] | [200 | 400]), "{found:?}");
    // A bare line feed inside a field must not begin another field that only one of two readers sees.
    let split = "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nX: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n";
    let found = statuses(&mut registry.server.connect(), &format!("{split}{HIDDEN}"));
    assert!(!found.contains(&200), "{found:?}");
}

#[test]
fn requests_that_follow_one_another_at_once_are_answered_in_order() {
    let registry = Registry::start();
    let one = "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n";
    let other = "GET /v2/none/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let found = statuses(&mut registry.server.connect(), &format!("{one}{other}{one}{last}"));
    assert_eq!(found, [200, 404, 200, 200]);
}

#[test]
fn a_request_whose_body_was_not_read_does_not_become_the_next_request() {
    let registry = Registry::start();
    // Refused by its path alone, with a body that looks like a request.
    let bytes = format!(
        "PUT /v2/Bad/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{HIDDEN}",
        HIDDEN.len()
    );
    let found = statuses(&mut registry.server.connect(), &bytes);
    assert!(matches!(found.as_slice(), [405]), "{found:?}");
}
