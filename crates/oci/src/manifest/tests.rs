use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn image() -> MediaType {
    MediaType::OCI_MANIFEST.parse().unwrap()
}

fn index() -> MediaType {
    MediaType::OCI_INDEX.parse().unwrap()
}

fn part(media_type: &str) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"sha256:{HEX}","size":3}}"#)
}

fn image_with(more: &str) -> String {
    format!(r#"{{"schemaVersion":2,"config":{},"layers":[{}]{more}}}"#, part("application/x"), part("a/b"))
}

#[test]
fn an_image_with_unknown_members_is_accepted() {
    let manifest =
        Manifest::parse(image_with(r#","org.example":[1,{"x":null}],"subject":null"#).as_bytes(), &image())
            .unwrap();
    assert_eq!(manifest.layers.len(), 1);
    assert_eq!(manifest.effective_artifact_type(), Some("application/x"));
}

#[test]
fn its_own_artifact_type_wins_over_the_config() {
    let manifest = Manifest::parse(image_with(r#","artifactType":"t/s""#).as_bytes(), &image()).unwrap();
    assert_eq!(manifest.effective_artifact_type(), Some("t/s"));
}

#[test]
fn an_index_may_be_empty_and_may_have_a_subject() {
    let text = format!(r#"{{"schemaVersion":2,"manifests":[],"subject":{}}}"#, part(MediaType::OCI_MANIFEST));
    assert!(Manifest::parse(text.as_bytes(), &index()).unwrap().subject.is_some());
}

#[test]
fn foreign_layers_are_not_required() {
    let foreign = part("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
    let text = format!(r#"{{"schemaVersion":2,"config":{},"layers":[{foreign}]}}"#, part("application/x"));
    let manifest = Manifest::parse(text.as_bytes(), &image()).unwrap();
    assert_eq!(manifest.required_blobs().count(), 1);
}

#[test]
fn what_two_readers_could_take_differently_is_refused() {
    let both = image_with(r#","manifests":[]"#);
    let twice = image_with(r#","schemaVersion":2"#);
    let other = image_with(&format!(r#","mediaType":"{}""#, MediaType::OCI_INDEX));
    let old = image_with("").replace(":2", ":1");
    let negative = image_with("").replace(r#""size":3"#, r#""size":-3"#);
    for text in ["", "hello", "{}", "[]", "null", "\u{feff}{}", &both, &twice, &other, &old, &negative] {
        assert!(Manifest::parse(text.as_bytes(), &image()).is_err(), "{text}");
    }
    assert!(Manifest::parse(image_with("").as_bytes(), &index()).is_err());
}

#[test]
fn hostile_depth_is_an_error_and_not_a_crash() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Manifest::parse(deep.as_bytes(), &image()).is_err());
    assert!(Manifest::parse(image_with(&format!(r#","x":{deep}"#)).as_bytes(), &image()).is_err());
}

#[test]
fn only_objects_are_read_as_manifests_descriptors_and_platforms() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let object = format!(r#"{{"mediaType":"a/b","digest":"{digest}","size":1}}"#);
    let array = format!(r#"["a/b","{digest}",1,null,null,null]"#);
    let platform =
        format!(r#"{{"mediaType":"a/b","digest":"{digest}","size":1,"platform":["linux","amd64",""]}}"#);
    for (config, expected) in [(&object, true), (&array, false), (&platform, false)] {
        let document = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#);
        assert_eq!(Manifest::parse(document.as_bytes(), &image()).is_ok(), expected, "{document}");
    }
    let document = format!("[2,null,{object},[],null,null,null,null]");
    assert!(Manifest::parse(document.as_bytes(), &image()).is_err());
}

#[test]
fn brackets_in_texts_do_not_count_as_depth() {
    let text = r#"[{\"[{"#.repeat(200);
    assert!(Manifest::parse(image_with(&format!(r#","x":"{text}""#)).as_bytes(), &image()).is_ok());
}

#[test]
fn a_member_that_another_reader_takes_for_a_known_one_is_refused() {
    for member in ["Config", "LAYERS", "Manifests", "mediatype", "schemaversion", "Subject", "\u{17f}ubject"]
    {
        let refused = Manifest::parse(image_with(&format!(r#","{member}":null"#)).as_bytes(), &image());
        let why = refused.unwrap_err().to_string();
        assert!(why.contains(&format!("the member `{member}` must be written")), "{why}");
    }
    let within = image_with("").replacen(r#""size":3"#, r#""size":3,"Digest":null"#, 1);
    assert!(Manifest::parse(within.as_bytes(), &image()).is_err());
    let platform = r#""size":3,"platform":{"os":"linux","OS":"windows"}"#;
    let within = image_with("").replacen(r#""size":3"#, platform, 1);
    assert!(Manifest::parse(within.as_bytes(), &image()).is_err());
    let free = image_with(r#","annotations":{"Layers":"1","layers":"2"},"x":{"Config":1},"os.version":"1""#);
    assert!(Manifest::parse(free.as_bytes(), &image()).is_ok());
}
