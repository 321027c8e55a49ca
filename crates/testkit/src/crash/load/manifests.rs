//! Pushing and deleting manifests and tags.

use crate::crash::client::Client;
use crate::crash::history::Write;
use crate::crash::luck::Luck;
use crate::crash::universe::{Manifest, REPOSITORIES, TAGS};
use crate::crash::world::{PRESENT, Place};
use crate::wire::Request;

/// Most tags that one push sets.
const MAX_TAGS: usize = 3;

impl Client<'_> {
    /// Pushes an image or an index with what it needs, or moves a tag to one that may be there already.
    pub(super) fn push_any_manifest(&mut self, repository: usize, luck: &Luck) {
        let number = luck.below(self.world.universe.manifests.len());
        if luck.chance(70) {
            self.push_parts(repository, number, luck);
        }
        self.push_manifest(repository, number, luck);
    }

    fn push_parts(&mut self, repository: usize, number: usize, luck: &Luck) {
        let manifest = &self.world.universe.manifests[number];
        for child in &manifest.children {
            self.push_parts(repository, *child, luck);
            self.push_manifest(repository, *child, luck);
        }
        for blob in &manifest.blobs {
            if !self.is_over() && !self.look_at_blob(repository, *blob, luck) {
                self.push_blob(repository, *blob, luck);
            }
        }
    }

    fn push_manifest(&mut self, repository: usize, number: usize, luck: &Luck) {
        let Manifest { digest, media_type, content, .. } = &self.world.universe.manifests[number];
        let name = REPOSITORIES[repository];
        let mut tags: Vec<usize> = (0..luck.below(MAX_TAGS + 1)).map(|_| luck.below(TAGS.len())).collect();
        tags.sort_unstable();
        tags.dedup();
        let target = match tags.as_slice() {
            [tag] if luck.chance(80) => format!("/v2/{name}/manifests/{}", TAGS[*tag]),
            tags => {
                let query: Vec<String> = tags.iter().map(|tag| format!("tag={}", TAGS[*tag])).collect();
                let mark = if query.is_empty() { "" } else { "?" };
                format!("/v2/{name}/manifests/{digest}{mark}{}", query.join("&"))
            }
        };
        let mut writes = vec![(Place::Manifest(repository, number), Write::Set(PRESENT))];
        writes.extend(tags.iter().map(|tag| (Place::Tag(repository, *tag), Write::Set(number))));
        let request = Request::new("PUT", target).field("Content-Type", *media_type);
        let request = if luck.chance(30) {
            request.chunks(content.chunks(4096))
        } else {
            request.content(content.as_slice())
        };
        let pending = self.world.begin(&writes);
        match self.ask(&request) {
            Some(answer) if answer.status == 201 => self.acknowledge(pending),
            Some(answer) => {
                self.world.refuse(pending);
                // Somebody may have deleted a part in the meantime, or everything in the repository.
                let has_lost_parts =
                    answer.code() == "MANIFEST_BLOB_UNKNOWN" || answer.text().contains("does not exist");
                if !has_lost_parts {
                    self.world.find(format!("manifest {number} was answered {}", answer.text()));
                }
            }
            None => {}
        }
    }

    pub(super) fn delete_tag(&mut self, repository: usize, luck: &Luck) {
        let tag = luck.below(TAGS.len());
        let request =
            Request::new("DELETE", format!("/v2/{}/manifests/{}", REPOSITORIES[repository], TAGS[tag]));
        let pending = self.world.begin(&[(Place::Tag(repository, tag), Write::Clear)]);
        self.settle_deletion(pending, &request);
    }

    /// Deletes a manifest by its digest, and with it all its tags.
    pub(super) fn delete_manifest(&mut self, repository: usize, luck: &Luck) {
        let number = luck.below(self.world.universe.manifests.len());
        let Manifest { digest, children, .. } = &self.world.universe.manifests[number];
        let request = Request::new("DELETE", format!("/v2/{}/manifests/{digest}", REPOSITORIES[repository]));
        let mut writes = vec![(Place::Manifest(repository, number), Write::Clear)];
        writes.extend((0..TAGS.len()).map(|tag| (Place::Tag(repository, tag), Write::ClearIf(number))));
        // Children that nothing else names go with their index.
        writes.extend(children.iter().map(|child| (Place::Manifest(repository, *child), Write::MayClear)));
        let pending = self.world.begin(&writes);
        self.settle_deletion(pending, &request);
    }

    fn settle_deletion(&mut self, pending: crate::crash::world::Pending, request: &Request) {
        match self.ask(request) {
            Some(answer) if answer.status == 202 => self.acknowledge(pending),
            // Not there, or still part of an index.
            Some(answer) => {
                self.world.refuse(pending);
                if !matches!(answer.status, 404 | 405) {
                    self.world.find(format!("{request:?} was answered {}", answer.text()));
                }
            }
            None => {}
        }
    }
}
