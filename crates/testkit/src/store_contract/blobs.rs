//! Finished content.

use atoll_oci::{Algorithm, ByteRange, digest_of};
use atoll_store::{Error, MAX_PAGE_ENTRIES, Store};
use bytes::Bytes;
use futures_util::StreamExt as _;

use super::{content_of, is_mismatch, sample, sha256};

pub(super) async fn what_was_put_is_there_and_nothing_else(store: &dyn Store) {
    let (here, absent) = (sha256(b"here"), sha256(b"absent"));
    store.put(&here, Bytes::from_static(b"here")).await.unwrap();
    assert_eq!(store.stat(&here).await.unwrap(), Some(4));
    assert_eq!(content_of(store, &here).await.unwrap(), b"here");
    assert_eq!(store.stat(&absent).await.unwrap(), None);
    assert!(store.read(&absent, Vec::new()).await.unwrap().is_none());
    assert!(!store.remove(&absent).await.unwrap());
    assert!(store.space().await.unwrap().free_bytes > 0);
}

pub(super) async fn content_of_every_size_is_read_back_whole(store: &dyn Store) {
    let around = |size: usize| [size - 1, size, size + 1];
    let sizes = [around(1), around(64 << 10), around(256 << 10), around(512 << 10), around(1 << 20)];
    let canonical = sizes.into_iter().flatten().map(|size| (size, Algorithm::Sha256));
    for (size, algorithm) in canonical.chain(Algorithm::ALL.map(|algorithm| (100, algorithm))) {
        let content = sample(1, size);
        let digest = digest_of(algorithm, &content);
        store.put(&digest, content.clone()).await.unwrap();
        assert!(content_of(store, &digest).await.unwrap() == content, "{size} bytes under {algorithm}");
    }
}

pub(super) async fn spans_are_read_one_after_another(store: &dyn Store) {
    let content = sample(2, 700 << 10);
    let digest = sha256(&content);
    store.put(&digest, content.clone()).await.unwrap();
    let span = |first, last| ByteRange { first, last };
    let end = u64::try_from(content.len()).unwrap() - 1;
    for spans in [
        vec![span(0, 0)],
        vec![span(end, end)],
        vec![span(0, end)],
        vec![span(1, 262_144)],
        vec![span(262_143, 262_144), span(3, 9)],
        vec![span(10, 400_000), span(400_001, end), span(0, 9)],
    ] {
        let mut expected = Vec::new();
        for span in &spans {
            let (first, last) = (usize::try_from(span.first).unwrap(), usize::try_from(span.last).unwrap());
            expected.extend_from_slice(&content[first..=last]);
        }
        let mut read = store.read(&digest, spans.clone()).await.unwrap().unwrap();
        assert_eq!(read.size, end + 1);
        let mut bytes = Vec::new();
        while let Some(piece) = read.stream.next().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
        assert!(bytes == expected, "{spans:?}");
    }
}

pub(super) async fn spans_outside_the_content_are_refused(store: &dyn Store) {
    let digest = sha256(b"four");
    store.put(&digest, Bytes::from_static(b"four")).await.unwrap();
    for (first, last) in [(0, 4), (4, 4), (100, 200)] {
        let refused = store.read(&digest, vec![ByteRange { first, last }]).await.err();
        assert!(matches!(refused, Some(Error::OutsideContent { size: 4 })), "{first}-{last}");
    }
}

pub(super) async fn wrong_content_is_refused_with_both_digests(store: &dyn Store) {
    let (claimed, real) = (sha256(b"claimed"), sha256(b"real"));
    let error = store.put(&claimed, Bytes::from_static(b"real")).await.unwrap_err();
    assert!(is_mismatch(&error, claimed, real), "{error}");
    assert_eq!(store.stat(&claimed).await.unwrap(), None);
    assert_eq!(store.stat(&real).await.unwrap(), None);
    assert_eq!(store.uploads().await.unwrap(), []);
}

pub(super) async fn the_same_content_may_be_put_twice(store: &dyn Store) {
    let digest = sha256(b"twice");
    for _ in 0..2 {
        store.put(&digest, Bytes::from_static(b"twice")).await.unwrap();
        assert_eq!(content_of(store, &digest).await.unwrap(), b"twice");
    }
    assert_eq!(store.list(None, 10).await.unwrap().len(), 1);
}

pub(super) async fn removing_is_visible_at_once_and_readers_go_on(store: &dyn Store) {
    let content = sample(3, 2 << 20);
    let digest = sha256(&content);
    store.put(&digest, content.clone()).await.unwrap();
    let mut read = store.read(&digest, Vec::new()).await.unwrap().unwrap();
    let mut bytes = read.stream.next().await.unwrap().unwrap().to_vec();
    assert!(store.remove(&digest).await.unwrap());
    assert_eq!(store.stat(&digest).await.unwrap(), None);
    assert!(store.read(&digest, Vec::new()).await.unwrap().is_none());
    assert!(!store.remove(&digest).await.unwrap());
    while let Some(piece) = read.stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert!(bytes == content);
}

pub(super) async fn pages_make_the_whole_list_in_order(store: &dyn Store) {
    assert_eq!(store.list(None, 10).await.unwrap(), []);
    let mut expected = Vec::new();
    for number in 0..32_u32 {
        let content = number.to_be_bytes();
        let algorithm = Algorithm::ALL[number as usize % 4];
        let digest = digest_of(algorithm, &content);
        store.put(&digest, Bytes::copy_from_slice(&content)).await.unwrap();
        expected.push(digest);
    }
    expected.sort_unstable();
    for limit in [1, 7, 32, MAX_PAGE_ENTRIES + 1] {
        let mut found = Vec::new();
        loop {
            let page = store.list(found.last(), limit).await.unwrap();
            assert!(page.len() <= limit && page.iter().all(|stored| stored.size == 4));
            if page.is_empty() {
                break;
            }
            found.extend(page.into_iter().map(|stored| stored.digest));
        }
        assert_eq!(found, expected, "pages of {limit}");
    }
    assert_eq!(store.list(None, 0).await.unwrap(), []);
}
