//! Manifests and indexes.

use atoll_oci::{Descriptor, Manifest, MediaType};
use serde::de::IgnoredAny;
use serde_json::Value;

const TYPES: [&str; 4] =
    [MediaType::OCI_MANIFEST, MediaType::OCI_INDEX, MediaType::DOCKER_MANIFEST, MediaType::DOCKER_LIST];

/// The input is a document, pushed under each media type of a manifest. What is accepted is a JSON object, is an image or an index
/// but never both, and was read as any other JSON reader reads it.
pub fn manifest(data: &[u8]) {
    // None also for what this reader bounds and the parser need not: the depth of members that mean nothing to it.
    let document = serde_json::from_slice::<Value>(data).ok();
    let accepted =
        TYPES.map(|name| name.parse::<MediaType>().ok().and_then(|it| Manifest::parse(data, &it).ok()));
    let mut kinds = accepted.iter().flatten().map(|manifest| manifest.media_type.is_index());
    if let Some(first) = kinds.next() {
        assert!(kinds.all(|kind| kind == first), "the same document is an image and an index");
    }
    for manifest in accepted.iter().flatten() {
        assert!(serde_json::from_slice::<IgnoredAny>(data).is_ok(), "what is accepted must be JSON");
        if let Some(document) = &document {
            as_others_read(manifest, document);
        }
        sound(manifest);
        let again = Manifest::parse(data, &manifest.media_type);
        assert_eq!(again.as_ref(), Ok(manifest), "reading twice gives the same");
    }
}

fn as_others_read(manifest: &Manifest, document: &Value) {
    assert!(document.is_object(), "a manifest is a JSON object: {document}");
    assert_eq!(document.get("schemaVersion").and_then(Value::as_u64), Some(2));
    same(manifest.config.as_ref(), document.get("config"));
    same(manifest.subject.as_ref(), document.get("subject"));
    all_the_same(&manifest.layers, document.get("layers"));
    all_the_same(&manifest.manifests, document.get("manifests"));
    let own = document.get("mediaType").and_then(Value::as_str).unwrap_or_default();
    assert!(
        own.is_empty() || own == manifest.media_type.as_str(),
        "pushed as {}, is {own}",
        manifest.media_type
    );
    let artifact_type = document.get("artifactType").and_then(Value::as_str).filter(|text| !text.is_empty());
    assert_eq!(manifest.artifact_type.as_deref(), artifact_type);
    let count = document.get("annotations").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    assert_eq!(manifest.annotations.as_ref().map_or(0, std::collections::BTreeMap::len), count);
}

fn all_the_same(read: &[Descriptor], written: Option<&Value>) {
    let written = written.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(written) {
        same(Some(read), Some(written));
    }
}

fn same(read: Option<&Descriptor>, written: Option<&Value>) {
    let written = written.filter(|value| !value.is_null());
    assert_eq!(read.is_some(), written.is_some());
    let (Some(read), Some(written)) = (read, written) else { return };
    assert!(written.is_object(), "a descriptor is a JSON object: {written}");
    assert_eq!(written.get("digest").and_then(Value::as_str), Some(read.digest.to_string().as_str()));
    assert_eq!(written.get("size").and_then(Value::as_u64), Some(read.size));
    let platform = written.get("platform").filter(|value| !value.is_null());
    assert!(platform.is_none_or(Value::is_object), "a platform is a JSON object: {written}");
    let rendered = read.to_json();
    assert_eq!(serde_json::from_slice::<Descriptor>(&rendered).ok().as_ref(), Some(read), "{written}");
}

fn sound(manifest: &Manifest) {
    if manifest.media_type.is_index() {
        assert!(manifest.config.is_none() && manifest.layers.is_empty(), "an index has children only");
    } else {
        assert!(manifest.config.is_some() && manifest.manifests.is_empty(), "an image has no children");
    }
    let required = manifest.required_blobs().count();
    assert!(required <= manifest.layers.len() + 1, "{required} blobs are required");
    assert_ne!(manifest.effective_artifact_type(), Some(""), "no type is not a type");
}
