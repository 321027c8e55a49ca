//! Questions over rows, wherever the rows are. Each costs what it returns, not what the repository holds.

mod catalog;
mod held;
mod shards;
mod whole;

use std::cell::RefCell;
use std::ops::Range;

use atoll_oci::{Digest, Reference, Repository, Tag};
use atoll_placement::{ClusterKey, Shard, shard_of};
use atoll_service::{Referrer, user_home};
use bytes::Bytes;

use crate::keys::{self, RepositoryKeys};
use crate::records::{
    LentManifest, LentReferrer, StarCountRow, UseRow, decode_row, lend_row, load, load_content,
};
use crate::{BlobRow, Error, ManifestRow, Reads, RepositoryRow, Span, Statistics, Table, TagRow, UserRow};
pub use shards::RowCursor;

/// Most rows one page with a filter looks at; the next page goes on from there.
pub const SCAN_MAX_ROWS: usize = 10_000;

/// A page of referrers ends before it is longer than this, in bytes: clients read no larger indexes.
const REFERRERS_MAX_BYTES: usize = 4 << 20;

/// Questions over the rows `R`.
#[derive(Debug, Clone)]
pub struct View<R> {
    rows: R,
    key: ClusterKey,
    shards: u16,
}

/// A manifest that a reference led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its digest.
    pub digest: Digest,
    /// Its facts.
    pub row: ManifestRow,
}

impl<R: Reads> View<R> {
    /// A view of rows that were placed by `key` on `shards` shards.
    pub fn new(rows: R, key: ClusterKey, shards: u16) -> Self {
        Self { rows, key, shards }
    }

    /// The shard of a repository.
    pub fn shard_of(&self, repository: &Repository) -> Shard {
        shard_of(self.key, repository.as_str(), self.shards)
    }

    fn keys(&self, repository: &Repository) -> RepositoryKeys {
        RepositoryKeys::new(self.shard_of(repository), repository)
    }

    /// A repository; `None` if it is not here.
    pub fn repository(&self, repository: &Repository) -> Result<Option<RepositoryRow>, Error> {
        load(&self.rows, self.keys(repository).prefix())
    }

    /// A tag.
    pub fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<TagRow>, Error> {
        load(&self.rows, &self.keys(repository).tag(tag.as_str()))
    }

    /// The manifest behind a tag or digest, without its bytes.
    pub fn resolve(&self, repository: &Repository, reference: &Reference) -> Result<Option<Found>, Error> {
        let keys = self.keys(repository);
        let Some(digest) = self.digest_of(&keys, reference)? else { return Ok(None) };
        Ok(load(&self.rows, &keys.digest(&digest))?.map(|row| Found { digest, row }))
    }

    /// The bytes of a manifest; `None` if it is not here or [`ManifestRow::is_stored`].
    pub fn manifest_body(&self, repository: &Repository, digest: &Digest) -> Result<Option<Bytes>, Error> {
        Ok(load_content(&self.rows, &self.keys(repository).digest(digest))?.and_then(|(_, body)| body))
    }

    /// The manifest behind a tag or digest with its bytes; these are `None` if they are in the store.
    pub fn manifest(
        &self,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<Option<(Found, Option<Bytes>)>, Error> {
        let keys = self.keys(repository);
        let Some(digest) = self.digest_of(&keys, reference)? else { return Ok(None) };
        let found = load_content(&self.rows, &keys.digest(&digest))?;
        Ok(found.map(|(row, body)| (Found { digest, row }, body)))
    }

    fn digest_of(&self, keys: &RepositoryKeys, reference: &Reference) -> Result<Option<Digest>, Error> {
        match reference {
            Reference::Digest(digest) => Ok(Some(*digest)),
            Reference::Tag(tag) => {
                Ok(load::<TagRow>(&self.rows, &keys.tag(tag.as_str()))?.map(|row| row.digest))
            }
        }
    }

    /// How often a manifest was pulled; zero if never or not here.
    pub fn statistics(&self, repository: &Repository, digest: &Digest) -> Result<Statistics, Error> {
        Ok(load(&self.rows, &self.keys(repository).digest(digest))?.unwrap_or_default())
    }

    /// What was kept of a manifest for whoever searches; `None` if that is not known.
    pub fn facts(&self, repository: &Repository, digest: &Digest) -> Result<Option<Bytes>, Error> {
        let key = self.keys(repository).digest(digest);
        let decode = |value: &[u8]| LentManifest::decode(value).map(|row| Bytes::copy_from_slice(row.facts));
        let found = self.rows.read(Table::Manifests, &key, decode)?;
        if found.as_ref().is_some_and(Bytes::is_empty) {
            // An earlier version of this program kept them apart.
            return self.rows.read(Table::Facts, &key, |value| Ok(Bytes::copy_from_slice(value)));
        }
        Ok(found)
    }

    /// Stars of a repository.
    pub fn stars(&self, repository: &Repository) -> Result<u64, Error> {
        let count: Option<StarCountRow> = load(&self.rows, &self.keys(repository).star(""))?;
        Ok(count.unwrap_or_default().stars)
    }

    /// What a user has marked; nothing for one who never did.
    pub fn user(&self, name: &str) -> Result<UserRow, Error> {
        let shard = self.shard_of_user(name);
        Ok(load(&self.rows, &keys::user(shard, name))?.unwrap_or_default())
    }

    /// The shard of a user's record.
    pub fn shard_of_user(&self, name: &str) -> Shard {
        shard_of(self.key, &user_home(name), self.shards)
    }

    /// The link to a blob.
    pub fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Option<BlobRow>, Error> {
        load(&self.rows, &self.keys(repository).digest(digest))
    }

    /// Bytes of all blobs that a repository links; `None` if there is no such repository. Reads a row for each.
    pub fn linked_bytes(&self, repository: &Repository) -> Result<Option<u64>, Error> {
        if self.repository(repository)?.is_none() {
            return Ok(None);
        }
        let mut bytes = 0_u64;
        self.rows.visit(Table::Blobs, Span::of(self.keys(repository).prefix()), |_, row| {
            bytes = bytes.saturating_add(decode_row::<BlobRow>(row)?.size);
            Ok(())
        })?;
        Ok(Some(bytes))
    }

    /// The media type of a blob or manifest: as a manifest of the repository names it (the one that was pushed first), else as
    /// the manifest it is; `None` if neither.
    pub fn media_type_of(&self, repository: &Repository, digest: &Digest) -> Result<Option<String>, Error> {
        let key = self.keys(repository).digest(digest);
        for entry in self.rows.scan(Table::Uses, Span::of(&key))?.take(SCAN_MAX_ROWS) {
            if let UseRow::Blob { media_type } = decode_row(&entry?.1)? {
                return Ok(Some(media_type));
            }
        }
        Ok(load::<ManifestRow>(&self.rows, &key)?.map(|row| row.media_type.to_string()))
    }

    /// The manifests that name a digest as config or layer of a media type that `is_meant`, in the order of pushing, at most `limit`.
    /// Looks at no more than [`SCAN_MAX_ROWS`] of those that name it.
    pub fn naming(
        &self,
        (repository, part): (&Repository, &Digest),
        is_meant: impl Fn(&str) -> bool,
        limit: usize,
    ) -> Result<Vec<Digest>, Error> {
        let prefix = self.keys(repository).digest(part);
        let mut found = Vec::new();
        for entry in self.rows.scan(Table::Uses, Span::of(&prefix))?.take(SCAN_MAX_ROWS) {
            let (key, value) = entry?;
            if found.len() < limit
                && let UseRow::Blob { media_type } = decode_row(&value)?
                && is_meant(&media_type)
            {
                found.push(keys::naming_manifest(&prefix, &key)?);
            }
        }
        Ok(found)
    }

    /// Tags in byte order, behind `after` (any text), at most `limit`; and whether further ones follow.
    pub fn tags(
        &self,
        repository: &Repository,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Tag>, bool), Error> {
        let keys = self.keys(repository);
        let span = match after {
            Some(after) => Span::behind(keys.prefix(), keys.tag(after)),
            None => Span::of(keys.prefix()),
        };
        let mut tags =
            self.rows.scan_with(Table::Tags, span, |key, _| keys::tag(Table::Tags, keys.prefix(), key))?;
        let page = tags.by_ref().take(limit).collect::<Result<Vec<_>, _>>()?;
        Ok((page, tags.next().transpose()?.is_some()))
    }

    /// The tags that point at a manifest, in order, at most `limit`.
    pub fn tags_of(&self, repository: &Repository, digest: &Digest, limit: usize) -> Result<Vec<Tag>, Error> {
        let prefix = self.keys(repository).digest(digest);
        let entries = self.rows.scan(Table::TagsByDigest, Span::of(&prefix))?.take(limit);
        entries.map(|entry| keys::tag(Table::TagsByDigest, &prefix, &entry?.0)).collect()
    }

    /// The manifests that have the subject, in the order of pushing, behind `after`, at most `limit`, of these artifact types (of
    /// any if there are none); and where the next page begins. A page looks at no more than [`SCAN_MAX_ROWS`] rows, so one whose
    /// filter admits little may be short or empty and still have a next.
    pub fn referrers(
        &self,
        (repository, subject): (&Repository, &Digest),
        artifact_types: &[String],
        after: Option<u64>,
        limit: usize,
    ) -> Result<(Vec<Referrer>, Option<u64>), Error> {
        let keys = self.keys(repository);
        let prefix = keys.digest(subject);
        let span = after
            .map_or_else(|| Span::of(&prefix), |after| Span::behind(&prefix, keys.referrer(subject, after)));
        let admits = |found: Option<&str>| {
            artifact_types.is_empty()
                || found.is_some_and(|found| artifact_types.iter().any(|asked| asked == found))
        };
        // All descriptors of a page lie in one piece of memory: hundreds of small ones would cost more than the page.
        let text = RefCell::new(Vec::new());
        let decode = |key: &[u8], value: &[u8]| {
            let row: LentReferrer<'_> = lend_row(Table::Referrers, value)?;
            let descriptor =
                admits(row.artifact_type).then(|| append(&mut text.borrow_mut(), row.descriptor));
            Ok((keys::number(Table::Referrers, &prefix, key)?, descriptor))
        };
        let (mut page, mut last_place, mut looked_at, mut next) = (Vec::new(), after, 0, None);
        for entry in self.rows.scan_with(Table::Referrers, span, decode)? {
            let (place, descriptor) = entry?;
            let is_long = !page.is_empty() && text.borrow().len() > REFERRERS_MAX_BYTES;
            let is_full = page.len() == limit || is_long;
            if looked_at == SCAN_MAX_ROWS || (descriptor.is_some() && is_full) {
                next = last_place;
                break;
            }
            looked_at += 1;
            last_place = Some(place);
            page.extend(descriptor);
        }
        let text = Bytes::from(text.into_inner());
        let referrer = |range| Referrer { descriptor: text.slice(range) };
        Ok((page.into_iter().map(referrer).collect(), next))
    }
}

fn append(text: &mut Vec<u8>, piece: &[u8]) -> Range<usize> {
    let start = text.len();
    text.extend_from_slice(piece);
    start..text.len()
}

#[cfg(test)]
mod tests;
