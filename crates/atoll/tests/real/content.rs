//! Content to push: digests, and manifests as texts.

use atoll_oci::{Algorithm, digest_of};

pub(crate) const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A digest that nothing has.
pub(crate) const NOBODYS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000001";

pub(crate) fn digest(algorithm: Algorithm, content: &[u8]) -> String {
    digest_of(algorithm, content).to_string()
}

pub(crate) fn sha256(content: impl AsRef<[u8]>) -> String {
    digest(Algorithm::Sha256, content.as_ref())
}

/// Bytes that look random and are the same every time.
pub(crate) fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u64::from(seed) + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// A descriptor.
pub(crate) fn part(media_type: &str, digest: &str, size: usize) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
}

/// A descriptor of this content.
pub(crate) fn part_of(media_type: &str, content: impl AsRef<[u8]>) -> String {
    part(media_type, &sha256(&content), content.as_ref().len())
}

/// An image manifest; `more` is put before the last brace.
pub(crate) fn image(config: &str, layers: &[String], more: &str) -> String {
    let layers = layers.join(",");
    format!(r#"{{"schemaVersion":2,"mediaType":"{IMAGE}","config":{config},"layers":[{layers}]{more}}}"#)
}

/// An index; `more` is put before the last brace.
pub(crate) fn index(children: &[String], more: &str) -> String {
    let children = children.join(",");
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{children}]{more}}}"#)
}

/// Members that make a manifest refer to another.
pub(crate) fn subject(media_type: &str, content: &str) -> String {
    format!(r#","subject":{}"#, part_of(media_type, content))
}
