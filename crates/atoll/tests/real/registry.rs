//! A running server and the requests that tests send most.

use std::path::Path;

use atoll_testkit::Server;
use atoll_testkit::wire::{Request, Response};
use serde_json::{Value, json};

use crate::content::{CONFIG, IMAGE, LAYER, image, part_of, sha256};

/// The program under test.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_atoll"))
}

/// A server of its own for one test.
pub(crate) struct Registry {
    pub(crate) server: Server,
}

/// An image that was pushed.
pub(crate) struct Image {
    pub(crate) digest: String,
    pub(crate) manifest: String,
    pub(crate) layer: String,
}

impl Registry {
    pub(crate) fn start() -> Self {
        Self::start_with(json!({}))
    }

    pub(crate) fn start_with(settings: Value) -> Self {
        Self { server: Server::start_with(program(), settings) }
    }

    pub(crate) fn ask(&self, request: &Request) -> Response {
        self.server.ask(request)
    }

    pub(crate) fn get(&self, target: &str) -> Response {
        self.ask(&Request::new("GET", target))
    }

    pub(crate) fn head(&self, target: &str) -> Response {
        self.ask(&Request::new("HEAD", target))
    }

    pub(crate) fn delete(&self, target: &str) -> Response {
        self.ask(&Request::new("DELETE", target))
    }

    /// Begins an upload and gives its place.
    pub(crate) fn begin(&self, repository: &str) -> String {
        let answer = self.ask(&Request::new("POST", format!("/v2/{repository}/blobs/uploads/")));
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.location()
    }

    /// Pushes a blob in two requests and gives its digest.
    pub(crate) fn push_blob(&self, repository: &str, content: impl AsRef<[u8]>) -> String {
        let digest = sha256(&content);
        let answer = self.finish(&self.begin(repository), &digest, content.as_ref());
        assert_eq!(answer.status, 201, "{}", answer.text());
        digest
    }

    /// Ends an upload with the rest of its content.
    pub(crate) fn finish(&self, location: &str, digest: &str, rest: &[u8]) -> Response {
        self.ask(&Request::new("PUT", format!("{location}?digest={digest}")).content(rest))
    }

    /// Adds a chunk at its place.
    pub(crate) fn patch(&self, location: &str, first: usize, content: &[u8]) -> Response {
        let range = format!("{first}-{}", first + content.len() - 1);
        self.ask(&Request::new("PATCH", location).field("Content-Range", range).content(content))
    }

    /// Pushes a manifest.
    pub(crate) fn put(&self, place: &str, media_type: &str, content: &str) -> Response {
        let request = Request::new("PUT", format!("/v2/{place}")).field("Content-Type", media_type);
        self.ask(&request.content(content))
    }

    /// Pushes an image of one layer under a reference, with its blobs.
    pub(crate) fn push_image(&self, repository: &str, reference: &str, layer: &str) -> Image {
        let manifest = self.prepare_image(repository, layer, "");
        let answer = self.put(&format!("{repository}/manifests/{reference}"), IMAGE, &manifest);
        assert_eq!(answer.status, 201, "{}", answer.text());
        Image { digest: sha256(&manifest), manifest, layer: sha256(layer) }
    }

    /// Pushes the blobs of an image and gives its manifest, which is not pushed.
    pub(crate) fn prepare_image(&self, repository: &str, layer: &str, more: &str) -> String {
        self.push_blob(repository, "{}");
        self.push_blob(repository, layer);
        image(&part_of(CONFIG, "{}"), &[part_of(LAYER, layer)], more)
    }

    /// The tags of a repository.
    pub(crate) fn tags(&self, repository: &str) -> Vec<String> {
        texts(&self.get(&format!("/v2/{repository}/tags/list")).json()["tags"])
    }

    /// The digests that refer to a manifest.
    pub(crate) fn referrers(&self, repository: &str, subject: &str) -> Vec<String> {
        let listed = self.get(&format!("/v2/{repository}/referrers/{subject}")).json();
        let entries = listed["manifests"].as_array().expect("a list").clone();
        entries.iter().filter_map(|entry| entry["digest"].as_str().map(str::to_owned)).collect()
    }
}

/// A JSON list of texts.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    let entries = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    entries.iter().map(|entry| entry.as_str().expect("a text").to_owned()).collect()
}

/// The target of the `Link` to the next page, if there is one (RFC 8288).
pub(crate) fn next_page(answer: &Response) -> Option<String> {
    let link = answer.field("link")?;
    assert!(link.ends_with(r#">; rel="next""#), "{link}");
    let (target, _) = link.strip_prefix('<').expect("a target").split_once('>').expect("its end");
    Some(target.to_owned())
}
