//! Follows the framing of HTTP/1 requests (RFC 9112, sections 2 and 6) on the way to the parser, to learn three things that
//! the parser keeps to itself: whether a head is under way, whether a body is, and whether a head tells its body's length
//! in two ways. Such a request is how one request is smuggled inside another past a proxy: the parser would answer it by
//! the transfer encoding; here it is marked and refused (RFC 9112, section 6.3, allows both).
//!
//! It never decides what a request is: where this reader and the parser might differ, it stops looking.

#[cfg(test)]
mod tests;

use memchr::memchr;

/// The first line of a connection that speaks HTTP/2 (RFC 9113, section 3.4).
const HTTP2_PREFACE_LINE: &[u8] = b"PRI * HTTP/2.0";
const CONTENT_LENGTH: &[u8] = b"content-length";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding";
/// As much of a line is kept over several reads; no line that is looked at is longer.
const MAX_KEPT_BYTES: usize = 256;

#[derive(Debug)]
pub(crate) struct Framing {
    place: Place,
    head: Head,
    /// The beginning of a line whose end has not been read.
    kept: Vec<u8>,
    heads: u64,
    ambiguous: Option<u64>,
    http2: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before or inside a head.
    Head,
    /// Inside a body, so many bytes before its end.
    Length(u64),
    /// Before the size of a chunk.
    ChunkSize,
    /// Inside a chunk, so many bytes before its end.
    Chunk(u64),
    /// Before the line break behind a chunk.
    ChunkEnd,
    /// Inside the trailers.
    Trailers,
    /// No longer looking.
    Lost,
}

#[derive(Debug, Default)]
struct Head {
    begun: bool,
    lengths: u32,
    length: u64,
    encodings: u32,
    chunked: bool,
}

impl Framing {
    pub(crate) fn new() -> Self {
        Self {
            place: Place::Head,
            head: Head::default(),
            kept: Vec::new(),
            heads: 0,
            ambiguous: None,
            http2: false,
        }
    }

    /// For a connection that is known to speak HTTP/2, which frames by itself.
    pub(crate) fn http2() -> Self {
        Self { place: Place::Lost, http2: true, ..Self::new() }
    }

    /// Reads what the client sent next.
    pub(crate) fn observe(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.place {
                Place::Lost => return,
                Place::Length(left) => self.skip(rest, left, Place::Length, Place::Head),
                Place::Chunk(left) => self.skip(rest, left, Place::Chunk, Place::ChunkEnd),
                Place::Head | Place::ChunkSize | Place::ChunkEnd | Place::Trailers => self.line(rest),
            };
        }
    }

    /// Whether a head has begun and not ended.
    pub(crate) fn is_in_head(&self) -> bool {
        self.place == Place::Head && (self.head.begun || !self.kept.is_empty())
    }

    /// Whether the client has nothing to send that belongs to a request it began, as far as known.
    pub(crate) fn is_between_requests(&self) -> bool {
        self.place == Place::Head && !self.is_in_head()
    }

    /// Whether the connection speaks HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        self.http2
    }

    /// The ordinal, from 1, of the request that tells its length in two ways.
    pub(crate) fn ambiguous(&self) -> Option<u64> {
        self.ambiguous
    }

    fn skip<'a>(&mut self, rest: &'a [u8], left: u64, inside: fn(u64) -> Place, after: Place) -> &'a [u8] {
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let left = left.saturating_sub(u64::try_from(take).unwrap_or(u64::MAX));
        self.place = if left == 0 { after } else { inside(left) };
        rest.get(take..).unwrap_or_default()
    }

    fn line<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let end = memchr(b'\n', rest);
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        if end.is_none() || !self.kept.is_empty() {
            let room = MAX_KEPT_BYTES.saturating_sub(self.kept.len());
            self.kept.extend_from_slice(part.get(..room).unwrap_or(part));
        }
        if end.is_some() {
            let kept = std::mem::take(&mut self.kept);
            let line = if kept.is_empty() { part } else { &kept };
            self.place = self.next_place(line.strip_suffix(b"\r").unwrap_or(line));
        }
        after.get(1..).unwrap_or_default()
    }

    fn next_place(&mut self, line: &[u8]) -> Place {
        match self.place {
            Place::Head => self.head_line(line),
            Place::ChunkSize => chunk_size(line),
            Place::ChunkEnd if line.is_empty() => Place::ChunkSize,
            Place::Trailers if line.is_empty() => Place::Head,
            Place::Trailers => Place::Trailers,
            Place::ChunkEnd | Place::Length(_) | Place::Chunk(_) | Place::Lost => Place::Lost,
        }
    }

    fn head_line(&mut self, line: &[u8]) -> Place {
        match (self.head.begun, line.is_empty()) {
            // Empty lines before a request line are to be ignored (RFC 9112, section 2.2).
            (false, true) => Place::Head,
            (true, true) => self.head_end(),
            (false, false) => {
                self.head.begun = true;
                self.http2 = self.heads == 0 && line == HTTP2_PREFACE_LINE;
                if self.http2 { Place::Lost } else { Place::Head }
            }
            (true, false) => self.head.field(line),
        }
    }

    fn head_end(&mut self) -> Place {
        let head = std::mem::take(&mut self.head);
        self.heads += 1;
        if head.lengths > 1 || (head.lengths > 0 && head.encodings > 0) {
            self.ambiguous = Some(self.heads);
            return Place::Lost;
        }
        match head {
            Head { encodings: 1.., chunked: true, .. } => Place::ChunkSize,
            Head { encodings: 1.., .. } => Place::Lost,
            Head { length: 0, .. } => Place::Head,
            Head { length, .. } => Place::Length(length),
        }
    }
}

impl Head {
    fn field(&mut self, line: &[u8]) -> Place {
        if let Some(value) = value_of(line, CONTENT_LENGTH) {
            self.lengths += 1;
            // A length that is no number is the parser's to refuse.
            let Some(length) = number(value, 10).filter(|(_, rest)| rest.is_empty()) else {
                return Place::Lost;
            };
            self.length = length.0;
        } else if let Some(value) = value_of(line, TRANSFER_ENCODING) {
            self.encodings += 1;
            self.chunked = value.eq_ignore_ascii_case(b"chunked");
        }
        Place::Head
    }
}

/// The trimmed value of the field `line` if it has this name.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn chunk_size(line: &[u8]) -> Place {
    match number(line, 16) {
        None => Place::Lost,
        Some((0, _)) => Place::Trailers,
        Some((size, _)) => Place::Chunk(size),
    }
}

/// The number that `text` begins with, and what follows it.
fn number(text: &[u8], radix: u32) -> Option<(u64, &[u8])> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix);
    let length = text.iter().take_while(|byte| digit(byte).is_some()).count();
    let (digits, rest) = text.split_at(length);
    let mut number: u64 = 0;
    for byte in digits {
        number = number.checked_mul(u64::from(radix))?.checked_add(u64::from(digit(byte)?))?;
    }
    (length > 0).then_some((number, rest))
}
