//! A member whose disk is lost for good is given up: its shards are begun anew, and its old folder is never let in again.

use std::process::ExitStatus;

use serde_json::json;

use super::members::{Members, catalog, report};
use crate::content::sha256;

const LOST: usize = 2;

/// The id of a member, as another one tells it.
fn id_of(members: &Members, nth: usize) -> String {
    let told = report(&members.each[0]).expect("a report");
    let address = members.each[nth].server.address().to_string();
    let all = told["members"].as_array().cloned().unwrap_or_default();
    let found = all.iter().find(|member| member["publicAddress"] == address.as_str());
    found.unwrap_or_else(|| panic!("{address} in {told}"))["id"].to_string()
}

/// Has one member give up another; gives how the command ended and what it said.
fn give_up(members: &Members, by: usize, id: &str, options: &[&str]) -> (ExitStatus, String) {
    let server = &members.each[by].server;
    let (config, url) = (server.config(), format!("http://{}", server.address()));
    let order = ["cluster", "give-up", id, "--config", config.to_str().unwrap(), "--url", &url];
    let told = server.run(&[order.as_slice(), options].concat());
    (told.status, told.output)
}

fn assert_refused(told: &(ExitStatus, String), word: &str) {
    assert!(!told.0.success() && told.1.contains(word), "{}", told.1);
}

fn restart_without_the_lost(members: &mut Members) {
    members.list(&[0, 1]);
    for nth in [0, 1] {
        assert!(members.each[nth].server.stop().success());
        members.each[nth].server.start_again();
    }
}

#[test]
fn a_lost_member_is_given_up_and_what_it_had_is_begun_anew() {
    let mut members = Members::start_with(3, json!({ "log": { "audit": "audit.log" } }));
    let own: Vec<String> = (0..3).map(|nth| members.repository_of(nth, "kept")).collect();
    for repository in &own {
        members.each[0].push_image(repository, "v1", "layer");
    }
    let id = id_of(&members, LOST);
    assert_refused(&give_up(&members, 0, &id, &["--yes", "--still-listed"]), "answers");
    assert_refused(&give_up(&members, 0, "1", &["--yes"]), "not known");
    let own_id = id_of(&members, 0);
    assert_refused(&give_up(&members, 0, &own_id, &["--yes"]), "itself");

    members.each[LOST].server.kill();
    members.await_report(0, |report| report["missing"] != json!([]));
    assert_refused(&give_up(&members, 0, &id, &["--yes"]), "still in the list");
    restart_without_the_lost(&mut members);
    let unavailable = members.each[0].get(&format!("/v2/{}/tags/list", own[LOST]));
    assert_eq!(unavailable.status, 503, "{}", unavailable.text());
    let told = give_up(&members, 0, &id, &[]);
    assert_refused(&told, "Nothing was done");
    assert!(told.1.contains("shards"), "{}", told.1);
    assert_eq!(members.each[0].get(&format!("/v2/{}/tags/list", own[LOST])).status, 503);
    let (status, told) = give_up(&members, 0, &id, &["--yes"]);
    assert!(status.success(), "{told}");
    members.settle();
    for nth in [0, 1] {
        let member = &members.each[nth];
        assert_eq!(member.get(&format!("/v2/{}/tags/list", own[LOST])).status, 404);
        assert_eq!(member.tags(&own[0]), ["v1"]);
        assert_eq!(member.tags(&own[1]), ["v1"]);
        assert_eq!(catalog(member).len(), 2);
    }
    members.each[1].push_image(&own[LOST], "v2", "pushed again");
    assert_eq!(members.each[0].tags(&own[LOST]), ["v2"]);
    let audit = members.each[0].server.folder().join("audit.log");
    let written = std::fs::read_to_string(&audit).unwrap();
    assert!(written.contains(&format!("/v2/_atoll/cluster/give-up?member={id}")), "{written}");
    the_old_folder_is_refused_and_can_be_read_alone(members, &own[LOST]);
}

fn the_old_folder_is_refused_and_can_be_read_alone(mut members: Members, repository: &str) {
    members.configure(LOST, &[0, 1, LOST]);
    members.each[LOST].server.launch();
    assert!(!members.each[LOST].server.wait_until_ended().success());
    assert!(
        members.each[LOST].server.log().contains("was given up"),
        "{}",
        members.each[LOST].server.log_end()
    );
    assert!(
        members.each[LOST].server.log().contains("another id"),
        "{}",
        members.each[LOST].server.log_end()
    );
    members.each[LOST].server.launch();
    assert!(!members.each[LOST].server.wait_until_ended().success(), "it remembers");
    assert_eq!(members.each[0].tags(repository), ["v2"], "nobody else took notice");
    // Of a list of its own it is still a server, from which what it has can be copied.
    members.configure(LOST, &[LOST]);
    members.each[LOST].server.launch();
    let alone = &members.each[LOST];
    members.await_report(LOST, |report| {
        let all = report["members"].as_array().into_iter().flatten();
        all.into_iter().any(|member| member["shardsHeld"] != json!(0))
    });
    let layer = alone.get(&format!("/v2/{repository}/blobs/{}", sha256("layer")));
    assert_eq!((alone.tags(repository), sha256(layer.body)), (vec!["v1".to_owned()], sha256("layer")));
}
