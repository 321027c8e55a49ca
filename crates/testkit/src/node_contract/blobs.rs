//! Blobs and uploads.

use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_service::{Error, Grant, Mount, Visibility, empty_body, full_body};
use bytes::Bytes;
use futures_util::stream;

use crate::Front;
use crate::pusher::Pusher;

pub(super) async fn run(node: &Arc<dyn Front>) {
    content_comes_back_as_it_was_pushed(&Pusher::new(node, "contract/blobs")).await;
    ranges_are_cut_out_of_the_content(&Pusher::new(node, "contract/ranges")).await;
    a_wrong_digest_leaves_nothing(&Pusher::new(node, "contract/wrong")).await;
    chunks_continue_the_upload_or_are_refused(&Pusher::new(node, "contract/chunks")).await;
    what_arrived_before_an_interruption_is_kept(&Pusher::new(node, "contract/interrupted")).await;
    an_upload_ends_once(&Pusher::new(node, "contract/ends")).await;
    a_blob_is_mounted_only_from_where_it_is(node).await;
    an_unlinked_blob_is_gone_at_once(&Pusher::new(node, "contract/unlink")).await;
    an_upload_belongs_to_its_repository(node).await;
}

async fn content_comes_back_as_it_was_pushed(pusher: &Pusher) {
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    for content in [b"".as_slice(), b"{}", b"some bytes", &large] {
        for algorithm in Algorithm::ALL {
            let digest = digest_of(algorithm, content);
            let upload = pusher.begin().await.unwrap();
            let pieces: Vec<_> =
                content.chunks(65_537).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            let stat = pusher.finish(upload, digest, Box::pin(stream::iter(pieces))).await.unwrap();
            assert_eq!((stat.digest, stat.size), (digest, content.len() as u64));
            assert_eq!(pusher.read(digest, None).await.unwrap(), content, "{digest}");
            assert_eq!(
                pusher.node.stat(&pusher.caller, pusher.address(digest)).await.unwrap().size,
                content.len() as u64
            );
        }
    }
}

async fn ranges_are_cut_out_of_the_content(pusher: &Pusher) {
    let digest = pusher.blob(b"0123456789").await.unwrap();
    for (range, expected) in [
        ("bytes=2-4", "234"),
        ("bytes=7-", "789"),
        ("bytes=-2", "89"),
        ("bytes=5-100", "56789"),
        ("bytes=8-8,0-1", "018"),
    ] {
        assert_eq!(pusher.read(digest, Some(range)).await.unwrap(), expected.as_bytes(), "{range}");
    }
    assert_eq!(pusher.read(digest, Some("bytes=10-")).await, Err(Error::RangeUnsatisfiable { size: 10 }));
}

async fn a_wrong_digest_leaves_nothing(pusher: &Pusher) {
    let wrong = digest_of(Algorithm::Sha256, b"something else");
    let upload = pusher.begin().await.unwrap();
    let refused = pusher.finish(upload.clone(), wrong, full_body("content".into())).await;
    assert!(
        matches!(refused, Err(Error::DigestMismatch { expected, .. }) if expected == wrong),
        "{refused:?}"
    );
    assert_eq!(pusher.read(wrong, None).await, Err(Error::BlobUnknown(wrong)));
    assert_eq!(
        pusher.node.progress(&pusher.caller, upload.clone()).await,
        Err(Error::UploadUnknown(upload.id))
    );
}

async fn chunks_continue_the_upload_or_are_refused(pusher: &Pusher) {
    let upload = pusher.begin().await.unwrap();
    assert_eq!(pusher.append(&upload, Some((0, 3)), full_body("0123".into())).await, Ok(4));
    for range in [(0, 3), (5, 8), (3, 5)] {
        let refused = pusher.append(&upload, Some(range), full_body("xxxx".into())).await;
        assert_eq!(refused, Err(Error::UploadOutOfOrder { id: upload.id, received: 4 }));
    }
    assert_eq!(pusher.append(&upload, None, full_body("45".into())).await, Ok(6));
    assert_eq!(pusher.append(&upload, Some((6, 7)), full_body("67".into())).await, Ok(8));
    let digest = digest_of(Algorithm::Sha512, b"01234567");
    pusher.finish(upload, digest, empty_body()).await.unwrap();
    assert_eq!(pusher.read(digest, None).await.unwrap(), b"01234567");
}

async fn what_arrived_before_an_interruption_is_kept(pusher: &Pusher) {
    let upload = pusher.begin().await.unwrap();
    let broken = stream::iter([Ok("first".into()), Err(Error::BodyInterrupted("client gone".into()))]);
    assert!(matches!(pusher.append(&upload, None, Box::pin(broken)).await, Err(Error::BodyInterrupted(_))));
    assert_eq!(pusher.node.progress(&pusher.caller, upload.clone()).await.unwrap().received, 5);
    let digest = digest_of(Algorithm::Sha256, b"first and rest");
    pusher.finish(upload, digest, full_body(" and rest".into())).await.unwrap();
    assert_eq!(pusher.read(digest, None).await.unwrap(), b"first and rest");
}

async fn an_upload_ends_once(pusher: &Pusher) {
    let upload = pusher.begin().await.unwrap();
    pusher.node.cancel(&pusher.caller, upload.clone()).await.unwrap();
    assert_eq!(
        pusher.node.cancel(&pusher.caller, upload.clone()).await,
        Err(Error::UploadUnknown(upload.id))
    );
    let never = digest_of(Algorithm::Sha256, b"never pushed here");
    let refused = pusher.finish(upload.clone(), never, empty_body()).await;
    assert_eq!(refused, Err(Error::UploadUnknown(upload.id)));
}

async fn a_blob_is_mounted_only_from_where_it_is(node: &Arc<dyn Front>) {
    let (source, target) = (Pusher::new(node, "contract/source"), Pusher::new(node, "contract/target"));
    let digest = source.blob(b"to be mounted").await.unwrap();
    let mount = |digest: Digest, from: Option<&str>| Mount {
        address: target.address(digest),
        from: from.map(|name| name.parse().unwrap()),
        visibility: Visibility::Everything,
        grant: Grant::ALL,
    };
    let unknown = digest_of(Algorithm::Sha256, b"nowhere");
    for request in [
        mount(digest, Some("contract/elsewhere")),
        mount(unknown, Some("contract/source")),
        mount(unknown, None),
    ] {
        assert_eq!(node.mount(&target.caller, request).await, Ok(None));
    }
    let mounted = node.mount(&target.caller, mount(digest, Some("contract/source"))).await.unwrap();
    assert_eq!(mounted.map(|stat| stat.size), Some(13));
    source.node.unlink(&source.caller, source.address(digest), Grant::ALL).await.unwrap();
    assert_eq!(target.read(digest, None).await.unwrap(), b"to be mounted");
}

async fn an_unlinked_blob_is_gone_at_once(pusher: &Pusher) {
    let digest = pusher.blob(b"short lived").await.unwrap();
    pusher.node.unlink(&pusher.caller, pusher.address(digest), Grant::ALL).await.unwrap();
    assert_eq!(pusher.read(digest, None).await, Err(Error::BlobUnknown(digest)));
    let again = pusher.node.unlink(&pusher.caller, pusher.address(digest), Grant::ALL).await;
    assert_eq!(again, Err(Error::BlobUnknown(digest)));
}

async fn an_upload_belongs_to_its_repository(node: &Arc<dyn Front>) {
    let (mine, other) = (Pusher::new(node, "contract/mine"), Pusher::new(node, "contract/other"));
    let upload = mine.begin().await.unwrap();
    let stolen = atoll_service::UploadAddress { repository: other.repository.clone(), id: upload.id };
    assert_eq!(node.progress(&other.caller, stolen).await, Err(Error::UploadUnknown(upload.id)));
}
