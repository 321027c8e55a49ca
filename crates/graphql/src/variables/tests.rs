use async_graphql::parser::parse_query;
use async_graphql::parser::types::DocumentOperations;
use serde_json::json;

use super::*;

fn settled(declared: &str, given: &serde_json::Value) -> serde_json::Value {
    let document = parse_query(format!("query({declared}){{a}}")).unwrap();
    let DocumentOperations::Single(operation) = document.operations else { panic!("one operation") };
    let mut variables = read(Some(&given.to_string())).unwrap();
    settle(&mut variables, &operation.node);
    serde_json::to_value(&variables).unwrap()
}

#[test]
fn numbers_and_truth_values_become_texts_where_texts_are_declared() {
    for (declared, given, expected) in [
        ("$i: String!", json!({"i": 5}), json!({"i": "5"})),
        ("$i: String", json!({"i": 1.5}), json!({"i": "1.5"})),
        ("$i: [String!]!", json!({"i": [1, "2", true]}), json!({"i": ["1", "2", "true"]})),
        ("$i: Int", json!({"i": 5}), json!({"i": 5})),
        (
            "$i: Filter",
            json!({"i": {"Os": 3, "HasToBeSigned": true}}),
            json!({"i": {"Os": "3", "HasToBeSigned": true}}),
        ),
        (
            "$i: ImageInput!",
            json!({"i": {"Repo": 1, "Platform": {"Os": 2}}}),
            json!({"i": {"Repo": "1", "Platform": {"Os": "2"}}}),
        ),
        ("$i: PageInput", json!({"i": {"limit": 1}}), json!({"i": {"limit": 1}})),
        ("$i: String", json!({"i": null, "other": 5}), json!({"i": null, "other": 5})),
    ] {
        assert_eq!(settled(declared, &given), expected, "{declared}");
    }
}

#[test]
fn variables_are_an_object_or_nothing() {
    assert!(read(None).unwrap().is_empty());
    assert!(read(Some("null")).unwrap().is_empty());
    for text in ["{nope", "[]", "5", &"[".repeat(10_000)] {
        assert_eq!(read(Some(text)).unwrap_err(), "variables could not be decoded");
    }
}
