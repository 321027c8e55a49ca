//! Why a server cannot be opened. What goes wrong on one connection ends that connection and is no error of the server.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use atoll_fault as fault;

/// Why a server could not be set up. Once it runs, a connection's troubles end that connection and nothing else.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configured address is neither an IP address nor a name that resolves.
    #[error(
        "cannot resolve the listening address {address:?}: {source}; use an IP address or a name of this machine"
    )]
    Resolve {
        /// The address as configured.
        address: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The name resolves to nothing that this machine can listen on.
    #[error("the listening address {address:?} resolves to no address of this machine")]
    NoAddress {
        /// The address as configured.
        address: String,
    },
    /// The socket cannot be opened.
    #[error(
        "cannot listen on {address}: {source}; another process may hold the port, or this user may not use it"
    )]
    Bind {
        /// Address and port.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the TLS section cannot be read.
    #[error("cannot read the TLS {role} file {path}: {source}")]
    TlsFile {
        /// Certificate or private key.
        role: &'static str,
        /// The file as configured.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the TLS section holds something that is not PEM, or breaks off.
    #[error("the TLS {role} file {path} is not valid PEM: {source}")]
    TlsPem {
        /// Certificate or private key.
        role: &'static str,
        /// The file as configured.
        path: PathBuf,
        /// What the parser said.
        source: rustls_pki_types::pem::Error,
    },
    /// A file of the TLS section holds no section of the expected sort.
    #[error("the TLS {role} file {path} holds no {expected}")]
    TlsMissing {
        /// Certificate or private key.
        role: &'static str,
        /// The file as configured.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
    },
    /// Certificate and key cannot be used, or do not belong together.
    #[error("the TLS certificate {cert} and the private key {key} cannot be used together: {source}")]
    TlsPair {
        /// Certificate file.
        cert: PathBuf,
        /// Private key file.
        key: PathBuf,
        /// What the TLS library said.
        source: rustls::Error,
    },
    /// A certificate authority cannot be used.
    #[error("the TLS authority file {path} holds a certificate that cannot be used: {source}")]
    Authority {
        /// The file as configured.
        path: PathBuf,
        /// What the TLS library said.
        source: rustls::Error,
    },
    /// There is nothing to derive a certificate from.
    #[error("no secret was given from which certificates could be derived")]
    NoSecret,
    /// A certificate could not be derived from the secret.
    #[error("no certificate could be derived from the secret: {source}")]
    Derive {
        /// What the certificate library said.
        source: rcgen::Error,
    },
    /// A derived certificate cannot be used.
    #[error("the derived certificate cannot be used: {source}")]
    Mutual {
        /// What the TLS library said.
        source: rustls::Error,
    },
    /// The pool that reads files is gone.
    #[error("the TLS files could not be read: {source}")]
    Lost {
        /// What the pool said.
        #[from]
        source: atoll_host::Lost,
    },
}

impl Error {
    /// The kind, for the caller that decides what to do.
    pub fn kind(&self) -> fault::Kind {
        match self {
            Self::Lost { .. } => fault::Kind::Internal,
            _ => fault::Kind::Invalid,
        }
    }
}
