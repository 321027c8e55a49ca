use super::*;

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_digest_is_rendered_as_it_was_written() {
    for text in [
        EMPTY.to_owned(),
        format!("sha384:{}", "0f".repeat(48)),
        format!("sha512:{}", "a1".repeat(64)),
        format!("blake3:{}", "9e".repeat(32)),
    ] {
        let digest: Digest = text.parse().expect(&text);
        assert_eq!(digest.to_string(), text);
        let mut appended = "a ".to_owned();
        digest.push_to(&mut appended);
        assert_eq!(appended, format!("a {text}"));
        assert_eq!(digest.written_bytes(), text.len());
        assert_eq!(serde_json::from_str::<Digest>(&format!("\"{text}\"")).unwrap(), digest);
        assert_eq!(Digest::from_bytes(digest.algorithm(), digest.bytes()), Some(digest));
    }
}

#[test]
fn malformed_digests_are_refused() {
    for text in [
        "",
        ":",
        "sha256",
        "sha256:",
        "sha256:zz",
        "sha256:12",
        &EMPTY.to_uppercase(),
        &format!("{EMPTY}0"),
        &EMPTY.replace("e3", "E3"),
        "sha256:../../../etc/passwd",
        "SHA256:00",
        "sha-:00",
        &format!("{EMPTY}\0"),
    ] {
        assert!(matches!(text.parse::<Digest>(), Err(Error::Digest(_))), "{text}");
    }
}

#[test]
fn an_unknown_algorithm_is_told_apart_from_a_malformed_digest() {
    assert_eq!("md5:00".parse::<Digest>(), Err(Error::Algorithm("md5".into())));
    assert_eq!("sha256+b64:AAA_-=".parse::<Digest>(), Err(Error::Algorithm("sha256+b64".into())));
}

#[test]
fn codes_and_algorithms_are_one_to_one() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::from_code(algorithm.code()), Some(algorithm));
        assert_eq!(algorithm.name().parse(), Ok(algorithm));
    }
    assert_eq!(Algorithm::from_code(0), None);
}
