//! The table as a JSON Schema, for editors and for checks before a server sees the file.
//!
//! A schema knows one spelling of each key and of each value; the server also takes other cases of letters, and numbers
//! and texts in each other's place.

use serde_json::{Map, Value, json};

use crate::keys::{self, Key, Verdict};
use crate::kind::Kind;

/// A JSON Schema (draft-07) of the configuration file, as indented text.
pub fn schema() -> String {
    let mut root = stanza("");
    root.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    root.insert("title".to_owned(), json!("Configuration of Atoll"));
    root.insert("required".to_owned(), json!(["storage"]));
    format!("{:#}", Value::Object(root))
}

/// The map of the keys directly below a path of the table.
fn stanza(pattern: &str) -> Map<String, Value> {
    let properties: Map<_, _> =
        keys::children(pattern).map(|(name, key)| (name.to_owned(), Value::Object(property(key)))).collect();
    let mut map = Map::new();
    map.insert("type".to_owned(), json!("object"));
    map.insert("additionalProperties".to_owned(), json!(false));
    map.insert("properties".to_owned(), Value::Object(properties));
    map
}

fn property(key: &Key) -> Map<String, Value> {
    let mut map = values(key);
    map.insert("description".to_owned(), json!(described(key)));
    if let Some(default) = key.default {
        map.insert("default".to_owned(), literal(key.kind, default));
    }
    map
}

fn described(key: &Key) -> String {
    match key.verdict {
        Verdict::Honoured => key.meaning.to_owned(),
        Verdict::Accepted => format!("{} (Accepted, without effect.)", key.meaning),
        Verdict::Warned { because, .. } => format!("{} (No effect: {because}.)", key.meaning),
        Verdict::Refused { because, .. } => format!("{} (Refused: {because}.)", key.meaning),
    }
}

/// What values the key takes.
fn values(key: &Key) -> Map<String, Value> {
    let schema = match key.kind {
        Kind::Text | Kind::Secret | Kind::Path | Kind::Address | Kind::TimeWindow => {
            json!({"type": "string"})
        }
        Kind::Url => json!({"type": "string", "pattern": "^https?://"}),
        Kind::UrlPath => json!({"type": "string", "pattern": "^/."}),
        Kind::Choice(words) => json!({"type": "string", "enum": words}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Integer { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Port | Kind::Duration | Kind::Timeout | Kind::Size { .. } => {
            json!({"type": ["string", "integer"]})
        }
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Choices(words) => json!({"type": "array", "items": {"type": "string", "enum": words}}),
        Kind::Stanza | Kind::Switch => return stanza(key.path),
        Kind::Stanzas => json!({"type": "array", "items": stanza(&format!("{}[]", key.path))}),
        Kind::Named => json!({"type": "object", "additionalProperties": stanza(&format!("{}.*", key.path))}),
        Kind::Free => json!({"type": "object"}),
    };
    match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A default as the JSON value one would write.
fn literal(kind: Kind, default: &str) -> Value {
    match kind {
        Kind::Boolean | Kind::Integer { .. } => serde_json::from_str(default).unwrap_or(Value::Null),
        Kind::Texts | Kind::Choices(_) => {
            json!(default.split(',').filter(|item| !item.is_empty()).collect::<Vec<_>>())
        }
        _ => json!(default),
    }
}

#[cfg(test)]
mod tests;
