//! Mutual TLS between servers of one kind: each side proves itself with a certificate of an authority that both accept.
//!
//! The authority is one of files, or is derived from a secret that all sides share. Only TLS 1.3 is spoken, and sessions are never
//! resumed, so that each connection is proved anew.

mod derived;
mod files;
pub(crate) mod session;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use atoll_host::{Clock, Host};
use rustls::client::{Resumption, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use crate::Error;

/// What both sides speak.
const PROTOCOL: &[u8] = b"h2";

/// A secret from which an authority is derived. It has no debug text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Where certificates come from.
#[derive(Clone)]
pub enum MutualOptions {
    /// Everybody who has the secret can prove whatever they say: trust is in the group.
    Derived {
        /// The first one signs our certificate; certificates of all are accepted, so that a secret can be replaced step by step.
        secrets: Vec<Secret>,
        /// Keeps groups with the same secret apart.
        group: Vec<u8>,
        /// The DNS name that our certificate names.
        name: String,
    },
    /// PEM files.
    Files {
        /// Our certificate, followed by its intermediate certificates. It must do for both sides of a connection.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
        /// Files with the accepted authorities.
        authorities: Vec<PathBuf>,
        /// How often the files are looked at for new content.
        poll: Duration,
    },
}

/// Our certificate and the accepted authorities, as connections use them from now on.
pub struct Mutual {
    options: MutualOptions,
    current: ArcSwap<Pair>,
    /// The files that the first pair was made from.
    first: Option<files::Content>,
}

/// Both sides' configuration.
pub(crate) struct Pair {
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Arc<ClientConfig>,
}

/// What a pair is made of.
struct Material {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    roots: RootCertStore,
}

/// The certificate with which the other side has proved itself; a request of a mutual listener has it among its extensions.
#[derive(Clone)]
pub struct Proven(Arc<Certificate>);

struct Certificate {
    der: CertificateDer<'static>,
    /// A name that it was found to stand for: a connection is asked for the same one again and again.
    named: OnceLock<String>,
}

impl Secret {
    /// Shorter ones can be guessed.
    pub const MIN_BYTES: usize = 16;

    /// A secret of these bytes; `None` if they are fewer than [`Secret::MIN_BYTES`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= Self::MIN_BYTES).then(|| Self(bytes.to_vec()))
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

impl Mutual {
    /// Reads or derives everything; anything wrong with it is an error.
    pub async fn load(options: MutualOptions, host: &Host) -> Result<Self, Error> {
        let (pair, first) = match &options {
            MutualOptions::Derived { .. } => (derived::pair(&options, &host.clock)?, None),
            MutualOptions::Files { .. } => {
                let content = files::read(&options, host).await?;
                (content.pair(&options, &host.clock)?, Some(content))
            }
        };
        Ok(Self { options, current: ArcSwap::from_pointee(pair), first })
    }

    /// Takes over new files, or issues a new certificate before the old one ends, for ever.
    pub async fn keep_fresh(&self, host: &Host) {
        match &self.options {
            MutualOptions::Derived { .. } => loop {
                host.clock.sleep(derived::RENEWAL).await;
                self.take_over(derived::pair(&self.options, &host.clock));
            },
            MutualOptions::Files { poll, .. } => files::follow(self, *poll, host).await,
        }
    }

    pub(crate) fn current(&self) -> Arc<Pair> {
        self.current.load_full()
    }

    fn take_over(&self, pair: Result<Pair, Error>) {
        match pair {
            Ok(pair) => {
                self.current.store(Arc::new(pair));
                tracing::info!("the new certificate for other members is in use");
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate for other members cannot be used; the old one stays in use");
            }
        }
    }
}

impl Material {
    fn pair(self, clock: &Arc<dyn Clock>) -> Result<Pair, rustls::Error> {
        let provider = Arc::new(provider());
        let time = Arc::new(Time(Arc::clone(clock)));
        let roots = Arc::new(self.roots);
        let versions = &[&rustls::version::TLS13];

        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build();
        let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
        let server = ServerConfig::builder_with_details(Arc::clone(&provider), time.clone())
            .with_protocol_versions(versions)?
            .with_client_cert_verifier(verifier);
        let mut server = server.with_single_cert(self.chain.clone(), self.key.clone_key())?;
        server.alpn_protocols = vec![PROTOCOL.to_vec()];
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        // The records are ours ([`session`]).
        server.enable_secret_extraction = true;

        let client = ClientConfig::builder_with_details(provider, time)
            .with_protocol_versions(versions)?
            .with_root_certificates(roots);
        let mut client = client.with_client_auth_cert(self.chain, self.key)?;
        client.alpn_protocols = vec![PROTOCOL.to_vec()];
        client.resumption = Resumption::disabled();
        client.enable_secret_extraction = true;
        Ok(Pair { server: Arc::new(server), client: Arc::new(client) })
    }
}

/// The usual algorithms, the cheapest cipher first: both sides are ours, and AES-128 is as good as unbreakable.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

/// The host's clock, as the TLS library reads it.
struct Time(Arc<dyn Clock>);

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Time")
    }
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_nanos(self.0.now().0)))
    }
}

impl Proven {
    pub(crate) fn new(certificate: &CertificateDer<'_>) -> Self {
        Self(Arc::new(Certificate { der: certificate.clone().into_owned(), named: OnceLock::new() }))
    }

    /// Whether the certificate stands for this DNS name or IP address.
    pub fn names(&self, name: &str) -> bool {
        let Certificate { der, named } = &*self.0;
        if named.get().is_some_and(|named| named == name) {
            return true;
        }
        let (Ok(certificate), Ok(server)) = (ParsedCertificate::try_from(der), ServerName::try_from(name))
        else {
            return false;
        };
        let is_named = verify_server_name(&certificate, &server).is_ok();
        if is_named {
            named.get_or_init(|| name.to_owned());
        }
        is_named
    }
}
