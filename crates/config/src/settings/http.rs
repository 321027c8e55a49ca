//! The HTTP surface.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::kind::Typed;
use crate::merged::Merged;
use crate::problem::{Cause, Problem};
use crate::resolve::Node;

/// The address and its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Http {
    /// IP address (IPv6 without brackets) or host name to listen on.
    pub address: String,
    /// Port to listen on; 0 for any free one.
    pub port: u16,
    /// Value of `Access-Control-Allow-Origin`; none means `*`.
    pub allow_origin: Option<String>,
    /// Realm named in authentication challenges.
    pub realm: String,
    /// How long a request may stand still; none for ever.
    pub read_idle: Option<Duration>,
    /// How long an answer may stand still; none for ever.
    pub write_idle: Option<Duration>,
    /// Formats let in beside OCI.
    pub compat: Compat,
    /// How many requests are answered; none for all.
    pub rate_limit: Option<RateLimit>,
}

/// Formats let in beside the OCI image specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compat {
    /// Docker image manifests and lists, version 2 schema 2.
    pub docker2s2: bool,
    /// Manifests and indexes of which parts are not here.
    pub sparse: bool,
}

/// How many requests are answered in a second; at least one of the two parts says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per second, all methods together.
    pub rate: Option<NonZeroU32>,
    /// Rates of single methods, each method at most once.
    pub methods: Vec<MethodRate>,
}

/// The rate of one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodRate {
    /// The method in capitals, such as `GET`.
    pub method: String,
    /// Requests per second.
    pub rate: NonZeroU32,
}

/// Encryption. Both files could be opened when the settings were read; whether they hold PEM is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// File with the certificate chain.
    pub cert: PathBuf,
    /// File with its private key.
    pub key: PathBuf,
}

impl Http {
    pub(super) fn read(merged: &Merged) -> Result<Self, Problem> {
        let compat = merged.texts("http.compat")?;
        let lets_in = |format: &str| compat.iter().any(|written| written == format);
        Ok(Self {
            address: merged.text("http.address")?,
            port: merged.number("http.port")?,
            allow_origin: merged.optional_text("http.allowOrigin"),
            realm: merged.text("http.realm")?,
            read_idle: merged.timeout("http.readTimeout")?,
            write_idle: merged.timeout("http.writeTimeout")?,
            compat: Compat { docker2s2: lets_in("docker2s2"), sparse: lets_in("sparse") },
            rate_limit: RateLimit::read(merged)?,
        })
    }
}

impl RateLimit {
    fn read(merged: &Merged) -> Result<Option<Self>, Problem> {
        let overall = merged.node("http.ratelimit.rate").and_then(Node::value);
        let rate = overall.map(|rate| number(rate, merged)).transpose()?;
        let mut methods = Vec::new();
        for element in merged.list("http.ratelimit.methods") {
            if let (Some(Typed::Text(method)), Some(rate)) =
                (element.child("method").and_then(Node::value), element.child("rate").and_then(Node::value))
            {
                methods.push(MethodRate { method: method.clone(), rate: number(rate, merged)? });
            }
        }
        let some = rate.is_some() || !methods.is_empty();
        Ok(some.then_some(Self { rate, methods }))
    }
}

fn number(rate: &Typed, merged: &Merged) -> Result<NonZeroU32, Problem> {
    let number = match rate {
        Typed::Integer(rate) => u32::try_from(*rate).ok().and_then(NonZeroU32::new),
        _ => None,
    };
    number.ok_or_else(|| merged.problem("http.ratelimit", Cause::Missing("a rate is a number from 1")))
}

impl Tls {
    pub(super) fn read(merged: &Merged) -> Result<Option<Self>, Problem> {
        if merged.node("http.tls").is_none() {
            return Ok(None);
        }
        let (cert, key) = (merged.text("http.tls.cert")?.into(), merged.text("http.tls.key")?.into());
        Ok(Some(Self { cert, key }))
    }
}
