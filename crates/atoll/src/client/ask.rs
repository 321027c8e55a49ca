//! A server, and one question to its search.

use std::path::{Path, PathBuf};

use atoll_host::Host;
use atoll_net::client::{self, plain};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::arguments::Reach;
use super::error::Error;
use super::render::printable;
use crate::address;
use crate::output::tell;

/// Where the search is, on this server and on zot.
const PATH: &str = "/v2/_zot/ext/search";
/// Largest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// Most of a server's errors that are shown.
const MAX_ERRORS: usize = 5;
/// Where systems keep the authorities that everybody trusts: Debian and Alpine, Fedora, openSUSE, BSD.
const SYSTEM_AUTHORITIES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A server that can be asked.
pub(super) struct Server {
    /// Its address without a slash at the end.
    url: String,
    search: Uri,
    authorization: Option<HeaderValue>,
    cacert: Option<PathBuf>,
}

impl Server {
    pub(super) fn new(reach: &Reach) -> Result<Self, Error> {
        let url = address::of_server(&reach.url).map_err(|url| Error::Url { url })?;
        let search = format!("{url}{PATH}").parse().map_err(|_odd| Error::Url { url: url.clone() })?;
        let authorization = reach.user.as_deref().map(basic).transpose()?;
        Ok(Self { url, search, authorization, cacert: reach.cacert.clone() })
    }

    /// The data of the answer. Errors beside data are told on the standard error.
    pub(super) async fn query(&self, query: &str, variables: Value) -> Result<Value, Error> {
        let body = json!({"query": query, "variables": variables}).to_string();
        let answer = self.fetch(body.into()).await?;
        self.judge(answer.status)?;
        let mut told: Value =
            serde_json::from_slice(&answer.body).map_err(|_no_json| self.strange(answer.status))?;
        let errors = messages(&told);
        match told.get_mut("data").map(Value::take).filter(|data| !data.is_null()) {
            Some(data) => {
                for error in &errors {
                    tell(&format!("warning: {error}"));
                }
                Ok(data)
            }
            None if errors.is_empty() => Err(self.strange(answer.status)),
            None => Err(Error::Refused(errors.join("; "))),
        }
    }

    async fn fetch(&self, body: Bytes) -> Result<plain::PlainAnswer, Error> {
        let host = Host::system(1);
        let mut request = Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.search.clone();
        let json = HeaderValue::from_static("application/json");
        let length = HeaderValue::from(request.body().len());
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length);
        headers.insert(header::CONTENT_TYPE, json.clone());
        headers.insert(header::ACCEPT, json);
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(concat!("atoll/", env!("CARGO_PKG_VERSION"))),
        );
        if let Some(authorization) = &self.authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        let authorities = self.authorities(&host)?;
        let options = plain::PlainOptions {
            authorities,
            max_body_bytes: MAX_ANSWER_BYTES,
            ..plain::PlainOptions::default()
        };
        plain::fetch(request, &options, &host).await.map_err(|error| match error {
            client::Error::TooLong { limit } => Error::TooLarge { limit_bytes: limit },
            client::Error::Encrypt { reason, .. } => unencrypted(self.url.clone(), reason),
            client::Error::Invalid { reason } => Error::Unmade(reason),
            error => Error::Unreachable { url: self.url.clone(), reason: error.to_string() },
        })
    }

    /// The authorities for an encrypted connection.
    fn authorities(&self, host: &Host) -> Result<Option<PathBuf>, Error> {
        if self.search.scheme_str() != Some("https") || self.cacert.is_some() {
            return Ok(self.cacert.clone());
        }
        let system = SYSTEM_AUTHORITIES.iter().map(Path::new).find(|path| host.files.open_read(path).is_ok());
        system.map(|path| Some(path.to_owned())).ok_or(Error::NoAuthorities)
    }

    /// Statuses that say more than an answer could. The search itself answers 200, 400 and 422 with its reasons.
    fn judge(&self, status: StatusCode) -> Result<(), Error> {
        let url = self.url.clone();
        match status {
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Ok(()),
            StatusCode::NOT_FOUND => Err(Error::NoSearch { url }),
            StatusCode::UNAUTHORIZED => Err(Error::LogIn { url }),
            StatusCode::FORBIDDEN => Err(Error::Denied { url }),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => Err(Error::Later { url }),
            other => Err(self.strange(other)),
        }
    }

    fn strange(&self, status: StatusCode) -> Error {
        if status.is_success() {
            Error::Unexpected
        } else {
            Error::Status { url: self.url.clone(), status: status.as_u16() }
        }
    }
}

/// Why there is no encrypted connection. The two most frequent reasons are told so that somebody can do something about them.
fn unencrypted(url: String, reason: String) -> Error {
    if reason.contains("CaUsedAsEndEntity") {
        Error::OwnAuthority { url }
    } else if reason.contains("InvalidContentType") {
        Error::Plain { url }
    } else {
        Error::Unproven { url, reason }
    }
}

/// The messages of an answer's errors, without what could move the cursor of a terminal.
fn messages(told: &Value) -> Vec<String> {
    let errors = told.get("errors").and_then(Value::as_array).into_iter().flatten();
    errors.filter_map(|error| error.get("message")?.as_str()).take(MAX_ERRORS).map(printable).collect()
}

/// The header of a name and a password (RFC 7617).
fn basic(user: &str) -> Result<HeaderValue, Error> {
    if !user.contains(':') {
        return Err(Error::User);
    }
    let mut value =
        HeaderValue::try_from(format!("Basic {}", base64(user.as_bytes()))).map_err(|_odd| Error::User)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Base 64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4_usize {
            let digit =
                usize::try_from(bits >> (18 - 6 * place) & 63).ok().and_then(|digit| DIGITS.get(digit));
            text.push(if place <= group.len() { digit.map_or('=', |digit| char::from(*digit)) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests;
