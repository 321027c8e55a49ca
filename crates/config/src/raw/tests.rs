use std::fs;

use super::{FILE_BYTES_MAX, Value, json, read, yaml};
use crate::Error;

fn check(name: &str, text: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let shown = match read(&path) {
        Ok(value) => show(&value),
        Err(error) => error.to_string().replace(&path.display().to_string(), name),
    };
    assert!(shown.starts_with(expected), "{name} {text:?}: {shown}");
}

fn show(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(" ");
    match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) => format!("{value:?}"),
        Value::List(items) => format!("[{}]", list(items.iter().map(show).collect())),
        Value::Map(entries) => {
            format!(
                "{{{}}}",
                list(entries.iter().map(|(name, value)| format!("{name}={}", show(value))).collect())
            )
        }
    }
}

#[test]
fn the_ending_of_the_name_says_which_grammar_is_read() {
    check("a.json", r#"{"a": [1, -2, 1.5, true, null, "x"]}"#, r#"{a=[1 -2 1.5 true null "x"]}"#);
    check(
        "a.JSON",
        "a: 1",
        "the configuration file a.JSON is not valid JSON: expected value at line 1 column 1",
    );
    check("a.yaml", "a: [1, -2, 1.5, true, ~, x]", r#"{a=[1 -2 1.5 true null "x"]}"#);
    check("a.yml", r#"{"a": 1}"#, "{a=1}");
    check("a.yaml", "a: [1", "the configuration file a.yaml is not valid YAML: ");
    check(
        "a.toml",
        "a = 1",
        "the configuration file a.toml is named as toml: write it as JSON (.json) or YAML (.yaml)",
    );
}

#[test]
fn a_name_without_a_known_ending_is_tried_as_json_and_then_as_yaml() {
    check("config", r#"{"a": 1}"#, "{a=1}");
    check("config.d", "a: 1", "{a=1}");
    check(
        "config",
        r#"{"a": 1,}"#,
        "the configuration file config is not valid JSON: trailing comma at line 1 column 9",
    );
    check("config", "a: [", "the configuration file config is not valid YAML: ");
}

#[test]
fn an_empty_yaml_file_and_a_byte_order_mark_are_no_error() {
    check("a.yaml", "", "{}");
    check("a.yaml", "# nothing yet\n", "{}");
    check("a.json", "\u{feff}{}", "{}");
}

#[test]
fn duplicate_keys_survive_reading() {
    check("a.json", r#"{"a": 1, "a": 2}"#, "{a=1 a=2}");
    check("a.yaml", "a: 1\na: 2\n", "{a=1 a=2}");
}

#[test]
fn yes_and_on_are_texts_in_yaml() {
    check("a.yaml", "a: yes\nb: on\nc: true\n", r#"{a="yes" b="on" c=true}"#);
}

#[test]
fn a_file_that_is_not_there_too_large_or_no_text_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let missing = read(&folder.path().join("none.json")).err().unwrap();
    assert!(matches!(missing, Error::Unreadable { .. }));
    assert_eq!(missing.kind(), atoll_fault::Kind::NotFound);
    assert!(read(folder.path()).is_err(), "a folder is no file");

    let large = folder.path().join("large.json");
    fs::write(&large, vec![b' '; usize::try_from(FILE_BYTES_MAX).unwrap() + 1]).unwrap();
    assert!(matches!(read(&large), Err(Error::TooLarge { .. })));

    let binary = folder.path().join("binary.json");
    fs::write(&binary, [0xff, 0xfe]).unwrap();
    assert!(read(&binary).err().unwrap().to_string().contains("is not valid UTF-8 text"));
}

#[test]
fn a_syntax_error_does_not_show_the_text_around_it() {
    let error = yaml("secret: hunter2\nbroken: [\n").err().unwrap();
    assert!(!error.source.to_string().contains("hunter2"), "{}", error.source);
}

#[test]
fn deep_nesting_and_many_aliases_are_refused() {
    assert!(json(&"[".repeat(100_000)).is_err());
    assert!(yaml(&"[".repeat(100_000)).is_err());
    assert!(yaml(&format!("{}x", "a:\n ".repeat(40))).is_err());
    let bomb = (1..9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, level| {
        let alias = format!("*a{}", level - 1);
        format!("{text}a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(","))
    });
    assert!(yaml(&bomb).is_err());
}
