use serde_json::{Value, json};

use super::super::listing::{IMAGES, Listing, MANIFESTS, REPOSITORIES};
use super::{Output, size, text};

fn rows(values: &[Value]) -> Vec<serde_json::Map<String, Value>> {
    values.iter().map(|value| value.as_object().unwrap().clone()).collect()
}

fn listing() -> Listing {
    let values = [
        json!({"repository": "a", "newestTag": "1.0", "platforms": ["linux/amd64", "linux/arm64"], "size": 1536,
               "updated": "2026-01-02T03:04:05.123Z", "pulls": 12}),
        json!({"repository": "long/name", "newestTag": null, "platforms": [], "size": 7, "updated": null, "pulls": 0}),
    ];
    Listing { facts: Vec::new(), name: "rows", columns: REPOSITORIES, rows: rows(&values), total: 2 }
}

#[test]
fn tables_are_aligned() {
    let expected = "\
REPOSITORY  NEWEST  PLATFORMS                   SIZE  UPDATED              PULLS
a           1.0     linux/amd64,linux/arm64  1.5 KiB  2026-01-02 03:04:05     12
long/name                                        7 B                           0
";
    assert_eq!(text(&listing(), Output::Table), expected);
}

#[test]
fn digests_are_shortened_and_truths_are_words() {
    let value = json!({"repository": "a", "tag": "t", "digest": format!("sha256:{}", "0".repeat(64)), "signed": true});
    let listing =
        Listing { facts: Vec::new(), name: "rows", columns: IMAGES, rows: rows(&[value]), total: 1 };
    let table = text(&listing, Output::Table);
    assert!(table.contains(" sha256:000000000000 ") && table.ends_with(" yes\n"), "{table}");
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let empty = Listing { rows: Vec::new(), ..listing() };
    assert_eq!(text(&empty, Output::Table), "nothing found\n");
    assert_eq!(text(&empty, Output::Json), "[]\n");
    assert_eq!(text(&empty, Output::Yaml), "[]\n");
}

#[test]
fn one_thing_is_shown_with_its_parts() {
    let value = json!({"platform": "linux/amd64", "digest": "sha256:1", "size": 3, "layerCount": 2});
    let facts = vec![("repository", json!("a")), ("size", json!(2048)), ("vendor", Value::Null)];
    let listing = Listing {
        facts,
        name: "manifests",
        columns: MANIFESTS,
        rows: rows(std::slice::from_ref(&value)),
        total: 1,
    };
    let expected = "\
repository:    a
size:          2.0 KiB

PLATFORM     MANIFEST  SIZE  LAYERS
linux/amd64  sha256:1   3 B       2
";
    assert_eq!(text(&listing, Output::Table), expected);
    let printed: Value = serde_json::from_str(&text(&listing, Output::Json)).unwrap();
    assert_eq!(printed, json!({"repository": "a", "size": 2048, "vendor": null, "manifests": [value]}));
}

#[test]
fn a_servers_text_cannot_move_the_cursor() {
    let value = json!({"repository": "a\u{1b}[2J\n\u{202e}b\u{2067}"});
    let listing =
        Listing { facts: Vec::new(), name: "rows", columns: REPOSITORIES, rows: rows(&[value]), total: 1 };
    assert!(!text(&listing, Output::Table).contains(['\u{1b}', '\u{202e}', '\u{2067}']));
}

#[test]
fn what_programs_read_has_odd_characters_as_numbers() {
    let odd = "a\u{1b}\u{7f}\u{9b}2J\u{202e}\u{2028}\u{feff}\n\"\\é🦀";
    let rows = rows(&[json!({"repository": odd})]);
    let listing = Listing { facts: Vec::new(), name: "rows", columns: REPOSITORIES, rows, total: 1 };
    let printed: Value = serde_json::from_str(&text(&listing, Output::Json)).unwrap();
    assert_eq!(printed[0]["repository"], odd);
    let quoted = r#""a\u001b\u007f\u009b2J\u202e\u2028\ufeff\n\"\\é🦀""#;
    for output in [Output::Json, Output::Yaml] {
        assert!(text(&listing, output).contains(quoted), "{}", text(&listing, output));
    }
}

#[test]
fn sizes_have_units() {
    for (bytes, expected) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1_500_000, "1.4 MiB"),
        (3 << 30, "3.0 GiB"),
        (5 << 40, "5.0 TiB"),
        (u64::MAX, "16777216.0 TiB"),
    ] {
        assert_eq!(size(bytes), expected);
    }
}
