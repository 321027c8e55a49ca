//! Who is believed, and who is not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use atoll_host::{Host, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::support::*;
use crate::client::Error;
use crate::{Mutual, MutualOptions, Secret};

const DAY: u64 = 24 * 3600 * 1_000_000_000;

#[tokio::test]
async fn each_side_learns_whom_the_other_has_proved_to_be() {
    let (_server, pool, _host) = pair().await;
    assert_eq!(ask(&pool, &format!("/who/{OTHER}")).await.expect("an answer"), "Some(true)");
    assert_eq!(ask(&pool, &format!("/who/{NAME}")).await.expect("an answer"), "Some(false)");
    assert_eq!(ask(&pool, "/who/internal").await.expect("an answer"), "Some(false)");
    assert_eq!(ask(&pool, "/who/not..a-name").await.expect("an answer"), "Some(false)");
}

/// Asks a server that signs with the first of `server` and accepts all of them, in the same way as the client does with `client`.
async fn meet(server: MutualOptions, client: MutualOptions, wanted: &str) -> Result<String, Error> {
    let host = host_at(TODAY).0;
    let server = start(load(server, &host).await, &host).await;
    let answer = ask(&pool(server.address, wanted, load(client, &host).await, &host), "/hello").await;
    assert_eq!(server.script.calls.load(Ordering::SeqCst), usize::from(answer.is_ok()));
    answer
}

#[tokio::test]
async fn secrets_decide_who_is_believed() {
    for (server, client, accepted) in [
        (&[1][..], &[1][..], true),
        (&[1], &[2], false),
        // Rotation, step by step: accept the new one everywhere, sign with it, forget the old one.
        (&[1, 2], &[1], true),
        (&[1, 2], &[2, 1], true),
        (&[2, 1], &[1, 2], true),
        (&[2], &[2, 1], true),
        (&[2], &[1, 2], false),
    ] {
        let answer = meet(derived(server, NAME), derived(client, OTHER), NAME).await;
        assert_eq!(answer.is_ok(), accepted, "{server:?} {client:?} {answer:?}");
    }
}

#[tokio::test]
async fn another_group_with_the_same_secret_is_a_stranger() {
    let mut stranger = derived(&[1], OTHER);
    if let MutualOptions::Derived { group, .. } = &mut stranger {
        *group = b"another".to_vec();
    }
    assert!(meet(derived(&[1], NAME), stranger, NAME).await.is_err());
}

#[tokio::test]
async fn another_member_than_the_one_that_was_meant_is_refused() {
    let refused = meet(derived(&[1], NAME), derived(&[1], OTHER), "member-3.test.internal").await;
    assert!(matches!(refused, Err(Error::Untrusted { .. })), "{refused:?}");
}

#[tokio::test]
async fn clocks_may_differ_by_days_and_no_more() {
    for (days, accepted) in [(-6_i64, true), (-8, false), (29, true), (31, false)] {
        let here = host_at(TODAY).0;
        let there = host_at(Timestamp(TODAY.0.saturating_add_signed(days * DAY.cast_signed()))).0;
        // What the server issued is looked at by a client whose clock is `days` ahead; the client's own certificate would do.
        let server = start(load(derived(&[1], NAME), &here).await, &here).await;
        let mutual = load(derived(&[1], OTHER), &there).await;
        let answer = ask(&pool(server.address, NAME, mutual, &there), "/hello").await;
        let mirrored = (-7..=30).contains(&-days);
        assert_eq!(answer.is_ok(), accepted && mirrored, "{days} {answer:?}");
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_not_heard() {
    let host = Host::system(4);
    let server = start(load(derived(&[1], NAME), &host).await, &host).await;
    let mut roots = RootCertStore::empty();
    // Whatever the client believes: it has nothing to show.
    roots.add(unsigned()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = builder.expect("versions").with_root_certificates(roots).with_no_client_auth();
    config.dangerous().set_certificate_verifier(Arc::new(Believer));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = TcpStream::connect(server.address).await.expect("a connection");
    let name = ServerName::try_from(NAME).expect("a name");
    let session = TlsConnector::from(Arc::new(config)).connect(name, socket).await;
    let mut bytes = Vec::new();
    let read = match session {
        Ok(mut session) => within(session.read_to_end(&mut bytes)).await,
        Err(error) => Err(error),
    };
    let refused = read.expect_err("refused").to_string();
    assert!(refused.contains("CertificateRequired"), "{refused}");
    assert_eq!(server.script.calls.load(Ordering::SeqCst), 0);
}

fn unsigned() -> CertificateDer<'static> {
    rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("a certificate").cert.der().clone()
}

/// Believes every server.
#[derive(Debug)]
struct Believer;

impl rustls::client::danger::ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: rustls_pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        vec![rustls::SignatureScheme::ED25519]
    }
}

/// An authority of files.
struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a root");
        std::fs::write(folder.path().join("ca.pem"), root.pem()).expect("written");
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for these names, in force until the end of that year.
    fn issue(&self, folder: &Path, names: &[&str], last_year: i32) -> MutualOptions {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.not_after = rcgen::date_time_ymd(last_year, 12, 31);
        let own = KeyPair::generate().expect("a key");
        let (cert, key) = (folder.join("tls.crt"), folder.join("tls.key"));
        std::fs::write(&cert, params.signed_by(&own, &self.issuer).expect("signed").pem()).expect("written");
        std::fs::write(&key, own.serialize_pem()).expect("written");
        MutualOptions::Files { cert, key, authorities: vec![self.path()], poll: Duration::from_secs(1) }
    }
}

#[tokio::test]
async fn certificates_from_files_have_to_name_the_host_and_to_be_in_force() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let [one, other] = [folders[0].path(), folders[1].path()];
    let good = || ours.issue(other, &["b.example"], 2030);
    for (authority, name, last_year, wanted, accepted) in [
        (&ours, "a.example", 2030, "a.example", true),
        (&ours, "127.0.0.1", 2030, "127.0.0.1", true),
        (&ours, "a.example", 2030, "c.example", false),
        (&ours, "a.example", 2025, "a.example", false),
        (&theirs, "a.example", 2030, "a.example", false),
    ] {
        let answer = meet(authority.issue(one, &[name], last_year), good(), wanted).await;
        assert_eq!(answer.is_ok(), accepted, "{wanted} {answer:?}");
    }
    let server = || ours.issue(one, &["a.example"], 2030);
    for (authority, last_year) in [(&ours, 2025), (&theirs, 2030)] {
        let client = authority.issue(other, &["b.example"], last_year);
        assert!(meet(server(), client, "a.example").await.is_err());
    }
}

#[tokio::test]
async fn new_files_are_taken_over_and_broken_ones_are_not() {
    let authority = Authority::new();
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let (host, clock) = host_at(TODAY);
    let server =
        start(load(authority.issue(folders[0].path(), &["a.example"], 2030), &host).await, &host).await;
    let client = load(authority.issue(folders[1].path(), &["b.example"], 2030), &host).await;
    // Each ask is a connection of its own.
    let asked =
        async |name: &str| ask(&pool(server.address, name, Arc::clone(&client), &host), "/hello").await;
    assert!(asked("a.example").await.is_ok());
    authority.issue(folders[0].path(), &["new.example"], 2030);
    within(async {
        while asked("new.example").await.is_err() {
            clock.advance(Duration::from_secs(1));
        }
    })
    .await;
    std::fs::write(folders[0].path().join("tls.key"), "garbage").expect("written");
    for _ in 0..10 {
        clock.advance(Duration::from_secs(1));
        assert!(asked("new.example").await.is_ok());
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_named() {
    let host = Host::system(4);
    let folder = tempfile::tempdir().expect("a folder");
    let options = |name: &str| MutualOptions::Files {
        cert: folder.path().join(name),
        key: folder.path().join("tls.key"),
        authorities: vec![folder.path().join("ca.pem")],
        poll: Duration::from_secs(1),
    };
    let refusal = async |options| Mutual::load(options, &host).await.err().expect("refused").to_string();
    assert!(refusal(options("tls.crt")).await.contains("tls.crt"));
    std::fs::write(folder.path().join("empty"), "").expect("written");
    std::fs::write(folder.path().join("tls.key"), "").expect("written");
    std::fs::write(folder.path().join("ca.pem"), "").expect("written");
    let sentence = refusal(options("empty")).await;
    assert!(sentence.contains("ca.pem holds no certificate"), "{sentence}");
    let nothing = MutualOptions::Derived { secrets: vec![], group: vec![], name: NAME.to_owned() };
    assert_eq!(refusal(nothing).await, "no secret was given from which certificates could be derived");
    assert_eq!(Secret::new(&[0; 15]), None);
    assert_eq!(format!("{:?}", Secret::new(&[7; 16])), "Some(Secret(hidden))");
}
