//! Connections, bodies and cancellation.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, future, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::support::*;
use crate::client::{Error, Lane, window};
use crate::{Body, BoxError};

#[tokio::test]
async fn large_bodies_pass_both_ways() {
    let (_server, pool, _host) = pair().await;
    let body: Bytes = (0..10 << 20).map(|index: u32| index.to_le_bytes()[1]).collect();
    let pieces = stream::iter((0..40).map({
        let body = body.clone();
        move |index| Ok::<_, BoxError>(body.slice(index * CHUNK_BYTES..(index + 1) * CHUNK_BYTES))
    }));
    let answer = post(&pool, Lane::Bulk, "/echo", Body::stream(pieces, None)).await.expect("an answer");
    assert!(gather(answer).await.expect("a body") == body);
}

#[tokio::test]
async fn small_requests_share_a_connection_and_content_gets_further_ones() {
    let (server, pool, _host) = pair().await;
    let answers = future::join_all((0..20).map(|_| ask(&pool, "/hello"))).await;
    assert!(answers.iter().all(|answer| answer.as_deref().is_ok_and(|text| text == "hello")));
    assert_eq!(pool.open_connections(Lane::Quick), 1);

    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(post(&pool, Lane::Bulk, "/stream/100", Body::empty()).await.expect("an answer"));
        tokio::task::yield_now().await;
    }
    within(async {
        while pool.open_connections(Lane::Bulk) < 4 {
            open.push(post(&pool, Lane::Bulk, "/stream/100", Body::empty()).await.expect("an answer"));
        }
    })
    .await;
    for _ in 0..20 {
        open.push(post(&pool, Lane::Bulk, "/stream/100", Body::empty()).await.expect("an answer"));
    }
    assert_eq!((pool.open_connections(Lane::Bulk), pool.open_connections(Lane::Quick)), (4, 1));
    // Content that nobody reads stands in nobody's way, neither in small requests' nor in other content's.
    assert_eq!(ask(&pool, "/hello").await.expect("an answer"), "hello");
    let another = post(&pool, Lane::Bulk, "/stream/9", Body::empty()).await.expect("an answer");
    assert_eq!(within(gather(another)).await.expect("a body").len(), 9 * CHUNK_BYTES);
    assert!(server.script.calls.load(Ordering::SeqCst) > 240);
}

#[tokio::test]
async fn a_reader_that_stands_still_is_not_sent_more_than_its_window() {
    let (server, pool, _host) = pair().await;
    let mut answer = post(&pool, Lane::Bulk, "/stream/400", Body::empty()).await.expect("an answer");
    let first = answer.next().await.expect("a piece").expect("a piece");
    // Other requests pass meanwhile, and give the stream every chance to run ahead.
    for _ in 0..200 {
        assert_eq!(ask(&pool, "/hello").await.expect("an answer"), "hello");
    }
    let ahead = server.script.produced.load(Ordering::SeqCst) * CHUNK_BYTES;
    let most = first.len() + (window::STREAM_BYTES as usize) + window::SEND_BUFFER_BYTES + 2 * CHUNK_BYTES;
    assert!(ahead <= most, "{ahead} bytes are ahead");
    let rest = within(gather(answer)).await.expect("a body");
    assert_eq!(first.len() + rest.len(), 400 * CHUNK_BYTES);
}

#[tokio::test]
async fn dropping_an_answer_cancels_it_at_the_other_side() {
    let (server, pool, _host) = pair().await;
    let mut answer = post(&pool, Lane::Bulk, "/stream/1000000", Body::empty()).await.expect("an answer");
    answer.next().await.expect("a piece").expect("a piece");
    drop(answer);
    within(server.script.over.notified()).await;
}

#[tokio::test]
async fn dropping_a_request_cancels_it_at_the_other_side() {
    let (server, pool, host) = pair().await;
    for body in [Body::empty(), Body::stream(stream::pending(), None)] {
        let cancelled = async {
            tokio::select! {
                answer = pool.post(Lane::Quick, "/wait", body) => panic!("{answer:?}"),
                () = server.script.arrived.notified() => {}
            }
        };
        within(cancelled).await;
        within(server.script.over.notified()).await;
    }
    drop(host);
}

#[tokio::test]
async fn an_answer_without_interest_in_the_body_arrives() {
    let (_server, pool, _host) = pair().await;
    let chunk = Bytes::from(vec![0; CHUNK_BYTES]);
    for _ in 0..20 {
        let endless = stream::iter(std::iter::repeat_with({
            let chunk = chunk.clone();
            move || Ok::<_, BoxError>(chunk.clone())
        }));
        let answer =
            post(&pool, Lane::Bulk, "/ignore", Body::stream(endless, None)).await.expect("an answer");
        assert_eq!(within(gather(answer)).await.expect("a body"), b"not interested");
    }
}

#[tokio::test]
async fn no_more_requests_are_begun_than_the_limit() {
    let (server, pool, _host) = pair().await;
    let mut waiting =
        stream::iter(0..600).map(|_| pool.post(Lane::Quick, "/wait", Body::empty())).buffer_unordered(600);
    let refused = within(waiting.next()).await.expect("one of them");
    assert!(matches!(refused, Err(Error::Busy { limit: 512 })), "{refused:?}");
    drop(waiting);
    assert_eq!(ask(&pool, "/hello").await.expect("an answer"), "hello");
    drop(server);
}

#[tokio::test]
async fn a_destination_that_is_not_there_is_asked_once_by_all_who_wait() {
    let (_server, _pool, host) = pair().await;
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let pool = pool(address, NAME, load(derived(&[1], OTHER), &host).await, &host);
    for answer in future::join_all((0..50).map(|_| ask(&pool, "/hello"))).await {
        assert!(matches!(answer, Err(Error::Connect { .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_reached_again() {
    let (server, pool, host) = pair().await;
    assert!(ask(&pool, "/hello").await.is_ok());
    let address = server.address;
    drop(server);
    within(async { while ask(&pool, "/hello").await.is_ok() {} }).await;
    let again = crate::Options { port: address.port(), ..crate::Options::default() };
    let script = Arc::new(Script::default());
    let mutual = load(derived(&[1], NAME), &host).await;
    let handler = Arc::new(Arc::clone(&script));
    let server =
        within(crate::Server::bind_mutual(again, mutual, handler, host.clone())).await.expect("a server");
    let (_stop, shutdown) = atoll_host::ShutdownHandle::new();
    host.tasks.spawn(server.run(shutdown));
    assert_eq!(ask(&pool, "/hello").await.expect("an answer"), "hello");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let (host, clock) = host_at(TODAY);
    let mutual = load(derived(&[1], NAME), &host).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let pool = pool(address, NAME, load(derived(&[1], OTHER), &host).await, &host);
    let silent = async {
        let (socket, _) = listener.accept().await.expect("a connection");
        let acceptor = TlsAcceptor::from(Arc::clone(&mutual.current().server));
        let mut session = acceptor.accept(socket).await.expect("a session");
        // Empty settings, and not a word more: like a process that was stopped.
        session.write_all(b"\0\0\0\x04\0\0\0\0\0").await.expect("sent");
        let mut byte = [0];
        session.read_exact(&mut byte).await.expect("a request");
        session
    };
    let (answer, _session) = within(async {
        let mut asked = Box::pin(ask(&pool, "/hello"));
        let session = tokio::select! {
            session = silent => session,
            answer = &mut asked => panic!("{answer:?}"),
        };
        loop {
            if let Some(answer) = future::poll_immediate(&mut asked).await {
                return (answer, session);
            }
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(matches!(answer, Err(Error::Broken { .. })), "{answer:?}");
}
