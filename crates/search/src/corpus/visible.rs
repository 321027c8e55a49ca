//! What of an image and of a repository decides whether and where they stand.

use super::Corpus;
use super::flatten::Listed;
use super::rows::{Keys, Made, ManifestRow};
use crate::{Told, Tool};

impl Corpus {
    /// The manifest that a shown image points at. What is a signature itself is no image.
    pub(super) fn shown(&self, image: u32) -> Option<(u32, &ManifestRow)> {
        let slot = self.slot_of_image(image)?;
        let row = self.manifests.get(slot)?;
        row.signs.is_none().then_some((slot, row))
    }

    /// Where an image stands, and when what it shows was made; `None` if it is not shown.
    pub(super) fn standing_of_image(&self, image: u32) -> Option<(Keys, Made)> {
        let (slot, row) = self.shown(image)?;
        let (mut told, mut made, mut is_empty) = (row.created, Keys::instant(row.config_created), false);
        if row.parts.is_index() {
            let listed = self.listed(slot);
            (told, is_empty) = (created(row, &listed), listed.is_empty());
            // An index was made when the latest of those below it was.
            made = listed.iter().filter_map(|listed| Keys::instant(listed.row.config_created)).max();
        }
        let keys = Keys { updated: Keys::instant(told), downloads: row.downloads(), is_empty };
        Some((keys, Made::at(made)))
    }

    /// The newest image of a repository, and where the repository stands.
    pub(super) fn standing(&self, number: u32) -> (Option<u32>, Option<Keys>) {
        let Some(row) = self.repositories.get(number) else { return (None, None) };
        let newest = row.by_making.first();
        let of = |image: Option<u32>| image.and_then(|image| self.images.get(image));
        let keys = of(newest).map(|image| {
            let told = image.listed.and_then(|keys| keys.updated);
            let tagged = of(row.by_tagging.first()).map(|tagged| Told::at(tagged.tagged_at.0));
            let downloads = u64::try_from(row.downloads).unwrap_or(u64::MAX);
            Keys { updated: told.max(Keys::instant(tagged)), downloads, is_empty: false }
        });
        (newest, keys)
    }

    /// How many signatures of each tool a manifest has: those of its tag count by layers, and so do those that refer to it.
    pub(super) fn signatures(&self, row: &ManifestRow) -> Vec<(Tool, usize)> {
        let signatures = self.repositories.get(row.repository).and_then(|row| row.signatures.as_deref());
        let Some(signatures) = signatures else { return Vec::new() };
        let (mut cosign, mut notation) = (0, 0);
        let by_tag = signatures.by_tag.get(&row.digest);
        let by_tag = by_tag.and_then(|digest| self.by_manifest.get(&(row.repository, *digest)));
        if let Some(signing) = by_tag.and_then(|slot| self.manifests.get(*slot)) {
            cosign += signing.parts.layers().len();
        }
        for slot in signatures.by_subject.get(&row.digest).into_iter().flatten() {
            let Some(signing) = self.manifests.get(*slot) else { continue };
            match signing.signs.as_deref() {
                Some((_, Tool::Cosign)) => cosign += signing.parts.layers().len(),
                Some((_, Tool::Notation)) => notation += signing.parts.layers().len(),
                None => {}
            }
        }
        [(Tool::Cosign, cosign), (Tool::Notation, notation)].into_iter().filter(|(_, n)| *n > 0).collect()
    }
}

/// When an image says it was made: as an index itself says, else the latest of its manifests.
pub(super) fn created(row: &ManifestRow, listed: &[Listed<'_>]) -> Option<Told> {
    if row.created.is_some() {
        return row.created;
    }
    let mut latest: Option<Told> = None;
    for told in listed.iter().filter_map(|listed| listed.row.created) {
        if latest.is_none_or(|latest| latest.instant_nanos() < told.instant_nanos()) {
            latest = Some(told);
        }
    }
    latest
}
