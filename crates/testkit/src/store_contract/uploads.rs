//! Content that arrives in pieces.

use atoll_oci::{Algorithm, digest_of};
use atoll_store::{Appended, Error, Incoming, Store, whole};
use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::{content_of, is_mismatch, sample, sha256, upload};

fn pieces(content: &Bytes, length: usize) -> Incoming {
    let pieces: Vec<Bytes> = content.chunks(length).map(|piece| content.slice_ref(piece)).collect();
    Box::pin(stream::iter(pieces.into_iter().map(Ok)))
}

async fn appended(store: &dyn Store, number: u64, content: &Bytes) -> u64 {
    let at = store.progress(upload(number)).await.unwrap().unwrap();
    let appended = store.append(upload(number), at, whole(content.clone())).await.unwrap();
    assert_eq!(appended.interrupted, None);
    appended.received
}

pub(super) async fn pieces_and_chunks_become_content(store: &dyn Store) {
    for (number, length) in [(0, 1), (1, 1 << 10), (2, 16 << 10), (3, 300 << 10), (4, 4 << 20)] {
        let content = sample(u8::try_from(number).unwrap(), (3 * length).min(3 << 20));
        let digest = sha256(&content);
        store.begin(upload(number), None).await.unwrap();
        assert_eq!(store.progress(upload(number)).await.unwrap(), Some(0));
        let half = content.len() / 2;
        let (head, tail) = (content.slice(..half), content.slice(half..));
        let first = store.append(upload(number), 0, pieces(&head, length)).await.unwrap();
        assert_eq!(first, Appended { received: head.len() as u64, interrupted: None });
        assert_eq!(store.progress(upload(number)).await.unwrap(), Some(head.len() as u64));
        assert_eq!(
            store.stat(&digest).await.unwrap(),
            None,
            "an upload is not visible before it is finished"
        );
        let second = store.append(upload(number), head.len() as u64, pieces(&tail, length)).await.unwrap();
        assert_eq!(second, Appended { received: content.len() as u64, interrupted: None });
        assert_eq!(store.finish(upload(number), &digest).await.unwrap(), content.len() as u64);
        assert!(content_of(store, &digest).await.unwrap() == content, "pieces of {length} bytes");
    }
}

pub(super) async fn every_algorithm_is_verified_whether_announced_or_not(store: &dyn Store) {
    let mut number = 0;
    for algorithm in Algorithm::ALL {
        for also in [None].into_iter().chain(Algorithm::ALL.map(Some)) {
            number += 1;
            let content = Bytes::from(format!("{algorithm} {also:?}"));
            let digest = digest_of(algorithm, &content);
            store.begin(upload(number), also).await.unwrap();
            appended(store, number, &content).await;
            store.finish(upload(number), &digest).await.unwrap();
            assert_eq!(content_of(store, &digest).await.unwrap(), content);
        }
    }
}

pub(super) async fn an_upload_without_bytes_becomes_the_empty_content(store: &dyn Store) {
    let digest = sha256(b"");
    store.begin(upload(1), None).await.unwrap();
    assert_eq!(store.finish(upload(1), &digest).await.unwrap(), 0);
    assert_eq!(store.stat(&digest).await.unwrap(), Some(0));
    assert_eq!(content_of(store, &digest).await.unwrap(), b"");
    store.begin(upload(2), None).await.unwrap();
    assert_eq!(appended(store, 2, &Bytes::new()).await, 0);
    assert_eq!(store.finish(upload(2), &digest).await.unwrap(), 0);
}

pub(super) async fn chunks_out_of_order_are_refused_and_change_nothing(store: &dyn Store) {
    store.begin(upload(1), None).await.unwrap();
    appended(store, 1, &Bytes::from_static(b"0123")).await;
    for at in [0, 3, 5, u64::MAX] {
        let error = store.append(upload(1), at, whole(Bytes::from_static(b"xx"))).await.unwrap_err();
        assert!(matches!(error, Error::OutOfOrder { received: 4 }), "{error}");
    }
    appended(store, 1, &Bytes::from_static(b"45")).await;
    assert_eq!(store.finish(upload(1), &sha256(b"012345")).await.unwrap(), 6);
}

pub(super) async fn what_arrived_before_an_interruption_is_kept(store: &dyn Store) {
    store.begin(upload(1), None).await.unwrap();
    let torn = [
        Ok(Bytes::from_static(b"abc")),
        Err("the client went away".to_owned()),
        Ok(Bytes::from_static(b"zzz")),
    ];
    let came = store.append(upload(1), 0, Box::pin(stream::iter(torn))).await.unwrap();
    assert_eq!(came, Appended { received: 3, interrupted: Some("the client went away".to_owned()) });
    appended(store, 1, &Bytes::from_static(b"def")).await;
    assert_eq!(store.finish(upload(1), &sha256(b"abcdef")).await.unwrap(), 6);
}

pub(super) async fn a_wrong_digest_removes_the_upload(store: &dyn Store) {
    for algorithm in Algorithm::ALL {
        let (expected, computed) = (digest_of(algorithm, b"expected"), digest_of(algorithm, b"arrived"));
        store.begin(upload(1), None).await.unwrap();
        appended(store, 1, &Bytes::from_static(b"arrived")).await;
        let error = store.finish(upload(1), &expected).await.unwrap_err();
        assert!(is_mismatch(&error, expected, computed), "{error}");
        assert_eq!(store.progress(upload(1)).await.unwrap(), None);
        assert_eq!(store.stat(&expected).await.unwrap(), None);
    }
}

pub(super) async fn one_writer_at_a_time(store: &dyn Store) {
    store.begin(upload(1), None).await.unwrap();
    let endless: Incoming = Box::pin(stream::iter([Ok(Bytes::from_static(b"a"))]).chain(stream::pending()));
    let writing = store.append(upload(1), 0, endless);
    let others = Box::pin(async {
        // The other writer has its turn once it has written.
        while store.progress(upload(1)).await.unwrap() != Some(1) {
            tokio::task::yield_now().await;
        }
        let second = store.append(upload(1), 1, whole(Bytes::from_static(b"b"))).await.err();
        let finished = store.finish(upload(1), &sha256(b"a")).await.err();
        let cancelled = store.cancel(upload(1)).await.err();
        [second, finished, cancelled].map(|error| matches!(error, Some(Error::Busy(_))))
    });
    match select(writing, others).await {
        Either::Right((refused, _writing)) => assert_eq!(refused, [true; 3]),
        Either::Left((appended, _)) => panic!("an endless body came to an end: {appended:?}"),
    }
}

pub(super) async fn a_dropped_append_gives_up_its_turn(store: &dyn Store) {
    store.begin(upload(1), None).await.unwrap();
    let endless: Incoming = Box::pin(stream::pending());
    let mut writing = store.append(upload(1), 0, endless);
    assert!((&mut writing).now_or_never().is_none());
    drop(writing);
    // A write that was under way when its request went away may still have the turn for a moment.
    let taken = async {
        loop {
            match store.append(upload(1), 0, whole(Bytes::from_static(b"again"))).await {
                Err(Error::Busy(_)) => tokio::task::yield_now().await,
                other => return other.unwrap(),
            }
        }
    };
    assert_eq!(taken.await.received, 5);
    assert_eq!(store.finish(upload(1), &sha256(b"again")).await.unwrap(), 5);
}

pub(super) async fn cancelled_and_finished_uploads_are_unknown(store: &dyn Store) {
    let digest = sha256(b"x");
    store.begin(upload(1), None).await.unwrap();
    assert!(matches!(store.begin(upload(1), None).await, Err(Error::AlreadyBegun(_))));
    assert!(store.cancel(upload(1)).await.unwrap());
    store.begin(upload(2), None).await.unwrap();
    appended(store, 2, &Bytes::from_static(b"x")).await;
    store.finish(upload(2), &digest).await.unwrap();
    for number in [1, 2, 3] {
        assert!(!store.cancel(upload(number)).await.unwrap());
        assert_eq!(store.progress(upload(number)).await.unwrap(), None);
        let append = store.append(upload(number), 0, whole(Bytes::new())).await;
        assert!(matches!(append, Err(Error::UnknownUpload(_))), "{append:?}");
        assert!(matches!(store.finish(upload(number), &digest).await, Err(Error::UnknownUpload(_))));
    }
    assert_eq!(store.uploads().await.unwrap(), []);
}

pub(super) async fn open_uploads_are_listed_the_idlest_first(store: &dyn Store) {
    for number in 1..=3 {
        store.begin(upload(number), None).await.unwrap();
    }
    appended(store, 2, &Bytes::from_static(b"ab")).await;
    let open = store.uploads().await.unwrap();
    let mut received: Vec<_> = open.iter().map(|open| (open.id, open.received)).collect();
    received.sort_unstable();
    let mut expected = vec![(upload(1), 0), (upload(2), 2), (upload(3), 0)];
    expected.sort_unstable();
    assert_eq!(received, expected);
    assert!(open.is_sorted_by_key(|open| open.touched));
}

pub(super) async fn two_uploads_of_the_same_content_leave_one_copy(store: &dyn Store) {
    let content = sample(9, 100 << 10);
    let digest = sha256(&content);
    for number in 1..=2 {
        store.begin(upload(number), None).await.unwrap();
        appended(store, number, &content).await;
    }
    let (first, second) = (upload(1), upload(2));
    let (one, other) = tokio::join!(store.finish(first, &digest), store.finish(second, &digest));
    assert_eq!((one.unwrap(), other.unwrap()), (100 << 10, 100 << 10));
    assert_eq!(store.list(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.uploads().await.unwrap(), []);
    assert!(content_of(store, &digest).await.unwrap() == content);
}
