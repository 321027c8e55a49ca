//! A changed list of members: shards pass on, and nothing is hidden meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use atoll_testkit::wire::{Connection, Request};
use serde_json::json;

use super::members::{Members, catalog, report};
use crate::content::{noise, sha256};

const REPOSITORIES: usize = 40;

fn repository(number: usize) -> String {
    format!("moved/app-{number}")
}

/// Pushes a repository for each number, with a blob of its own.
fn fill(members: &Members, through: usize) {
    for number in 0..REPOSITORIES {
        members.each[through].push_image(&repository(number), "v1", &format!("layer {number}"));
    }
}

/// Reads all repositories over and over while `change` goes on; nothing may be said to be gone.
fn nothing_is_hidden_while<T>(members: &mut Members, change: impl FnOnce(&mut Members) -> T) -> (T, usize) {
    let addresses: Vec<_> = members.each.iter().map(|member| member.server.address()).collect();
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let watch = |start: usize| {
        let mut number = start;
        while !is_over.load(Ordering::Relaxed) {
            number += 1;
            let address = addresses[number % addresses.len()];
            let path = format!("/v2/{}/manifests/v1", repository(number % REPOSITORIES));
            let Ok(mut connection) = Connection::open(address) else { continue };
            let Ok(answer) = connection.ask(&Request::new("GET", path).field("Connection", "close")) else {
                continue;
            };
            assert!(matches!(answer.status, 200 | 503), "{} of {address}: {}", answer.status, answer.text());
            if answer.status == 200 {
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let result = std::thread::scope(|scope| {
        let watchers: Vec<_> = (0..2).map(|start| scope.spawn(move || watch(start * 7))).collect();
        let result = change(members);
        is_over.store(true, Ordering::Relaxed);
        for watcher in watchers {
            watcher.join().expect("nothing was hidden");
        }
        result
    });
    (result, answered.load(Ordering::Relaxed))
}

/// Shards that each member serves, by address.
fn held(members: &Members, through: usize) -> Vec<u64> {
    let report = report(&members.each[through]).expect("a report");
    let of = |address: String| {
        let found = report["members"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|member| member["publicAddress"] == address.as_str());
        found.and_then(|member| member["shardsHeld"].as_u64()).unwrap_or_default()
    };
    members.each.iter().map(|member| of(member.server.address().to_string())).collect()
}

fn assert_whole(members: &Members, running: &[usize]) {
    for nth in running {
        let member = &members.each[*nth];
        assert_eq!(catalog(member).len(), REPOSITORIES);
        for number in 0..REPOSITORIES {
            let layer = sha256(format!("layer {number}"));
            let pulled = member.get(&format!("/v2/{}/blobs/{layer}", repository(number)));
            assert_eq!(sha256(pulled.body), layer);
        }
    }
}

#[test]
fn a_server_alone_becomes_a_member_of_three_and_nothing_is_lost_or_hidden() {
    let mut members = Members::prepare(3, json!({}));
    members.each[0].server.start_again();
    fill(&members, 0);
    assert!(members.each[0].server.stop().success());
    members.list(&[0, 1, 2]);
    members.each[0].server.launch();
    let refused = members.each[0].server.wait_until_ready();
    assert!(refused.is_err(), "a folder of a server alone is no member's");
    assert!(
        members.each[0].server.log().contains("atoll cluster adopt"),
        "{}",
        members.each[0].server.log_end()
    );
    members.each[0].server.kill();
    let config = members.each[0].server.config();
    let adopted = members.each[0].server.run(&["cluster", "adopt", "--config", config.to_str().unwrap()]);
    assert!(adopted.status.success(), "{}", adopted.output);
    let ((), answered) = nothing_is_hidden_while(&mut members, |members| {
        members.each.iter_mut().for_each(|member| member.server.launch());
        members.settle();
    });
    assert!(answered > 0);
    let shares = held(&members, 1);
    assert_eq!(shares.iter().sum::<u64>(), 256, "{shares:?}");
    assert!(shares.iter().all(|share| (40..130).contains(share)), "{shares:?}");
    assert_whole(&members, &[0, 1, 2]);
}

#[test]
fn a_fourth_member_comes_and_goes_by_restarts_one_after_another() {
    let mut members = Members::prepare(4, json!({}));
    members.list(&[0, 1, 2]);
    (0..3).for_each(|nth| members.each[nth].server.launch());
    members.settle();
    fill(&members, 1);
    let before = held(&members, 0);
    let ((), answered) = nothing_is_hidden_while(&mut members, |members| {
        members.list(&[0, 1, 2, 3]);
        members.each[3].server.launch();
        for nth in 0..3 {
            assert!(members.each[nth].server.stop().success());
            members.each[nth].server.start_again();
        }
        members.settle();
    });
    assert!(answered > 0);
    let with_four = held(&members, 0);
    assert_eq!(with_four.iter().sum::<u64>(), 256, "{with_four:?}");
    assert!(with_four[3] > 30, "{with_four:?}");
    for nth in 0..3 {
        assert!(
            with_four[nth] <= before[nth],
            "a new member takes shards and gives none: {before:?} {with_four:?}"
        );
    }
    assert_whole(&members, &[0, 3]);

    let config = members.each[3].server.config();
    let url = format!("http://{}", members.each[3].server.address());
    let drained = members.each[3].server.run(&[
        "cluster",
        "drain",
        "--config",
        config.to_str().unwrap(),
        "--url",
        &url,
    ]);
    assert!(drained.status.success(), "{}", drained.output);
    let ((), _) = nothing_is_hidden_while(&mut members, |members| {
        members.await_report(0, |report| {
            report["members"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|member| member["state"] == "draining" && member["shardsHeld"] == 0)
        });
    });
    assert!(members.each[3].server.stop().success());
    members.list(&[0, 1, 2]);
    for nth in 0..3 {
        assert!(members.each[nth].server.stop().success());
        members.each[nth].server.start_again();
    }
    members.settle();
    assert_eq!(held(&members, 1)[..3], before[..3], "everybody has what it had");
    assert_whole(&members, &[0, 1, 2]);
}

#[test]
fn a_member_killed_while_it_takes_shards_over_goes_on_where_it_was() {
    let mut members = Members::prepare(2, json!({}));
    members.list(&[0]);
    members.each[0].server.launch();
    members.settle();
    fill(&members, 0);
    let large = members.each[0].push_blob(&repository(0), noise(3, 8 << 20));
    members.list(&[0, 1]);
    assert!(members.each[0].server.stop().success());
    members.each[0].server.launch();
    for _ in 0..6 {
        members.each[1].server.launch();
        std::thread::sleep(std::time::Duration::from_millis(400));
        members.each[1].server.kill();
        members.each[0].server.kill();
        members.each[0].server.launch();
    }
    members.each[1].server.launch();
    members.settle();
    assert_whole(&members, &[0, 1]);
    assert_eq!(members.each[1].head(&format!("/v2/{}/blobs/{large}", repository(0))).status, 200);
}
