//! Content over real connections: its size, its end, and what happens when somebody loses interest.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use atoll_placement::UploadId;
use atoll_service::{Blobs as _, Body, Error, UploadAddress};
use atoll_testkit::{Front, Pusher, collect};
use atoll_wire::{MAX_CHUNK_BYTES, Method, Outcome};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::world::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_of_every_size_arrives_whole_both_ways() {
    let pair = over_tls().await;
    let front: Arc<dyn Front> = pair.remote.clone();
    let pusher = Pusher::new(&front, "sizes");
    for size in [0, 1, MAX_CHUNK_BYTES - 1, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1, 3 * MAX_CHUNK_BYTES + 7] {
        let content: Vec<u8> = (0..size).map(|index| u8::try_from(index % 251).unwrap()).collect();
        let digest = pusher.blob(&content).await.unwrap();
        assert!(pusher.read(digest, None).await.unwrap() == content, "{size}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_the_middle_arrives_as_it_is() {
    let pair = over_tls().await;
    for count in [0, 1, 5] {
        let body = pair.body(&format!("broken/{count}")).await;
        let pieces: Vec<_> = within(body.collect::<Vec<_>>()).await;
        let bytes: usize = pieces.iter().flatten().map(Bytes::len).sum();
        assert_eq!((bytes, pieces.last().unwrap()), (count * CHUNK_BYTES, &Err(damaged())));
        assert_eq!(pieces.iter().filter(|piece| piece.is_err()).count(), 1);
    }
    let outcomes: Vec<_> = pair.calls(4).await[1..].iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [Outcome::Refused(damaged().kind()); 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_source_reaches_the_node_and_what_came_before_is_kept() {
    let pair = over_tls().await;
    let front: Arc<dyn Front> = pair.remote.clone();
    let pusher = Pusher::new(&front, "interrupted");
    let upload = pusher.begin().await.unwrap();
    let pieces =
        [Ok(Bytes::from(vec![1; 300_000])), Err(Error::BodyInterrupted("the client is gone".to_owned()))];
    let refused = within(pusher.append(&upload, None, Box::pin(stream::iter(pieces)))).await;
    assert_eq!(refused, Err(Error::BodyInterrupted("the client is gone".to_owned())));
    assert_eq!(pusher.node.progress(&pusher.caller, upload).await.unwrap().received, 300_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_loses_interest_stops_the_source() {
    let pair = over_tls().await;
    let mut body = pair.body("stream/1000000").await;
    body.next().await.unwrap().unwrap();
    drop(body);
    within(pair.script.over.notified()).await;
    assert_eq!(pair.calls(2).await[1].outcome, Outcome::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stands_still_is_not_sent_more_than_a_megabyte() {
    let pair = over_tls().await;
    let mut body = pair.body("stream/400").await;
    let first = body.next().await.unwrap().unwrap();
    let front: Arc<dyn Front> = pair.remote.clone();
    let pusher = Pusher::new(&front, "other");
    for _ in 0..50 {
        pusher.begin().await.unwrap();
    }
    let ahead = pair.script.produced.load(Ordering::SeqCst) * CHUNK_BYTES;
    assert!(ahead <= (1 << 20) + CHUNK_BYTES, "{ahead} bytes are ahead");
    let rest = within(collect(body)).await.unwrap();
    assert_eq!(first.len() + rest.len(), 400 * CHUNK_BYTES);
}

/// Content that never ends; tells when nobody wants it any more.
fn endless(over: &Arc<Notify>) -> Body {
    let (chunk, over) = (Bytes::from(vec![0; CHUNK_BYTES]), Announce(Arc::clone(over)));
    Box::pin(stream::repeat_with(move || {
        let _lives = &over;
        Ok(chunk.clone())
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_is_refused_early_is_not_read_to_its_end() {
    let pair = over_tls().await;
    let front: Arc<dyn Front> = pair.remote.clone();
    let pusher = Pusher::new(&front, "early");
    for _ in 0..10 {
        let over = Arc::new(Notify::new());
        let id = UploadId::issue(KEY, "early", ANSWERER, 99);
        let unknown = UploadAddress { repository: pusher.repository.clone(), id };
        let refused = within(pusher.append(&unknown, None, endless(&over))).await;
        assert_eq!(refused, Err(Error::UploadUnknown(id)));
        within(over.notified()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_loses_interest_leaves_an_upload_that_can_go_on() {
    let pair = over_tls().await;
    let front: Arc<dyn Front> = pair.remote.clone();
    let pusher = Pusher::new(&front, "given/up");
    let upload = pusher.begin().await.unwrap();
    let (sent, over) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let body: Body = Box::pin(stream::unfold(0, {
        let (sent, over) = (Arc::clone(&sent), Arc::new(Announce(Arc::clone(&over))));
        move |turn| {
            let (sent, over) = (Arc::clone(&sent), Arc::clone(&over));
            async move {
                let _lives = over;
                if turn > 0 {
                    sent.notify_one();
                    std::future::pending::<()>().await;
                }
                Some((Ok(Bytes::from_static(b"part")), turn + 1))
            }
        }
    }));
    tokio::select! {
        answer = pusher.append(&upload, None, body) => panic!("{answer:?}"),
        () = within(sent.notified()) => {}
    }
    within(over.notified()).await;
    // The other side learns of it a moment later; until then somebody is writing to the upload.
    let received = within(async {
        loop {
            match pusher.append(&upload, None, atoll_service::empty_body()).await {
                Err(Error::UploadBusy(_)) => tokio::task::yield_now().await,
                received => return received,
            }
        }
    });
    assert!(matches!(received.await, Ok(0 | 4)));
}

/// Hands bytes on, and cuts both directions after `limit` bytes of answers.
async fn cutting(to: std::net::SocketAddr, limit: usize) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    atoll_host::Host::system(1).tasks.spawn(async move {
        loop {
            let Ok((client, _)) = listener.accept().await else { return };
            let server = TcpStream::connect(to).await.unwrap();
            atoll_host::Host::system(1).tasks.spawn(carry(client, server, limit));
        }
    });
    address
}

async fn carry(client: TcpStream, server: TcpStream, limit: usize) {
    let (mut from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let mut from_server = from_server.take(limit as u64);
    tokio::select! {
        _cut = tokio::io::copy(&mut from_server, &mut to_client) => {}
        _gone = tokio::io::copy(&mut from_client, &mut to_server) => {}
    }
    // Whoever reads learns that the connection is over, not why.
    let _gone = to_client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_is_cut_off_never_counts_as_whole() {
    for limit in [20_000, 300_000, 1_000_000, 2_000_000] {
        let pair = over_tls().await;
        let through = cutting(pair.rest.address.unwrap(), limit).await;
        let host = atoll_host::Host::system(1);
        let transport =
            way(through, &atoll_wire::member_name(ANSWERER, &CLUSTER), derived(ASKER), &host).await;
        let (cut, ledger) = remote(transport, &host);
        let address =
            atoll_service::BlobAddress { repository: "stream/10".parse().unwrap(), digest: digest(b"any") };
        let request = atoll_service::ReadBlob { address, range: None };
        let answer = within(cut.read(&atoll_service::Caller::internal("test"), request)).await.unwrap();
        let atoll_service::BlobRead::Stream { body, .. } = answer else { panic!("no content") };
        let failed = within(collect(body)).await;
        assert!(
            matches!(failed, Err(Error::Unavailable(_))),
            "{limit} {:?}",
            failed.map(|bytes| bytes.len())
        );
        let calls = ledger.0.lock().unwrap().clone();
        let last = calls.last().unwrap();
        assert_eq!((last.method, last.outcome), (Method::ReadBlob, Outcome::Failed));
    }
}
