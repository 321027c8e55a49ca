//! An answer before it is handed to the connection.

use atoll_net as net;
use atoll_oci::Digest;
use atoll_service::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::header as names;

/// Headers that an ordinary answer has, so that the map is allocated once.
const USUAL_HEADERS: usize = 12;

/// Status, headers and content of one answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// What an answer carries.
pub(crate) enum Content {
    /// Nothing.
    Empty,
    /// Bytes in memory.
    Full(Bytes),
    /// Bytes as they come, so many.
    Stream(Body, u64),
    /// Whatever an extension has made.
    Foreign(net::Body),
}

impl Answer {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::with_capacity(USUAL_HEADERS), content: Content::Empty }
    }

    pub(crate) fn full(media_type: &'static str, content: impl Into<Bytes>) -> Self {
        let mut answer = Self::new(StatusCode::OK);
        answer.set(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        answer.content = Content::Full(content.into());
        answer
    }

    pub(crate) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// Sets a header to a text that is made of parsed nouns and numbers; what could not stand in a header is left out.
    pub(crate) fn put(&mut self, name: HeaderName, text: impl Into<Bytes>) {
        if let Ok(value) = HeaderValue::from_maybe_shared(text.into()) {
            self.headers.insert(name, value);
        }
    }

    /// The digest and the entity tag made of it.
    pub(crate) fn put_digest(&mut self, digest: &Digest) {
        let quoted = Bytes::from(etag(digest));
        let bare = quoted.slice(1..quoted.len() - 1);
        self.put(names::CONTENT_DIGEST, bare);
        self.put(header::ETAG, quoted);
    }

    /// Notes something the client should show to its user (distribution-spec, "Warnings").
    pub(crate) fn warn(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        self.put(header::WARNING, format!("299 - \"{text}\""));
    }

    /// Bytes of the content, where they are known.
    pub(crate) fn length_bytes(&self) -> Option<u64> {
        match &self.content {
            Content::Empty => Some(0),
            Content::Full(bytes) => Some(length_of(bytes)),
            Content::Stream(_, length) => Some(*length),
            Content::Foreign(body) => body.exact_bytes(),
        }
    }

    /// The same answer to `HEAD`: its length, but not its content (RFC 9110, section 9.3.2).
    pub(crate) fn without_content(&mut self) {
        if matches!(self.content, Content::Empty) {
            return;
        }
        if let Some(length) = self.length_bytes() {
            self.set(header::CONTENT_LENGTH, length.into());
        }
        self.content = Content::Empty;
    }
}

/// The entity tag of content: its digest in quotes.
pub(crate) fn etag(digest: &Digest) -> String {
    let mut text = String::with_capacity(digest.written_bytes() + 2);
    text.push('"');
    digest.push_to(&mut text);
    text.push('"');
    text
}

pub(crate) fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
