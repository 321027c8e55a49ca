//! One request over a connection of its own, HTTP/1.1, for command lines: the whole answer is gathered in memory.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use atoll_host::Host;
use bytes::{Bytes, BytesMut};
use futures_core::Stream as _;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::{Answer, Error, dial};
use crate::{Body, tls};

/// How a request is sent.
#[derive(Debug, Clone)]
pub struct PlainOptions {
    /// For `https`: a PEM file with the authorities that the server's certificate may come from.
    pub authorities: Option<PathBuf>,
    /// From connecting to the end of the answer.
    pub timeout: Duration,
    /// Longest body of an answer, in bytes.
    pub max_body_bytes: usize,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct PlainAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Default for PlainOptions {
    /// No authorities, 30 s, 16 MiB.
    fn default() -> Self {
        Self { authorities: None, timeout: Duration::from_secs(30), max_body_bytes: 16 << 20 }
    }
}

/// Sends a request to the server that its URI names (`http://HOST[:PORT]/PATH` or `https://...`), and gathers the answer. No redirect is
/// followed. Without authorities `https` trusts nobody.
pub async fn fetch(
    request: Request<Bytes>,
    options: &PlainOptions,
    host: &Host,
) -> Result<PlainAnswer, Error> {
    tokio::select! {
        answer = exchange(request, options, host) => answer,
        () = host.clock.sleep(options.timeout) => Err(Error::Stalled { limit: options.timeout }),
    }
}

async fn exchange(
    mut request: Request<Bytes>,
    options: &PlainOptions,
    host: &Host,
) -> Result<PlainAnswer, Error> {
    let invalid = |reason: &str| Error::Invalid { reason: reason.to_owned() };
    let uri = request.uri().clone();
    let authority = uri.authority().ok_or_else(|| invalid("the address names no server"))?;
    if authority.as_str().contains('@') {
        return Err(invalid("credentials do not belong into the address"));
    }
    let encrypted = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err(invalid("the address begins with neither http:// nor https://")),
    };
    let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let named =
        HeaderValue::from_str(authority.as_str()).map_err(|_odd| invalid("the server's name is odd"))?;
    request.headers_mut().entry(HOST).or_insert(named);
    // The form that servers want to see (RFC 9112, section 3.2.1).
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    *request.uri_mut() = target.parse().map_err(|_odd| invalid("the path is odd"))?;

    let socket = dial::connect(authority.host(), port).await?;
    if !encrypted {
        return converse(socket, request, options, host).await;
    }
    let connector = TlsConnector::from(Arc::new(trusting(options, host).await?));
    let refused = |reason: String| Error::Encrypt { destination: authority.to_string(), reason };
    let name = authority.host().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(name).map_err(|error| refused(error.to_string()))?;
    let stream = connector.connect(name, socket).await.map_err(|error| refused(error.to_string()))?;
    converse(stream, request, options, host).await
}

async fn trusting(options: &PlainOptions, host: &Host) -> Result<ClientConfig, Error> {
    let invalid = |reason: String| Error::Invalid { reason };
    let mut roots = RootCertStore::empty();
    if let Some(path) = options.authorities.clone() {
        let files = Arc::clone(&host.files);
        let read = host.tasks.blocking(move || {
            let content = tls::read_file(&*files, "authority", &path)?;
            tls::chain(&content, "authority", &path)
        });
        let read = read.await.map_err(|lost| invalid(lost.to_string()))?;
        for authority in read.map_err(|error| invalid(error.to_string()))? {
            roots.add(authority).map_err(|error| invalid(error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| invalid(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Bytes>,
    options: &PlainOptions,
    host: &Host,
) -> Result<PlainAnswer, Error> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| Error::unsent(&error))?;
    host.tasks.spawn(async move {
        // What matters of it is seen by the request.
        let _ended = connection.await;
    });
    let response =
        sender.send_request(request.map(Body::full)).await.map_err(|error| Error::broken(&error))?;
    gather(response, options, host).await
}

async fn gather(
    response: Response<hyper::body::Incoming>,
    options: &PlainOptions,
    host: &Host,
) -> Result<PlainAnswer, Error> {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut answer = std::pin::pin!(Answer::new(response, (&host.clock, None), Vec::new()));
    let mut body = BytesMut::new();
    while let Some(piece) = std::future::poll_fn(|context| answer.as_mut().poll_next(context)).await {
        body.extend_from_slice(&piece?);
        if body.len() > options.max_body_bytes {
            return Err(Error::TooLong { limit: options.max_body_bytes });
        }
    }
    Ok(PlainAnswer { status, headers, body: body.freeze() })
}
