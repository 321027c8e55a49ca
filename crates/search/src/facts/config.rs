//! Image configs (image-spec, config.md), leniently read: a member of the wrong type counts as missing.

use std::collections::BTreeMap;

use atoll_oci::{Manifest, Platform};
use serde_json::{Map, Value};

use super::Step;
use crate::Told;

/// Larger configs are not looked at.
pub const MAX_CONFIG_BYTES: u64 = 1024 * 1024;

/// What an image config tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// What the image runs on.
    pub platform: Platform,
    /// When it was made, in UTC.
    pub created: Option<Told>,
    /// By whom.
    pub author: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// How it was made.
    pub history: Vec<Step>,
}

/// Whether the config of a manifest is that of an image and small enough to be read.
pub fn is_image_config(manifest: &Manifest) -> bool {
    manifest.config.as_ref().is_some_and(|config| {
        is_image_config_type(config.media_type.as_str()) && config.size <= MAX_CONFIG_BYTES
    })
}

/// Whether configs of this media type tell of an image.
pub fn is_image_config_type(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json"
    )
}

impl Config {
    /// Reads a config; `None` if it is no JSON object.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let Ok(Value::Object(document)) = serde_json::from_slice(bytes) else { return None };
        let platform = Platform {
            os: text(&document, "os"),
            architecture: text(&document, "architecture"),
            variant: text(&document, "variant"),
        };
        let history = document.get("history").and_then(Value::as_array);
        Some(Self {
            platform,
            created: time(&document),
            author: text(&document, "author"),
            labels: labels(&document),
            history: history.into_iter().flatten().filter_map(Value::as_object).map(step).collect(),
        })
    }

    /// When it was made: as it says itself, else as the last step of its history says.
    pub fn made(&self) -> Option<Told> {
        self.created.or_else(|| self.history.last().and_then(|step| step.created))
    }
}

fn text(object: &Map<String, Value>, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn time(object: &Map<String, Value>) -> Option<Told> {
    object.get("created").and_then(Value::as_str).and_then(Told::parse).map(Told::in_utc)
}

fn labels(document: &Map<String, Value>) -> BTreeMap<String, String> {
    let run = document.get("config").and_then(Value::as_object);
    let labels = run.and_then(|run| run.get("Labels")).and_then(Value::as_object);
    let texts = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(texts).collect()
}

fn step(item: &Map<String, Value>) -> Step {
    Step {
        created: time(item),
        created_by: text(item, "created_by"),
        author: text(item, "author"),
        comment: text(item, "comment"),
        is_empty_layer: item.get("empty_layer").and_then(Value::as_bool).unwrap_or_default(),
    }
}
