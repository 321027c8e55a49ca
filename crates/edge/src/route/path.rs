//! Which place a path names.

use std::borrow::Cow;

use atoll_oci::Repository;

/// A place of the surface. Last components are decoded but not yet parsed, because what is wrong with them depends on the method.
pub(super) enum Place<'a> {
    Ping,
    Catalog,
    Discover,
    Search,
    Management,
    Preferences,
    Cluster,
    Tags(Repository),
    Manifest(Repository, Cow<'a, str>),
    Referrers(Repository, Cow<'a, str>),
    Blob(Repository, Cow<'a, str>),
    Uploads(Repository),
    Upload(Repository, Cow<'a, str>),
    Livez,
    Readyz,
    Startupz,
}

/// Why a path names no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Nothing of this surface looks like it.
    Unknown,
    /// It looks like a place, but what stands for the repository cannot be a name.
    Name,
    /// Its percent-encoding is broken, or hides what is not text.
    Encoding,
}

pub(super) fn place(path: &str) -> Result<Place<'_>, Miss> {
    let Some(rest) = path.strip_prefix("/v2/") else {
        return match path {
            "/livez" => Ok(Place::Livez),
            "/readyz" => Ok(Place::Readyz),
            "/startupz" => Ok(Place::Startupz),
            _ => Err(Miss::Unknown),
        };
    };
    match rest {
        "" => Ok(Place::Ping),
        "_catalog" => Ok(Place::Catalog),
        "_oci/ext/discover" => Ok(Place::Discover),
        "_zot/ext/mgmt" => Ok(Place::Management),
        "_zot/ext/userprefs" => Ok(Place::Preferences),
        "_atoll/cluster" => Ok(Place::Cluster),
        // zot answers below its search, too.
        _ if is_search(rest) => Ok(Place::Search),
        _ => named(rest),
    }
}

fn is_search(rest: &str) -> bool {
    rest.strip_prefix("_zot/ext/search").is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// The places that name a repository; `rest` is the path behind `/v2/`.
fn named(rest: &str) -> Result<Place<'_>, Miss> {
    let (head, last) = rest.rsplit_once('/').ok_or(Miss::Unknown)?;
    let (name, word) = head.rsplit_once('/').ok_or(Miss::Unknown)?;
    match (word, last) {
        ("tags", "list") => Ok(Place::Tags(repository(name)?)),
        ("blobs", "uploads") => Ok(Place::Uploads(repository(name)?)),
        ("uploads", id) => {
            let name = name.strip_suffix("/blobs").ok_or(Miss::Unknown)?;
            if id.is_empty() {
                return Ok(Place::Uploads(repository(name)?));
            }
            Ok(Place::Upload(repository(name)?, decode(id)?))
        }
        (_, "") => Err(Miss::Unknown),
        ("manifests", reference) => Ok(Place::Manifest(repository(name)?, decode(reference)?)),
        ("referrers", digest) => Ok(Place::Referrers(repository(name)?, decode(digest)?)),
        ("blobs", digest) => Ok(Place::Blob(repository(name)?, decode(digest)?)),
        _ => Err(Miss::Unknown),
    }
}

fn repository(encoded: &str) -> Result<Repository, Miss> {
    if !encoded.contains('%') {
        return encoded.parse().map_err(|_malformed| Miss::Name);
    }
    let mut name = String::with_capacity(encoded.len());
    for component in encoded.split('/') {
        let component = decode(component)?;
        if component.contains('/') {
            return Err(Miss::Name);
        }
        if !name.is_empty() {
            name.push('/');
        }
        name.push_str(&component);
    }
    name.parse().map_err(|_malformed| Miss::Name)
}

/// Decodes `%XX` strictly (RFC 3986, section 2.1): two hex digits each, the whole of it UTF-8 without control characters.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, Miss> {
    let decoded = if text.contains('%') {
        Cow::Owned(String::from_utf8(decoded_bytes(text)?).map_err(|_not_text| Miss::Encoding)?)
    } else {
        Cow::Borrowed(text)
    };
    if decoded.bytes().any(|byte| byte.is_ascii_control()) { Err(Miss::Encoding) } else { Ok(decoded) }
}

fn decoded_bytes(text: &str) -> Result<Vec<u8>, Miss> {
    let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Miss::Encoding);
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (high, low) = (hex(bytes.next())?, hex(bytes.next())?);
            decoded.push(u8::try_from(high << 4 | low).map_err(|_too_large| Miss::Encoding)?);
        } else {
            decoded.push(byte);
        }
    }
    Ok(decoded)
}
