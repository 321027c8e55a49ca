use super::*;

#[test]
fn words_of_a_search_name_repositories_images_tags_or_digests() {
    let words = |text: &str| Ok(Target::Repositories(text.to_owned()));
    let tag = |text: &str| Ok(Target::Images(Some(FindImages::TagContains(text.to_owned()))));
    let digest = |text: &str| Ok(Target::Images(Some(FindImages::DigestContains(text.to_owned()))));
    let image = |repository: &str, prefix: &str| {
        let (repository, prefix) = (repository.parse().unwrap(), prefix.to_owned());
        Ok(Target::Images(Some(FindImages::TagBeginsWith { repository, prefix })))
    };
    let cases = [
        ("", words("")),
        (" /Library/Alpine/ ", words("library/alpine")),
        ("a b", words("a b")),
        ("SHA256:74AF", digest("sha256:74af")),
        ("sha256:", digest("sha256:")),
        ("nginx:", image("nginx", "")),
        (" NGINX : 1.24 ", image("nginx", "1.24")),
        ("nginx:1.24/", image("nginx", "1.24")),
        (":Latest", tag("latest")),
        (": rc ", tag(" rc")),
        ("::", tag(":")),
        ("nginx@sha256:12", Ok(Target::Images(None))),
        ("not a name:1", Ok(Target::Images(None))),
        (":", Err(Error::SearchInvalid)),
        ("@", Err(Error::SearchInvalid)),
        ("nginx@", Err(Error::SearchInvalid)),
        ("a:b:c", Err(Error::SearchUnreadable)),
    ];
    for (query, expected) in cases {
        assert_eq!(target(query), expected, "{query:?}");
    }
}

#[test]
fn an_image_is_named_by_what_stands_before_and_behind_the_first_colon() {
    let named = Named::read("a/b:1:2").unwrap();
    assert_eq!((named.repository.unwrap().as_str(), named.tag), ("a/b", None));
    assert_eq!(Named::read("a/b"), Err(Error::NoReference));
    assert_eq!(Named::read("a/b:"), Err(Error::NoReference));
    assert_eq!(Named::read(":1").unwrap().repository, None);
}

#[test]
fn bad_digests_are_refused_with_the_reasons_of_gos_digest_package() {
    let good = format!("sha256:{}", "0a".repeat(32));
    assert_eq!(digest(&good).map(|digest| digest.to_string()), Ok(good.clone()));
    let cases = [
        ("nonsense", "invalid checksum digest format"),
        ("", "invalid checksum digest format"),
        ("sha256:", "invalid checksum digest format"),
        (":12", "invalid checksum digest format"),
        ("sha256:12", "invalid checksum digest length"),
        (&good.to_uppercase().replace("SHA", "sha"), "invalid checksum digest format"),
        ("md5:00", "unsupported digest algorithm"),
        ("MD5:00", "invalid checksum digest format"),
        ("md5:ü", "invalid checksum digest format"),
    ];
    for (text, why) in cases {
        let expected = format!("bad digest string from request '{text}' {why}");
        assert_eq!(digest(text).map_err(|error| error.to_string()), Err(expected));
    }
}
