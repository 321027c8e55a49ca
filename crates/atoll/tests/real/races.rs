//! Many clients at the same thing at the same moment.

use std::collections::BTreeSet;

use atoll_testkit::wire::Request;

use crate::content::{IMAGE, noise, sha256};
use crate::registry::Registry;

const CLIENTS: usize = 16;

/// Runs `act` in as many threads as there are clients and gives what each came to.
fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let act = &act;
        let running: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || act(client))).collect();
        running.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn one_blob_pushed_by_all_at_once_is_one_good_blob() {
    let registry = Registry::start();
    let content = noise(40, 500_000);
    let digest = sha256(&content);
    let told = at_once(|_| registry.finish(&registry.begin("same"), &digest, &content).told());
    assert_eq!(told, ["201"; CLIENTS]);
    assert!(registry.get(&format!("/v2/same/blobs/{digest}")).body == content);
}

#[test]
fn one_tag_pushed_by_all_at_once_is_one_of_the_manifests() {
    let registry = Registry::start();
    let manifests: Vec<String> = (0..CLIENTS)
        .map(|client| {
            registry.prepare_image("same", "layer", &format!(r#","annotations":{{"client":"{client}"}}"#))
        })
        .collect();
    for _ in 0..10 {
        let told = at_once(|client| registry.put("same/manifests/latest", IMAGE, &manifests[client]).told());
        assert_eq!(told, ["201"; CLIENTS]);
        let seen: BTreeSet<String> =
            at_once(|_| registry.get("/v2/same/manifests/latest").text()).into_iter().collect();
        assert_eq!(seen.len(), 1, "all see the same afterwards");
        assert!(manifests.contains(seen.first().unwrap()));
    }
    assert_eq!(registry.tags("same"), ["latest"]);
}

#[test]
fn a_new_tag_wanted_by_all_at_once_is_given_to_one() {
    let registry = Registry::start();
    let manifests: Vec<String> = (0..CLIENTS)
        .map(|client| {
            registry.prepare_image("same", "layer", &format!(r#","annotations":{{"client":"{client}"}}"#))
        })
        .collect();
    for round in 0..10 {
        let place = format!("/v2/same/manifests/lock{round}");
        let told = at_once(|client| {
            let push = Request::new("PUT", &place).field("Content-Type", IMAGE).field("If-None-Match", "*");
            registry.ask(&push.content(manifests[client].clone())).status
        });
        let winners: Vec<usize> = (0..CLIENTS).filter(|client| told[*client] == 201).collect();
        let [winner] = winners[..] else { panic!("{told:?}") };
        assert_eq!(told.iter().filter(|status| **status == 412).count(), CLIENTS - 1);
        assert_eq!(registry.get(&place).text(), manifests[winner]);
    }
}

#[test]
fn tags_pushed_by_all_at_once_are_all_there() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("all", "layer", "");
    at_once(|client| {
        for number in 0..10 {
            let answer = registry.put(&format!("all/manifests/t{client}-{number}"), IMAGE, &manifest);
            assert_eq!(answer.told(), "201");
        }
    });
    assert_eq!(registry.tags("all").len(), CLIENTS * 10);
}

#[test]
fn a_tag_is_deleted_once() {
    let registry = Registry::start();
    registry.push_image("once", "v1", "layer");
    let told = at_once(|_| registry.delete("/v2/once/manifests/v1").status);
    assert_eq!(told.iter().filter(|status| **status == 202).count(), 1, "{told:?}");
    assert!(told.iter().all(|status| matches!(status, 202 | 404)), "{told:?}");
}

#[test]
fn an_upload_has_one_writer() {
    let registry = Registry::start();
    for _ in 0..20 {
        let location = registry.begin("writer");
        let mut slow = registry.server.connect();
        let head = Request::new("PATCH", location.as_str()).field("Content-Length", "10");
        slow.send(&head.head()).unwrap();
        slow.send(b"aaaaa").unwrap();
        let other = registry.ask(&Request::new("PATCH", location.as_str()).content("bbbbbbbbbb")).status;
        slow.send(b"aaaaa").unwrap();
        let first = slow.read_response(false).unwrap().status;
        // Whichever came first has the upload; the other was sent away, or came when the first one was done.
        let content = match (first, other) {
            (202, 409 | 416) => "aaaaaaaaaa",
            (409 | 416, 202) => "bbbbbbbbbb",
            (202, 202) => "bbbbbbbbbbaaaaaaaaaa",
            both => panic!("{both:?}"),
        };
        let ended = registry.finish(&location, &sha256(content), b"");
        assert_eq!(ended.told(), "201", "the bytes of {first} and {other} were mixed");
    }
}

#[test]
fn a_blob_deleted_and_pushed_by_all_at_once_is_whole_or_not_there() {
    let registry = Registry::start();
    let content = noise(41, 100_000);
    let digest = sha256(&content);
    let target = format!("/v2/churn/blobs/{digest}");
    registry.push_blob("churn", &content);
    at_once(|client| {
        for _ in 0..10 {
            match client % 3 {
                0 => assert_eq!(registry.finish(&registry.begin("churn"), &digest, &content).told(), "201"),
                1 => assert!(matches!(registry.delete(&target).status, 202 | 404)),
                _ => {
                    let pulled = registry.get(&target);
                    assert!(pulled.status == 404 || pulled.body == content, "{}", pulled.status);
                }
            }
        }
    });
    assert_eq!(registry.finish(&registry.begin("churn"), &digest, &content).told(), "201");
    assert!(registry.get(&target).body == content);
}
