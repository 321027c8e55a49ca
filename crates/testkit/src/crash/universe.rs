//! Everything that may ever be pushed in a run. It is small, so that pushes, deletes and moves of one thing meet all the time, and
//! known beforehand, so that whatever comes back can be compared byte for byte.

use atoll_oci::{Algorithm, Digest, digest_of};

use super::luck::Luck;

/// Repositories: one inside another, one whose name begins like another's.
pub(super) const REPOSITORIES: [&str; 5] =
    ["crash/app", "crash/app/part", "crash/app-two", "crash-lib", "tools"];

/// Tags of each repository.
pub(super) const TAGS: [&str; 10] =
    ["latest", "v1", "v1.0", "v1.0.1", "V2", "_old", "rc-1", "rc-10", "rc-2", "x"];

const BLOBS: usize = 96;
const IMAGES: usize = 64;
const INDEXES: usize = 12;

/// Annotation that makes a manifest too large to be kept beside its row in any sensible index.
const PADDING_BYTES: usize = 150_000;

const IMAGE_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

/// All blobs and manifests of a run.
pub(super) struct Universe {
    pub(super) blobs: Vec<Blob>,
    /// Images first, then indexes over them.
    pub(super) manifests: Vec<Manifest>,
}

/// A blob.
pub(super) struct Blob {
    pub(super) digest: Digest,
    pub(super) content: Vec<u8>,
}

/// An image or an index.
pub(super) struct Manifest {
    pub(super) digest: Digest,
    pub(super) media_type: &'static str,
    pub(super) content: Vec<u8>,
    /// Config and layers, by their place among the blobs.
    pub(super) blobs: Vec<usize>,
    /// By their place among the manifests.
    pub(super) children: Vec<usize>,
    pub(super) subject: Option<usize>,
}

impl Universe {
    pub(super) fn new(seed: u64) -> Self {
        let blobs: Vec<Blob> = (0..BLOBS).map(|number| blob(seed, number)).collect();
        let mut manifests = Vec::new();
        for number in 0..IMAGES {
            manifests.push(image(&Luck::new(seed, &[2, number as u64]), number, (&blobs, &manifests)));
        }
        for number in 0..INDEXES {
            manifests.push(index(&Luck::new(seed, &[3, number as u64]), number, &manifests));
        }
        Self { blobs, manifests }
    }

    /// The manifest with this digest.
    pub(super) fn manifest_of(&self, digest: &str) -> Option<usize> {
        self.manifests.iter().position(|manifest| manifest.digest.to_string() == digest)
    }
}

fn blob(seed: u64, number: usize) -> Blob {
    let luck = Luck::new(seed, &[1, number as u64]);
    let length = match number % 16 {
        _ if number == 0 => 0,
        0 => luck.between(300_000, 3_000_000),
        1..=4 => luck.between(16_000, 200_000),
        _ => luck.between(2, 6_000),
    };
    let mut content = vec![0; length];
    luck.fill(&mut content);
    let algorithm = if number % 8 == 5 { Algorithm::Sha512 } else { Algorithm::Sha256 };
    Blob { digest: digest_of(algorithm, &content), content }
}

fn image(luck: &Luck, number: usize, (blobs, earlier): (&[Blob], &[Manifest])) -> Manifest {
    let parts: Vec<usize> = (0..luck.between(2, 4)).map(|_| luck.below(blobs.len())).collect();
    let described = |part: &usize, media_type: &str| {
        let Blob { digest, content } = &blobs[*part];
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{}}}"#, content.len())
    };
    let layers: Vec<String> = parts[1..]
        .iter()
        .map(|part| described(part, "application/vnd.oci.image.layer.v1.tar+gzip"))
        .collect();
    let subject = (number % 5 == 4).then(|| luck.below(number));
    let padding = if number % 8 == 7 { "p".repeat(PADDING_BYTES) } else { String::new() };
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{IMAGE_TYPE}","config":{},"layers":[{}]{},"annotations":{{"image":"{number}","padding":"{padding}"}}}}"#,
        described(&parts[0], "application/vnd.oci.image.config.v1+json"),
        layers.join(","),
        subject_of(subject, earlier),
    );
    finished(IMAGE_TYPE, text, (parts, Vec::new(), subject))
}

fn index(luck: &Luck, number: usize, earlier: &[Manifest]) -> Manifest {
    let children: Vec<usize> = (0..luck.between(1, 3)).map(|_| luck.below(IMAGES)).collect();
    let described: Vec<String> = children.iter().map(|child| descriptor(&earlier[*child])).collect();
    let subject = (number % 4 == 3).then(|| luck.below(IMAGES));
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{INDEX_TYPE}","manifests":[{}]{},"annotations":{{"index":"{number}"}}}}"#,
        described.join(","),
        subject_of(subject, earlier),
    );
    finished(INDEX_TYPE, text, (Vec::new(), children, subject))
}

fn descriptor(manifest: &Manifest) -> String {
    let Manifest { digest, media_type, content, .. } = manifest;
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{}}}"#, content.len())
}

fn subject_of(subject: Option<usize>, earlier: &[Manifest]) -> String {
    subject.map(|subject| format!(r#","subject":{}"#, descriptor(&earlier[subject]))).unwrap_or_default()
}

fn finished(
    media_type: &'static str,
    text: String,
    parts: (Vec<usize>, Vec<usize>, Option<usize>),
) -> Manifest {
    let content = text.into_bytes();
    let (blobs, children, subject) = parts;
    Manifest { digest: digest_of(Algorithm::Sha256, &content), media_type, content, blobs, children, subject }
}
