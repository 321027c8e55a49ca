//! From method, path and query to one [`Action`]: everything about a request that can be told without its headers.
//!
//! Names hold slashes, so the words that end a path (`tags/list`, `manifests/X`, …) are looked for from its right end. The path is
//! split while it is still encoded; an encoded slash therefore never separates anything.

mod extensions;
pub(crate) mod path;
pub(crate) mod query;

use atoll_oci::{Digest, Reference, Repository, Tag};
use atoll_placement::UploadId;
use atoll_service::{BlobAddress, GetManifest, UploadAddress};
use http::Method;

use crate::action::{Action, Methods, Mounting, Page, ReferrerPlace, StartUpload};
use crate::error::Error;
use path::{Miss, Place};
use query::Query;

/// Most `tag` parameters of one push; zot's limit (distribution-spec: at least 10).
pub(crate) const MAX_TAG_PARAMETERS: usize = 46;

pub(crate) const LIST: Methods = Methods { allow: "GET, HEAD, OPTIONS", cors: Some("GET,OPTIONS") };
pub(crate) const MANIFEST: Methods =
    Methods { allow: "GET, HEAD, PUT, DELETE, OPTIONS", cors: Some("HEAD,GET,DELETE,OPTIONS") };
pub(crate) const SEARCH: Methods = Methods { allow: "GET, POST, OPTIONS", cors: Some("GET,POST,OPTIONS") };
pub(crate) const PREFERENCES: Methods = Methods { allow: "PUT, OPTIONS", cors: Some("PUT,OPTIONS") };
const BLOB: Methods = Methods { allow: "GET, HEAD, DELETE, OPTIONS", cors: None };
const UPLOADS: Methods = Methods { allow: "POST, OPTIONS", cors: None };
const UPLOAD: Methods = Methods { allow: "GET, HEAD, PATCH, PUT, DELETE, OPTIONS", cors: None };
const SERVER: Methods = Methods { allow: "GET, HEAD, OPTIONS", cors: None };

/// The request line of a request.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as it was sent, still encoded.
    pub path: &'a str,
    /// The query as it was sent, without the question mark.
    pub query: Option<&'a str>,
}

/// What is there beside the distribution API.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offered<'a> {
    /// The path of the metrics page, if there is one.
    pub metrics: Option<&'a str>,
    /// The search, and with it the management page.
    pub search: bool,
    /// Stars and bookmarks.
    pub preferences: bool,
    /// The report on the cluster.
    pub cluster: bool,
}

/// Parses a request line. `PathUnknown` for whatever is not of this surface or not offered, so that a caller may look for it
/// elsewhere.
pub fn route(target: Target<'_>, offered: Offered<'_>) -> Result<Action, Error> {
    if offered.metrics == Some(target.path) {
        return server(target.method, Action::Metrics);
    }
    let place = path::place(target.path).map_err(|miss| missed(miss, target.method))?;
    if let Some(routed) = extensions::route(&place, target, offered) {
        return routed;
    }
    let query = Query::parse(target.query)?;
    match place {
        Place::Ping => list(target.method, || Ok(Action::Ping)),
        Place::Discover => list(target.method, || Ok(Action::Discover)),
        Place::Catalog => list(target.method, || Ok(Action::Catalog(catalog_page(&query)))),
        Place::Tags(repository) => {
            list(target.method, || Ok(Action::Tags { repository, page: tag_page(&query)? }))
        }
        Place::Referrers(repository, subject) => {
            list(target.method, || referrers(repository, &subject, &query))
        }
        Place::Manifest(repository, reference) => manifest(target.method, repository, &reference, &query),
        Place::Blob(repository, digest) => blob(target.method, repository, &digest, &query),
        Place::Uploads(repository) => match *target.method {
            Method::POST => start_upload(repository, &query),
            _ => other(target.method, UPLOADS),
        },
        Place::Upload(repository, id) => upload(target.method, repository, &id, &query),
        Place::Livez => server(target.method, Action::Livez),
        Place::Readyz => server(target.method, Action::Readyz),
        Place::Startupz => server(target.method, Action::Startupz),
        Place::Search | Place::Management | Place::Preferences | Place::Cluster => Err(Error::PathUnknown),
    }
}

/// zot's answers to a malformed name: to a reader the path is not there, to a writer the method is not.
fn missed(miss: Miss, method: &Method) -> Error {
    match miss {
        Miss::Name if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) => {
            Error::MethodNotAllowed { allow: SERVER.allow }
        }
        Miss::Name | Miss::Unknown => Error::PathUnknown,
        Miss::Encoding => Error::Encoding { part: "path" },
    }
}

fn other(method: &Method, methods: Methods) -> Result<Action, Error> {
    match *method {
        Method::OPTIONS => Ok(Action::Options(methods)),
        _ => Err(Error::MethodNotAllowed { allow: methods.allow }),
    }
}

fn list(method: &Method, action: impl FnOnce() -> Result<Action, Error>) -> Result<Action, Error> {
    match *method {
        Method::GET | Method::HEAD => action(),
        _ => other(method, LIST),
    }
}

fn server(method: &Method, action: Action) -> Result<Action, Error> {
    match *method {
        Method::GET | Method::HEAD => Ok(action),
        _ => other(method, SERVER),
    }
}

/// As zot reads it: what is not a number asks for everything.
fn catalog_page(query: &Query<'_>) -> Page {
    Page { limit: query.first("n").and_then(parse_limit), last: last(query) }
}

/// As zot reads it: what is not one number is refused.
fn tag_page(query: &Query<'_>) -> Result<Page, Error> {
    let mut limits = query.all("n");
    let limit = match (limits.next(), limits.next()) {
        (None, _) => None,
        (Some(text), None) => Some(parse_limit(text).ok_or(Error::PageInvalid)?),
        (Some(_), Some(_)) => return Err(Error::PageInvalid),
    };
    Ok(Page { limit, last: last(query) })
}

fn last(query: &Query<'_>) -> Option<String> {
    query.first("last").filter(|text| !text.is_empty()).map(str::to_owned)
}

fn parse_limit(text: &str) -> Option<usize> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse::<u64>().ok()).flatten().map(|limit| limit.try_into().unwrap_or(usize::MAX))
}

fn referrers(repository: Repository, subject: &str, query: &Query<'_>) -> Result<Action, Error> {
    let subject = parse_digest(subject)?;
    let place = ReferrerPlace {
        limit: query.first("n").and_then(parse_limit),
        after: query.first("last").and_then(|text| text.parse().ok()),
    };
    let artifact_types = query.all("artifactType").map(str::to_owned).collect();
    Ok(Action::Referrers { repository, subject, artifact_types, place })
}

fn manifest(method: &Method, repository: Repository, text: &str, query: &Query<'_>) -> Result<Action, Error> {
    // What cannot be a reference names no manifest: readers are told that it is unknown, as zot tells them.
    let named = || {
        text.parse::<Reference>().map_err(|_malformed| Error::ManifestUnknown { reference: text.to_owned() })
    };
    let upstream = || query.first("ns").filter(|ns| !ns.is_empty()).map(str::to_owned);
    match *method {
        Method::GET => named().map(|reference| {
            Action::GetManifest(GetManifest { repository, reference, upstream: upstream() })
        }),
        Method::HEAD => named().map(|reference| {
            Action::HeadManifest(GetManifest { repository, reference, upstream: upstream() })
        }),
        Method::DELETE => named().map(|reference| Action::DeleteManifest { repository, reference }),
        Method::PUT => {
            let reference = text
                .parse::<Reference>()
                .map_err(|source| Error::ReferenceInvalid { reference: text.to_owned(), source })?;
            let tags = tag_parameters(&reference, query)?;
            Ok(Action::PutManifest { repository, reference, tags })
        }
        _ => other(method, MANIFEST),
    }
}

/// The `tag` parameters of a push (distribution-spec, "Pushing manifests", end-7b).
fn tag_parameters(reference: &Reference, query: &Query<'_>) -> Result<Vec<Tag>, Error> {
    let mut tags = Vec::new();
    for (index, text) in query.all("tag").enumerate() {
        if matches!(reference, Reference::Tag(_)) {
            return Err(Error::TagsBesideTag);
        }
        if index >= MAX_TAG_PARAMETERS {
            return Err(Error::TagsTooMany);
        }
        if text.is_empty() {
            return Err(Error::TagEmpty);
        }
        let tag: Tag = text.parse().map_err(|source| Error::TagInvalid { source })?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

fn parse_digest(text: &str) -> Result<Digest, Error> {
    text.parse().map_err(|source| Error::DigestInvalid { digest: text.to_owned(), source })
}

fn blob(method: &Method, repository: Repository, digest: &str, query: &Query<'_>) -> Result<Action, Error> {
    if !matches!(*method, Method::GET | Method::HEAD | Method::DELETE) {
        return other(method, BLOB);
    }
    let address = BlobAddress { repository, digest: parse_digest(digest)? };
    let upstream = query.first("ns").filter(|ns| !ns.is_empty()).map(str::to_owned);
    Ok(match *method {
        Method::HEAD => Action::HeadBlob { address, upstream },
        Method::DELETE => Action::DeleteBlob(address),
        _ => Action::GetBlob { address, upstream },
    })
}

fn start_upload(repository: Repository, query: &Query<'_>) -> Result<Action, Error> {
    let digest = query.first("digest").map(parse_digest).transpose()?;
    let algorithm = query.first("digest-algorithm");
    let algorithm = algorithm
        .map(|text| text.parse().map_err(|source| Error::DigestInvalid { digest: text.to_owned(), source }))
        .transpose()?;
    let mount = query.first("mount").map(parse_digest).transpose()?;
    // A name that cannot exist holds no blob: then there is nothing to mount, and an upload begins.
    let mount = match (mount, query.first("from").filter(|from| !from.is_empty()).map(str::parse)) {
        (Some(digest), None) => Some(Mounting { digest, from: None }),
        (Some(digest), Some(Ok(from))) => Some(Mounting { digest, from: Some(from) }),
        (Some(_), Some(Err(_))) | (None, _) => None,
    };
    Ok(Action::StartUpload(StartUpload { repository, digest, mount, algorithm }))
}

fn upload(method: &Method, repository: Repository, id: &str, query: &Query<'_>) -> Result<Action, Error> {
    // An id that was never issued is as good as one that has expired.
    let address = || {
        let id = id.parse::<UploadId>().map_err(|_not_ours| Error::UploadUnknown { id: id.to_owned() })?;
        Ok(UploadAddress { repository, id })
    };
    match *method {
        Method::GET | Method::HEAD => address().map(Action::UploadStatus),
        Method::PATCH => address().map(Action::PatchUpload),
        Method::DELETE => address().map(Action::CancelUpload),
        Method::PUT => {
            let digest = parse_digest(query.first("digest").ok_or(Error::DigestMissing)?)?;
            Ok(Action::FinishUpload { address: address()?, digest })
        }
        _ => other(method, UPLOAD),
    }
}

#[cfg(test)]
mod tests;
