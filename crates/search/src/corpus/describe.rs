//! Descriptions, as far as they are known in memory.

use atoll_host::Timestamp;
use atoll_oci::{Digest, MediaType, Repository, Tag};
use atoll_service::{
    ExpandedRepository, ImageKey, ImageReference, ImageSummary, Layers, MAX_ROWS, ManifestSummary, Marks,
    RepositorySummary, SignatureSummary, Stretch, Texts, ToldTime, Visibility, Want,
};

use super::Corpus;
use super::flatten::Listed;
use super::listing::{select, told};
use super::orders::By;
use super::rows::{Keys, ManifestRow};
use super::visible::created;
use crate::{Told, Wording};

impl Corpus {
    /// Describes repositories, in the order they are asked for; `None` for one that is not here or may not be seen.
    pub fn describe_repositories(
        &self,
        repositories: &[Repository],
        (want, visibility): (Want, &Visibility),
        marks: &Marks,
    ) -> Vec<Option<RepositorySummary>> {
        let describe = |name: &Repository| {
            let number = *self.by_repository.get(name).filter(|_| visibility.admits(name))?;
            self.summary_of_repository(number, (0, want), marks)
        };
        repositories.iter().map(describe).collect()
    }

    /// Describes images, in the order they are asked for; `None` for one that is not here so or may not be seen.
    pub fn describe_images(&self, images: &[ImageKey], visibility: &Visibility) -> Vec<Option<ImageSummary>> {
        let describe = |key: &ImageKey| {
            let number = *self.by_repository.get(&key.repository)?;
            let image = self.image_of(number, &key.tag).filter(|_| visibility.admits(&key.repository))?;
            let digest = self.digests.find(&key.digest)?;
            self.images.get(image).filter(|row| row.digest == digest)?;
            let slot_of = |digest: &Digest| self.slot(&key.repository, digest);
            let only: Vec<u32> = key.only.iter().filter_map(slot_of).collect();
            if only.len() != key.only.len() {
                return None;
            }
            self.summary_of_image(image, &only)
        };
        images.iter().map(describe).collect()
    }

    /// One image, and what is wrong with it; `None` if the tag is not here or names no image.
    pub fn image(&self, repository: &Repository, tag: &Tag) -> Option<(ImageSummary, Vec<String>)> {
        let number = *self.by_repository.get(repository)?;
        let image = self.image_of(number, tag)?;
        Some((self.summary_of_image(image, &[])?, told(self.faults_of(image).into_iter())))
    }

    /// The texts of a manifest; `None` if it is not here, or they are to be read in its facts.
    pub fn wording(&self, repository: &Repository, digest: &Digest) -> Option<Wording> {
        let row = self.manifests.get(self.slot(repository, digest)?)?;
        Wording::of_kept(row.parts.is_index(), &row.traits.wording)
    }

    /// A repository with its images, the latest first, at most [`MAX_ROWS`]; `None` if it is not here.
    pub fn expanded(&self, repository: &Repository, want: Want, marks: &Marks) -> Option<ExpandedRepository> {
        let number = *self.by_repository.get(repository)?;
        let summary = self.summary_of_repository(number, (0, want), marks)?;
        let row = self.repositories.get(number)?;
        let shown = row.images.iter().filter(|image| self.shown(*image).is_some()).collect();
        let stretch = Stretch { skip: 0, take: MAX_ROWS, described_from: Some(0) };
        let (_, images) =
            select(shown, stretch, |left, right| self.compare_images(By::Update, *left, *right));
        let faults = told(images.iter().flat_map(|image| self.faults_of(*image)));
        let images = images.iter().filter_map(|image| self.summary_of_image(*image, &[])).collect();
        Some(ExpandedRepository { summary, images, faults })
    }

    /// The layers of an image, or of one manifest of it; `None` if the tag is not here or names no image.
    pub fn layers(&self, image: &ImageReference) -> Option<Layers> {
        let number = *self.by_repository.get(&image.repository)?;
        let (slot, row) = self.shown(self.image_of(number, &image.tag)?)?;
        let mut manifests = Vec::new();
        for listed in self.listed(slot) {
            let Some(digest) = self.digests.get(listed.row.digest) else { continue };
            if image.manifest.as_ref().is_none_or(|wanted| *wanted == digest.to_string()) {
                let layers = listed.row.parts.layers().iter().filter_map(|l| self.digests.get(l.digest));
                manifests.push((digest, layers.collect()));
            }
        }
        Some(Layers { digest: self.digests.get(row.digest), manifests })
    }

    fn faults_of(&self, image: u32) -> Vec<String> {
        let excess = self.listed_of(image, &[]).into_iter().filter(|listed| listed.row.has_excess_history);
        excess.filter_map(|listed| self.fault(image, listed.slot)).collect()
    }

    pub(super) fn summary_of_repository(
        &self,
        number: u32,
        (rank, want): (i32, Want),
        marks: &Marks,
    ) -> Option<RepositorySummary> {
        let row = self.repositories.get(number)?;
        let derived = self.derived(number);
        let newest = row.newest.and_then(|newest| self.summary_of_image(newest, &[]));
        Some(RepositorySummary {
            name: row.name.clone(),
            last_updated: self.last_updated(number),
            size: derived.size,
            platforms: derived.platforms.clone(),
            vendors: derived.vendors.clone(),
            newest: newest.filter(|_| want.newest).map(Box::new),
            downloads: row.listed.map_or(0, |keys| keys.downloads),
            stars: row.stars,
            is_starred: marks.starred.contains(&row.name),
            is_bookmarked: marks.bookmarked.contains(&row.name),
            rank,
        })
    }

    /// The later of what its newest image tells and the latest tagging.
    fn last_updated(&self, number: u32) -> Option<ToldTime> {
        let row = self.repositories.get(number)?;
        let (slot, manifest) = self.shown(row.newest?)?;
        let told = created(manifest, &self.listed(slot));
        let tagged = row.by_tagging.first().and_then(|image| self.images.get(image));
        let tagged = tagged.map(|row| Told::at(row.tagged_at.0));
        let latest = if Keys::instant(tagged) > Keys::instant(told) { tagged } else { told };
        latest.map(ToldTime::from)
    }

    pub(super) fn summary_of_image(&self, image: u32, only: &[u32]) -> Option<ImageSummary> {
        let shown = self.images.get(image)?;
        let (_, row) = self.shown(image)?;
        let listed = self.listed_of(image, only);
        let signatures = self.summary_of_signatures(row);
        Some(ImageSummary {
            repository: self.repositories.get(shown.repository)?.name.clone(),
            tag: shown.tag.clone(),
            digest: self.digests.get(shown.digest)?,
            media_type: shown_media_type(row).to_owned(),
            size: listed.iter().map(|listed| listed.row.content_size()).fold(0, u64::saturating_add),
            manifests: listed.iter().filter_map(|listed| self.summary_of_manifest(listed)).collect(),
            downloads: row.downloads(),
            last_pulled_at: Some(row.last_pulled_at),
            pushed_at: Some(row.pushed_at),
            pushed_by: row.traits.pushed_by.clone(),
            tagged_at: Some(if shown.tagged_at == Timestamp(0) { row.pushed_at } else { shown.tagged_at }),
            last_updated: created(row, &listed).map(ToldTime::from),
            texts: Texts::default(),
            is_signed: !signatures.is_empty(),
            signatures,
            referrers: Vec::new(),
            artifact_type: row.traits.artifact_type.clone(),
        })
    }

    fn summary_of_manifest(&self, listed: &Listed<'_>) -> Option<ManifestSummary> {
        let row = listed.row;
        Some(ManifestSummary {
            digest: self.digests.get(row.digest)?,
            config_digest: row.parts.config().and_then(|config| self.digests.get(config.digest)),
            last_updated: row.created.map(ToldTime::from),
            size: row.content_size(),
            signatures: self.summary_of_signatures(row),
            platform: listed.platform.clone(),
            downloads: row.downloads(),
            layers: Vec::new(),
            history: Vec::new(),
            referrers: Vec::new(),
            artifact_type: row.traits.artifact_type.clone(),
        })
    }

    fn summary_of_signatures(&self, row: &ManifestRow) -> Vec<SignatureSummary> {
        let one = |tool: crate::Tool| SignatureSummary {
            tool: tool.name().to_owned(),
            is_trusted: false,
            author: String::new(),
        };
        let found = self.signatures(row).into_iter();
        found.flat_map(|(tool, times)| std::iter::repeat_n(one(tool), times)).collect()
    }
}

/// Docker's types are shown as those of the OCI.
fn shown_media_type(row: &ManifestRow) -> &'static str {
    if row.parts.is_index() { MediaType::OCI_INDEX } else { MediaType::OCI_MANIFEST }
}
