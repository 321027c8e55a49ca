use std::net::{Ipv4Addr, TcpListener};

use atoll_oci::{Algorithm, digest_of};

use super::serve;
use crate::client::{Client, Content};

#[test]
fn a_pushed_body_is_in_the_file_and_answered_with_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pushed");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let content: Vec<u8> = (0..1_000_003_u32).flat_map(u32::to_le_bytes).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| serve(listener.accept().unwrap().0, &path).unwrap());
        let mut client = Client::connect(address).unwrap();
        let opened = client.ask(("POST", "/v2/any/blobs/uploads/"), None, 202).unwrap();
        let place = opened.header("location").unwrap().to_owned();
        let body = Content { media_type: "application/octet-stream", bytes: &content };
        let stored = client.ask(("PUT", &place), Some(body), 201).unwrap();
        let expected = digest_of(Algorithm::Sha256, &content).to_string();
        assert_eq!(stored.header("docker-content-digest"), Some(expected.as_str()));
    });
    assert_eq!(std::fs::read(&path).unwrap(), content);
}
