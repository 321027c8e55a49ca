//! After a kill: everything that was acknowledged is there, nothing else is, and nothing is torn.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;

use super::client::{Client, Route};
use super::load::texts;
use super::luck::Luck;
use super::tally::Kind;
use super::universe::{REPOSITORIES, TAGS};
use super::uploads::Upload;
use super::world::{PRESENT, Place, World};
use crate::wire::Request;

/// Out of a hundred uploads found open, so many are finished at once; the others wait for the next load, or the next kill.
const FINISHED_AT_ONCE_PERCENT: usize = 40;

/// What one repository holds, as it was seen.
#[derive(Default)]
struct Seen {
    tags: Vec<Option<usize>>,
    manifests: Vec<bool>,
    blobs: Vec<bool>,
}

/// Looks at everything. What is wrong is noted in the world.
pub(super) fn verify(world: &World, members: &[SocketAddr], luck: &Luck) {
    let lives = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for repository in 0..REPOSITORIES.len() {
            let mut client = Client::new(world, members, &lives, luck.branch());
            scope.spawn(move || client.verify_repository(repository));
        }
    });
    let mut client = Client::new(world, members, &lives, luck.branch());
    client.through_each(Client::verify_catalog);
    client.verify_uploads(luck);
}

impl Client<'_> {
    fn verify_repository(&mut self, repository: usize) {
        let Some(seen) = self.see_all(repository) else {
            self.world
                .find(format!("{}: the server gave no answer after its start", REPOSITORIES[repository]));
            return;
        };
        self.verify_parts(repository, &seen);
        self.through_each(|client| {
            client.verify_tag_list(repository, &seen);
            client.verify_referrers(repository, &seen);
        });
    }

    /// Looks through each member in turn.
    fn through_each(&mut self, look: impl Fn(&mut Self)) {
        for member in 0..self.members() {
            self.go(Route::Only(member));
            look(self);
        }
        self.go(Route::Any);
    }

    /// Each thing is looked for through another member than the one that acknowledged it.
    fn see_all(&mut self, repository: usize) -> Option<Seen> {
        let mut seen = Seen::default();
        for tag in 0..TAGS.len() {
            let place = Place::Tag(repository, tag);
            self.go_past(self.world.acknowledged_by(place));
            let value = self.tag(repository, tag).ok()?;
            self.world.settle(place, value);
            seen.tags.push(value);
        }
        for number in 0..self.world.universe.manifests.len() {
            let place = Place::Manifest(repository, number);
            self.go_past(self.world.acknowledged_by(place));
            let is_there = self.manifest(repository, number)?;
            self.world.settle(place, is_there.then_some(PRESENT));
            seen.manifests.push(is_there);
        }
        for blob in 0..self.world.universe.blobs.len() {
            let place = Place::Blob(repository, blob);
            self.go_past(self.world.acknowledged_by(place));
            let is_there = self.see_blob(repository, blob, "GET")?;
            self.world.settle(place, is_there.then_some(PRESENT));
            seen.blobs.push(is_there);
        }
        Some(seen)
    }

    /// No tag without its manifest, no manifest without its parts.
    fn verify_parts(&self, repository: usize, seen: &Seen) {
        let name = REPOSITORIES[repository];
        for (tag, number) in seen.tags.iter().enumerate() {
            if let Some(number) = number.filter(|number| !seen.manifests[*number]) {
                self.world.find(format!("{name}:{} names manifest {number}, which is not there", TAGS[tag]));
            }
        }
        for (number, manifest) in self.world.universe.manifests.iter().enumerate() {
            if !seen.manifests[number] {
                continue;
            }
            let lost_blobs: Vec<&usize> = manifest.blobs.iter().filter(|blob| !seen.blobs[**blob]).collect();
            let lost_children: Vec<&usize> =
                manifest.children.iter().filter(|child| !seen.manifests[**child]).collect();
            if !lost_blobs.is_empty() || !lost_children.is_empty() {
                self.world.find(format!(
                    "{name}: manifest {number} is there without its blobs {lost_blobs:?} and manifests {lost_children:?}"
                ));
            }
        }
    }

    fn verify_tag_list(&mut self, repository: usize, seen: &Seen) {
        let name = REPOSITORIES[repository];
        let Some(answer) = self.ask(&Request::new("GET", format!("/v2/{name}/tags/list"))) else { return };
        let listed = texts(&answer, "/tags");
        let mut expected: Vec<String> = Vec::new();
        expected.extend(
            seen.tags.iter().enumerate().filter_map(|(tag, value)| value.map(|_| TAGS[tag].to_owned())),
        );
        expected.sort_unstable();
        let is_unknown =
            answer.status == 404 && !seen.manifests.contains(&true) && !seen.blobs.contains(&true);
        if listed != expected && !(is_unknown && expected.is_empty()) {
            self.world.find(format!("{name} lists {listed:?} and has {expected:?} ({})", answer.status));
        }
    }

    fn verify_referrers(&mut self, repository: usize, seen: &Seen) {
        let name = REPOSITORIES[repository];
        let manifests = &self.world.universe.manifests;
        let subjects: BTreeSet<usize> = manifests.iter().filter_map(|manifest| manifest.subject).collect();
        for subject in subjects {
            let target = format!("/v2/{name}/referrers/{}", manifests[subject].digest);
            let Some(answer) = self.ask(&Request::new("GET", target)) else { return };
            let entries = answer.json()["manifests"].as_array().cloned().unwrap_or_default();
            let listed: BTreeSet<String> =
                entries.iter().filter_map(|entry| entry["digest"].as_str().map(str::to_owned)).collect();
            let refers =
                |number: &usize| manifests[*number].subject == Some(subject) && seen.manifests[*number];
            let expected: BTreeSet<String> = (0..manifests.len())
                .filter(refers)
                .map(|number| manifests[number].digest.to_string())
                .collect();
            if listed != expected {
                self.world.find(format!(
                    "{name}: manifest {subject} has referrers {expected:?}, listed are {listed:?}"
                ));
            }
        }
    }

    /// Every repository that has a tag is in the catalog, and nothing that was never pushed to.
    fn verify_catalog(&mut self) {
        let Some(answer) = self.ask(&Request::new("GET", "/v2/_catalog")) else { return };
        let listed = texts(&answer, "/repositories");
        for (repository, name) in REPOSITORIES.iter().enumerate() {
            let has_tag = (0..TAGS.len()).any(|tag| matches!(self.tag(repository, tag), Ok(Some(_))));
            if has_tag && !listed.iter().any(|entry| entry == name) {
                self.world.find(format!("{name} has tags and is not in the catalog {listed:?}"));
            }
        }
        if let Some(stranger) = listed.iter().find(|entry| !REPOSITORIES.contains(&entry.as_str())) {
            self.world.find(format!("the catalog lists `{stranger}`, which nobody pushed"));
        }
    }

    fn verify_uploads(&mut self, luck: &Luck) {
        let closed = std::mem::take(&mut *self.world.closed_uploads());
        for location in closed {
            if let Some(answer) = self.ask(&Request::new("GET", location.as_str()))
                && answer.status != 404
            {
                self.world.find(format!("{location} was ended and is back: {}", answer.told()));
            }
        }
        let open = std::mem::take(&mut *self.world.uploads());
        for upload in open {
            self.verify_upload(upload, luck);
        }
    }

    fn verify_upload(&mut self, mut upload: Upload, luck: &Luck) {
        self.go_past(Some(upload.acknowledged_by));
        let Some(answer) = self.ask(&Request::new("GET", upload.location.as_str())) else { return };
        match upload.progress(answer.status, answer.field("range")) {
            Err(sentence) => self.world.find(sentence),
            Ok(None) => {}
            Ok(Some(received)) => {
                (upload.acknowledged, upload.sent, upload.may_be_gone) = (received, received, false);
                if luck.chance(FINISHED_AT_ONCE_PERCENT) {
                    let (repository, blob) = (upload.repository, upload.blob);
                    if self.finish(upload, luck) {
                        self.verify_finished(repository, blob);
                    }
                } else {
                    self.leave(upload);
                }
            }
        }
    }
}

impl Client<'_> {
    fn verify_finished(&mut self, repository: usize, blob: usize) {
        self.go_past(self.world.acknowledged_by(Place::Blob(repository, blob)));
        if self.see_blob(repository, blob, "GET") == Some(true) {
            self.world.count(Kind::UploadAcrossKill);
        } else {
            self.world.find(format!("blob {blob}, uploaded across a kill, is not there"));
        }
    }
}
