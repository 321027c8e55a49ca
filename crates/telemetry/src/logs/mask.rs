//! Headers and queries without their secrets.

use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};
use serde_json::{Map, Value};

/// What stands in for a secret; zot writes the same.
pub const MASK: &str = "******";

/// Headers that always carry secrets.
const SECRET: [HeaderName; 4] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE];
/// A header or parameter whose name holds one of these words is taken for a secret: people invent `X-Auth-Token` and its cousins
/// daily.
const SECRET_WORDS: [&str; 11] = [
    "token",
    "secret",
    "password",
    "passwd",
    "credential",
    "api-key",
    "api_key",
    "apikey",
    "signature",
    "session",
    "auth",
];

/// Headers ready for the log; displayed as a JSON object of lists.
#[derive(Debug, Clone, Copy)]
pub struct MaskedHeaders<'a>(&'a HeaderMap);

/// The headers with every value that may be a secret replaced by [`MASK`].
pub fn masked_headers(headers: &HeaderMap) -> MaskedHeaders<'_> {
    MaskedHeaders(headers)
}

impl fmt::Display for MaskedHeaders<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Map::new();
        for name in self.0.keys() {
            let secret = is_secret(name);
            let shown = |value: &http::HeaderValue| {
                if secret {
                    Value::from(MASK)
                } else {
                    Value::from(String::from_utf8_lossy(value.as_bytes()))
                }
            };
            all.insert(name.to_string(), self.0.get_all(name).iter().map(shown).collect());
        }
        write!(formatter, "{}", Value::from(all))
    }
}

/// The path and query of a request with the value of every parameter that may be a secret replaced by [`MASK`].
pub fn masked_target(target: &str) -> Cow<'_, str> {
    let Some((path, query)) = target.split_once('?') else { return Cow::Borrowed(target) };
    if !query.split('&').any(|parameter| secret_name(parameter).is_some()) {
        return Cow::Borrowed(target);
    }
    let mut masked = format!("{path}?");
    for (index, parameter) in query.split('&').enumerate() {
        if index > 0 {
            masked.push('&');
        }
        match secret_name(parameter) {
            Some(name) => masked.extend([name, "=", MASK]),
            None => masked.push_str(parameter),
        }
    }
    Cow::Owned(masked)
}

/// The name of a parameter whose value may be a secret. A name in disguise is taken for one.
fn secret_name(parameter: &str) -> Option<&str> {
    let (name, _) = parameter.split_once('=')?;
    let lower = name.to_ascii_lowercase();
    (name.contains('%') || SECRET_WORDS.iter().any(|word| lower.contains(word))).then_some(name)
}

fn is_secret(name: &HeaderName) -> bool {
    // A challenge tells how to authenticate and holds no secret; it is what one needs to see when a login fails.
    let challenge = name == http::header::WWW_AUTHENTICATE || name == http::header::PROXY_AUTHENTICATE;
    !challenge && (SECRET.contains(name) || SECRET_WORDS.iter().any(|word| name.as_str().contains(word)))
}
