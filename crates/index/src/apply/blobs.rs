//! Links to blobs.

use atoll_oci::Digest;
use atoll_service as service;

use super::{Act, require};
use crate::derive::{self, Need};
use crate::records::{UseRow, decode_row, load, store};
use crate::{BlobRow, Effect, Error, LinkBlob, Rows, Span, Table, keys};

pub(super) fn link<R: Rows>(act: &mut Act<'_, R>, link: &LinkBlob) -> Result<(), Error> {
    let key = act.keys.digest(&link.digest);
    let known = load::<BlobRow>(act.rows, &key)?;
    require(known.is_some() || act.command.grant.create, || service::Error::Denied("create".to_owned()))?;
    let mut row =
        known.clone().unwrap_or(BlobRow { size: link.size, linked_at: act.command.at, holders: Vec::new() });
    row.holders.extend_from_slice(&link.holders);
    row.holders.sort_unstable();
    row.holders.dedup();
    if known.as_ref() == Some(&row) {
        return Ok(());
    }
    act.create_repository()?;
    store(act.rows, &key, &row)?;
    derive::enter_holding(act.rows, &act.keys, &link.digest, Need::Blob)?;
    act.effects.push(Effect::BlobLinked { digest: link.digest, size: row.size });
    Ok(())
}

pub(super) fn unlink<R: Rows>(act: &mut Act<'_, R>, digest: &Digest) -> Result<(), Error> {
    act.require_delete()?;
    act.require_repository()?;
    require(act.has_blob(digest)?, || service::Error::BlobUnknown(*digest))?;
    let named = match named_as_blob(act, digest)? {
        None if !act.has_manifest(digest)? => named_as_child(act, digest)?,
        named => named,
    };
    if let Some(manifest) = named {
        return Err(service::Error::BlobInUse { digest: *digest, manifest }.into());
    }
    act.rows.remove(Table::Blobs, &act.keys.digest(digest))?;
    derive::leave_holding(act.rows, &act.keys, digest, Need::Blob)?;
    act.effects.push(Effect::BlobUnlinked { digest: *digest });
    act.retire_repository()
}

/// A manifest that names the digest as config or layer.
pub(super) fn named_as_blob<R: Rows>(act: &Act<'_, R>, digest: &Digest) -> Result<Option<Digest>, Error> {
    first_use(act, digest, |naming| matches!(naming, UseRow::Blob { .. }))
}

/// An index that names the digest as its child.
pub(super) fn named_as_child<R: Rows>(act: &Act<'_, R>, digest: &Digest) -> Result<Option<Digest>, Error> {
    first_use(act, digest, |naming| *naming == UseRow::Child)
}

fn first_use<R: Rows>(
    act: &Act<'_, R>,
    part: &Digest,
    is_meant: impl Fn(&UseRow) -> bool,
) -> Result<Option<Digest>, Error> {
    let prefix = act.keys.digest(part);
    for entry in act.rows.scan(Table::Uses, Span::of(&prefix))? {
        let (key, value) = entry?;
        if is_meant(&decode_row::<UseRow>(&value)?) {
            return keys::naming_manifest(&prefix, &key).map(Some);
        }
    }
    Ok(None)
}
