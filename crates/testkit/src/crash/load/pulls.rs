//! Looking at what is there. Whatever comes must be whole, and must be what the writes so far admit.

use crate::crash::client::Client;
use crate::crash::luck::Luck;
use crate::crash::universe::{REPOSITORIES, TAGS};
use crate::crash::world::{PRESENT, Place};
use crate::wire::{Request, Response};

/// The server gave no answer, or one that is a finding.
#[derive(Debug)]
pub(in crate::crash) struct Unanswered;

impl Client<'_> {
    pub(super) fn look_at_tag(&mut self, repository: usize, luck: &Luck) {
        self.see_tag(repository, luck.below(TAGS.len()));
    }

    pub(super) fn look_at_manifest(&mut self, repository: usize, luck: &Luck) {
        self.see_manifest(repository, luck.below(self.world.universe.manifests.len()));
    }

    pub(super) fn look_at_blob(&mut self, repository: usize, blob: usize, luck: &Luck) -> bool {
        let begun = self.world.tick();
        let seen = self.see_blob(repository, blob, if luck.chance(70) { "HEAD" } else { "GET" });
        let Some(is_there) = seen else { return false };
        self.world.saw(Place::Blob(repository, blob), is_there.then_some(PRESENT), begun);
        is_there
    }

    pub(super) fn look_at_part(&mut self, repository: usize, blob: usize, luck: &Luck) {
        let content = &self.world.universe.blobs[blob];
        if content.content.is_empty() {
            return;
        }
        let first = luck.below(content.content.len());
        let last = luck.between(first, content.content.len() - 1);
        let target = format!("/v2/{}/blobs/{}", REPOSITORIES[repository], content.digest);
        let request = Request::new("GET", target).field("Range", format!("bytes={first}-{last}"));
        match self.ask(&request) {
            Some(answer) if answer.status == 206 && answer.body == content.content[first..=last] => {}
            Some(answer) if answer.status == 404 => {}
            Some(answer) => self.world.find(format!(
                "bytes {first} to {last} of blob {blob} came as {} with {} bytes",
                answer.status,
                answer.body.len()
            )),
            None => {}
        }
    }

    fn see_tag(&mut self, repository: usize, tag: usize) {
        let begun = self.world.tick();
        if let Ok(seen) = self.tag(repository, tag) {
            self.world.saw(Place::Tag(repository, tag), seen, begun);
        }
    }

    fn see_manifest(&mut self, repository: usize, number: usize) {
        let begun = self.world.tick();
        if let Some(is_there) = self.manifest(repository, number) {
            self.world.saw(Place::Manifest(repository, number), is_there.then_some(PRESENT), begun);
        }
    }

    /// The manifest that a tag names now, if there is such a tag.
    pub(in crate::crash) fn tag(
        &mut self,
        repository: usize,
        tag: usize,
    ) -> Result<Option<usize>, Unanswered> {
        let place = format!("{}:{}", REPOSITORIES[repository], TAGS[tag]);
        let target = format!("/v2/{}/manifests/{}", REPOSITORIES[repository], TAGS[tag]);
        let answer = self.ask(&Request::new("GET", target)).ok_or(Unanswered)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let digest = answer.field("docker-content-digest").unwrap_or_default();
        let Some(number) = self.world.universe.manifest_of(digest) else {
            self.world.find(format!("{place} was answered {} with the digest `{digest}`", answer.status));
            return Err(Unanswered);
        };
        self.check_manifest(number, &answer);
        Ok(Some(number))
    }

    /// Whether a manifest is there.
    pub(in crate::crash) fn manifest(&mut self, repository: usize, number: usize) -> Option<bool> {
        let digest = self.world.universe.manifests[number].digest;
        let target = format!("/v2/{}/manifests/{digest}", REPOSITORIES[repository]);
        let answer = self.ask(&Request::new("GET", target))?;
        if answer.status == 404 {
            return Some(false);
        }
        self.check_manifest(number, &answer);
        Some(true)
    }

    /// Whether a blob is there, asked by GET or HEAD.
    pub(in crate::crash) fn see_blob(
        &mut self,
        repository: usize,
        blob: usize,
        method: &str,
    ) -> Option<bool> {
        let content = &self.world.universe.blobs[blob];
        let target = format!("/v2/{}/blobs/{}", REPOSITORIES[repository], content.digest);
        let request = Request::new(method, target);
        let answer = self.ask(&request)?;
        if answer.status == 404 {
            return Some(false);
        }
        let length = content.content.len().to_string();
        let is_whole = request.is_head() || answer.body == content.content;
        if answer.status != 200 || !is_whole || answer.field("content-length") != Some(&length) {
            self.world.find(format!(
                "{method} of blob {blob} in {}: status {}, Content-Length {:?} instead of {length}, {} bytes, whole: {is_whole}",
                REPOSITORIES[repository],
                answer.status,
                answer.field("content-length"),
                answer.body.len()
            ));
        }
        Some(true)
    }

    fn check_manifest(&self, number: usize, answer: &Response) {
        let manifest = &self.world.universe.manifests[number];
        let is_right = answer.status == 200
            && answer.body == manifest.content
            && answer.field("content-type") == Some(manifest.media_type);
        if !is_right {
            self.world.find(format!(
                "manifest {number} came torn: status {}, {}",
                answer.status,
                answer.text()
            ));
        }
    }
}
