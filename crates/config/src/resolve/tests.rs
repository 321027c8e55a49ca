use super::resolve;
use crate::problem::{Cause, Origin};
use crate::raw::json;

fn problems(text: &str) -> Vec<(String, Cause)> {
    let value = json(text).ok().expect("the test writes JSON");
    let (_, problems) = resolve(&Origin::Defaults, &value);
    problems.into_iter().map(|problem| (problem.key, problem.cause)).collect()
}

fn unknown(nearest: &str) -> Cause {
    Cause::Unknown { nearest: Some(nearest.to_owned()) }
}

#[test]
fn an_unknown_key_is_named_with_its_full_path_also_in_lists_and_named_maps() {
    let text = r#"{"http": {"ratelimit": {"methods": [{"method": "GET", "rate": 1}, {"rated": 1}]}}}"#;
    let expected = ("http.ratelimit.methods[1].rated".to_owned(), unknown("http.ratelimit.methods[1].rate"));
    assert_eq!(problems(text), [expected]);
    let text = r#"{"storage": {"subPaths": {"/a.b": {"root": 1}}}}"#;
    let expected = ("storage.subPaths./a.b.root".to_owned(), unknown("storage.subPaths./a.b.rootDirectory"));
    assert_eq!(problems(text), [expected]);
}

#[test]
fn a_key_with_dots_is_not_taken_for_a_path() {
    assert_eq!(problems(r#"{"http.port": 1}"#).len(), 1);
    assert_eq!(problems(r#"{"http": {"tls.cert": "a"}}"#).len(), 1);
    assert_eq!(problems(r#"{"storage": {"subPaths.*": {}}}"#).len(), 1);
}

#[test]
fn a_key_written_twice_in_any_case_is_named_once() {
    assert_eq!(problems(r#"{"http": {"port": 1, "Port": 2}}"#), [("http.port".to_owned(), Cause::Duplicate)]);
    assert_eq!(problems(r#"{"HTTP": {}, "http": {}}"#), [("http".to_owned(), Cause::Duplicate)]);
    let text = r#"{"storage": {"subPaths": {"/a": {}, "/A": {}, "/a": {}}}}"#;
    assert_eq!(problems(text), [("storage.subPaths./a".to_owned(), Cause::Duplicate)]);
}

#[test]
fn a_file_that_is_no_map_is_named_as_such() {
    let expected = Cause::Mismatch { found: "a list".to_owned(), expected: "a map of keys".to_owned() };
    assert_eq!(problems("[]"), [("(the whole file)".to_owned(), expected)]);
}

#[test]
fn a_stanza_of_the_wrong_shape_is_named() {
    for text in [r#"{"http": 1}"#, r#"{"http": []}"#, r#"{"extensions": {"search": true}}"#] {
        assert!(matches!(problems(text).as_slice(), [(_, Cause::Mismatch { .. })]), "{text}");
    }
}

#[test]
fn null_is_as_good_as_not_written() {
    assert_eq!(problems(r#"{"http": {"port": null, "auth": null}, "storage": {"subPaths": null}}"#), []);
}

#[test]
fn one_map_stands_for_a_list_of_one() {
    assert_eq!(problems(r#"{"http": {"ratelimit": {"methods": {"method": "GET", "rate": 1}}}}"#), []);
}

#[test]
fn any_key_is_known_in_a_free_map() {
    assert_eq!(problems(r#"{"storage": {"storageDriver": {"name": "s3", "whatever": {"a": [1]}}}}"#), []);
}
