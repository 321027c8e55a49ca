//! The server's certificate, read from files and kept fresh.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use atoll_host as host;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::{Error, TlsOptions};

/// No certificate chain or key is larger.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// What clients may choose to speak, best first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
pub(crate) const CERTIFICATE: &str = "certificate";
pub(crate) const KEY: &str = "private key";

/// A certificate with its key, as connections use it from now on.
pub(crate) struct Identity {
    options: TlsOptions,
    config: ArcSwap<ServerConfig>,
    /// What the first configuration was made from.
    first: Pair,
}

/// The content of both files.
#[derive(Clone, PartialEq, Eq)]
struct Pair {
    cert: Vec<u8>,
    key: Vec<u8>,
}

impl Identity {
    /// Reads both files; anything wrong with them is an error, never a reason to speak without encryption.
    pub(crate) async fn load(options: TlsOptions, host: &host::Host) -> Result<Self, Error> {
        let first = Pair::read(&options, host).await?;
        let config = first.config(&options)?;
        Ok(Self { options, config: ArcSwap::from_pointee(config), first })
    }

    /// What a connection that begins now uses.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.load_full()
    }

    /// Looks at the content of the files for ever and takes over what is new. Content, not times or notifications: a
    /// mounted secret is replaced by moving a symbolic link two folders up, which changes neither. What cannot be used
    /// is reported once, and the certificate in use stays.
    pub(crate) async fn keep_fresh(&self, host: &host::Host) {
        let mut seen = self.first.clone();
        let mut complaint = String::new();
        loop {
            host.clock.sleep(self.options.poll).await;
            let outcome = match Pair::read(&self.options, host).await {
                Ok(pair) if pair == seen => continue,
                Ok(pair) => {
                    let config = pair.config(&self.options);
                    seen = pair;
                    config
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(config) => {
                    self.config.store(Arc::new(config));
                    complaint.clear();
                    tracing::info!(cert = %self.options.cert.display(), "the new TLS certificate is in use");
                }
                Err(error) if error.to_string() == complaint => {}
                Err(error) => {
                    complaint = error.to_string();
                    tracing::error!(%error, "the new TLS certificate cannot be used; the old one stays in use");
                }
            }
        }
    }
}

impl Pair {
    async fn read(options: &TlsOptions, host: &host::Host) -> Result<Self, Error> {
        let (files, options) = (Arc::clone(&host.files), options.clone());
        let read = move || {
            let cert = read_file(&*files, CERTIFICATE, &options.cert)?;
            let key = read_file(&*files, KEY, &options.key)?;
            Ok(Self { cert, key })
        };
        host.tasks.blocking(read).await?
    }

    fn config(&self, options: &TlsOptions) -> Result<ServerConfig, Error> {
        let chain = chain(&self.cert, CERTIFICATE, &options.cert)?;
        let key = key(&self.key, &options.key)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        let mut config = config.map_err(|source| Error::TlsPair {
            cert: options.cert.clone(),
            key: options.key.clone(),
            source,
        })?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(config)
    }
}

/// The certificates of a file, of which there is at least one.
pub(crate) fn chain(
    content: &[u8],
    role: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain = CertificateDer::pem_slice_iter(content).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|source| pem_error(source, role, path))?;
    if chain.is_empty() { Err(pem_error(pem::Error::NoItemsFound, role, path)) } else { Ok(chain) }
}

/// The private key of a file.
pub(crate) fn key(content: &[u8], path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(content).map_err(|source| pem_error(source, KEY, path))
}

pub(crate) fn read_file(files: &dyn host::Files, role: &'static str, path: &Path) -> Result<Vec<u8>, Error> {
    let read = || {
        let file = files.open_read(path)?;
        let length = file.length()?.min(MAX_FILE_BYTES);
        file.read_bytes(0, usize::try_from(length).unwrap_or_default())
    };
    read().map(Vec::from).map_err(|source| Error::TlsFile { role, path: path.to_owned(), source })
}

fn pem_error(source: pem::Error, role: &'static str, path: &Path) -> Error {
    let path = path.to_owned();
    match source {
        pem::Error::NoItemsFound if role == KEY => Error::TlsMissing {
            role,
            path,
            expected: "private key (PKCS #8, PKCS #1 or SEC 1, without a passphrase)",
        },
        pem::Error::NoItemsFound => Error::TlsMissing { role, path, expected: "certificate" },
        source => Error::TlsPem { role, path, source },
    }
}
