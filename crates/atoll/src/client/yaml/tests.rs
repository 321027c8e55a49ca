use serde_json::json;

use super::document;

#[test]
fn lists_and_maps_are_blocks() {
    let value = json!([
        {"name": "a/b", "tags": ["x1", "1.0", true], "none": null, "empty": [], "size": 5},
        {"name": "c", "parts": [{"digest": "sha256:00", "more": {"k": "v"}}]},
    ]);
    let expected = "\
- empty: []
  name: a/b
  none: null
  size: 5
  tags:
    - x1
    - \"1.0\"
    - true
- name: c
  parts:
    - digest: \"sha256:00\"
      more:
        k: v
";
    assert_eq!(document(&value), expected);
}

#[test]
fn text_that_could_be_read_as_something_else_is_quoted() {
    for text in
        ["", "true", "No", "null", "1", "-", "a: b", "a #b", "2026-01-02", " x", "x ", "a\nb", "*x", "é", "y"]
    {
        assert_eq!(document(&json!({"k": text})), format!("k: {}\n", json!(text)), "{text}");
    }
    for text in ["latest", "linux/amd64", "v1.2-rc_3"] {
        assert_eq!(document(&json!({"k": text})), format!("k: {text}\n"));
    }
}

#[test]
fn values_alone_are_documents() {
    assert_eq!(document(&json!([])), "[]\n");
    assert_eq!(document(&json!({})), "{}\n");
    assert_eq!(document(&json!("x")), "x\n");
}
