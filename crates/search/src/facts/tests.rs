use atoll_oci::{Manifest, MediaType};

use super::*;

fn known(manifest: &str, media_type: &str, config: &str) -> (Front, Rest) {
    let manifest = Manifest::parse(manifest.as_bytes(), &media_type.parse::<MediaType>().unwrap()).unwrap();
    let config = Config::parse(config.as_bytes());
    let bytes = facts(&manifest, 100, config.as_ref());
    let (front, rest) = Rest::decode(&bytes).unwrap();
    assert_eq!(LentFront::take_from(&bytes).unwrap().0, front.lend());
    (front, rest)
}

fn descriptor(media_type: &str, letter: char, size: u64) -> String {
    let hex = letter.to_string().repeat(64);
    format!(r#"{{"mediaType":"{media_type}","digest":"sha256:{hex}","size":{size}}}"#)
}

fn image(config: &str, more: &str) -> (Front, Rest) {
    let (conf, layer) = (
        descriptor("application/vnd.oci.image.config.v1+json", 'c', 7),
        descriptor("application/vnd.oci.image.layer.v1.tar", 'a', 20),
    );
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{conf},"layers":[{layer},{layer}]{more}}}"#,
        MediaType::OCI_MANIFEST
    );
    known(&text, MediaType::OCI_MANIFEST, config)
}

#[test]
fn sizes_count_the_manifest_its_config_and_each_layer_as_often_as_it_is_named() {
    let (front, _) = image("{}", "");
    assert_eq!(front.content_size(), 100 + 7 + 20 + 20);
    assert_eq!(front.artifact_type, "application/vnd.oci.image.config.v1+json");
}

#[test]
fn times_come_from_annotations_then_labels_then_the_config_then_its_history() {
    let annotated = r#","annotations":{"org.opencontainers.image.created":"2021-08-09T10:11:12+02:00"}"#;
    let labelled = r#"{"created":"2020-01-01T00:00:00Z","config":{"Labels":{"org.label-schema.build-date":"2019-01-01T00:00:00Z"}}}"#;
    let own = r#"{"created":"2020-01-01T02:00:00+02:00","history":[{"created":"2018-01-01T00:00:00Z"}]}"#;
    let history = r#"{"created":null,"history":[{"created":"2017-01-01T00:00:00Z"},{"created":"2018-01-01T00:00:00Z"}]}"#;
    let bad = r#","annotations":{"org.opencontainers.image.created":"yesterday"}"#;
    for (config, more, shown, compared) in [
        (labelled, annotated, Some("2021-08-09T10:11:12+02:00"), Some("2020-01-01T00:00:00Z")),
        (labelled, "", Some("2019-01-01T00:00:00Z"), Some("2020-01-01T00:00:00Z")),
        (own, bad, Some("2020-01-01T00:00:00Z"), Some("2020-01-01T00:00:00Z")),
        (history, "", Some("2018-01-01T00:00:00Z"), Some("2018-01-01T00:00:00Z")),
        (r#"{"created":"0001-01-01T00:00:00Z"}"#, "", None, None),
        (r#"{"created":5}"#, "", None, None),
        ("not JSON", annotated, Some("2021-08-09T10:11:12+02:00"), None),
    ] {
        let (front, _) = image(config, more);
        let text = |told: Option<Told>| told.map(|told| atoll_service::ToldTime::from(told).text);
        assert_eq!(text(front.created).as_deref(), shown, "{config} {more}");
        assert_eq!(text(front.config_created).as_deref(), compared, "{config} {more}");
    }
}

#[test]
fn texts_come_from_annotations_then_labels_and_vendors_of_repositories_from_annotations_alone() {
    let labels = r#"{"author":"me","config":{"Labels":{"org.opencontainers.image.title":"shadowed",
        "org.opencontainers.image.vendor":"labelled","org.label-schema.license":"MIT"}}}"#;
    let more = r#","annotations":{"org.label-schema.name":"title","org.opencontainers.image.vendor":""}"#;
    let (front, rest) = image(labels, more);
    assert_eq!(front.vendor, "");
    let expected = Texts {
        title: "title".into(),
        vendor: "labelled".into(),
        licenses: "MIT".into(),
        ..Texts::default()
    };
    assert_eq!((rest.texts, rest.config_author.as_str()), (expected, "me"));
}

#[test]
fn a_history_is_shown_beside_its_layers_and_cut_where_they_end() {
    let config = r#"{"history":[{"created_by":"one"},{"created_by":"env","empty_layer":true},
        {"created_by":"two"},{"created_by":"three"},{"created_by":"four"}]}"#;
    let (front, rest) = image(config, "");
    assert!(front.has_excess_history);
    let shown = rest.shown_history(&front.layers);
    let steps: Vec<(bool, Option<&str>)> =
        shown.iter().map(|step| (step.layer.is_some(), step.created_by.as_deref())).collect();
    let expected = [(true, "one"), (false, "env"), (true, "two"), (false, "three")];
    assert_eq!(steps, expected.map(|(has_layer, by)| (has_layer, Some(by))));
    assert_eq!(shown[0].created.as_ref().unwrap().text, "1970-01-01T00:00:00Z");
}

#[test]
fn without_a_history_each_layer_has_a_step_that_tells_nothing() {
    let (front, rest) = image("{}", "");
    let shown = rest.shown_history(&front.layers);
    assert_eq!(shown.len(), 2);
    assert!(!front.has_excess_history);
    assert!(shown.iter().all(|step| step.layer.is_some() && step.created.is_none()));
}

#[test]
fn an_index_keeps_its_children_with_their_platforms() {
    let child = descriptor(MediaType::OCI_MANIFEST, 'd', 5);
    let child = format!(
        r#"{},"platform":{{"os":"linux","architecture":"arm","variant":"v7"}}}}"#,
        &child[..child.len() - 1]
    );
    let text = format!(r#"{{"schemaVersion":2,"manifests":[{child}]}}"#);
    let (front, _) = known(&text, MediaType::OCI_INDEX, "");
    assert!(front.is_index);
    assert_eq!((front.content_size(), front.artifact_type.as_str()), (0, ""));
    assert_eq!(front.children[0].platform.variant, "v7");
}

#[test]
fn a_signature_names_what_it_signs() {
    let subject = descriptor(MediaType::OCI_MANIFEST, 'e', 5);
    let more = format!(r#","subject":{subject},"artifactType":"application/vnd.cncf.notary.signature""#);
    let (front, _) = image("{}", &more);
    assert_eq!(front.signs.map(|signs| signs.tool), Some(Tool::Notation));
    let (front, _) = image("{}", r#","artifactType":"application/vnd.cncf.notary.signature""#);
    assert_eq!(front.signs, None);
}

#[test]
fn facts_of_a_newer_program_are_refused() {
    assert_eq!(Rest::decode(&[9, 1, 2]), Err(Error::Newer { found: 9, known: 1 }));
    assert_eq!(LentFront::take_from(&[9, 1, 2]), Err(Error::Newer { found: 9, known: 1 }));
    assert_eq!(LentFront::take_from(&[]), Err(Error::Newer { found: 0, known: 1 }));
    assert!(matches!(LentFront::take_from(&[1, 2]), Err(Error::Damaged(_))));
}
