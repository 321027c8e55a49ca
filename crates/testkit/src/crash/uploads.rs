//! Uploads: begun by one client, continued by any other, also after a kill.

use super::client::Client;
use super::history::Write;
use super::luck::Luck;
use super::universe::{Blob, REPOSITORIES};
use super::world::{PRESENT, Place};
use crate::wire::{Request, Response};

/// An upload, and what the server must know of it. Its bytes are always a beginning of its blob's.
pub(super) struct Upload {
    pub(super) repository: usize,
    pub(super) blob: usize,
    pub(super) location: String,
    /// Bytes that the server acknowledged.
    pub(super) acknowledged: usize,
    /// Bytes that it may have received.
    pub(super) sent: usize,
    /// The request that ends the upload was sent and not answered.
    pub(super) may_be_gone: bool,
    /// The member that acknowledged the latest of it.
    pub(super) acknowledged_by: usize,
}

impl Client<'_> {
    /// Begins an upload; `None` if there was no answer. The one that the server may have begun then is nobody's.
    pub(super) fn begin_upload(&mut self, repository: usize, blob: usize) -> Option<Upload> {
        let target = format!("/v2/{}/blobs/uploads/", REPOSITORIES[repository]);
        let answer = self.ask(&Request::new("POST", target))?;
        if answer.status != 202 {
            self.world.find(format!("an upload was not begun: {} {}", answer.status, answer.text()));
            return None;
        }
        Some(self.upload_at(repository, blob, &answer))
    }

    /// The upload that an answer names.
    pub(super) fn upload_at(&self, repository: usize, blob: usize, answer: &Response) -> Upload {
        Upload {
            repository,
            blob,
            location: answer.location(),
            acknowledged: 0,
            sent: 0,
            may_be_gone: false,
            acknowledged_by: self.asked(),
        }
    }

    /// Sends the next bytes. The upload goes back to the others if it did not come through.
    pub(super) fn append(&mut self, mut upload: Upload, length: usize, luck: &Luck) -> Option<Upload> {
        let (reached, at) = self.received(upload)?;
        upload = reached;
        let blob = &self.world.universe.blobs[upload.blob];
        let end = (at + length).min(blob.content.len());
        if end == at {
            return Some(upload);
        }
        let request = Request::new("PATCH", upload.location.as_str());
        let is_exact = upload.acknowledged == upload.sent;
        let request = if is_exact && luck.chance(30) {
            request.chunks(blob.content[at..end].chunks(10_000))
        } else {
            request.field("Content-Range", format!("{at}-{}", end - 1)).content(&blob.content[at..end])
        };
        upload.sent = upload.sent.max(end);
        if luck.chance(5) {
            let mut bytes = request.encode();
            bytes.truncate(bytes.len() - luck.below((end - at).min(bytes.len())));
            self.abandon(&bytes);
            return self.leave(upload);
        }
        match self.ask(&request) {
            Some(answer) if answer.status == 202 => {
                let expected = format!("0-{}", end - 1);
                if answer.field("range") != Some(&expected) {
                    self.world.find(format!(
                        "{}: {:?} after {expected}",
                        upload.location,
                        answer.field("range")
                    ));
                }
                upload.acknowledged = end;
                upload.sent = end;
                upload.acknowledged_by = self.asked();
                Some(upload)
            }
            // An abandoned request may still be writing: the upload is busy, or longer than it was a moment ago.
            Some(answer) if matches!(answer.status, 409 | 416) && !is_exact => self.leave(upload),
            Some(answer) => {
                self.world.find(format!(
                    "{}: a chunk at {at} was answered {}",
                    upload.location,
                    answer.told()
                ));
                None
            }
            None => self.leave(upload),
        }
    }

    /// Sends the rest and ends the upload; gives whether the blob is there.
    pub(super) fn finish(&mut self, mut upload: Upload, luck: &Luck) -> bool {
        let Some((reached, at)) = self.received(upload) else { return false };
        upload = reached;
        let Blob { digest, content } = &self.world.universe.blobs[upload.blob];
        let is_exact = upload.acknowledged == upload.sent;
        let mut request = Request::new("PUT", format!("{}?digest={digest}", upload.location));
        if at < content.len() && (!is_exact || luck.chance(50)) {
            request = request.field("Content-Range", format!("{at}-{}", content.len() - 1));
        }
        upload.sent = content.len();
        let pending = self.world.begin(&[(Place::Blob(upload.repository, upload.blob), Write::Set(PRESENT))]);
        match self.ask(&request.content(&content[at..])) {
            Some(answer) if answer.status == 201 => {
                self.acknowledge(pending);
                self.world.closed_uploads().push(upload.location);
                return true;
            }
            Some(answer) if matches!(answer.status, 409 | 416) && !is_exact => {
                self.world.refuse(pending);
                self.leave(upload);
            }
            Some(answer) if answer.status == 404 && upload.may_be_gone => self.world.refuse(pending),
            Some(answer) => {
                self.world.refuse(pending);
                let place = format!("{} of blob {}", upload.location, upload.blob);
                self.world.find(format!("{place}: its end at {at} was answered {}", answer.text()));
            }
            None => {
                upload.may_be_gone = true;
                self.leave(upload);
            }
        }
        false
    }

    /// Gives an upload up.
    pub(super) fn cancel(&mut self, mut upload: Upload) {
        match self.ask(&Request::new("DELETE", upload.location.as_str())) {
            Some(answer) if answer.status == 204 => self.world.closed_uploads().push(upload.location),
            Some(answer) if answer.status == 409 && upload.acknowledged != upload.sent => {
                self.leave(upload);
            }
            Some(answer) if answer.status == 404 && upload.may_be_gone => {}
            Some(answer) => {
                self.world.find(format!("{}: cancelling was answered {}", upload.location, answer.told()));
            }
            None => {
                upload.may_be_gone = true;
                self.leave(upload);
            }
        }
    }

    /// Puts the upload back for whoever comes next.
    pub(super) fn leave(&self, upload: Upload) -> Option<Upload> {
        self.world.uploads().push(upload);
        None
    }

    /// Bytes that the server has. `None` if that is not known now: the upload is left, or, where it is gone, forgotten.
    fn received(&mut self, upload: Upload) -> Option<(Upload, usize)> {
        if upload.acknowledged == upload.sent && !upload.may_be_gone {
            let received = upload.acknowledged;
            return Some((upload, received));
        }
        let Some(answer) = self.ask(&Request::new("GET", upload.location.as_str())) else {
            self.leave(upload);
            return None;
        };
        match upload.progress(answer.status, answer.field("range")) {
            Ok(received) => received.map(|received| (upload, received)),
            Err(sentence) => {
                self.world.find(sentence);
                None
            }
        }
    }
}

impl Upload {
    /// Reads the answer to a question for the upload's status; `None` if the upload is rightly gone, or (`0-0`) if it has
    /// one byte or none.
    pub(super) fn progress(&self, status: u16, range: Option<&str>) -> Result<Option<usize>, String> {
        let place = format!("{} of blob {}", self.location, self.blob);
        match (status, range.and_then(|range| range.strip_prefix("0-")?.parse::<usize>().ok())) {
            (404, _) if self.may_be_gone => Ok(None),
            (204, Some(0)) if self.acknowledged == 0 && self.sent == 0 => Ok(Some(0)),
            (204, Some(0)) if self.acknowledged <= 1 => Ok(None),
            (204, Some(last)) if (self.acknowledged..=self.sent).contains(&(last + 1)) => Ok(Some(last + 1)),
            (204, Some(last)) => Err(format!(
                "{place} has {} bytes; {} were acknowledged and {} sent",
                last + 1,
                self.acknowledged,
                self.sent
            )),
            _ => Err(format!(
                "{place} is lost: {status} {range:?}, {} bytes were acknowledged",
                self.acknowledged
            )),
        }
    }
}
