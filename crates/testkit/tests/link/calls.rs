//! What travels with a call, and what a call is refused for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use atoll_service::{
    Admin as _, BlobAddress, BlobRead, Blobs as _, Caller, Error, Handover as _, Principal, ReadBlob,
    ReadRows, RequestId,
};
use atoll_wire::{
    Certificate, Error as LinkError, Frames, Method, NoObserver, Outcome, Patience, RemoteNode, RemoteParts,
    Serve, ServeOptions, Transport,
};

use crate::world::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_caller_arrives_with_everything_and_with_the_time_that_is_left() {
    let pair = over_tls().await;
    let caller = Caller {
        principal: Principal::User("ann".into()),
        groups: vec!["staff".to_owned()],
        claims: BTreeMap::from([("email".to_owned(), "ann@example.org".to_owned())]),
        address: Some("[::1]:7".parse().unwrap()),
        tls: Some("1.3".into()),
        user_agent: Some("client/1".into()),
        request_id: RequestId("r-1".into()),
        remaining: Some(Duration::from_secs(100)),
    };
    pair.read("stream/1", &caller).await.unwrap();
    let mut seen = pair.script.caller.lock().unwrap().clone().unwrap();
    let left = seen.remaining.unwrap();
    assert!(left < Duration::from_secs(100) && left > Duration::from_secs(30), "{left:?}");
    seen.remaining = caller.remaining;
    assert_eq!(seen, caller);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_errors_of_the_node_arrive_as_they_are() {
    let pair = over_tls().await;
    match pair.read("redirect", &Caller::internal("test")).await.unwrap() {
        BlobRead::Redirect { url } => assert_eq!(url, "https://elsewhere.example/?a=b"),
        BlobRead::Stream { .. } => panic!("no redirect"),
    }
    let address = BlobAddress { repository: "nothing".parse().unwrap(), digest: digest(b"x") };
    let refused = pair.remote.stat(&Caller::internal("test"), address).await;
    assert_eq!(refused, Err(Error::BlobUnknown(digest(b"x"))));
    assert_eq!(
        pair.remote.content(&Caller::internal("test"), digest(b"x")).await.map(|found| found.is_some()),
        Ok(false)
    );
    let calls = pair.calls(4).await;
    let told: Vec<_> = calls.iter().map(|call| (call.method, call.outcome)).collect();
    assert_eq!(
        told,
        [
            (Method::Hello, Outcome::Answered),
            (Method::ReadBlob, Outcome::Answered),
            (Method::StatBlob, Outcome::Refused(atoll_fault::Kind::NotFound)),
            (Method::Content, Outcome::Answered),
        ]
    );
    assert!(
        calls.iter().all(|call| call.bytes_out > 4 && call.bytes_in > 4 && call.answered_after.is_some())
    );
}

/// Reaches a server with calls that are changed on the way.
struct Twisted {
    serve: Arc<Serve>,
    protocol: Option<u16>,
    method: Option<&'static str>,
    is_proven: bool,
}

struct Claim(bool);

impl Certificate for Claim {
    fn names(&self, _name: &str) -> bool {
        self.0
    }
}

#[async_trait]
impl Transport for Twisted {
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, LinkError> {
        let (protocol, method) = match method {
            Method::Hello => (protocol, method.name()),
            _ => (self.protocol.unwrap_or(protocol), self.method.unwrap_or(method.name())),
        };
        Ok(self.serve.answer(protocol, method, &Claim(self.is_proven), request).await)
    }
}

/// What `status` says over calls that are changed on the way.
async fn status(change: impl FnOnce(&mut RemoteParts<Twisted>)) -> Result<atoll_service::Status, Error> {
    let host = atoll_host::Host::system(4);
    let (serve, _script) = serve(&host, ServeOptions::default(), atoll_wire::Naming::Members);
    let mut parts = RemoteParts {
        peer: ANSWERER,
        identity: identity(ASKER),
        transport: Twisted { serve, protocol: None, method: None, is_proven: true },
        patience: Patience::default(),
        observer: Arc::new(NoObserver),
        host,
    };
    change(&mut parts);
    within(RemoteNode::new(parts).status(&Caller::internal("test"))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_not_in_order_is_refused_in_plain_words() {
    assert!(status(|_parts| {}).await.is_ok());
    let unavailable = |text: &str| Err(Error::Unavailable(text.to_owned()));
    let untrusted =
        "member 2 is not available: it refuses the certificate from here, which does not name this member";
    assert_eq!(status(|parts| parts.transport.is_proven = false).await, unavailable(untrusted));
    assert!(matches!(status(|parts| parts.identity.cluster.0[0] = 0).await, Err(Error::Unavailable(_))));
    assert_eq!(
        status(|parts| parts.peer.0 = 3).await,
        unavailable("member 3 is not available: member 2 answers in its place"),
        "another member answers"
    );
    assert_eq!(
        status(|parts| parts.transport.protocol = Some(atoll_wire::NEWEST_PROTOCOL + 1)).await,
        unavailable("member 2 runs a release that is too far away from this one")
    );
    assert_eq!(
        status(|parts| parts.transport.method = Some("brew-coffee")).await,
        unavailable("member 2 runs an older release that does not know `status`")
    );
    // The bytes of one request under the name of another.
    let refused = status(|parts| parts.transport.method = Some("put-manifest")).await;
    assert_eq!(refused, Err(Error::Internal("member 2 refused `status`: Malformed".to_owned())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_layout_is_refused_but_told() {
    let other = |parts: &mut RemoteParts<Twisted>| {
        parts.identity.layout = Arc::new(|| atoll_placement::LayoutTag { version: 9, digest: [0; 16] });
    };
    let refused = Error::LayoutMismatch("member 1 goes by version 9".to_owned());
    assert_eq!(status(other).await, Err(refused.clone()));

    let host = atoll_host::Host::system(4);
    let (serve, _script) = serve(&host, ServeOptions::default(), atoll_wire::Naming::Members);
    let mut parts = RemoteParts {
        peer: ANSWERER,
        identity: identity(ASKER),
        transport: Twisted { serve, protocol: None, method: None, is_proven: true },
        patience: Patience::default(),
        observer: Arc::new(NoObserver),
        host,
    };
    other(&mut parts);
    // Whatever the node says to it, the question passes the gate.
    let told = RemoteNode::new(parts).standing(&Caller::internal("test"), None).await;
    assert_ne!(told.err(), Some(refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_cannot_have_more_calls_under_way_than_its_places() {
    let pair = in_memory(ServeOptions { in_flight_per_peer: 2, ..ServeOptions::default() });
    let caller = Caller::internal("test");
    let hang = || {
        let address = BlobAddress { repository: "hang".parse().unwrap(), digest: digest(b"any") };
        pair.remote.read(&caller, ReadBlob { address, range: None })
    };
    let body = pair.body("stream/3").await;
    let refused = within(async {
        tokio::select! {
            _never = hang() => panic!("it hangs"),
            () = pair.script.arrived.notified() => {}
        }
    });
    refused.await;
    // The hanging call was dropped; until the other side has heard it, its place is taken and the next call is refused.
    let hanging = within(async {
        loop {
            let mut next = Box::pin(hang());
            tokio::select! {
                _refused = &mut next => {}
                () = pair.script.arrived.notified() => break Some(next),
            }
        }
    })
    .await;
    let refused = pair.read("stream/1", &caller).await.err();
    assert_eq!(refused, Some(Error::Unavailable("member 2 has too much to do now".to_owned())));
    drop((body, hanging));
    within(async { while pair.read("stream/1", &caller).await.is_err() {} }).await;
}

/// Greets like a release that speaks these versions only.
struct OfRelease(u16, u16);

#[async_trait]
impl Transport for OfRelease {
    async fn call(&self, _protocol: u16, method: Method, _request: Frames) -> Result<Frames, LinkError> {
        assert_eq!(method, Method::Hello, "nothing else may be asked of a release that is not understood");
        let welcome = postcard::to_stdvec(&(CLUSTER, ANSWERER, self.0, self.1)).unwrap();
        let length = u32::try_from(welcome.len()).unwrap().to_be_bytes();
        let message = bytes::Bytes::from([&length[..], &welcome].concat());
        Ok(Box::pin(futures_util::stream::iter([Ok(message)])))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_of_a_release_too_far_away_is_told_so_and_asked_nothing() {
    let newest = atoll_wire::NEWEST_PROTOCOL;
    let (remote, ledger) = remote(OfRelease(newest + 1, newest + 2), &atoll_host::Host::system(4));
    let refused = within(remote.status(&Caller::internal("test"))).await;
    let text = "member 2 runs a release that is too far away from this one".to_owned();
    assert_eq!(refused, Err(Error::Unavailable(text)));
    let calls = ledger.0.lock().unwrap().iter().map(|call| (call.method, call.outcome)).collect::<Vec<_>>();
    assert_eq!(calls, [(Method::Hello, Outcome::Answered), (Method::Status, Outcome::Failed)]);
}

/// A server whose release changes: it speaks no newer version than this.
struct Changing {
    serve: Arc<Serve>,
    newest: Arc<AtomicU16>,
}

#[async_trait]
impl Transport for Changing {
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, LinkError> {
        let newest = self.newest.load(Ordering::SeqCst);
        if method == Method::Hello {
            return OfRelease(atoll_wire::OLDEST_PROTOCOL, newest).call(protocol, method, request).await;
        }
        let unknown = atoll_wire::NEWEST_PROTOCOL + 1;
        let protocol = if protocol > newest { unknown } else { protocol };
        Ok(self.serve.answer(protocol, method.name(), &Claim(true), request).await)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_went_back_to_an_older_release_is_asked_again_in_its_version() {
    let host = atoll_host::Host::system(4);
    let (serve, _script) = serve(&host, ServeOptions::default(), atoll_wire::Naming::Members);
    let newest = Arc::new(AtomicU16::new(atoll_wire::NEWEST_PROTOCOL));
    let (remote, ledger) = remote(Changing { serve, newest: Arc::clone(&newest) }, &host);
    let caller = Caller::internal("test");
    assert!(within(remote.status(&caller)).await.is_ok());
    newest.store(atoll_wire::OLDEST_PROTOCOL, Ordering::SeqCst);
    assert!(within(remote.status(&caller)).await.is_ok());
    let calls = ledger.0.lock().unwrap().iter().map(|call| (call.method, call.outcome)).collect::<Vec<_>>();
    let answered = |method| (method, Outcome::Answered);
    let status = answered(Method::Status);
    assert_eq!(calls, [answered(Method::Hello), status, answered(Method::Hello), status]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_not_given_to_a_member_of_a_release_that_cannot_read_them() {
    let host = atoll_host::Host::system(4);
    let caller = Caller::internal("test");
    let request = ReadRows { shard: atoll_placement::Shard(1), after: None, max_bytes: 100 };
    for (newest, is_given) in [(2, false), (atoll_wire::NEWEST_PROTOCOL, true)] {
        let (serve, _script) = serve(&host, ServeOptions::default(), atoll_wire::Naming::Members);
        let (remote, _ledger) = remote(Changing { serve, newest: Arc::new(AtomicU16::new(newest)) }, &host);
        let rows = within(remote.rows(&caller, request.clone())).await;
        assert_eq!(!matches!(rows, Err(Error::Unavailable(_))), is_given, "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_of_a_newer_release_learns_which_versions_are_spoken_here() {
    let host = atoll_host::Host::system(4);
    let (serve, _script) = serve(&host, ServeOptions::default(), atoll_wire::Naming::Members);
    let newest = atoll_wire::NEWEST_PROTOCOL;
    let hello = postcard::to_stdvec(&(ASKER, newest + 1, newest + 2)).unwrap();
    let length = u32::try_from(hello.len()).unwrap().to_be_bytes();
    let message = bytes::Bytes::from([&length[..], &hello].concat());
    let request: Frames = Box::pin(futures_util::stream::iter([Ok(message)]));
    let answer = serve.answer(0, Method::Hello.name(), &Claim(true), request).await;
    let answer: Vec<bytes::Bytes> = futures_util::TryStreamExt::try_collect(answer).await.unwrap();
    let welcome = answer.concat();
    let told: (atoll_placement::ClusterId, atoll_placement::MemberId, u16, u16) =
        postcard::from_bytes(&welcome[4..]).unwrap();
    assert_eq!(told, (CLUSTER, ANSWERER, atoll_wire::OLDEST_PROTOCOL, newest));
}
