//! Whose folder it is.

use std::fs;

use atoll_testkit::Server;
use serde_json::{Value, json};

use crate::registry::{Registry, program};

#[test]
fn two_servers_never_share_a_folder() {
    let registry = Registry::start();
    let second =
        Server::prepare(program(), json!({ "storage": { "rootDirectory": registry.server.data() } }));
    let config = second.config();
    let refused = second.run(&["serve", config.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert!(refused.output.contains("another process uses the folder"), "{}", refused.output);
    let swept = second.run(&["gc", "--config", config.to_str().unwrap()]);
    assert!(!swept.status.success(), "upkeep beside a running server: {}", swept.output);
    assert_eq!(registry.get("/v2/").status, 200);
}

#[test]
fn a_folder_of_a_newer_format_is_refused_and_left_as_it_is() {
    let mut registry = Registry::start();
    registry.push_image("kept", "v1", "layer");
    assert!(registry.server.stop().success());
    let stamp = registry.server.data().join("atoll.json");
    let mut newer: Value = serde_json::from_slice(&fs::read(&stamp).unwrap()).unwrap();
    let own = newer["format"].clone();
    newer["format"] = json!(999);
    fs::write(&stamp, newer.to_string()).unwrap();
    let config = registry.server.config();
    let refused = registry.server.run(&["serve", config.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert!(
        refused.output.contains("format 999") && refused.output.contains("newer version"),
        "{}",
        refused.output
    );
    newer["format"] = own;
    fs::write(&stamp, newer.to_string()).unwrap();
    registry.server.start_again();
    assert_eq!(registry.tags("kept"), ["v1"]);
}

#[test]
fn a_damaged_stamp_is_refused() {
    let mut registry = Registry::start();
    assert!(registry.server.stop().success());
    fs::write(registry.server.data().join("atoll.json"), "{").unwrap();
    let config = registry.server.config();
    let refused = registry.server.run(&["serve", config.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert!(refused.output.contains("is damaged"), "{}", refused.output);
}

#[test]
fn a_stamp_says_who_the_folder_belongs_to_and_stays() {
    let mut registry = Registry::start_with(json!({ "atoll": { "shards": 16 } }));
    let stamp = || fs::read_to_string(registry.server.data().join("atoll.json")).unwrap();
    let first = stamp();
    let read: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(read["shards"], json!(16));
    assert!(read["clusterId"].is_string() && read["clusterKey"].is_string());
    assert!(registry.server.stop().success());
    registry.server.start_again();
    assert_eq!(fs::read_to_string(registry.server.data().join("atoll.json")).unwrap(), first);
}

#[test]
fn upkeep_begins_no_folder_and_no_index() {
    let server = Server::prepare(program(), json!({}));
    let config = server.config();
    let config = config.to_str().unwrap();
    for command in [&["gc", "--config", config][..], &["index", "rebuild", "--config", config]] {
        let refused = server.run(command);
        assert_eq!(refused.status.code(), Some(1), "{command:?}: {}", refused.output);
        assert!(refused.output.contains("does not exist"), "{command:?}: {}", refused.output);
        assert!(!server.data().exists(), "{command:?}: nothing was created");
    }
    fs::create_dir(server.data()).unwrap();
    for command in [&["gc", "--config", config][..], &["index", "rebuild", "--config", config]] {
        let refused = server.run(command);
        assert_eq!(refused.status.code(), Some(1), "{command:?}: {}", refused.output);
        assert!(refused.output.contains("holds no data"), "{command:?}: {}", refused.output);
        assert_eq!(fs::read_dir(server.data()).unwrap().count(), 0, "{command:?}: nothing was created");
    }
}

#[test]
fn a_lost_index_is_not_taken_for_an_empty_one() {
    let mut registry = Registry::start();
    let image = registry.push_image("kept", "v1", "layer");
    assert!(registry.server.stop().success());
    let index = registry.server.data().join("index.redb");
    let aside = registry.server.folder().join("index.redb");
    fs::rename(&index, &aside).unwrap();
    let config = registry.server.config();
    let config = config.to_str().unwrap();
    for command in
        [&["gc", "--config", config][..], &["index", "rebuild", "--config", config], &["serve", config]]
    {
        let refused = registry.server.run(command);
        assert!(!index.exists(), "{command:?}: nothing was created");
        assert!(!refused.status.success() && refused.output.contains("no index"), "{}", refused.output);
    }
    fs::rename(&aside, &index).unwrap();
    registry.server.start_again();
    assert_eq!(registry.get(&format!("/v2/kept/blobs/{}", image.layer)).text(), "layer");
}
