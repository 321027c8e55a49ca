use serde_json::{Value, json};

use super::schema;
use crate::keys;
use crate::kind::Kind;

fn parsed() -> Value {
    serde_json::from_str(&schema()).unwrap()
}

/// The part of the schema that describes the key of that path.
fn part<'a>(schema: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(schema, |schema, name| {
        if name == "*" {
            return &schema["additionalProperties"];
        }
        match name.strip_suffix("[]") {
            Some(name) => &schema["properties"][name]["items"],
            None => &schema["properties"][name],
        }
    })
}

#[test]
fn every_key_is_described_and_unknown_ones_are_not_allowed() {
    let schema = parsed();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    for key in keys::all() {
        let part = part(&schema, key.path);
        assert!(
            part["description"].as_str().is_some_and(|text| text.starts_with(key.meaning)),
            "{}",
            key.path
        );
        if matches!(key.kind, Kind::Stanza | Kind::Switch) {
            assert_eq!(part["additionalProperties"], json!(false), "{}", key.path);
        }
    }
}

#[test]
fn values_are_described_as_they_are_written() {
    let schema = parsed();
    let expected = [
        ("http.port", json!(["string", "integer"]), json!("8080")),
        ("storage.commit", json!("boolean"), json!(true)),
        ("atoll.shards", json!("integer"), json!(256)),
        ("http.compat", json!("array"), json!([])),
    ];
    for (path, kind, default) in expected {
        assert_eq!(part(&schema, path)["type"], kind, "{path}");
        assert_eq!(part(&schema, path)["default"], default, "{path}");
    }
    assert_eq!(part(&schema, "http.compat")["items"]["enum"], json!(["docker2s2", "sparse"]));
}
