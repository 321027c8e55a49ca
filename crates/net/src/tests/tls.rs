use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::support::*;
use crate::TlsOptions;

const NAME: &str = "registry.example";
const ASK: &[u8] = b"GET /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

struct Files {
    folder: TempDir,
    made: CertifiedKey<KeyPair>,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().expect("a folder"), made: certificate() };
        std::fs::write(files.cert(), files.made.cert.pem()).expect("written");
        std::fs::write(files.key(), files.made.signing_key.serialize_pem()).expect("written");
        files
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("tls.crt")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("tls.key")
    }

    async fn start(&self) -> Running {
        let mut options = options();
        options.tls = Some(TlsOptions::new(self.cert(), self.key()));
        start(options).await
    }
}

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed([NAME.to_owned()]).expect("a certificate")
}

type Client = TlsStream<tokio::net::TcpStream>;

async fn connect(
    server: &Running,
    trusted: &CertificateDer<'static>,
    protocols: &[&[u8]],
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<Client> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(NAME).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, server.connect().await).await
}

async fn ask(server: &Running, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut client = connect(server, trusted, &[], rustls::ALL_VERSIONS).await?;
    client.write_all(ASK).await?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken_and_told() {
    let files = Files::new();
    let server = files.start().await;
    for (version, word) in [(&rustls::version::TLS12, "Tls12"), (&rustls::version::TLS13, "Tls13")] {
        let protocols: [&[u8]; 2] = [b"http/1.1", b"spdy/3"];
        let mut client =
            connect(&server, files.made.cert.der(), &protocols, &[version]).await.expect("a session");
        assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        client.write_all(ASK).await.expect("sent");
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("a clean end");
        assert!(answer.contains(&format!("Some({word}) {}", server.address)), "{answer}");
    }
}

#[tokio::test]
async fn http2_is_preferred_where_both_sides_speak_it() {
    use http_body_util::{BodyExt as _, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let files = Files::new();
    let server = files.start().await;
    let protocols: [&[u8]; 2] = [b"http/1.1", b"h2"];
    let client =
        connect(&server, files.made.cert.der(), &protocols, rustls::ALL_VERSIONS).await.expect("a session");
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(client))
            .await
            .expect("http/2");
    server.host.tasks.spawn(async move {
        // The test sees what matters through its request.
        let _ended = connection.await;
    });
    let request = http::Request::get(format!("https://{NAME}/stream/9")).body(Empty::<bytes::Bytes>::new());
    let response = client.send_request(request.expect("a request")).await.expect("an answer");
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes().len(), 9 * CHUNK_BYTES);
}

#[tokio::test]
async fn plain_text_is_never_served_where_tls_is_configured() {
    let files = Files::new();
    let server = files.start().await;
    let answer = server.talk("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(!answer.contains("HTTP/1.1"), "{answer}");
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn a_new_certificate_is_taken_over_and_a_bad_one_is_not() {
    let files = Files::new();
    let server = files.start().await;
    assert!(ask(&server, files.made.cert.der()).await.is_ok());

    // A new certificate without its key, then garbage: the old pair stays.
    let new = certificate();
    std::fs::write(files.cert(), new.cert.pem()).expect("written");
    server.pass(STEP * 10).await;
    assert!(ask(&server, files.made.cert.der()).await.is_ok());
    std::fs::write(files.key(), "-----BEGIN PRIVATE KEY-----\n").expect("written");
    server.pass(STEP * 10).await;
    assert!(ask(&server, files.made.cert.der()).await.is_ok());

    std::fs::write(files.key(), new.signing_key.serialize_pem()).expect("written");
    until_served(&server, new.cert.der()).await;
    assert!(ask(&server, files.made.cert.der()).await.is_err(), "the old one is out of use");
}

#[cfg(unix)]
#[tokio::test]
async fn a_certificate_behind_a_moved_link_is_taken_over() {
    use std::os::unix::fs::symlink;

    // The way Kubernetes mounts secrets: tls.crt -> ..data/tls.crt, ..data -> a dated folder.
    let (folder, old, new) = (tempfile::tempdir().expect("a folder"), certificate(), certificate());
    let path = |name: &str| folder.path().join(name);
    for (name, pair) in [("..1", &old), ("..2", &new)] {
        std::fs::create_dir(path(name)).expect("a folder");
        std::fs::write(path(name).join("tls.crt"), pair.cert.pem()).expect("written");
        std::fs::write(path(name).join("tls.key"), pair.signing_key.serialize_pem()).expect("written");
    }
    symlink("..1", path("..data")).expect("a link");
    symlink("..data/tls.crt", path("tls.crt")).expect("a link");
    symlink("..data/tls.key", path("tls.key")).expect("a link");
    let tls = TlsOptions::new(path("tls.crt"), path("tls.key"));
    let server = start(crate::Options { tls: Some(tls), ..options() }).await;
    assert!(ask(&server, old.cert.der()).await.is_ok());
    symlink("..2", path("..new")).expect("a link");
    std::fs::rename(path("..new"), path("..data")).expect("moved");
    until_served(&server, new.cert.der()).await;
}

async fn until_served(server: &Running, trusted: &CertificateDer<'static>) {
    let taken_over = async {
        while ask(server, trusted).await.is_err() {
            server.step().await;
        }
    };
    tokio::time::timeout(LONG, taken_over).await.expect("the new certificate is used");
}
