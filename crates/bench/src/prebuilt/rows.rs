//! Rows like those that the bench pushes.

use atoll_host::Timestamp;
use atoll_oci::{Algorithm, Digest, MediaType, Platform, digest_of};
use atoll_service::{ImageSummary, ManifestSummary, RepositorySummary, Texts, ToldTime};

use crate::error::Error;

/// Rows of the largest page.
pub(super) const PAGE: usize = 10;
/// Images of the repository that has many.
pub(super) const MANY: usize = 1_000;
/// What pages say that there is in all.
pub(super) const TOTAL: u64 = 10_000;

const MADE: &str = "2024-05-06T07:00:00Z";
const MADE_NANOS: i128 = 1_714_978_800_000_000_000;
const PUSHED: Timestamp = Timestamp(1_750_000_000_000_000_000);

pub(super) fn repository(number: usize) -> Result<RepositorySummary, Error> {
    Ok(RepositorySummary {
        name: parsed(&format!("bench/repository-{number:05}"))?,
        last_updated: Some(made()),
        size: 1_234,
        platforms: vec![platform()],
        vendors: vec!["bench".to_owned()],
        newest: Some(Box::new(image(number)?)),
        downloads: 7,
        stars: 0,
        is_starred: false,
        is_bookmarked: false,
        rank: 1,
    })
}

pub(super) fn image(number: usize) -> Result<ImageSummary, Error> {
    let digest = digest(number);
    Ok(ImageSummary {
        repository: parsed(&format!("bench/repository-{number:05}"))?,
        tag: parsed(&format!("1.{number}"))?,
        digest,
        media_type: MediaType::OCI_MANIFEST.to_owned(),
        manifests: vec![ManifestSummary {
            digest,
            config_digest: Some(digest),
            last_updated: Some(made()),
            size: 1_234,
            signatures: Vec::new(),
            platform: platform(),
            downloads: 7,
            layers: Vec::new(),
            history: Vec::new(),
            referrers: Vec::new(),
            artifact_type: "application/vnd.oci.image.config.v1+json".to_owned(),
        }],
        size: 1_234,
        downloads: 7,
        last_pulled_at: Some(PUSHED),
        pushed_at: Some(PUSHED),
        pushed_by: String::new(),
        tagged_at: Some(PUSHED),
        last_updated: Some(made()),
        texts: Texts {
            title: format!("image {number:012}"),
            description: "What a builder says about an image in a sentence or two.".to_owned(),
            vendor: "bench".to_owned(),
            licenses: "Apache-2.0".to_owned(),
            ..Texts::default()
        },
        signatures: Vec::new(),
        is_signed: false,
        referrers: Vec::new(),
        artifact_type: "application/vnd.oci.image.config.v1+json".to_owned(),
    })
}

fn made() -> ToldTime {
    ToldTime { instant_nanos: MADE_NANOS, text: MADE.to_owned() }
}

fn platform() -> Platform {
    Platform { os: "linux".to_owned(), architecture: "amd64".to_owned(), variant: String::new() }
}

fn digest(number: usize) -> Digest {
    digest_of(Algorithm::Sha256, &number.to_be_bytes())
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_refused| Error::Unexpected { what: "a name", found: text.to_owned() })
}
