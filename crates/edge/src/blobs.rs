//! Blobs: their facts, their content in whole or in ranges, their removal.

use atoll_oci::{ByteRange, MediaType, RangeRequest};
use atoll_service::{BlobAddress, BlobRead, BlobStat, Body, ReadBlob};
use http::{HeaderValue, StatusCode, header};

use crate::answer::{Answer, Content, etag};
use crate::conditions::{is_conditional, range_applies};
use crate::edge::Ask;
use crate::error::Error;
use crate::parts::{Frame, multipart};

impl Ask<'_> {
    pub(crate) async fn head_blob(&self, address: BlobAddress) -> Result<Answer, Error> {
        let digest = address.digest;
        let stat = self.shared.services.blobs.stat(self.caller, address).await?;
        if let Some(answer) = self.unchanged(&digest)? {
            return Ok(answer);
        }
        let mut answer = described(&stat);
        answer.set(header::CONTENT_LENGTH, stat.size.into());
        Ok(answer)
    }

    pub(crate) async fn get_blob(&self, address: BlobAddress) -> Result<Answer, Error> {
        let blobs = &self.shared.services.blobs;
        if is_conditional(self.headers) {
            blobs.stat(self.caller, address.clone()).await?;
            if let Some(answer) = self.unchanged(&address.digest)? {
                return Ok(answer);
            }
        }
        let Ok(range) = self.asked_range(&address) else {
            let size = blobs.stat(self.caller, address).await?.size;
            return Err(Error::RangeUnsatisfiable { size });
        };
        match blobs.read(self.caller, ReadBlob { address, range }).await? {
            BlobRead::Stream { stat, ranges, body } => Ok(self.sent(&stat, &ranges, body)),
            BlobRead::Redirect { url } => {
                let mut answer = Answer::new(StatusCode::TEMPORARY_REDIRECT);
                answer.put(header::LOCATION, url);
                Ok(answer)
            }
        }
    }

    /// The ranges asked for, if any are.
    fn asked_range(&self, address: &BlobAddress) -> Result<Option<RangeRequest>, Unreadable> {
        let asked = self.headers.get(header::RANGE);
        let Some(asked) = asked.filter(|_| range_applies(self.headers, &etag(&address.digest))) else {
            return Ok(None);
        };
        asked.to_str().ok().and_then(RangeRequest::parse).map(Some).ok_or(Unreadable)
    }

    fn sent(&self, stat: &BlobStat, ranges: &[ByteRange], body: Body) -> Answer {
        let mut answer = described(stat);
        match ranges {
            [] => answer.content = Content::Stream(body, stat.size),
            [range] => {
                answer.status = StatusCode::PARTIAL_CONTENT;
                let ByteRange { first, last } = range;
                answer.put(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", stat.size));
                answer.content = Content::Stream(body, range.length_bytes());
            }
            several => {
                let identifier = &self.shared.identifier;
                let boundary = format!("{}{}", identifier.fresh(), identifier.fresh());
                let media_type = stat.media_type.as_deref().filter(|text| is_header_text(text));
                let media_type = media_type.unwrap_or(MediaType::OCTET_STREAM);
                let frame = Frame { boundary: &boundary, media_type, size: stat.size };
                let (body, length) = multipart(&frame, several, body);
                answer.status = StatusCode::PARTIAL_CONTENT;
                answer.put(header::CONTENT_TYPE, format!("multipart/byteranges; boundary={boundary}"));
                answer.content = Content::Stream(body, length);
            }
        }
        answer
    }

    pub(crate) async fn delete_blob(&self, address: BlobAddress) -> Result<Answer, Error> {
        let grant = self.shared.policy.grant(self.caller, &address.repository, None);
        if is_conditional(self.headers) {
            self.shared.services.blobs.stat(self.caller, address.clone()).await?;
            self.admit_change(Some(&address.digest))?;
        }
        self.shared.services.blobs.unlink(self.caller, address, grant).await?;
        Ok(Answer::new(StatusCode::ACCEPTED))
    }
}

/// A header `Range` that means nothing.
struct Unreadable;

fn described(stat: &BlobStat) -> Answer {
    let mut answer = Answer::new(StatusCode::OK);
    answer.put_digest(&stat.digest);
    answer.set(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.set(header::CONTENT_TYPE, HeaderValue::from_static(MediaType::OCTET_STREAM));
    if let Some(media_type) = stat.media_type.as_deref().filter(|text| is_header_text(text)) {
        answer.put(header::CONTENT_TYPE, media_type.to_owned());
    }
    // Whoever pushes chooses the media type; a page or a script among blobs must not run in the origin of the registry's own pages.
    answer.set(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    answer
}

/// Media types come out of manifests, where any text may stand.
fn is_header_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}
