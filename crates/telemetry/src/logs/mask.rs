//! Headers without their secrets.

use std::fmt;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, HeaderName, PROXY_AUTHORIZATION, SET_COOKIE};
use serde_json::{Map, Value};

/// What stands in for a secret; zot writes the same.
pub const MASK: &str = "******";

/// Headers that always carry secrets.
const SECRET: [HeaderName; 4] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE];
/// A header whose name holds one of these words is taken for a secret: people invent `X-Auth-Token` and its cousins daily.
const SECRET_WORDS: [&str; 9] =
    ["token", "secret", "password", "credential", "api-key", "apikey", "signature", "session", "auth"];

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

fn is_secret(name: &HeaderName) -> bool {
    // A challenge tells how to authenticate and holds no secret; it is what one needs to see when a login fails.
    let challenge = name == http::header::WWW_AUTHENTICATE || name == http::header::PROXY_AUTHENTICATE;
    !challenge && (SECRET.contains(name) || SECRET_WORDS.iter().any(|word| name.as_str().contains(word)))
}
