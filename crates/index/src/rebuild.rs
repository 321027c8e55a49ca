//! Making an index anew from the primary rows of another.

use atoll_oci::{Digest, Manifest};
use atoll_placement::Shard;
use bytes::Bytes;

use crate::derive::{self, Need};
use crate::keys::{self, RepositoryKeys};
use crate::records::{ReferrerRow, ShardRow, WholeManifest, decode_row, load, store};
use crate::{
    Error, IMPORT_MAX_ROWS, Index, MemoryRows, Parts, Reads as _, RepositoryRow, Row, Rows as _, Snapshot,
    Span, Table, TagRow,
};

/// What a rebuild found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Repositories.
    pub repositories: u64,
    /// Manifests.
    pub manifests: u64,
    /// Manifests whose bytes could not be read again: what they name was taken over as it was.
    pub unread_manifests: u64,
}

/// Fills `into` with the primary rows of `old` and derives all others from them, shard by shard, through the same functions that
/// commands use; what this member has to do with each shard stays as it was. `stored_body` gives the bytes of manifests that are not in the index. Whatever `into` held is replaced.
pub async fn rebuild(
    old: &Snapshot,
    into: &Index,
    mut stored_body: impl FnMut(&Digest) -> Option<Bytes>,
) -> Result<Rebuilt, Error> {
    let mut rebuilt = Rebuilt::default();
    for shard in old.shards() {
        let rows = rebuild_shard(old, shard, &mut rebuilt, &mut stored_body)?;
        into.drop_shard(shard).await?;
        let mut rows = rows.into_rows().peekable();
        while rows.peek().is_some() {
            into.import(shard, rows.by_ref().take(IMPORT_MAX_ROWS).collect()).await?;
        }
    }
    into.import_tenures(old.tenure_rows()?).await?;
    Ok(rebuilt)
}

/// The rows of one shard, in memory: a small part of the whole.
fn rebuild_shard(
    old: &Snapshot,
    shard: Shard,
    rebuilt: &mut Rebuilt,
    stored_body: &mut impl FnMut(&Digest) -> Option<Bytes>,
) -> Result<MemoryRows, Error> {
    let (mut before, mut rows) = (MemoryRows::new(), MemoryRows::new());
    for row in old.export(shard)? {
        let Row { table, key, value } = row?;
        if !table.is_derived() {
            rows.put(table, &key, &value)?;
        }
        before.put(table, &key, &value)?;
    }
    let mut state = load::<ShardRow>(&before, &keys::shard(shard))?.unwrap_or_default();
    state.repositories = 0;
    for entry in before.scan(Table::Repositories, Span::of(&keys::shard(shard)))? {
        let (key, value) = entry?;
        let name = keys::repository(Table::Repositories, &keys::shard(shard), &key)?;
        let _readable: RepositoryRow = decode_row(&value)?;
        state.repositories += 1;
        let mut work =
            Work { before: &before, keys: RepositoryKeys::new(shard, &name), rows: &mut rows, rebuilt };
        work.rebuild_repository(stored_body)?;
    }
    rebuilt.repositories += state.repositories;
    if state != ShardRow::default() {
        store(&mut rows, &keys::shard(shard), &state)?;
    }
    Ok(rows)
}

/// One repository at work.
struct Work<'a> {
    before: &'a MemoryRows,
    keys: RepositoryKeys,
    rows: &'a mut MemoryRows,
    rebuilt: &'a mut Rebuilt,
}

impl Work<'_> {
    fn rebuild_repository(
        &mut self,
        stored_body: &mut impl FnMut(&Digest) -> Option<Bytes>,
    ) -> Result<(), Error> {
        let prefix = self.keys.prefix().to_vec();
        for entry in self.before.scan(Table::Tags, Span::of(&prefix))? {
            let (key, value) = entry?;
            let tag = keys::tag(Table::Tags, &prefix, &key)?;
            derive::enter_tag(self.rows, &self.keys, &tag, &decode_row::<TagRow>(&value)?.digest)?;
        }
        for entry in self.before.scan(Table::Blobs, Span::of(&prefix))? {
            let digest = keys::digest(Table::Blobs, &prefix, &entry?.0)?;
            derive::enter_holding(self.rows, &self.keys, &digest, Need::Blob)?;
        }
        for entry in self.before.scan(Table::Manifests, Span::of(&prefix))? {
            let (key, value) = entry?;
            let digest = keys::digest(Table::Manifests, &prefix, &key)?;
            let mut whole = WholeManifest::decode(&value)?;
            let referrer = self.read_again((&digest, &mut whole), stored_body)?;
            whole.store(self.rows, &key)?;
            derive::enter_manifest(self.rows, &self.keys, (&digest, &whole), referrer.as_ref())?;
            self.rebuilt.manifests += 1;
        }
        Ok(())
    }

    /// Sets what the manifest names from its bytes, and gives its descriptor among referrers.
    fn read_again(
        &mut self,
        (digest, whole): (&Digest, &mut WholeManifest),
        stored_body: &mut impl FnMut(&Digest) -> Option<Bytes>,
    ) -> Result<Option<Bytes>, Error> {
        let body = if whole.row.is_stored { stored_body(digest) } else { Some(whole.body.clone()) };
        if let Some(manifest) = body.and_then(|body| Manifest::parse(&body, &whole.row.media_type).ok()) {
            let parts = Parts::of(&manifest, *digest, whole.row.size);
            whole.parts = derive::listed(&parts);
            return Ok(parts.referrer);
        }
        self.rebuilt.unread_manifests += 1;
        let (Some(subject), Some(place)) = (&whole.row.subject, whole.row.place) else { return Ok(None) };
        let before = load::<ReferrerRow>(self.before, &self.keys.referrer(subject, place))?;
        Ok(before.map(|referrer| referrer.descriptor))
    }
}

#[cfg(test)]
mod tests;
