//! The web interface: files at the root of the server, where nothing else is.

use atoll_ui::Assets;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::action::Methods;
use crate::answer::Answer;
use crate::conditions::client_has;
use crate::edge::Shared;
use crate::error::Error;
use crate::operations;
use crate::route::Target;
use crate::route::path::decode;

/// The methods of a page.
const PAGE: Methods = Methods { allow: "GET, HEAD, OPTIONS", cors: None };
/// First components that never lead to a page, whatever a folder of pages holds.
const RESERVED: &[&str] = &["v2", "zot", "livez", "readyz", "startupz", "metrics"];
/// Our own pages load nothing from elsewhere, run nothing that is written into them and send nothing anywhere else.
const STRICT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
/// What zot allows the pages that it serves; those of others are written for that.
const LENIENT_POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; base-uri 'self'; frame-ancestors 'none'";
/// For files whose names change with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For files that a client may keep if it asks each time whether they are still right.
const ASK_AGAIN: &str = "no-cache";

impl Shared {
    /// A file of the web interface, if there is one and it has it. As with zot, where there are pages, everything outside the API
    /// may be read and nothing else.
    pub(crate) fn page(&self, target: &Target<'_>, headers: &HeaderMap) -> Result<Answer, Error> {
        let assets = self.pages.as_deref().filter(|_| !is_api(target.path)).ok_or(Error::PathUnknown)?;
        match *target.method {
            Method::GET | Method::HEAD => get(assets, target.path, headers),
            Method::OPTIONS => Ok(operations::options(PAGE)),
            _ => Err(Error::MethodNotAllowed { allow: PAGE.allow }),
        }
    }
}

fn get(assets: &Assets, path: &str, headers: &HeaderMap) -> Result<Answer, Error> {
    let path = decode(path).map_err(|_broken| Error::PathUnknown)?;
    let file = assets.find(&path).filter(|_| !is_reserved(&path)).ok_or(Error::PathUnknown)?;
    let mut answer = if client_has(headers, &file.tag) {
        Answer::new(StatusCode::NOT_MODIFIED)
    } else {
        Answer::full(file.media_type, file.content.clone())
    };
    put_page_headers(&mut answer, assets.are_own());
    answer.put(header::ETAG, file.tag.clone());
    let caching = if file.is_immutable { FOR_EVER } else { ASK_AGAIN };
    answer.set(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(answer)
}

/// The headers of zot's pages (`X-Content-Type-Options` every answer has).
fn put_page_headers(answer: &mut Answer, is_own: bool) {
    let policy = if is_own { STRICT_POLICY } else { LENIENT_POLICY };
    let same_origin = "same-origin";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, same_origin),
        (HeaderName::from_static("cross-origin-resource-policy"), same_origin),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-opener-policy"), same_origin),
        (
            HeaderName::from_static("permissions-policy"),
            "microphone=(), geolocation=(), camera=(), autoplay=(), gyroscope=(), payment=()",
        ),
    ] {
        answer.set(name, HeaderValue::from_static(value));
    }
}

fn is_reserved(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    RESERVED.contains(&first)
}

fn is_api(path: &str) -> bool {
    path == "/v2" || path.starts_with("/v2/")
}
