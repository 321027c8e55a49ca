use super::{layers, nested};
use crate::raw::Value;

#[test]
fn only_variables_with_the_prefix_are_layers() {
    let environment: Vec<_> = ["ATOLL__HTTP__PORT", "ATOLL_PORT", "atoll__http__port", "HOME"]
        .map(|name| (name.to_owned(), "1".to_owned()))
        .into();
    let names: Vec<_> = layers(&environment).map(|(origin, _)| origin.to_string()).collect();
    assert_eq!(names, [" in the environment variable ATOLL__HTTP__PORT"]);
}

#[test]
fn a_name_with_very_many_parts_does_not_nest_without_end() {
    let mut value = nested(&"A__".repeat(100_000), "__", "x");
    let mut depth = 0;
    while let Value::Map(mut entries) = value {
        depth += 1;
        value = entries.remove(0).1;
    }
    assert_eq!(depth, super::PARTS_MAX);
}

#[test]
fn a_value_in_brackets_that_is_no_json_is_a_text() {
    assert!(matches!(super::value("[::]"), Value::Text(text) if text == "[::]"));
    assert!(matches!(super::value("[1]"), Value::List(_)));
}
