use std::sync::Arc;

use atoll_host::Host;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::*;
use crate::{Error, Server};

async fn hello(address: std::net::SocketAddr) {
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    socket.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    read_until(&mut socket, "hello").await;
}

async fn refused(addresses: &[&str], port: u16) -> Error {
    let mut options = options();
    options.addresses = addresses.iter().map(ToString::to_string).collect();
    options.port = port;
    let script = Arc::new(Arc::new(Script::default()));
    Server::bind(options, script, Host::system(1)).await.err().expect("an error")
}

#[tokio::test]
async fn several_addresses_share_one_port_and_ipv6_is_one_of_them() {
    let mut options = options();
    options.addresses = vec!["127.0.0.1".into(), "[::1]".into(), "127.0.0.1".into()];
    let server = start(options).await;
    assert_eq!(server.addresses.len(), 2);
    assert!(server.addresses[1].is_ipv6());
    assert_eq!(server.addresses[0].port(), server.addresses[1].port());
    for address in &server.addresses {
        hello(*address).await;
    }
}

#[tokio::test]
async fn a_name_and_the_empty_address_are_listened_on() {
    for address in ["localhost", ""] {
        let mut options = options();
        options.addresses = vec![address.into()];
        let server = start(options).await;
        hello(([127, 0, 0, 1], server.address.port()).into()).await;
    }
}

#[tokio::test]
async fn a_taken_port_and_an_unknown_name_are_told_clearly() {
    let server = start(options()).await;
    let error = refused(&["127.0.0.1"], server.address.port()).await;
    assert!(error.to_string().starts_with(&format!("cannot listen on {}", server.address)), "{error}");
    let error = refused(&["no-such-host.invalid"], 0).await;
    assert!(error.to_string().contains("\"no-such-host.invalid\""), "{error}");
    assert!(matches!(refused(&[""], server.address.port()).await, Error::Bind { .. }));
}
