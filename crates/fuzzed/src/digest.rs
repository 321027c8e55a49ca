//! Digests.

use std::str;

use atoll_oci::{Algorithm, Digest, Hasher, digest_of};

/// As text, the input is a digest that is written as it was read, or it is refused; as raw bytes, it makes a digest that survives
/// being written and read; as content, it hashes to the same digest whole and in two pieces.
pub fn digest(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        match text.parse::<Digest>() {
            Ok(digest) => written_as(&digest, text),
            Err(error) => assert!(!error.to_string().is_empty(), "an error says what is wrong"),
        }
    }
    for algorithm in Algorithm::ALL {
        raw(algorithm, data);
        hashed(algorithm, data);
    }
}

/// There is one text for each digest: no upper case, no padding, nothing around it.
fn written_as(digest: &Digest, text: &str) {
    assert_eq!(digest.to_string(), text);
    let (algorithm, encoded) = text.split_once(':').unwrap_or_default();
    assert_eq!(digest.algorithm().name(), algorithm);
    assert_eq!(digest.encoded(), encoded);
    assert_eq!(digest.bytes().len() * 2, encoded.len());
    assert_eq!(Digest::from_bytes(digest.algorithm(), digest.bytes()).as_ref(), Some(digest));
    assert_eq!(Algorithm::from_code(digest.algorithm().code()), Some(digest.algorithm()));
    let json = serde_json::to_vec(digest).unwrap_or_default();
    assert_eq!(serde_json::from_slice::<Digest>(&json).ok().as_ref(), Some(digest));
}

fn raw(algorithm: Algorithm, data: &[u8]) {
    let length = algorithm.length_bytes();
    assert!(
        data.len() == length || Digest::from_bytes(algorithm, data).is_none(),
        "a digest of {length} bytes"
    );
    let padded: Vec<u8> = data.iter().copied().chain(std::iter::repeat(0)).take(length).collect();
    let digest = Digest::from_bytes(algorithm, &padded);
    let text = digest.map(|digest| digest.to_string()).unwrap_or_default();
    assert_eq!(text.parse::<Digest>().ok(), digest, "{text}");
}

fn hashed(algorithm: Algorithm, data: &[u8]) {
    let (first, second) = data.split_at(data.len() / 2);
    let mut hasher = Hasher::new(algorithm);
    hasher.update(first);
    hasher.update(second);
    assert_eq!(hasher.finish(), digest_of(algorithm, data));
}
