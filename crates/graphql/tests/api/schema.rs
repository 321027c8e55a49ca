//! The schema is zot's: zli refuses a server whose arguments differ.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fake::{Root, Setup};

const INTROSPECTION: &str = "{__schema{queryType{name} mutationType{name} subscriptionType{name} types{
    kind name enumValues(includeDeprecated:true){name} inputFields{name type{...T}}
    fields(includeDeprecated:true){name args{name type{...T}} type{...T}}}}}
    fragment T on __Type{kind name ofType{kind name ofType{kind name ofType{kind name}}}}";

fn type_text(described: &Value) -> String {
    match described["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", type_text(&described["ofType"])),
        "LIST" => format!("[{}]", type_text(&described["ofType"])),
        _ => described["name"].as_str().unwrap().to_owned(),
    }
}

fn fields(described: &Value) -> Value {
    let field = |field: &Value| {
        let arg = |arg: &Value| json!({"name": arg["name"], "type": type_text(&arg["type"])});
        let args: Vec<_> = field["args"].as_array().into_iter().flatten().map(arg).collect();
        let kind = Value::from(type_text(&field["type"]));
        let told = if args.is_empty() { kind } else { json!({"type": kind, "args": args}) };
        (field["name"].as_str().unwrap().to_owned(), told)
    };
    Value::from_iter(described.as_array().unwrap().iter().map(field).collect::<BTreeMap<_, _>>())
}

/// A type in the words of the recording.
fn told(described: &Value) -> Value {
    let kind = described["kind"].as_str().unwrap();
    match kind {
        "OBJECT" => json!({"kind": kind, "fields": fields(&described["fields"])}),
        "INPUT_OBJECT" => json!({"kind": kind, "inputFields": fields(&described["inputFields"])}),
        "ENUM" => {
            let names = described["enumValues"].as_array().unwrap().iter().map(|value| value["name"].clone());
            json!({"kind": kind, "enumValues": names.collect::<Vec<_>>()})
        }
        _ => json!({"kind": kind}),
    }
}

#[tokio::test]
async fn introspection_tells_the_types_arguments_and_nullability_that_zot_tells() {
    let mut schema = Setup::new(Root::default()).data(INTROSPECTION).await["__schema"].take();
    let recorded = include_str!("../../../../tests/golden/introspection.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let types: BTreeMap<_, _> = schema["types"]
        .as_array()
        .unwrap()
        .iter()
        .map(|described| (described["name"].as_str().unwrap().to_owned(), told(described)))
        .filter(|(name, _)| !name.starts_with("__"))
        .collect();
    let names: Vec<_> = types.keys().cloned().collect();
    assert_eq!(names, recorded["types"].as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    for (name, described) in types {
        assert_eq!(described, recorded["types"][&name], "{name}");
    }
    assert_eq!(schema["queryType"]["name"], recorded["queryType"]);
    assert_eq!(schema["mutationType"].take(), Value::Null);
    assert_eq!(schema["subscriptionType"].take(), Value::Null);
}

#[test]
fn the_schema_in_its_own_language_is_the_file_in_the_repository() {
    let built = atoll_graphql::sdl();
    let file = include_str!("../../schema.graphql");
    assert_eq!(built, file, "write the built schema to crates/graphql/schema.graphql:\n{built}");
}
