use std::path::Path;

use super::{layout, text, value};

fn settings() -> atoll_config::Settings {
    let text = r#"{
        "storage": {"rootDirectory": "d"},
        "http": {"port": 8081},
        "cluster": {"members": ["127.0.0.1:8081", "127.0.0.1:8082", "127.0.0.1:8083"], "hashKey": "a key of 16 byte"},
        "atoll": {"cluster": {"members": [{"address": "127.0.0.1:8083", "id": 3, "weight": 0}]}}
    }"#;
    atoll_config::parse(Path::new("c.json"), text).unwrap()
}

#[test]
fn every_shard_is_counted_once_and_a_leaving_member_has_none() {
    let settings = settings();
    let (cluster, layout) = layout(&settings).unwrap();
    let value = value(cluster, &layout);
    let shards = |index: usize| value["members"][index]["shards"].as_array().unwrap().len();
    assert_eq!(shards(0) + shards(1), 256);
    assert_eq!((shards(2), &value["members"][2]["id"]), (0, &3.into()));
    let text = text(cluster, &layout);
    assert!(text.starts_with("256 shards over 3 members; digest "), "{text}");
    assert!(text.ends_with("3  127.0.0.1:8083  127.0.0.1:18083       0       0\n"), "{text}");
}

#[test]
fn without_a_cluster_there_is_no_layout() {
    let alone = atoll_config::parse(Path::new("c.json"), r#"{"storage": {"rootDirectory": "d"}}"#).unwrap();
    assert!(layout(&alone).err().unwrap().to_string().contains("has no `cluster`"));
}
