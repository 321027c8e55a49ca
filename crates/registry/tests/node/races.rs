//! A sweep beside pushes of the very bytes it looks at: what is acknowledged stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atoll_host::Host;
use atoll_index::Writer;
use atoll_service::{Admin as _, Caller, Grant, Mount, Visibility};
use atoll_testkit::{Front, Pusher};
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use crate::world::on_disk;

const CLIENTS: u8 = 6;
const ROUNDS: u8 = 60;

/// Few contents and many clients: nearly every push meets a sweep that has just found nobody linking them.
async fn push_and_unlink(front: Arc<dyn Front>, client: u8) {
    let pusher = Pusher::new(&front, &format!("client-{client}"));
    for round in 0..ROUNDS {
        let content = vec![round % 3; 2_000];
        let digest = pusher.blob(&content).await.unwrap();
        assert_eq!(pusher.read(digest, None).await.unwrap(), content, "an acknowledged push is gone");
        let other = Pusher::new(&front, &format!("mounts-{client}"));
        let mount = Mount {
            address: other.address(digest),
            from: None,
            visibility: Visibility::Everything,
            grant: Grant::ALL,
        };
        if front.mount(&other.caller, mount).await.unwrap().is_some() {
            assert_eq!(other.read(digest, None).await.unwrap(), content, "an acknowledged mount is gone");
            front.unlink(&other.caller, other.address(digest), Grant::ALL).await.unwrap();
        }
        front.unlink(&pusher.caller, pusher.address(digest), Grant::ALL).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sweep_never_takes_what_a_push_has_just_linked() {
    let folder = tempfile::tempdir().unwrap();
    let node = on_disk(&Host::system(8), folder.path(), Writer::Thread).unwrap();
    let front: Arc<dyn Front> = node.clone();
    let is_over = AtomicBool::new(false);
    let clients = async {
        join_all((0..CLIENTS).map(|client| push_and_unlink(Arc::clone(&front), client))).await;
        is_over.store(true, Ordering::SeqCst);
    };
    let sweeper = async {
        let mut removed = 0;
        while !is_over.load(Ordering::SeqCst) {
            removed += node.sweep(&Caller::internal("test")).await.unwrap().blobs;
        }
        removed
    };
    let ((), removed) = futures_util::future::join(clients, sweeper).await;
    assert!(removed > 0, "no sweep ever met an unlinked blob: the test shows nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_client_leaves_while_it_is_finished_is_linked_all_the_same() {
    use atoll_oci::{Algorithm, digest_of};
    use atoll_service::empty_body;
    let folder = tempfile::tempdir().unwrap();
    let node = on_disk(&Host::system(8), folder.path(), Writer::Thread).unwrap();
    let front: Arc<dyn Front> = node.clone();
    let pusher = Pusher::new(&front, "left");
    for round in 0..80_u32 {
        let content = round.to_be_bytes().repeat(500);
        let digest = digest_of(Algorithm::Sha256, &content);
        let upload = pusher.begin().await.unwrap();
        pusher.append(&upload, None, atoll_service::full_body(content.clone().into())).await.unwrap();
        {
            let mut finishing = std::pin::pin!(pusher.finish(upload.clone(), digest, empty_body()));
            // As many steps as the round tells, then the client is gone.
            for _ in 0..=round % 8 {
                if finishing.as_mut().now_or_never().is_some() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let mut tries = 0;
        let again = loop {
            tries += 1;
            match pusher.finish(upload.clone(), digest, empty_body()).await {
                Err(atoll_service::Error::UploadBusy(_)) => tokio::task::yield_now().await,
                // Used up and not linked yet: the steps that were begun go on.
                Err(atoll_service::Error::UploadUnknown(_))
                    if tries < 100_000 && pusher.read(digest, None).await.is_err() =>
                {
                    tokio::task::yield_now().await;
                }
                outcome => break outcome,
            }
        };
        let is_whole = pusher.read(digest, None).await.is_ok_and(|read| read == content);
        assert!(
            is_whole,
            "round {round}: what was acknowledged is gone; the repeated request gave {again:?}"
        );
    }
}
