//! Members that are gone, hang, or have a full disk: the rest goes on and says what is missing.

use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};

use atoll_testkit::wire::{Request, Response};
use serde_json::{Value, json};

use super::cable::Cable;
use super::members::{Members, catalog, report, search};
use crate::content::{noise, sha256};
use crate::disk::SmallDisk;

const ALL: &str = r#"{GlobalSearch(query:""){Page{TotalCount} Repos{Name}}}"#;

/// A refusal that says to try again and which shard it is about, and names no address.
fn assert_shard_is_away(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.field("retry-after").is_some());
    let text = answer.text();
    assert!(text.contains("shard"), "{text}");
    assert!(!text.contains("127.0.0.1"), "{text}");
}

/// Names of a search, and its errors.
fn found(answer: &Response) -> (Vec<String>, Vec<Value>) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let repositories = answer["data"]["GlobalSearch"]["Repos"].as_array().cloned().unwrap_or_default();
    let names =
        repositories.iter().filter_map(|repository| repository["Name"].as_str().map(str::to_owned)).collect();
    (names, answer["errors"].as_array().cloned().unwrap_or_default())
}

#[test]
fn without_a_member_its_repositories_are_unavailable_and_all_others_are_not() {
    let mut members = Members::start(3);
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "kept")).collect();
    for repository in &own {
        members.each[0].push_image(repository, "v1", "layer");
    }
    members.each[1].server.kill();
    for nth in [0, 2] {
        let member = &members.each[nth];
        for path in ["tags/list", "manifests/v1"] {
            assert_shard_is_away(&member.get(&format!("/v2/{}/{path}", own[1])));
            assert_eq!(member.get(&format!("/v2/{}/{path}", own[0])).status, 200);
            assert_eq!(member.get(&format!("/v2/{}/{path}", own[2])).status, 200);
        }
        assert_eq!(member.get("/v2/_catalog").status, 503, "mirrors delete what a catalog leaves out");
        let (names, errors) = found(&search(member, ALL));
        let mut rest = vec![own[0].clone(), own[2].clone()];
        rest.sort();
        assert_eq!(names, rest);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0]["extensions"]["code"], "SHARD_UNAVAILABLE");
        assert_eq!(errors[0]["path"], json!(["GlobalSearch"]));
        let expanded =
            search(member, &format!(r#"{{ExpandedRepoInfo(repo:"{}"){{Summary{{Name}}}}}}"#, own[1]));
        assert!(expanded.text().contains("errors"), "{}", expanded.text());
        member.push_image(&own[nth], "v2", "another layer");
    }
    members.each[1].server.start_again();
    members.settle();
    for member in &members.each {
        assert_eq!(catalog(member).len(), 3);
        assert_eq!(found(&search(member, ALL)).1, Vec::<Value>::new());
        assert_eq!(member.get(&format!("/v2/{}/manifests/v1", own[1])).status, 200);
    }
}

#[test]
fn a_catalog_may_leave_a_member_out_where_the_operator_allows_it_and_says_so() {
    let mut members = Members::start_with(3, json!({ "atoll": { "cluster": { "partialCatalog": true } } }));
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "kept")).collect();
    for repository in &own {
        members.each[0].push_image(repository, "v1", "layer");
    }
    assert_eq!(members.each[0].get("/v2/_catalog").field("warning"), None);
    members.each[1].server.kill();
    for nth in [0, 2] {
        let partial = members.each[nth].get("/v2/_catalog");
        assert_eq!(partial.status, 200, "{}", partial.text());
        assert!(partial.field("warning").is_some(), "{:?}", partial.fields);
        let mut rest = [&own[0], &own[2]];
        rest.sort();
        assert_eq!(partial.json()["repositories"], json!(rest));
    }
}

#[test]
fn a_member_that_hangs_costs_no_more_than_the_deadline() {
    let members = Members::start_with(3, json!({ "atoll": { "cluster": { "queryDeadline": "1s" } } }));
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "kept")).collect();
    for repository in &own {
        members.each[0].push_image(repository, "v1", "layer");
    }
    members.each[2].server.signal("STOP");
    let limit = Duration::from_secs(1) + Duration::from_secs(2);
    for _ in 0..3 {
        let began = SystemClock::new();
        let (names, errors) = found(&search(&members.each[0], ALL));
        assert!(began.elapsed() < limit, "{:?}", began.elapsed());
        assert_eq!((names.len(), errors.len()), (2, 1));
        let began = SystemClock::new();
        assert_shard_is_away(&members.each[1].get(&format!("/v2/{}/manifests/v1", own[2])));
        assert!(began.elapsed() < limit, "{:?}", began.elapsed());
    }
    assert_eq!(members.each[0].get(&format!("/v2/{}/manifests/v1", own[1])).status, 200);
    members.each[2].server.signal("CONT");
    members.settle();
    assert_eq!(found(&search(&members.each[0], ALL)).0.len(), 3);
}

#[test]
fn members_start_in_any_order_and_nobody_speaks_for_a_shard_before_everybody_was_heard() {
    let mut members = Members::prepare(3, json!({}));
    members.list(&[0, 1, 2]);
    members.each[0].server.launch();
    members.each[1].server.launch();
    members.await_report(0, |report| {
        report["members"]
            .as_array()
            .is_some_and(|all| all.iter().filter(|one| one["state"] == "up").count() == 2)
    });
    let answer = members.each[0].get("/v2/early/tags/list");
    assert_eq!(answer.status, 503, "nobody knows yet that there is nothing: {}", answer.text());
    members.each[2].server.launch();
    members.settle();
    members.each[0].push_image("early", "v1", "layer");
    // From now on each serves what it has, alone if it must.
    let kept: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "alone")).collect();
    members.each[0].push_image(&kept[0], "v1", "layer");
    members.each.iter_mut().for_each(|member| member.server.kill());
    members.each[0].server.start_again();
    assert_eq!(members.each[0].get(&format!("/v2/{}/manifests/v1", kept[0])).status, 200);
    assert_shard_is_away(&members.each[0].get(&format!("/v2/{}/tags/list", kept[1])));
}

#[test]
fn what_a_member_acknowledged_is_there_after_all_of_them_were_killed() {
    let mut members = Members::start(3);
    let blobs: Vec<(String, String)> = (0..24_u8)
        .map(|number| {
            let repository = format!("lasting/{number}");
            let digest = members.each[usize::from(number) % 3].push_blob(&repository, noise(number, 20_000));
            members.each[usize::from(number + 1) % 3].push_image(&repository, "v1", "layer");
            (repository, digest)
        })
        .collect();
    members.each.iter_mut().for_each(|member| member.server.kill());
    members.each.iter_mut().for_each(|member| member.server.launch());
    members.settle();
    for (repository, digest) in &blobs {
        assert_eq!(members.each[0].head(&format!("/v2/{repository}/blobs/{digest}")).status, 200);
        assert_eq!(members.each[1].tags(repository), ["v1"]);
    }
    assert_eq!(report(&members.each[2]).unwrap()["missing"], json!([]));
}

#[test]
fn a_member_with_a_full_disk_refuses_its_own_writes_and_nobody_else_s() {
    let settings = json!({ "atoll": { "storage": { "lowWaterMark": "24MiB" } } });
    let mut members = Members::prepare(3, settings);
    let Some(_disk) = SmallDisk::mount(&members.each[1].server.data(), 64) else { return };
    members.list(&[0, 1, 2]);
    members.each.iter_mut().for_each(|member| member.server.launch());
    members.settle();
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "filled")).collect();
    let kept = members.each[0].push_image(&own[1], "v1", "layer");
    let refused = (0..30).find_map(|number| {
        let content = noise(number, 4 << 20);
        let begun = members.each[0].ask(&Request::new("POST", format!("/v2/{}/blobs/uploads/", own[1])));
        if begun.status != 202 {
            return Some(begun);
        }
        let answer = members.each[2].finish(&begun.location(), &sha256(&content), &content);
        (answer.status != 201).then_some(answer)
    });
    let refused = refused.expect("the disk is full some time");
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert_eq!(members.each[2].get(&format!("/v2/{}/manifests/v1", own[1])).text(), kept.manifest);
    members.each[1].push_image(&own[0], "v1", "layer");
    members.each[1].push_image(&own[2], "v1", "layer");
    assert_eq!(catalog(&members.each[0]).len(), 3);
}

#[test]
fn a_link_that_carries_nothing_any_more_costs_the_deadline_and_heals() {
    let mut members = Members::prepare(2, json!({ "atoll": { "cluster": { "queryDeadline": "1s" } } }));
    let cable = Cable::to(members.link(1));
    members.reach_through(1, cable.port());
    members.list(&[0, 1]);
    members.each.iter_mut().for_each(|member| member.server.launch());
    members.settle();
    let repository = members.repository_of(1, "cut");
    let image = members.each[0].push_image(&repository, "v1", "layer");
    cable.cut(true);
    let watch = SystemClock::new();
    assert_shard_is_away(&members.each[0].get(&format!("/v2/{repository}/manifests/v1")));
    assert!(watch.elapsed() < Duration::from_secs(3), "{:?}", watch.elapsed());
    assert_eq!(
        members.each[1].get(&format!("/v2/{repository}/manifests/v1")).status,
        200,
        "it serves its own"
    );
    cable.cut(false);
    members.await_report(0, |report| report["missing"] == json!([]));
    let healed = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        members.each[0].get(&format!("/v2/{repository}/manifests/v1")).text() == image.manifest
    });
    assert!(healed, "{}", members.each[0].server.log_end());
}
