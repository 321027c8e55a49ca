//! An answer before it is printed: rows of named values, the same for a table and for a program.

use serde_json::{Map, Value};

/// Rows, and facts about all of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listing {
    /// What stands above the rows: facts of one thing whose parts the rows are. Empty for a list.
    pub(super) facts: Vec<(&'static str, Value)>,
    /// The name of the rows among the facts.
    pub(super) name: &'static str,
    /// What a table shows of each row.
    pub(super) columns: &'static [Column],
    /// The rows; each has a value for each column.
    pub(super) rows: Vec<Map<String, Value>>,
    /// Rows that there are.
    pub(super) total: u64,
}

/// One column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// Its head.
    pub(super) title: &'static str,
    /// The name of the value in a row.
    pub(super) key: &'static str,
    /// How it is written.
    pub(super) form: Form,
}

/// How a value is written in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is; lists with commas.
    Text,
    /// A number, to the right.
    Number,
    /// A number of bytes, in units, to the right.
    Size,
    /// A time, to the second.
    Time,
    /// A digest, shortened.
    Digest,
}

/// How rows of one sort are shown, and how they are read from an answer.
pub(super) type Shape = (&'static [Column], fn(&Value) -> Map<String, Value>);

const fn column(title: &'static str, key: &'static str, form: Form) -> Column {
    Column { title, key, form }
}

pub(super) const REPOSITORIES: &[Column] = &[
    column("REPOSITORY", "repository", Form::Text),
    column("NEWEST", "newestTag", Form::Text),
    column("PLATFORMS", "platforms", Form::Text),
    column("SIZE", "size", Form::Size),
    column("UPDATED", "updated", Form::Time),
    column("PULLS", "pulls", Form::Number),
];

pub(super) const IMAGES: &[Column] = &[
    column("REPOSITORY", "repository", Form::Text),
    column("TAG", "tag", Form::Text),
    column("DIGEST", "digest", Form::Digest),
    column("PLATFORMS", "platforms", Form::Text),
    column("SIZE", "size", Form::Size),
    column("UPDATED", "updated", Form::Time),
    column("PULLS", "pulls", Form::Number),
    column("SIGNED", "signed", Form::Text),
];

pub(super) const MANIFESTS: &[Column] = &[
    column("PLATFORM", "platform", Form::Text),
    column("MANIFEST", "digest", Form::Text),
    column("SIZE", "size", Form::Size),
    column("LAYERS", "layerCount", Form::Number),
];

/// A repository as the search tells it.
pub(super) fn repository(told: &Value) -> Map<String, Value> {
    row([
        ("repository", text(told, "/Name")),
        ("newestTag", text(told, "/NewestImage/Tag")),
        ("platforms", platforms(told, "/Platforms", "")),
        ("size", number(told, "/Size")),
        ("updated", text(told, "/LastUpdated")),
        ("pulls", number(told, "/DownloadCount")),
        ("stars", number(told, "/StarCount")),
    ])
}

/// An image as the search tells it.
pub(super) fn image(told: &Value) -> Map<String, Value> {
    row([
        ("repository", text(told, "/RepoName")),
        ("tag", text(told, "/Tag")),
        ("digest", text(told, "/Digest")),
        ("mediaType", text(told, "/MediaType")),
        ("platforms", platforms(told, "/Manifests", "/Platform")),
        ("size", number(told, "/Size")),
        ("updated", text(told, "/LastUpdated")),
        ("pulls", number(told, "/DownloadCount")),
        ("signed", told.pointer("/IsSigned").cloned().unwrap_or_default()),
    ])
}

/// A manifest of an image as the search tells it.
pub(super) fn manifest(told: &Value) -> Map<String, Value> {
    let told_layers = told.pointer("/Layers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let layers: Vec<_> = told_layers
        .iter()
        .map(|layer| {
            Value::Object(row([("digest", text(layer, "/Digest")), ("size", number(layer, "/Size"))]))
        })
        .collect();
    row([
        ("platform", platform(told.pointer("/Platform").unwrap_or(&Value::Null))),
        ("digest", text(told, "/Digest")),
        ("configDigest", text(told, "/ConfigDigest")),
        ("size", number(told, "/Size")),
        ("layerCount", layers.len().into()),
        ("layers", Value::Array(layers)),
    ])
}

fn row<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A text; what is empty is not told.
fn text(told: &Value, at: &str) -> Value {
    told.pointer(at)
        .filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
        .cloned()
        .unwrap_or_default()
}

/// A number, which the search writes as text where it may be large.
fn number(told: &Value, at: &str) -> Value {
    match told.pointer(at) {
        Some(Value::String(digits)) => digits.parse::<u64>().map_or(Value::Null, Value::from),
        Some(value @ Value::Number(_)) => value.clone(),
        _ => Value::Null,
    }
}

/// The platforms of a list, each once, in the order of the list.
fn platforms(told: &Value, list: &str, within: &str) -> Value {
    let mut found = Vec::new();
    for item in told.pointer(list).and_then(Value::as_array).into_iter().flatten() {
        let word = item.pointer(within).map_or(Value::Null, platform);
        if !word.is_null() && !found.contains(&word) {
            found.push(word);
        }
    }
    Value::Array(found)
}

/// `linux/amd64`; nothing where neither is told.
fn platform(told: &Value) -> Value {
    let parts: Vec<_> = ["/Os", "/Arch"]
        .into_iter()
        .filter_map(|at| told.pointer(at).and_then(Value::as_str))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() { Value::Null } else { parts.join("/").into() }
}

#[cfg(test)]
mod tests;
