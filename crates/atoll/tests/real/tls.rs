//! Encryption.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use atoll_testkit::Server;
use atoll_testkit::wire::{Connection, Request, Transport};
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;

use crate::registry::{Registry, program};

/// A server with a certificate of its own, and the certificate.
fn encrypted() -> (Server, CertificateDer<'static>) {
    let mut server = Server::prepare(program(), json!({}));
    let (cert, key) = (server.folder().join("cert.pem"), server.folder().join("key.pem"));
    server.configure(json!({ "http": { "tls": { "cert": cert, "key": key } } }));
    let certificate = write_certificate(&cert, &key);
    server.launch();
    await_listener(&server);
    (server, certificate)
}

fn write_certificate(cert: &PathBuf, key: &PathBuf) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(cert, made.cert.pem()).unwrap();
    fs::write(key, made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// The usual question for readiness is asked in plain text; here the open port must do.
fn await_listener(server: &Server) {
    for _ in 0..1000 {
        if TcpStream::connect(server.address()).is_ok() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nobody listens: {}", server.log_end());
}

fn connect(server: &Server, trusted: &CertificateDer<'static>) -> std::io::Result<Connection> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(server.address())?;
    let mut stream = rustls::StreamOwned::new(session, socket.try_clone()?);
    stream.conn.complete_io(&mut stream.sock)?;
    let transport: Box<dyn Transport> = Box::new(stream);
    Connection::over(transport, socket)
}

#[test]
fn a_registry_with_a_certificate_speaks_tls_and_nothing_else() {
    let (server, certificate) = encrypted();
    let mut connection = connect(&server, &certificate).unwrap();
    assert_eq!(connection.ask(&Request::new("GET", "/v2/")).unwrap().status, 200);
    let begun = connection.ask(&Request::new("POST", "/v2/a/blobs/uploads/")).unwrap();
    assert_eq!(begun.status, 202);

    let mut plain = TcpStream::connect(server.address()).unwrap();
    plain.write_all(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // An answer to plain text may be a TLS alert or nothing; never the registry's.
    let _ = plain.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("200"), "{answer:?}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let (server, _) = encrypted();
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    assert!(connect(&server, stranger.cert.der()).is_err());
}

/// What `atoll repo list` says to these options.
fn listed(url: &str, authority: &PathBuf) -> String {
    let mut command = Command::new(program());
    command.args(["repo", "list", "--url", url, "--cacert"]).arg(authority);
    let ended = command.output().unwrap();
    String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap()
}

#[test]
fn a_command_says_why_it_does_not_trust_a_server() {
    let (server, _) = encrypted();
    let cert = server.folder().join("cert.pem");
    let url = format!("https://localhost:{}", server.address().port());
    // It was asked, and has no search.
    assert!(listed(&url, &cert).contains("has no search"));

    let plain = Registry::start();
    let told = listed(&format!("https://{}", plain.server.address()), &cert);
    assert!(told.contains("does not speak TLS"), "{told}");

    let key_pair = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = wanted.self_signed(&key_pair).unwrap();
    let mut own = Server::prepare(program(), json!({}));
    let (cert, key) = (own.folder().join("cert.pem"), own.folder().join("key.pem"));
    own.configure(json!({ "http": { "tls": { "cert": cert, "key": key } } }));
    fs::write(&cert, authority.pem()).unwrap();
    fs::write(&key, key_pair.serialize_pem()).unwrap();
    own.launch();
    await_listener(&own);
    let told = listed(&format!("https://localhost:{}", own.address().port()), &cert);
    assert!(told.contains("CA:FALSE"), "{told}");
}

#[test]
fn a_renewed_certificate_is_taken_up_without_a_restart() {
    let (server, first) = encrypted();
    let mut open = connect(&server, &first).unwrap();
    let renewed = write_certificate(&server.folder().join("cert.pem"), &server.folder().join("key.pem"));
    let is_taken_up = (0..300).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        connect(&server, &renewed).is_ok()
    });
    assert!(is_taken_up, "{}", server.log_end());
    assert!(connect(&server, &first).is_err(), "the old certificate is no longer shown");
    assert_eq!(open.ask(&Request::new("GET", "/v2/")).unwrap().status, 200, "open connections go on");
}
