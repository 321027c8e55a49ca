//! Where to listen and what a client may hold on to. Where the values come from is not known here.

use std::path::PathBuf;
use std::time::Duration;

/// Where and how to listen.
#[derive(Debug, Clone)]
pub struct Options {
    /// IP addresses or names of this machine; the server listens on every address they resolve to. An empty address
    /// stands for all addresses of the machine.
    pub addresses: Vec<String>,
    /// TCP port; 0 lets the system choose one, the same for all addresses.
    pub port: u16,
    /// Certificate and key; without them the server speaks plain HTTP.
    pub tls: Option<TlsOptions>,
    /// What a client may hold on to.
    pub limits: Limits,
}

/// The files of the TLS section, in PEM.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// The server's certificate, followed by its intermediate certificates.
    pub cert: PathBuf,
    /// The private key of the certificate: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
    /// How often the files are looked at for a new certificate.
    pub poll: Duration,
}

/// What a client may hold on to, and for how long. Times are idle times: a transfer that moves may take for ever.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte of a request head (or from the connect, for the first one) to its end, and for a TLS handshake.
    pub header_read: Duration,
    /// A connection on which nothing is asked.
    pub keep_alive_idle: Duration,
    /// A request body of which no byte arrives although the handler waits for it; `None` waits for ever.
    pub read_idle: Option<Duration>,
    /// A response of which the client takes no byte; `None` waits for ever.
    pub write_idle: Option<Duration>,
    /// How long transfers may go on after the signal to shut down.
    pub grace: Duration,
    /// Connections at a time; further ones wait in the system's accept queue.
    pub max_connections: usize,
    /// Bytes of a request head.
    pub max_head_bytes: usize,
}

impl TlsOptions {
    /// The pair of files, looked at every two seconds.
    pub fn new(cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { cert: cert.into(), key: key.into(), poll: Duration::from_secs(2) }
    }
}

impl Default for Options {
    /// Plain HTTP on the loopback address, port 8080.
    fn default() -> Self {
        Self { addresses: vec!["127.0.0.1".to_owned()], port: 8080, tls: None, limits: Limits::default() }
    }
}

impl Default for Limits {
    /// zot's times, as idle times; ten thousand connections.
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(5),
            keep_alive_idle: Duration::from_mins(2),
            read_idle: Some(Duration::from_mins(1)),
            write_idle: Some(Duration::from_mins(1)),
            grace: Duration::from_secs(30),
            max_connections: 10_000,
            max_head_bytes: 32 << 10,
        }
    }
}
