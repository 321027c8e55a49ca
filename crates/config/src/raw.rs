//! The first step: a file's content as written, in order, with nothing dropped and nothing understood.
//!
//! Duplicate keys survive here, so that they can be reported with their full path. This module must not know any key.

use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::Error;

/// The most that is read of one configuration file.
pub const FILE_BYTES_MAX: u64 = 1 << 20;
/// The deepest nesting that is read; the legal keys need less than half of it.
const DEPTH_MAX: usize = 32;
/// The most nodes that aliases of one YAML file may expand to.
const ALIAS_NODES_MAX: usize = 10_000;
/// Formats that zot reads and this crate does not.
const FOREIGN_FORMATS: [&str; 6] = ["toml", "hcl", "ini", "properties", "props", "env"];

/// A value as written. It has no debug text, because it may hold a secret.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// Reads one file.
pub(crate) fn read(path: &Path) -> Result<Value, Error> {
    let foreign = FOREIGN_FORMATS.into_iter().find(|format| ending(path) == *format);
    match foreign {
        Some(format) => Err(Error::Format { path: path.to_owned(), format: format.to_owned() }),
        None => parse(path, &text(path)?),
    }
}

/// Reads the text of a file: JSON or YAML by its name's ending, else whichever of the two it turns out to be.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Value, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = match ending(path).as_str() {
        "json" => json(text),
        "yaml" | "yml" => yaml(text),
        _ => json(text)
            .or_else(|error| if text.trim_start().starts_with('{') { Err(error) } else { yaml(text) }),
    };
    parsed.map_err(|Unparsed { format, source }| Error::Syntax { path: path.to_owned(), format, source })
}

/// Why a text could not be parsed, before anybody says which file it was.
pub(crate) struct Unparsed {
    format: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Reads JSON text. Its nesting is bounded by the parser (128).
pub(crate) fn json(text: &str) -> Result<Value, Unparsed> {
    serde_json::from_str(text).map_err(|error| Unparsed { format: "JSON", source: Box::new(error) })
}

/// Reads the single document of a YAML text. A document without content is an empty map, as an empty file is.
pub(crate) fn yaml(text: &str) -> Result<Value, Unparsed> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEPTH_MAX, max_documents: 1 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: ALIAS_NODES_MAX },
        // Reported later, with the path of the key.
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
        // `yes` and `on` are texts, as in zot's parser.
        strict_booleans: true,
        // An error must not print the lines around it: one of them may hold a secret.
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options(text, options) {
        Ok(Value::Null) => Ok(Value::Map(Vec::new())),
        Ok(value) => Ok(value),
        Err(error) => Err(Unparsed { format: "YAML", source: Box::new(error) }),
    }
}

fn ending(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase).unwrap_or_default()
}

fn text(path: &Path) -> Result<String, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(Error::TooLarge { path: path.to_owned(), most_bytes: FILE_BYTES_MAX });
    }
    String::from_utf8(bytes).map_err(|error| Error::Syntax {
        path: path.to_owned(),
        format: "UTF-8 text",
        source: Box::new(error.utf8_error()),
    })
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests;
