//! Removing tags and manifests.

use atoll_oci::{Digest, Tag};
use atoll_service as service;

use super::blobs::{named_as_blob, named_as_child};
use super::{Act, require};
use crate::derive;
use crate::records::{Part, UseRow, WholeManifest, load};
use crate::{Effect, Error, Rows, Span, Table, TagRow, keys};

pub(super) fn delete_tag<R: Rows>(act: &mut Act<'_, R>, tag: &Tag) -> Result<(), Error> {
    act.require_delete()?;
    act.require_repository()?;
    let row = load::<TagRow>(act.rows, &act.keys.tag(tag.as_str()))?;
    let digest = row.map(|row| row.digest).ok_or_else(|| act.manifest_unknown(tag))?;
    remove_tag(act, tag, &digest)
}

pub(super) fn delete_manifest<R: Rows>(act: &mut Act<'_, R>, digest: &Digest) -> Result<(), Error> {
    act.require_delete()?;
    act.require_repository()?;
    let known = WholeManifest::load(act.rows, &act.keys.digest(digest))?;
    let known = known.ok_or_else(|| act.manifest_unknown(digest))?;
    let tags = tags_of(act, digest)?;
    require(!act.command.grant.detect_collision || tags.len() <= 1, || {
        service::Error::ManifestShared(*digest)
    })?;
    check_unused(act, digest)?;
    for tag in &tags {
        remove_tag(act, tag, digest)?;
    }
    remove_manifest(act, (digest, &known), false)?;
    prune(act, known.parts)?;
    act.retire_repository()
}

/// What an index lists stays; so does what stands in for a blob that another manifest names.
fn check_unused<R: Rows>(act: &Act<'_, R>, digest: &Digest) -> Result<(), Error> {
    if let Some(index) = named_as_child(act, digest)? {
        return Err(service::Error::ManifestInUse { digest: *digest, index }.into());
    }
    match named_as_blob(act, digest)? {
        Some(manifest) if !act.has_blob(digest)? => {
            Err(service::Error::BlobInUse { digest: *digest, manifest }.into())
        }
        _ => Ok(()),
    }
}

fn tags_of<R: Rows>(act: &Act<'_, R>, digest: &Digest) -> Result<Vec<Tag>, Error> {
    let prefix = act.keys.digest(digest);
    let entries = act.rows.scan(Table::TagsByDigest, Span::of(&prefix))?;
    entries.map(|entry| keys::tag(Table::TagsByDigest, &prefix, &entry?.0)).collect()
}

fn remove_tag<R: Rows>(act: &mut Act<'_, R>, tag: &Tag, digest: &Digest) -> Result<(), Error> {
    act.rows.remove(Table::Tags, &act.keys.tag(tag.as_str()))?;
    derive::leave_tag(act.rows, &act.keys, tag, digest)?;
    act.effects.push(Effect::TagRemoved { tag: tag.clone(), digest: *digest });
    Ok(())
}

fn remove_manifest<R: Rows>(
    act: &mut Act<'_, R>,
    (digest, known): (&Digest, &WholeManifest),
    is_pruned: bool,
) -> Result<(), Error> {
    let key = act.keys.digest(digest);
    act.rows.remove(Table::Manifests, &key)?;
    act.rows.remove(Table::Statistics, &key)?;
    act.rows.remove(Table::Facts, &key)?;
    let media_type = known.row.media_type.clone();
    act.effects.push(Effect::ManifestRemoved { digest: *digest, media_type, is_pruned });
    derive::leave_manifest(act.rows, &act.keys, (digest, &known.row), &known.parts)
}

/// Removes the children of a removed index that neither a tag nor another manifest names, and their children in turn. A referrer
/// stays: its subject names it, in a way.
fn prune<R: Rows>(act: &mut Act<'_, R>, parts: Vec<Part>) -> Result<(), Error> {
    let mut orphans = parts;
    while let Some(part) = orphans.pop() {
        if part.naming != UseRow::Child {
            continue;
        }
        let key = act.keys.digest(&part.digest);
        let Some(known) = WholeManifest::load(act.rows, &key)? else { continue };
        let is_named = act.has_any(Table::TagsByDigest, &key)? || act.has_any(Table::Uses, &key)?;
        if !is_named && known.row.subject.is_none() {
            remove_manifest(act, (&part.digest, &known), true)?;
            orphans.extend(known.parts);
        }
    }
    Ok(())
}
