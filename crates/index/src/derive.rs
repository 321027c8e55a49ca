//! Derived rows: what follows from the primary ones. Commands and rebuilds both come here, so they cannot disagree.

use std::collections::HashSet;

use atoll_oci::{Digest, Tag};
use bytes::Bytes;

use crate::keys::RepositoryKeys;
use crate::records::{HoldingRow, ManifestRow, Part, ReferrerRow, UseRow, WholeManifest, load, store};
use crate::{Error, Parts, Rows, Table};

/// Why a repository needs a digest kept in the store.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    Blob,
    Manifest,
}

/// A tag points at a manifest.
pub(crate) fn enter_tag(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    tag: &Tag,
    digest: &Digest,
) -> Result<(), Error> {
    rows.put(Table::TagsByDigest, &keys.tag_of(digest, tag), &[])
}

/// It no longer does.
pub(crate) fn leave_tag(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    tag: &Tag,
    digest: &Digest,
) -> Result<(), Error> {
    rows.remove(Table::TagsByDigest, &keys.tag_of(digest, tag))
}

/// The repository needs a digest.
pub(crate) fn enter_holding(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    digest: &Digest,
    need: Need,
) -> Result<(), Error> {
    set_holding(rows, keys, digest, (need, true))
}

/// It no longer needs it for this reason.
pub(crate) fn leave_holding(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    digest: &Digest,
    need: Need,
) -> Result<(), Error> {
    set_holding(rows, keys, digest, (need, false))
}

fn set_holding(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    digest: &Digest,
    (need, is_needed): (Need, bool),
) -> Result<(), Error> {
    let key = keys.holding(digest);
    let mut row = load::<HoldingRow>(rows, &key)?.unwrap_or_default();
    match need {
        Need::Blob => row.is_blob = is_needed,
        Need::Manifest => row.is_manifest = is_needed,
    }
    if row == HoldingRow::default() { rows.remove(Table::Holdings, &key) } else { store(rows, &key, &row) }
}

/// A manifest is there: who uses its parts, its place among referrers, and whether the store must keep it.
pub(crate) fn enter_manifest(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    (digest, whole): (&Digest, &WholeManifest),
    referrer: Option<&Bytes>,
) -> Result<(), Error> {
    let row = &whole.row;
    for part in &whole.parts {
        store(rows, &keys.part_use(&part.digest, (row.pushed_at, digest)), &part.naming)?;
    }
    if let (Some(subject), Some(place), Some(descriptor)) = (&row.subject, row.place, referrer) {
        let (artifact_type, descriptor) = (row.artifact_type.clone(), descriptor.clone());
        let referrer = ReferrerRow { digest: *digest, artifact_type, descriptor };
        store(rows, &keys.referrer(subject, place), &referrer)?;
    }
    if row.is_stored { enter_holding(rows, keys, digest, Need::Manifest) } else { Ok(()) }
}

/// A manifest is gone.
pub(crate) fn leave_manifest(
    rows: &mut impl Rows,
    keys: &RepositoryKeys,
    (digest, row): (&Digest, &ManifestRow),
    parts: &[Part],
) -> Result<(), Error> {
    for part in parts {
        rows.remove(Table::Uses, &keys.part_use(&part.digest, (row.pushed_at, digest)))?;
        let former = keys.former_part_use(&part.digest, digest);
        if rows.read(Table::Uses, &former, |_| Ok(()))?.is_some() {
            rows.remove(Table::Uses, &former)?;
        }
    }
    if let (Some(subject), Some(place)) = (&row.subject, row.place) {
        rows.remove(Table::Referrers, &keys.referrer(subject, place))?;
    }
    if row.is_stored { leave_holding(rows, keys, digest, Need::Manifest) } else { Ok(()) }
}

/// Each part once: what is named twice counts as what it was named first.
pub(crate) fn listed(parts: &Parts) -> Vec<Part> {
    let blobs = parts.blobs.iter().map(|(digest, media_type)| Part {
        digest: *digest,
        naming: UseRow::Blob { media_type: media_type.clone() },
    });
    let children = parts.children.iter().map(|digest| Part { digest: *digest, naming: UseRow::Child });
    let mut seen = HashSet::new();
    blobs.chain(children).filter(|part| seen.insert(part.digest)).collect()
}
