//! From bytes to facts.

use std::collections::BTreeMap;

use atoll_oci::{Descriptor, Manifest, Platform};
use bytes::Bytes;

use super::{Blob, Child, Config, Front, Rest, Signs, encode, texts};
use crate::Tool;

/// The facts of a manifest of `size` bytes, encoded. `config` is what its config tells, where that is the config of an image
/// ([`super::is_image_config`]) and could be read.
pub fn facts(manifest: &Manifest, size: u64, config: Option<&Config>) -> Bytes {
    let (none, unknown) = (BTreeMap::new(), Config::default());
    let annotations = manifest.annotations.as_ref().unwrap_or(&none);
    let config = config.unwrap_or(&unknown);
    let rest = Rest {
        texts: texts::texts(annotations, &config.labels),
        config_author: config.author.clone(),
        history: config.history.clone(),
    };
    let made = config.made();
    let front = Front {
        size,
        is_index: manifest.media_type.is_index(),
        config: manifest.config.as_ref().map(blob),
        layers: manifest.layers.iter().map(blob).collect(),
        children: manifest.manifests.iter().map(child).collect(),
        signs: signs(manifest),
        artifact_type: artifact_type(manifest),
        platform: config.platform.clone(),
        created: texts::created(annotations, &config.labels).or(made),
        config_created: made,
        vendor: texts::vendor(annotations),
        has_excess_history: layers_of(config) > manifest.layers.len(),
    };
    encode(&front, &rest)
}

fn blob(descriptor: &Descriptor) -> Blob {
    Blob { digest: descriptor.digest, size: descriptor.size }
}

fn child(descriptor: &Descriptor) -> Child {
    let platform = descriptor.platform.as_ref();
    let platform = platform.map_or_else(Platform::default, Platform::clone);
    Child { digest: descriptor.digest, platform }
}

fn signs(manifest: &Manifest) -> Option<Signs> {
    let subject = manifest.subject.as_ref()?.digest;
    Tool::of(manifest).map(|tool| Signs { subject, tool })
}

fn artifact_type(manifest: &Manifest) -> String {
    let config = manifest.config.as_ref().map(|config| config.media_type.as_str());
    manifest.artifact_type.as_deref().or(config).unwrap_or_default().to_owned()
}

/// How many layers a history tells of.
fn layers_of(config: &Config) -> usize {
    config.history.iter().filter(|step| !step.is_empty_layer).count()
}
