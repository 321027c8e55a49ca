use atoll_host::Timestamp;
use atoll_oci::{Algorithm, Digest, Manifest, MediaType, Repository, digest_of};
use atoll_placement::Shard;
use bytes::Bytes;

use super::*;
use crate::{Config, Corpus, LentManifest, facts};

/// The facts of an image with this description, and without a config.
fn described(description: &str) -> Bytes {
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{}","size":7}},"layers":[],"annotations":{{"org.opencontainers.image.description":"{description}"}}}}"#,
        MediaType::OCI_MANIFEST,
        "c".repeat(64)
    );
    let media_type = MediaType::OCI_MANIFEST.parse::<MediaType>().unwrap();
    let config = Config::parse(
        br#"{"author":"somebody","config":{"Labels":{"org.opencontainers.image.title":"A title"}}}"#,
    );
    facts(&Manifest::parse(text.as_bytes(), &media_type).unwrap(), 100, config.as_ref())
}

fn put(corpus: &mut Corpus, facts: &[u8]) -> (Repository, Digest) {
    let (name, digest): (Repository, _) =
        ("team/service".parse().unwrap(), digest_of(Algorithm::Sha256, b"one"));
    corpus.add_repository(&name, Shard(0));
    corpus.put_lent_manifest(&name, &LentManifest::of(digest, (Timestamp(1), "somebody"), facts).unwrap());
    (name, digest)
}

#[test]
fn short_texts_are_known_without_their_facts_and_are_the_same() {
    let (mut corpus, facts) = (Corpus::new(), described("words, Wörter"));
    let (name, digest) = put(&mut corpus, &facts);
    let known = corpus.wording(&name, &digest).unwrap();
    assert_eq!(known, Wording::decode(&facts).unwrap());
    let texts = (known.texts.description.as_str(), known.texts.title.as_str(), known.config_author.as_str());
    assert_eq!(texts, ("words, Wörter", "A title", "somebody"));
}

#[test]
fn long_texts_are_left_where_they_are() {
    let (mut corpus, facts) = (Corpus::new(), described(&"x".repeat(LONGEST)));
    let (name, digest) = put(&mut corpus, &facts);
    assert_eq!(corpus.wording(&name, &digest), None);
    assert_eq!(Wording::decode(&facts).unwrap().texts.description.len(), LONGEST);
}

#[test]
fn what_is_told_anew_takes_the_place_of_what_was_told_before() {
    let mut corpus = Corpus::new();
    for description in ["", "first", "second"] {
        let (name, digest) = put(&mut corpus, &described(description));
        assert_eq!(corpus.wording(&name, &digest).unwrap().texts.description, description);
    }
    let (name, digest) = put(&mut corpus, &described("third"));
    corpus.remove_manifest(&name, &digest);
    assert_eq!(corpus.wording(&name, &digest), None);
}

#[test]
fn what_cannot_be_read_is_no_wording() {
    assert_eq!(kept(&[]), b"");
    assert_eq!(kept(&[200, 1, b'x']), b"");
    assert_eq!(Wording::of_kept(false, &[]), None);
}
