use super::*;

fn image(tag: &str, description: Option<&str>) -> ImageHit {
    let repository: Repository = "library/some".parse().unwrap();
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".parse().unwrap();
    let tag: atoll_oci::Tag = tag.parse().unwrap();
    let key = ImageKey { repository: repository.clone(), tag: tag.clone(), digest, only: Vec::new() };
    let summary = description.map(|description| {
        Description::ready(atoll_service::ImageSummary {
            repository,
            tag,
            digest,
            media_type: String::new(),
            manifests: Vec::new(),
            size: 7,
            downloads: 0,
            last_pulled_at: None,
            pushed_at: None,
            pushed_by: String::new(),
            tagged_at: None,
            last_updated: None,
            texts: atoll_service::Texts { description: description.to_owned(), ..Default::default() },
            signatures: Vec::new(),
            is_signed: false,
            referrers: Vec::new(),
            artifact_type: String::new(),
        })
    });
    let value = atoll_service::SortValue(0);
    ImageHit { value, key, summary }
}

fn hits() -> ImageHits {
    let hits =
        vec![image("a", Some("first")), image("b", None), image("c", Some("")), image("d", Some("last"))];
    ImageHits { total: 9, hits, faults: vec!["something".to_owned()] }
}

#[test]
fn what_is_packed_is_found_again_also_where_a_row_has_no_description() {
    let packed = Packed::images(hits()).unwrap();
    let bytes = envelope::value(&packed).unwrap();
    let again: Packed<BareImage> = envelope::decode(&bytes).unwrap().0;
    let found = again.into_images().unwrap();
    assert_eq!(found, hits());
    let is_encoded = |hit: &ImageHit| matches!(hit.summary, None | Some(Description::Encoded { .. }));
    assert!(found.hits.iter().all(is_encoded));
}

#[test]
fn a_description_that_is_cut_off_is_an_error_and_never_another_rows() {
    let mut packed = Packed::images(hits()).unwrap();
    packed.descriptions.truncate(packed.descriptions.len() - 1);
    assert!(packed.clone().into_images().is_err());
    packed.rows.truncate(1);
    packed.descriptions.truncate(3);
    packed.rows[0].1 = Some(3);
    let found = packed.into_images().unwrap();
    let opened = found.hits[0].summary.clone().unwrap().open();
    assert!(matches!(opened, Err(NodeError::Internal(_))), "{opened:?}");
}
