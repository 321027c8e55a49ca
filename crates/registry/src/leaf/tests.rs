use atoll_oci::{Algorithm, digest_of};
use atoll_service::{LayerSummary, ManifestSummary, ReferrerSummary};

use super::*;

fn image(layers: usize, referrers: Vec<ReferrerSummary>) -> ImageSummary {
    let digest = digest_of(Algorithm::Sha256, b"layer");
    let manifest = ManifestSummary {
        digest,
        config_digest: None,
        last_updated: None,
        size: 0,
        signatures: Vec::new(),
        platform: atoll_oci::Platform::default(),
        downloads: 0,
        layers: vec![LayerSummary { digest, size: 1 }; layers],
        history: Vec::new(),
        referrers: Vec::new(),
        artifact_type: String::new(),
    };
    ImageSummary {
        repository: "a".parse().unwrap(),
        tag: "v1".parse().unwrap(),
        digest,
        media_type: String::new(),
        manifests: vec![manifest],
        size: 0,
        downloads: 0,
        last_pulled_at: None,
        pushed_at: None,
        pushed_by: String::new(),
        tagged_at: None,
        last_updated: None,
        texts: atoll_service::Texts::default(),
        signatures: Vec::new(),
        is_signed: false,
        referrers,
        artifact_type: String::new(),
    }
}

#[test]
fn images_together_may_have_so_many_layers_and_no_more() {
    let mut details = Details::default();
    let half = usize::try_from(MAX_DETAILS / 2).unwrap();
    assert_eq!(details.add(&image(half, Vec::new())), Ok(()));
    assert_eq!(details.add(&image(half, Vec::new())), Ok(()));
    assert_eq!(details.add(&image(1, Vec::new())), Err(Error::ListTooLong { limit: MAX_DETAILS }));
}

#[test]
fn long_annotations_of_referrers_count_by_their_length() {
    let referrer = |text: usize| ReferrerSummary {
        media_type: String::new(),
        artifact_type: String::new(),
        size: 0,
        digest: digest_of(Algorithm::Sha256, b"referrer"),
        annotations: std::iter::once(("k".to_owned(), "v".repeat(text))).collect(),
    };
    assert_eq!(Details::default().add(&image(0, vec![referrer(4 << 20); 3])), Ok(()));
    assert!(Details::default().add(&image(0, vec![referrer(4 << 20); 13])).is_err());
}
