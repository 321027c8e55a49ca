//! Request lines.

use std::fmt::Write as _;
use std::str;

use atoll_edge::{Action, Error, Offered, Page, Target, route};
use atoll_service::{GetManifest, Mark};
use http::Method;

use crate::reference::is_repository;

/// A surface with everything that there can be.
const ALL: Offered<'_> =
    Offered { metrics: Some("/metrics"), search: true, preferences: true, cluster: true };

const METHODS: [Method; 8] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

/// The input is a path, a question mark and a query, as they stand in a request line. Under every method it is refused with a
/// reason or becomes an action whose names follow the grammar, and which is found again under the address that it is written to.
pub fn path(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
    for method in &METHODS {
        match route(Target { method, path, query }, ALL) {
            Ok(action) => sound(&action, method, text),
            Err(error) => refused(&error, method),
        }
    }
}

fn refused(error: &Error, method: &Method) {
    assert!(!error.to_string().is_empty(), "an error says what is wrong");
    assert_ne!(error.code(), atoll_service::Code::Internal, "no text is a fault of ours");
    if let Error::MethodNotAllowed { allow } = error {
        assert!(!lists(allow, method), "{method} is refused where {allow} are allowed");
    }
}

fn sound(action: &Action, method: &Method, text: &str) {
    if let Some(repository) = action.repository() {
        assert!(is_repository(repository.as_str()), "{text:?} names the repository {repository}");
    }
    if let Action::Options(methods) = action {
        assert_eq!(method, Method::OPTIONS);
        assert!(lists(methods.allow, method));
        return;
    }
    assert_ne!(method, Method::OPTIONS, "{text:?} asks what is allowed");
    let written = address(action);
    let (path, query) =
        written.split_once('?').map_or((&*written, None), |(path, query)| (path, Some(query)));
    let again = route(Target { method, path, query }, ALL);
    assert_eq!(again.ok().as_ref(), Some(action), "{text:?} was written as {written:?}");
}

fn lists(allow: &str, method: &Method) -> bool {
    allow.split(", ").any(|allowed| allowed == method.as_str())
}

/// The plainest address of an action.
fn address(action: &Action) -> String {
    let mut line = Line::default();
    match action {
        Action::Ping => line.path("/v2/"),
        Action::Catalog(page) => line.path("/v2/_catalog").page(page),
        Action::Discover => line.path("/v2/_oci/ext/discover"),
        Action::Tags { repository, page } => line.path(&format!("/v2/{repository}/tags/list")).page(page),
        Action::GetManifest(GetManifest { repository, reference, upstream })
        | Action::HeadManifest(GetManifest { repository, reference, upstream }) => {
            line.path(&format!("/v2/{repository}/manifests/{reference}")).each("ns", upstream.as_ref())
        }
        Action::DeleteManifest { repository, reference } => {
            line.path(&format!("/v2/{repository}/manifests/{reference}"))
        }
        Action::PutManifest { repository, reference, tags } => {
            line.path(&format!("/v2/{repository}/manifests/{reference}")).each("tag", tags)
        }
        Action::Referrers { repository, subject, artifact_types, place } => line
            .path(&format!("/v2/{repository}/referrers/{subject}"))
            .each("artifactType", artifact_types)
            .each("n", place.limit.as_ref())
            .each("last", place.after.as_ref()),
        Action::HeadBlob { address, upstream } | Action::GetBlob { address, upstream } => line
            .path(&format!("/v2/{}/blobs/{}", address.repository, address.digest))
            .each("ns", upstream.as_ref()),
        Action::DeleteBlob(address) => {
            line.path(&format!("/v2/{}/blobs/{}", address.repository, address.digest))
        }
        Action::StartUpload(start) => line
            .path(&format!("/v2/{}/blobs/uploads/", start.repository))
            .each("digest", start.digest.as_ref())
            .each("digest-algorithm", start.algorithm.as_ref())
            .each("mount", start.mount.as_ref().map(|mount| &mount.digest))
            .each("from", start.mount.as_ref().and_then(|mount| mount.from.as_ref())),
        Action::UploadStatus(address) | Action::PatchUpload(address) | Action::CancelUpload(address) => {
            line.path(&format!("/v2/{}/blobs/uploads/{}", address.repository, address.id))
        }
        Action::FinishUpload { address, digest } => line
            .path(&format!("/v2/{}/blobs/uploads/{}", address.repository, address.id))
            .each("digest", Some(digest)),
        Action::Livez => line.path("/livez"),
        Action::Readyz => line.path("/readyz"),
        Action::Startupz => line.path("/startupz"),
        Action::Metrics => line.path("/metrics"),
        Action::Search { query, .. } => {
            let query = query.as_ref().map(|query| format!("?{query}"));
            line.path("/v2/_zot/ext/search").path(&query.unwrap_or_default())
        }
        Action::Management => line.path("/v2/_zot/ext/mgmt"),
        Action::ToggleMark { mark, repository } => line
            .path("/v2/_zot/ext/userprefs")
            .each("action", Some(&toggle(*mark)))
            .each("repo", Some(repository)),
        Action::Cluster => line.path("/v2/_atoll/cluster"),
        Action::Options(_) => &mut line,
    };
    line.0
}

fn toggle(mark: Mark) -> &'static str {
    match mark {
        Mark::Star => "toggleStar",
        Mark::Bookmark => "toggleBookmark",
    }
}

/// An address under construction.
#[derive(Default)]
struct Line(String);

impl Line {
    fn path(&mut self, path: &str) -> &mut Self {
        self.0.push_str(path);
        self
    }

    fn page(&mut self, page: &Page) -> &mut Self {
        self.each("n", page.limit.as_ref()).each("last", page.last.as_ref())
    }

    /// One parameter for each value.
    fn each<'a, Value: ToString + 'a>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = &'a Value>,
    ) -> &mut Self {
        for value in values {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.push_str(name);
            self.0.push('=');
            for byte in value.to_string().bytes() {
                // A String takes whatever is written to it.
                let _infallible = write!(self.0, "%{byte:02x}");
            }
        }
        self
    }
}
