//! Lists: the catalog, tags and referrers, a page at a time.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};

use atoll_oci::{Digest, MediaType, Repository};
use atoll_service::{ListCatalog, ListReferrers, ListTags, MAX_PAGE};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::action::{Page, ReferrerPlace};
use crate::answer::Answer;
use crate::conditions::client_has;
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;

#[derive(Serialize)]
struct Tags<'a> {
    name: &'a str,
    tags: Vec<&'a str>,
}

#[derive(Serialize)]
struct Catalog<'a> {
    repositories: Vec<&'a str>,
}

impl Ask<'_> {
    pub(crate) async fn tags(&self, repository: Repository, page: Page) -> Result<Answer, Error> {
        let limit = page.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let request = ListTags { repository: repository.clone(), after: page.last, limit };
        let found = self.shared.services.manifests.tags(self.caller, request).await?;
        let tags = found.tags.iter().map(atoll_oci::Tag::as_str).collect();
        let body = serde_json::to_vec(&Tags { name: repository.as_str(), tags })?;
        let etag = weak_etag(&body);
        let mut answer = Answer::full(names::JSON, body);
        if let Some(last) = found.tags.last().filter(|_| found.more) {
            answer.put(
                header::LINK,
                format!("</v2/{repository}/tags/list?n={limit}&last={last}>; rel=\"next\""),
            );
        }
        if client_has(self.headers, &etag) {
            answer = Answer::new(StatusCode::NOT_MODIFIED);
        }
        answer.put(header::ETAG, etag);
        Ok(answer)
    }

    pub(crate) async fn catalog(&self, page: Page) -> Result<Answer, Error> {
        let limit = page.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let visibility = self.shared.policy.visibility(self.caller);
        let request = ListCatalog { after: page.last, limit, visibility };
        let gathered = self.shared.services.queries.catalog(self.caller, request).await?;
        let missing = gathered.coverage.missing_count();
        let asked = missing + gathered.coverage.answered.len();
        let incomplete = Error::ListIncomplete { missing, asked };
        if missing > 0 && !self.shared.options.partial_catalog {
            return Err(incomplete);
        }
        let found = gathered.answer;
        let repositories = found.repositories.iter().map(Repository::as_str).collect();
        let mut answer = Answer::full(names::JSON, serde_json::to_vec(&Catalog { repositories })?);
        if let Some(last) = found.repositories.last().filter(|_| found.more) {
            answer.put(header::LINK, format!("</v2/_catalog?n={limit}&last={last}>; rel=\"next\""));
        }
        if missing > 0 {
            answer.warn(&incomplete.to_string());
        }
        Ok(answer)
    }

    /// An index of descriptors (distribution-spec, "Listing Referrers"). The descriptors are in JSON already.
    pub(crate) async fn referrers(
        &self,
        (repository, subject): (Repository, Digest),
        artifact_types: Vec<String>,
        place: ReferrerPlace,
    ) -> Result<Answer, Error> {
        let limit = place.limit.unwrap_or(self.shared.options.referrers_page).min(MAX_PAGE);
        let request = ListReferrers {
            repository: repository.clone(),
            subject,
            artifact_types: artifact_types.clone(),
            after: place.after,
            limit,
        };
        let found = self.shared.services.manifests.referrers(self.caller, request).await?;
        let mut body =
            format!("{{\"schemaVersion\":2,\"mediaType\":\"{}\",\"manifests\":[", MediaType::OCI_INDEX)
                .into_bytes();
        body.reserve(found.referrers.iter().map(|referrer| referrer.descriptor.len() + 1).sum());
        for (index, referrer) in found.referrers.iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(&referrer.descriptor);
        }
        body.extend_from_slice(b"]}");
        let mut answer = Answer::full(MediaType::OCI_INDEX, body);
        if !artifact_types.is_empty() {
            answer.set(names::OCI_FILTERS, HeaderValue::from_static("artifactType"));
        }
        if let Some(next) = found.next {
            let filter = artifact_types
                .iter()
                .fold(String::new(), |filter, text| filter + "&artifactType=" + &encoded(text));
            let path = format!("/v2/{repository}/referrers/{subject}");
            answer.put(header::LINK, format!("<{path}?n={limit}&last={next}{filter}>; rel=\"next\""));
        }
        Ok(answer)
    }
}

/// A tag for content that is the same to its readers as long as its bytes are. Another release may hash otherwise: then clients
/// read a list once more than needed.
fn weak_etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// Encodes all but the unreserved characters of RFC 3986, section 2.3.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
