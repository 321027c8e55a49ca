//! Keys of the HTTP surface.

use super::{Key, SOME, Verdict, key, refused};
use crate::kind::Kind::{Address, Choice, Choices, Path, Port, Stanza, Stanzas, Text, Timeout, Url};

/// Formats beside the OCI image specification that can be let in.
pub(crate) const COMPAT: &[&str] = &["docker2s2", "sparse"];
/// The verbs that a rate can be set for.
pub(crate) const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

pub(super) const KEYS: &[Key] = &[
    key("http", Stanza, "The address, its encryption and its limits."),
    key("http.address", Address, "Interface to listen on.").or("127.0.0.1"),
    key("http.port", Port, "Port to listen on; 0 takes any free one.").or("8080"),
    key("http.externalURL", Url, "The address by which clients reach this registry; needed for logins by OpenID alone.")
        .verdict(Verdict::Accepted),
    key("http.allowOrigin", Text, "Value of Access-Control-Allow-Origin; * when not given."),
    key("http.realm", Text, "Realm named in authentication challenges.").or("Authorization Required"),
    key("http.readTimeout", Timeout, "How long a request may stand still before it is cut; a moving one is never cut.")
        .or("60s"),
    key("http.writeTimeout", Timeout, "How long an answer may stand still before it is cut; a moving one is never cut.")
        .or("60s"),
    key("http.compat", Choices(COMPAT), "Formats let in beside OCI: Docker schema 2, and manifests with parts missing.")
        .or(""),
    key("http.tls", Stanza, "Encryption; the server speaks plain HTTP when the stanza is not there."),
    key("http.tls.cert", Path, "PEM file with the certificate chain; read again when it changes."),
    key("http.tls.key", Path, "PEM file with the certificate's private key; read again when it changes."),
    key("http.tls.cacert", Path, "PEM file with the authorities that may sign client certificates.").verdict(refused(
        "client certificates are not checked yet, so everybody would get in without one: remove the key only if that \
         is what you want",
    )),
    key("http.ratelimit", Stanza, "How many requests are answered; more get status 429 and Retry-After."),
    key("http.ratelimit.rate", SOME, "Requests per second, all methods together.").live(),
    key("http.ratelimit.methods", Stanzas, "Rates of single methods, beside the common one.").live(),
    key("http.ratelimit.methods[].method", Choice(METHODS), "The method.").live(),
    key("http.ratelimit.methods[].rate", SOME, "Requests per second with this method.").live(),
];
