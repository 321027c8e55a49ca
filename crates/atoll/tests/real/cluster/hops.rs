//! F2 and F10 of members that run: how many members a request touches, and whom a member calls.

use std::collections::BTreeSet;
use std::fs;

use atoll_testkit::wire::Request;
use serde_json::json;

use super::members::{Members, search};

/// Calls that members have answered for a request, by the id that all their logs have for it.
fn calls_for(members: &Members, id: &str) -> usize {
    let count = |log: String| {
        let is_call = |line: &&str| line.contains("a member asks") && line.contains(id);
        log.lines().filter(is_call).count()
    };
    members.each.iter().map(|member| count(member.server.log())).sum()
}

#[test]
fn f2_a_request_makes_one_hop_at_most_whatever_its_headers_say() {
    let mut members = Members::start_with(3, json!({ "log": { "level": "debug" } }));
    let mut expected: Vec<(String, usize)> = Vec::new();
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "hops")).collect();
    for repository in &own {
        members.each[0].push_image(repository, "v1", "layer");
    }
    for (through, member) in members.each.iter().enumerate() {
        for (owner, repository) in own.iter().enumerate() {
            for (method, path) in [("GET", "manifests/v1"), ("HEAD", "manifests/v1"), ("GET", "tags/list")] {
                let id = format!("hop-{method}-{through}-{owner}-{}", path.len());
                let request = Request::new(method, format!("/v2/{repository}/{path}"))
                    .field("X-Request-Id", &id)
                    .field("X-Zot-Cluster-Hop-Count", "1")
                    .field("X-Atoll-Member", "1");
                assert_eq!(member.ask(&request).status, 200);
                expected.push((id, usize::from(through != owner)));
            }
        }
        let id = format!("catalog-{through}");
        let request = Request::new("GET", "/v2/_catalog").field("X-Request-Id", &id);
        assert_eq!(member.ask(&request).status, 200);
        // Each other member once.
        expected.push((id, 2));
    }
    // A log is written in the background, to its end when the member stops.
    members.each.iter_mut().for_each(|member| assert!(member.server.stop().success()));
    for (id, calls) in expected {
        assert_eq!(calls_for(&members, &id), calls, "{id}");
    }
}

/// The other ends of the connections that a process has opened, by port: those whose own port it does not listen on.
fn called_by(pid: u32) -> BTreeSet<u16> {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let inodes: BTreeSet<String> = links
        .filter_map(|link| {
            fs::read_link(link.path()).ok()?.to_str()?.strip_prefix("socket:[").map(str::to_owned)
        })
        .map(|inode| inode.trim_end_matches(']').to_owned())
        .collect();
    let port =
        |address: &str| address.rsplit_once(':').and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
    let table = ["tcp", "tcp6"].map(|name| fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap());
    let rows: Vec<(u16, u16, bool)> = table
        .iter()
        .flat_map(|text| text.lines().skip(1))
        .filter_map(|line| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            let is_own = inodes.contains(*cells.get(9)?);
            // State 0A: it listens.
            is_own.then_some((port(cells.get(1)?)?, port(cells.get(2)?)?, cells.get(3) == Some(&"0A")))
        })
        .collect();
    let listens: BTreeSet<u16> = rows.iter().filter(|row| row.2).map(|row| row.0).collect();
    rows.iter().filter(|row| !row.2 && !listens.contains(&row.0)).map(|row| row.1).collect()
}

#[test]
fn f10_members_connect_to_the_links_of_their_layout_and_to_nobody_else() {
    let members = Members::start(3);
    let bait = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    bait.set_nonblocking(true).unwrap();
    let port = bait.local_addr().unwrap().port();
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "links")).collect();
    for repository in &own {
        members.each[1].push_image(repository, "v1", "layer");
    }
    for member in &members.each {
        // Names, headers and bodies that hold an address are only that.
        for path in [
            format!("/v2/127.0.0.1:{port}/app/tags/list"),
            format!("/v2/a%2f%2f127.0.0.1:{port}/manifests/v1"),
            format!("/v2/{}/blobs/uploads/?mount=sha256:{}&from=127.0.0.1:{port}/a", own[0], "0".repeat(64)),
            format!("//127.0.0.1:{port}/v2/"),
        ] {
            let address = format!("127.0.0.1:{port}");
            let request = Request::new("POST", path)
                .field("Forwarded", format!("host={address}"))
                .field("X-Forwarded-Host", &address)
                .field("Referer", format!("http://{address}/"));
            assert!(member.ask(&request).status < 500);
        }
        let _any = search(member, &format!(r#"{{Image(image:"127.0.0.1:{port}/app:v1"){{RepoName}}}}"#));
    }
    let links: BTreeSet<u16> = (0..3).map(|nth| members.link(nth)).collect();
    for member in &members.each {
        let called = called_by(member.server.pid());
        assert!(!called.is_empty() && called.is_subset(&links), "{called:?} of {links:?}");
    }
    assert!(bait.accept().is_err(), "somebody called the address in a request");
}
