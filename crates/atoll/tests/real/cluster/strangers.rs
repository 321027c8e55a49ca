//! Whoever is no member, or another cluster's: refused.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use atoll_testkit::wire::Request;
use serde_json::json;

use super::members::{Members, report};
use crate::ambiguity::statuses;
use crate::content::sha256;

#[test]
fn headers_that_pretend_to_come_from_a_member_change_nothing() {
    let members = Members::start(2);
    let repository = members.repository_of(1, "plain");
    members.each[0].push_image(&repository, "v1", "layer");
    let path = format!("/v2/{repository}/tags/list");
    let plain = members.each[0].get(&path);
    for (name, value) in [
        ("X-Zot-Cluster-Hop-Count", "1"),
        ("X-Atoll-Member", "1"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Original-URL", "/v2/_atoll/cluster/drain"),
    ] {
        let pretended = members.each[0].ask(&Request::new("GET", &path).field(name, value));
        assert_eq!((pretended.status, pretended.text()), (plain.status, plain.text()), "{name}");
    }
    for path in ["/atoll/1/standing", "/atoll/1/get", "/v2/_atoll/cluster/drain"] {
        let answer = members.each[0].ask(&Request::new("POST", path).content(vec![0; 64]));
        assert!(matches!(answer.status, 403..=405), "{path}: {}", answer.status);
    }
}

#[test]
fn nothing_is_smuggled_through_a_member_to_the_one_that_answers() {
    let members = Members::start(2);
    let repository = members.repository_of(1, "smuggled");
    let image = members.each[0].push_image(&repository, "v1", "layer");
    let hidden = format!("DELETE /v2/{repository}/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n");
    let (post, length) =
        (format!("POST /v2/{repository}/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n"), hidden.len());
    for shape in [
        format!(
            "{post}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
            length + 5
        ),
        format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{post}Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}"),
        format!("{post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!(
            "GET /v2/{repository}/manifests/v1%0d%0a%0d%0a HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n{hidden}"
        ),
    ] {
        let found = statuses(&mut members.each[0].server.connect(), &shape);
        assert!(found.iter().all(|status| (400..=501).contains(status)), "{found:?} to {shape:?}");
    }
    // What looks like a request is content, also where it passes on.
    let location = members.each[0].begin(&repository);
    let taken = members.each[0].patch(&location, 0, hidden.as_bytes());
    assert_eq!(taken.status, 202, "{}", taken.text());
    let digest = sha256(&hidden);
    assert_eq!(members.each[0].finish(&taken.location(), &digest, b"").status, 201);
    assert_eq!(members.each[0].get(&format!("/v2/{repository}/blobs/{digest}")).text(), hidden);
    for target in ["v1%0d%0aX-Atoll-Member:%201", "v1%20HTTP/1.1%0d%0a%0d%0aDELETE%20/v2/"] {
        let answer = members.each[0].get(&format!("/v2/{repository}/manifests/{target}"));
        assert!((400..500).contains(&answer.status), "{}: {}", target, answer.status);
    }
    for member in &members.each {
        assert_eq!(member.get(&format!("/v2/{repository}/manifests/v1")).text(), image.manifest);
    }
    // Sent openly it does what it says, so it would have been seen.
    assert_eq!(statuses(&mut members.each[0].server.connect(), &hidden), [202]);
    assert_eq!(members.each[1].get(&format!("/v2/{repository}/manifests/v1")).status, 404);
}

#[test]
fn the_link_answers_nobody_without_a_member_s_certificate() {
    let members = Members::start(2);
    let mut plain = TcpStream::connect(("127.0.0.1", members.link(0))).unwrap();
    plain.write_all(b"POST /atoll/1/standing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _closed = plain.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1 200"), "{answer:?}");
    assert_eq!(report(&members.each[1]).unwrap()["missing"], json!([]));
}

#[test]
fn a_member_with_another_key_or_another_list_is_not_listened_to() {
    let mut members = Members::start(2);
    members.each[0].push_image("kept", "v1", "layer");
    let mut stranger = Members::prepare(1, json!({ "cluster": { "hashKey": "00112233445566ab" } }));
    let listed: Vec<String> = members.each.iter().map(|member| member.server.address().to_string()).collect();
    let own = stranger.each[0].server.address().to_string();
    let link = stranger.link(0);
    stranger.each[0].server.configure(json!({
        "cluster": { "members": [own, listed[0], listed[1]], "hashKey": "00112233445566ab" },
        "atoll": { "cluster": {
            "members": [
                { "address": own, "link": format!("127.0.0.1:{link}") },
                { "address": listed[0], "link": format!("127.0.0.1:{}", members.link(0)) },
                { "address": listed[1], "link": format!("127.0.0.1:{}", members.link(1)) },
            ],
            "link": { "listen": format!("127.0.0.1:{link}") },
        } },
    }));
    stranger.each[0].server.launch();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(stranger.each[0].get("/v2/kept/manifests/v1").status, 503, "a stranger learns nothing");
    assert_eq!(stranger.each[0].get("/readyz").status, 503);
    assert_eq!(members.each[1].get("/v2/kept/manifests/v1").status, 200);
    members.settle();
    members.each[0].server.kill();
}

#[test]
fn a_data_folder_remembers_its_cluster_and_refuses_another() {
    let mut members = Members::start(2);
    members.each[0].push_image("kept", "v1", "layer");
    assert!(members.each[0].server.stop().success());
    let own = members.each[0].server.address().to_string();
    members.each[0].server.configure(json!({
        "cluster": { "members": [own], "hashKey": "00112233445566ab" },
    }));
    members.each[0].server.launch();
    let refused = members.each[0].server.wait_until_ready();
    assert!(refused.is_err());
    assert!(members.each[0].server.log().contains("cluster"), "{}", members.each[0].server.log_end());
    members.each[0].server.kill();
    members.list(&[0, 1]);
    members.each[0].server.start_again();
    members.settle();
    assert_eq!(members.each[1].get("/v2/kept/manifests/v1").status, 200);
}
