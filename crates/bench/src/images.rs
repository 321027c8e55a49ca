//! What is pushed: images of next to nothing, and blobs that cannot be compressed.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use atoll_host::{Random as _, SeededRandom};
use atoll_oci::{Algorithm, Digest, digest_of};
use serde_json::{Value, json};

use crate::client::{Client, Content};
use crate::error::Error;

/// Media type of an image manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The config and only layer of every image: the empty JSON object (image-spec, "Guidance for an Empty Descriptor").
pub(crate) const EMPTY: &[u8] = b"{}";
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
pub(crate) const BYTES: &str = "application/octet-stream";

/// Bytes that look random and are the same in every run.
pub(crate) fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    SeededRandom::new(seed).fill(&mut content);
    content
}

/// An image manifest that differs from all others of another number.
pub(crate) fn image(number: u64) -> Vec<u8> {
    rendered(&document(number))
}

/// The manifests of [`image`] for whoever needs many of them quickly: rendered once, around the number.
pub(crate) struct Numbered {
    before: String,
    behind: String,
}

impl Numbered {
    pub(crate) fn new() -> Result<Self, Error> {
        let whole = String::from_utf8_lossy(&image(0)).into_owned();
        let parts =
            whole.split_once(&title(0)).map(|(before, behind)| (before.to_owned(), behind.to_owned()));
        let missing = || Error::Unexpected { what: "an image with its title", found: whole.clone() };
        let (before, behind) = parts.ok_or_else(missing)?;
        Ok(Self { before, behind })
    }

    pub(crate) fn of(&self, number: u64) -> String {
        [&self.before, title(number).as_str(), &self.behind].concat()
    }
}

fn title(number: u64) -> String {
    format!("image {number:012}")
}

/// A manifest that refers to another one.
pub(crate) fn referrer(number: u64, subject: &[u8]) -> Vec<u8> {
    let mut document = document(number);
    if let Value::Object(members) = &mut document {
        let digest = digest_of(Algorithm::Sha256, subject).to_string();
        members.insert(
            "subject".to_owned(),
            json!({"mediaType": MANIFEST, "digest": digest, "size": subject.len()}),
        );
        members.insert("artifactType".to_owned(), json!("application/vnd.example.signature"));
    }
    rendered(&document)
}

/// Media type of an image's config.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The config of an image with a platform, a time and a history.
pub(crate) fn config(number: u64) -> Vec<u8> {
    let architecture = if number.is_multiple_of(3) { "arm64" } else { "amd64" };
    let made = format!("2024-{:02}-{:02}T{:02}:00:00Z", number % 12 + 1, number % 28 + 1, number % 24);
    rendered(&json!({
        "created": made, "author": "bench", "os": "linux", "architecture": architecture,
        "config": {"Labels": {"org.opencontainers.image.licenses": "Apache-2.0"}, "Env": [format!("NUMBER={number}")]},
        "rootfs": {"type": "layers", "diff_ids": []},
        "history": [
            {"created": made, "created_by": "ADD rootfs.tar.gz /"},
            {"created": made, "created_by": "CMD [\"/bin/sh\"]", "empty_layer": true},
        ],
    }))
}

/// An image as builders make it: a config of its own repository, the base layer that all share, and its own mark.
pub(crate) fn built(config: &[u8], number: u64) -> Vec<u8> {
    let part = |media_type: &str, content: &[u8]| json!({"mediaType": media_type, "digest": digest_of(Algorithm::Sha256, content).to_string(), "size": content.len()});
    rendered(&json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": part(CONFIG, config), "layers": [part(LAYER, EMPTY)],
        "annotations": {
            "org.opencontainers.image.title": title(number),
            "org.opencontainers.image.description": "What a builder says about an image in a sentence or two.",
            "org.opencontainers.image.vendor": "bench",
        },
    }))
}

/// Pushes a blob by POST and PUT.
pub(crate) fn push_blob(
    client: &mut Client,
    repository: &str,
    (digest, content): (Digest, &[u8]),
) -> Result<(), Error> {
    let opened = client.ask(("POST", &format!("/v2/{repository}/blobs/uploads/")), None, 202)?;
    let place = target_of(opened.header("location"))?;
    let joint = if place.contains('?') { '&' } else { '?' };
    let body = Content { media_type: BYTES, bytes: content };
    client.ask(("PUT", &format!("{place}{joint}digest={digest}")), Some(body), 201)?;
    Ok(())
}

/// Pushes what every image here needs.
pub(crate) fn push_parts(client: &mut Client, repository: &str) -> Result<(), Error> {
    push_blob(client, repository, (digest_of(Algorithm::Sha256, EMPTY), EMPTY))
}

/// Pushes a manifest under a tag or digest.
pub(crate) fn push_manifest(
    client: &mut Client,
    (repository, reference): (&str, &str),
    content: &[u8],
) -> Result<(), Error> {
    let body = Content { media_type: MANIFEST, bytes: content };
    client.ask(("PUT", &format!("/v2/{repository}/manifests/{reference}")), Some(body), 201)?;
    Ok(())
}

/// Opens an upload and gives the path to send to.
pub(crate) fn open_upload(client: &mut Client, repository: &str) -> Result<String, Error> {
    let opened = client.ask(("POST", &format!("/v2/{repository}/blobs/uploads/")), None, 202)?;
    target_of(opened.header("location"))
}

/// Does jobs 0 to `jobs` with several clients at once, each on a connection of its own. Stops at the first failure.
pub(crate) fn at_once(
    address: SocketAddr,
    (clients, jobs): (usize, usize),
    job: impl Fn(&mut Client, usize) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut client = Client::connect(address)?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= jobs {
                return Ok(());
            }
            job(&mut client, number).inspect_err(|_| next.store(jobs, Ordering::Relaxed))?;
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(panicked())))
    })
}

/// What a thread that ended by a panic counts as.
pub(crate) fn panicked() -> Error {
    Error::Unexpected { what: "the end of a client", found: "a panic".to_owned() }
}

fn document(number: u64) -> Value {
    let empty = json!({"mediaType": EMPTY_TYPE, "digest": digest_of(Algorithm::Sha256, EMPTY).to_string(), "size": EMPTY.len()});
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": empty,
        "layers": [empty],
        "annotations": {"org.opencontainers.image.title": title(number)},
    })
}

fn rendered(document: &Value) -> Vec<u8> {
    document.to_string().into_bytes()
}

/// The path and query of a `Location`, which may be absolute.
fn target_of(location: Option<&str>) -> Result<String, Error> {
    let found = location.unwrap_or_default();
    let target = match found.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)),
        None => Some(found).filter(|text| text.starts_with('/')),
    };
    target
        .map(str::to_owned)
        .ok_or_else(|| Error::Unexpected { what: "the Location of an upload", found: found.to_owned() })
}
