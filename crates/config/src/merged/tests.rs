use super::Merged;
use crate::problem::Origin;
use crate::raw::json;

fn merged(layers: &[&str]) -> Merged {
    let mut merged = Merged::empty();
    for (index, text) in layers.iter().enumerate() {
        let value = json(text).ok().expect("the test writes JSON");
        merged.lay(&Origin::File(format!("{index}.json").into()), &value);
    }
    merged
}

#[test]
fn maps_are_joined_and_everything_else_is_replaced() {
    let merged = merged(&[
        r#"{"http": {"port": 1, "realm": "a", "compat": ["sparse", "docker2s2"]}}"#,
        r#"{"http": {"port": 2, "compat": ["sparse"]}, "log": {}}"#,
    ]);
    assert_eq!(merged.number::<u16>("http.port").unwrap(), 2);
    assert_eq!(merged.text("http.realm").unwrap(), "a");
    assert_eq!(merged.texts("http.compat").unwrap(), ["sparse"]);
}

#[test]
fn a_value_remembers_the_layer_that_won() {
    let merged = merged(&[r#"{"http": {"port": 1, "realm": "a"}}"#, r#"{"http": {"port": 2}}"#]);
    assert_eq!(merged.node("http.port").unwrap().origin, Origin::File("1.json".into()));
    assert_eq!(merged.node("http.realm").unwrap().origin, Origin::File("0.json".into()));
}

#[test]
fn null_does_not_take_back_what_an_earlier_layer_wrote() {
    let merged = merged(&[r#"{"http": {"port": 1}}"#, r#"{"http": null}"#, r#"{"http": {"port": null}}"#]);
    assert_eq!(merged.number::<u16>("http.port").unwrap(), 1);
}

#[test]
fn what_is_not_written_has_the_default_of_the_table() {
    let merged = merged(&[]);
    assert_eq!(merged.number::<u16>("http.port").unwrap(), 8080);
    assert_eq!(merged.optional_text("http.externalURL"), None);
    assert!(merged.text("storage.rootDirectory").is_err());
    assert!(!merged.enabled("extensions.search"));
}
