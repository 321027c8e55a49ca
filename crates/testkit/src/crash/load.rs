//! What the clients do while the server lives: all of it at random, all of it at once, much of it to the same things.

mod lists;
mod manifests;
mod pulls;

use super::client::Client;
use super::history::Write;
use super::luck::Luck;
use super::universe::REPOSITORIES;
use super::world::{PRESENT, Place};
use crate::wire::Request;

pub(super) use lists::texts;

/// Uploads that nobody works on; with more, clients finish old ones rather than begin new ones.
const MANY_UPLOADS: usize = 24;

/// Works until the server is killed.
pub(super) fn work(client: &mut Client<'_>, luck: &Luck) {
    while !client.is_over() {
        client.act(luck);
    }
}

impl Client<'_> {
    fn act(&mut self, luck: &Luck) {
        let repository = luck.below(REPOSITORIES.len());
        let blob = luck.below(self.world.universe.blobs.len());
        match luck.below(100) {
            0..18 => self.push_blob(repository, blob, luck),
            18..38 => self.push_any_manifest(repository, luck),
            38..46 => self.continue_upload(luck),
            46..52 => self.leave_upload(repository, blob, luck),
            52..58 => self.delete_tag(repository, luck),
            58..63 => self.delete_manifest(repository, luck),
            63..69 => self.delete_blob(repository, blob),
            69..76 => {
                self.mount(repository, blob, luck);
            }
            76..84 => self.look_at_tag(repository, luck),
            84..90 => self.look_at_manifest(repository, luck),
            90..96 => {
                self.look_at_blob(repository, blob, luck);
            }
            96 => self.look_at_tag_list(repository),
            97 => self.look_at_catalog(),
            _ => self.look_at_part(repository, blob, luck),
        }
    }

    /// Pushes a blob in one of the ways that the specification knows.
    pub(super) fn push_blob(&mut self, repository: usize, blob: usize, luck: &Luck) {
        match luck.below(4) {
            0 => self.post_blob(repository, blob),
            1 => {
                let Some(upload) = self.begin_upload(repository, blob) else { return };
                self.finish(upload, luck);
            }
            _ => {
                let Some(mut upload) = self.begin_upload(repository, blob) else { return };
                let size = self.world.universe.blobs[blob].content.len();
                for _ in 0..luck.between(1, 3) {
                    let length = luck.between(2, size.max(3));
                    let Some(appended) = self.append(upload, length, luck) else { return };
                    upload = appended;
                }
                self.finish(upload, luck);
            }
        }
    }

    fn post_blob(&mut self, repository: usize, blob: usize) {
        let content = &self.world.universe.blobs[blob];
        let target = format!("/v2/{}/blobs/uploads/?digest={}", REPOSITORIES[repository], content.digest);
        let request = Request::new("POST", target).field("Content-Type", "application/octet-stream");
        let pending = self.world.begin(&[(Place::Blob(repository, blob), Write::Set(PRESENT))]);
        match self.ask(&request.content(content.content.as_slice())) {
            Some(answer) if answer.status == 201 => self.acknowledge(pending),
            Some(answer) => {
                self.world.refuse(pending);
                self.world.find(format!("blob {blob} in one request was answered {}", answer.text()));
            }
            None => {}
        }
    }

    /// Links a blob of another repository; an upload that comes instead is left, ended or given up.
    fn mount(&mut self, repository: usize, blob: usize, luck: &Luck) {
        let digest = self.world.universe.blobs[blob].digest;
        let from = REPOSITORIES[luck.below(REPOSITORIES.len())];
        let target = format!("/v2/{}/blobs/uploads/?mount={digest}", REPOSITORIES[repository]);
        let target = if luck.chance(60) { format!("{target}&from={from}") } else { target };
        let pending = self.world.begin(&[(Place::Blob(repository, blob), Write::Set(PRESENT))]);
        match self.ask(&Request::new("POST", target)) {
            Some(answer) if answer.status == 201 => self.acknowledge(pending),
            Some(answer) => {
                self.world.refuse(pending);
                if answer.status != 202 {
                    self.world.find(format!("mounting blob {blob} was answered {}", answer.text()));
                    return;
                }
                let upload = self.upload_at(repository, blob, &answer);
                match luck.below(3) {
                    0 => self.cancel(upload),
                    1 => {
                        self.leave(upload);
                    }
                    _ => {
                        self.finish(upload, luck);
                    }
                }
            }
            None => {}
        }
    }

    /// Sends a part of a blob and goes on to something else.
    fn leave_upload(&mut self, repository: usize, blob: usize, luck: &Luck) {
        if self.world.uploads().len() >= MANY_UPLOADS {
            return self.continue_upload(luck);
        }
        let Some(upload) = self.begin_upload(repository, blob) else { return };
        let size = self.world.universe.blobs[blob].content.len();
        if let Some(upload) = self.append(upload, luck.between(2, size.max(3)), luck) {
            self.leave(upload);
        }
    }

    fn continue_upload(&mut self, luck: &Luck) {
        let upload = {
            let mut uploads = self.world.uploads();
            if uploads.is_empty() {
                return;
            }
            let chosen = luck.below(uploads.len());
            uploads.swap_remove(chosen)
        };
        match luck.below(4) {
            0 => self.cancel(upload),
            1 => {
                if let Some(upload) = self.append(upload, luck.between(2, 100_000), luck) {
                    self.leave(upload);
                }
            }
            _ => {
                self.finish(upload, luck);
            }
        }
    }

    fn delete_blob(&mut self, repository: usize, blob: usize) {
        let digest = self.world.universe.blobs[blob].digest;
        let request = Request::new("DELETE", format!("/v2/{}/blobs/{digest}", REPOSITORIES[repository]));
        let pending = self.world.begin(&[(Place::Blob(repository, blob), Write::Clear)]);
        match self.ask(&request) {
            Some(answer) if answer.status == 202 => self.acknowledge(pending),
            // Not there, or still part of a manifest.
            Some(answer) => {
                self.world.refuse(pending);
                if !matches!(answer.status, 404 | 405) {
                    self.world.find(format!("deleting blob {blob} was answered {}", answer.text()));
                }
            }
            None => {}
        }
    }
}
