//! Variables of a query. Like zot, a number or a truth value where a text is expected counts as its text.

use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, Value, Variables};

/// Reads variables from JSON, which must be an object or null.
pub(crate) fn read(json: Option<&str>) -> Result<Variables, String> {
    let refused = || "variables could not be decoded".to_owned();
    let Some(json) = json else { return Ok(Variables::default()) };
    match serde_json::from_str(json).map_err(|_| refused())? {
        serde_json::Value::Null => Ok(Variables::default()),
        object @ serde_json::Value::Object(_) => Ok(Variables::from_json(object)),
        _ => Err(refused()),
    }
}

/// Makes texts of numbers where the operation declares texts.
pub(crate) fn settle(variables: &mut Variables, operation: &OperationDefinition) {
    for definition in &operation.variable_definitions {
        let Some(value) = variables.get_mut(&definition.node.name.node) else { continue };
        let kind = named(&definition.node.var_type.node);
        settle_value(value, kind.as_str());
    }
}

/// Names of variables that must be given, and are not.
pub(crate) fn missing<'a>(
    variables: &'a Variables,
    operation: &'a OperationDefinition,
) -> impl Iterator<Item = &'a Name> {
    operation.variable_definitions.iter().map(|definition| &definition.node).filter_map(|definition| {
        let is_given = variables.get(&definition.name.node).is_some_and(|value| *value != Value::Null);
        let must = !definition.var_type.node.nullable && definition.default_value.is_none();
        (must && !is_given).then_some(&definition.name.node)
    })
}

/// The variables of an operation, with defaults where none are given.
pub(crate) fn defaulted(variables: &Variables, operation: &OperationDefinition) -> Variables {
    let mut all = variables.clone();
    for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
        if let Some(default) = &definition.default_value {
            all.entry(definition.name.node.clone()).or_insert_with(|| default.node.clone());
        }
    }
    all
}

fn named(declared: &Type) -> &Name {
    let mut base = &declared.base;
    loop {
        match base {
            BaseType::Named(name) => return name,
            BaseType::List(inner) => base = &inner.base,
        }
    }
}

fn settle_value(value: &mut Value, kind: &str) {
    match value {
        Value::List(values) => values.iter_mut().for_each(|value| settle_value(value, kind)),
        Value::Object(members) => {
            for (name, value) in members {
                settle_value(value, member(kind, name.as_str()));
            }
        }
        Value::Number(number) if kind == "String" => *value = Value::String(number.to_string()),
        Value::Boolean(truth) if kind == "String" => *value = Value::String(truth.to_string()),
        _ => {}
    }
}

/// The type of a member of an input object, as far as texts lie in it.
fn member(kind: &str, name: &str) -> &'static str {
    match (kind, name) {
        ("ImageInput", "Platform") => "PlatformInput",
        ("ImageInput", "Repo" | "Tag" | "Digest") | ("PlatformInput" | "Filter", "Os" | "Arch") => "String",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
