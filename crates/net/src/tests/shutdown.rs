use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::*;
use crate::Limits;

#[tokio::test]
async fn what_is_under_way_finishes_and_nothing_new_begins() {
    let server = start(options()).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    read_until(&mut idle, "hello").await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    server.script.arrived.notified().await;
    server.stop.signal();
    assert_eq!(read_to_end(&mut idle).await, "", "an idle connection is closed");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody is let in");
    server.script.go_on.notify_one();
    assert!(read_to_end(&mut busy).await.ends_with("waited"));
    server.stopped.await.expect("the server is done");
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_time_is_cut_off() {
    let mut server = start(options()).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    server.script.arrived.notified().await;
    server.stop.signal();
    let (_, never) = tokio::sync::oneshot::channel();
    let stopped = std::mem::replace(&mut server.stopped, never);
    let (outcome, passed) = server.until(stopped).await;
    outcome.expect("the server is done");
    assert!(passed >= Limits::default().grace, "{passed:?}");
    assert_eq!(read_to_end(&mut busy).await, "");
}

#[tokio::test]
async fn whoever_is_told_to_hurry_waits_for_nothing() {
    let mut server = start(options()).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    server.script.arrived.notified().await;
    server.stop.signal();
    server.stop.hurry();
    let (_, never) = tokio::sync::oneshot::channel();
    let stopped = std::mem::replace(&mut server.stopped, never);
    let (outcome, passed) = server.until(stopped).await;
    outcome.expect("the server is done");
    assert!(passed < Limits::default().grace, "{passed:?}");
    assert_eq!(read_to_end(&mut busy).await, "");
}
