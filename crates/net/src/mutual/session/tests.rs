//! Our records beside those of the library: each side must understand the other, whoever sends.

use std::io;
use std::sync::Arc;

use atoll_host::Host;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::{Mutual, MutualOptions, Secret};

const NAME: &str = "member-1.test.internal";
const PIPE_BYTES: usize = 64 << 10;

trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Pipe for T {}

async fn mutual() -> Mutual {
    let options = MutualOptions::Derived {
        secrets: vec![Secret::new(&[7; 32]).expect("a secret")],
        group: b"test".to_vec(),
        name: NAME.to_owned(),
    };
    Mutual::load(options, &Host::system(1)).await.expect("certificates")
}

fn name() -> ServerName<'static> {
    ServerName::try_from(NAME).expect("a name")
}

/// Both ends of a connection of ours.
async fn ours() -> (Session<DuplexStream>, Session<DuplexStream>) {
    let pair = mutual().await.current();
    let (near, far) = duplex(PIPE_BYTES);
    let (client, server) =
        tokio::join!(connect(Arc::clone(&pair.client), name(), near), accept(Arc::clone(&pair.server), far));
    (client.expect("a client").0, server.expect("a server").0)
}

/// A client and a server, each of which is ours or the library's.
async fn joined(is_client_ours: bool, is_server_ours: bool) -> (Box<dyn Pipe>, Box<dyn Pipe>) {
    let pair = mutual().await.current();
    let (near, far) = duplex(PIPE_BYTES);
    let client = async {
        if is_client_ours {
            let (session, facts) = connect(Arc::clone(&pair.client), name(), near).await.expect("a client");
            assert_eq!(facts.protocol.as_deref(), Some(&b"h2"[..]));
            return Box::new(session) as Box<dyn Pipe>;
        }
        Box::new(TlsConnector::from(Arc::clone(&pair.client)).connect(name(), near).await.expect("a client"))
    };
    let server = async {
        if is_server_ours {
            let (session, facts) = accept(Arc::clone(&pair.server), far).await.expect("a server");
            assert!(facts.certificate.expect("a certificate").names(NAME));
            return Box::new(session) as Box<dyn Pipe>;
        }
        Box::new(TlsAcceptor::from(Arc::clone(&pair.server)).accept(far).await.expect("a server"))
    };
    tokio::join!(client, server)
}

fn content_of(length: usize) -> Vec<u8> {
    (0..length).map(|index| u8::try_from(index % 251).expect("small")).collect()
}

/// Sends and reads until the end.
async fn carried(from: &mut (impl Pipe + ?Sized), to: &mut (impl Pipe + ?Sized), content: &[u8]) -> Vec<u8> {
    let mut read = vec![0; content.len()];
    let send = async {
        from.write_all(content).await.expect("sent");
        from.flush().await.expect("sent");
    };
    let ((), received) = tokio::join!(send, to.read_exact(&mut read));
    received.expect("received");
    read
}

#[tokio::test]
async fn ours_and_the_librarys_understand_each_other_on_both_sides() {
    for (is_client_ours, is_server_ours) in [(true, true), (true, false), (false, true)] {
        let (mut client, mut server) = joined(is_client_ours, is_server_ours).await;
        for length in [1, 5, 16_383, 16_384, 16_385, 300_000, 1_000_000] {
            let content = content_of(length);
            let told = (is_client_ours, is_server_ours, length);
            assert!(carried(&mut *client, &mut *server, &content).await == content, "{told:?}");
            assert!(carried(&mut *server, &mut *client, &content).await == content, "{told:?}");
        }
        client.shutdown().await.expect("a goodbye");
        let mut rest = Vec::new();
        assert_eq!(server.read_to_end(&mut rest).await.expect("a goodbye"), 0);
    }
}

#[tokio::test]
async fn content_that_comes_right_behind_the_handshake_is_not_lost() {
    let pair = mutual().await.current();
    let (near, far) = duplex(PIPE_BYTES);
    let content = content_of(20_000);
    let client = async {
        let (mut client, _) = connect(Arc::clone(&pair.client), name(), near).await.expect("a client");
        client.write_all(&content).await.expect("sent");
        client.shutdown().await.expect("a goodbye");
    };
    let ((), server) = tokio::join!(client, accept(Arc::clone(&pair.server), far));
    let (mut server, _) = server.expect("a server");
    let mut read = Vec::new();
    server.read_to_end(&mut read).await.expect("the content");
    assert!(read == content);
}

#[tokio::test]
async fn keys_that_are_worn_are_replaced_on_the_way() {
    let content = content_of(1_000_000);
    let (mut client, mut server) = ours().await;
    client.sealer.wear_out_after(3);
    assert!(carried(&mut client, &mut server, &content).await == content);
    assert!(carried(&mut server, &mut client, &content).await == content);

    let pair = mutual().await.current();
    let (near, far) = duplex(PIPE_BYTES);
    let (client, server) = tokio::join!(
        connect(Arc::clone(&pair.client), name(), near),
        TlsAcceptor::from(Arc::clone(&pair.server)).accept(far)
    );
    let (mut client, mut server) = (client.expect("a client").0, server.expect("a server"));
    client.sealer.wear_out_after(3);
    assert!(carried(&mut client, &mut server, &content).await == content);
    for _ in 0..3 {
        // The library's wish for new keys is for both directions.
        server.get_mut().1.refresh_traffic_keys().expect("new keys");
        assert!(carried(&mut server, &mut client, &content).await == content);
        assert!(carried(&mut client, &mut server, &content).await == content);
    }
}

/// What a client of ours would send for this content.
async fn sealed(content: &[u8]) -> (Vec<u8>, Session<DuplexStream>, DuplexStream) {
    let (mut client, server) = ours().await;
    client.write_all(content).await.expect("sealed");
    let records = std::mem::take(client.outbox.bytes());
    let (near, far) = duplex(PIPE_BYTES);
    (records, Session { socket: near, ..server }, far)
}

#[tokio::test]
async fn a_changed_byte_anywhere_in_a_record_is_noticed() {
    let (records, _, _) = sealed(b"some content").await;
    // The two bytes of the version mean nothing; they are proved all the same.
    for index in 0..records.len() {
        let (mut records, mut server, mut far) = sealed(b"some content").await;
        records[index] ^= 1;
        far.write_all(&records).await.expect("sent");
        drop(far);
        let mut read = Vec::new();
        let error = server.read_to_end(&mut read).await.expect_err("refused");
        assert!(read.is_empty(), "{index}");
        assert!(
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof),
            "{index} {error}"
        );
    }
}

#[tokio::test]
async fn records_that_come_twice_or_in_another_order_are_noticed() {
    for order in [[0, 0], [1, 0]] {
        let (records, mut server, mut far) = sealed(&vec![b'x'; 32 << 10]).await;
        let records: Vec<&[u8]> = records.chunks(records.len() / 2).collect();
        for nth in order {
            far.write_all(records[nth]).await.expect("sent");
        }
        drop(far);
        let error = server.read_to_end(&mut Vec::new()).await.expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{order:?}");
    }
}

/// All that a reader gets who has room for many records, up to the end or an error.
async fn read_roomily(server: &mut Session<DuplexStream>) -> (Vec<u8>, io::Result<()>) {
    let mut room = vec![0; 2 * ROOMY_BYTES];
    let mut read = Vec::new();
    loop {
        match server.read(&mut room).await {
            Ok(0) => return (read, Ok(())),
            Ok(length) => read.extend_from_slice(&room[..length]),
            Err(error) => return (read, Err(error)),
        }
    }
}

#[tokio::test]
async fn what_is_read_right_into_a_readers_memory_is_proved_too() {
    let (records, _, _) = sealed(b"some content").await;
    for index in 0..records.len() {
        let (mut records, mut server, mut far) = sealed(b"some content").await;
        records[index] ^= 1;
        far.write_all(&records).await.expect("sent");
        drop(far);
        let (read, outcome) = read_roomily(&mut server).await;
        assert!(read.is_empty() && outcome.is_err(), "{index}");
    }
    for order in [[0, 0], [1, 0]] {
        let (records, mut server, mut far) = sealed(&vec![b'x'; 32 << 10]).await;
        let records: Vec<&[u8]> = records.chunks(records.len() / 2).collect();
        for nth in order {
            far.write_all(records[nth]).await.expect("sent");
        }
        drop(far);
        let (_, outcome) = read_roomily(&mut server).await;
        assert_eq!(outcome.expect_err("refused").kind(), io::ErrorKind::InvalidData, "{order:?}");
    }
}

#[tokio::test]
async fn records_that_arrive_in_parts_are_put_together_in_a_readers_memory() {
    let content = content_of(50_000);
    let (records, _, _) = sealed(&content).await;
    for cut in [1, 4, 5, 6, 16_000, 16_405, 16_406, 16_407, 16_411, records.len() - 1] {
        let (records, mut server, mut far) = sealed(&content).await;
        let (first, second) = records.split_at(cut);
        let send = async {
            far.write_all(first).await.expect("sent");
            tokio::task::yield_now().await;
            far.write_all(second).await.expect("sent");
            drop(far);
        };
        let ((), (read, outcome)) = tokio::join!(send, read_roomily(&mut server));
        assert!(read == content, "{cut}");
        assert_eq!(outcome.expect_err("no goodbye").kind(), io::ErrorKind::UnexpectedEof, "{cut}");
    }
}

#[tokio::test]
async fn content_new_keys_and_the_goodbye_may_come_in_one_reading() {
    let (mut client, mut server) = ours().await;
    client.write_all(b"before").await.expect("sealed");
    client.write_all(b"").await.expect("sealed");
    client.sealer.renew(&mut *client.secrets, client.outbox.bytes()).expect("new keys");
    client.write_all(b", behind").await.expect("sealed");
    client.shutdown().await.expect("a goodbye");
    let (read, outcome) = read_roomily(&mut server).await;
    outcome.expect("a goodbye");
    assert_eq!(read, b"before, behind");
}

#[tokio::test]
async fn a_connection_that_ends_without_a_goodbye_is_cut_off() {
    let (records, _, _) = sealed(b"some content").await;
    for length in 0..=records.len() {
        let (records, mut server, mut far) = sealed(b"some content").await;
        far.write_all(&records[..length]).await.expect("sent");
        drop(far);
        let error = server.read_to_end(&mut Vec::new()).await.expect_err("cut off");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
    }
}

#[tokio::test]
async fn what_begins_as_no_record_is_refused_at_once() {
    for begin in
        [&b"GET / HTTP/1.1\r\n"[..], &[23, 3, 3, 0xff, 0xff], &[22, 3, 3, 0, 40], &[20, 3, 3, 0, 1, 1]]
    {
        let (_, mut server, mut far) = sealed(b"").await;
        far.write_all(begin).await.expect("sent");
        let error = server.read_to_end(&mut Vec::new()).await.expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{begin:?}");
    }
}

#[tokio::test]
async fn a_reader_that_stands_still_stops_the_writer() {
    let (mut client, _server) = ours().await;
    let piece = vec![0; 64 << 10];
    let mut taken = 0;
    while let Some(written) = futures_util::FutureExt::now_or_never(client.write(&piece)) {
        taken += written.expect("taken");
        assert!(taken < 1 << 20, "nothing stops it");
    }
    assert!(client.outbox.bytes().capacity() < 1 << 20);
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_an_error() {
    let pair = mutual().await.current();
    let (near, far) = duplex(PIPE_BYTES);
    drop(near);
    assert!(accept(Arc::clone(&pair.server), far).await.is_err());
    let (mut near, far) = duplex(PIPE_BYTES);
    near.write_all(b"GET / HTTP/1.1\r\nHost: member\r\n\r\n").await.expect("sent");
    let refused = accept(Arc::clone(&pair.server), far).await.map(|_| ()).expect_err("refused");
    assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    // The other side is told: an alert.
    assert_eq!(near.read_u8().await.expect("an answer"), 21);
}
