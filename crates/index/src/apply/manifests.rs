//! Pushing manifests and setting tags.

use std::collections::HashSet;

use atoll_oci::{Digest, MediaType, Tag};
use atoll_service as service;
use atoll_service::Grant;
use bytes::Bytes;

use super::{Act, require};
use crate::derive;
use crate::records::{WholeManifest, load, store};
use crate::{Body, Effect, Error, INLINE_MAX_BYTES, ManifestRow, Parts, PutManifest, Rows, Table, TagRow};

pub(super) fn put<R: Rows>(act: &mut Act<'_, R>, put: &PutManifest) -> Result<(), Error> {
    let known = WholeManifest::load(act.rows, &act.keys.digest(&put.digest))?;
    check_body(put)?;
    let before = check_rights(act, put, known.is_some())?;
    if !put.is_sparse {
        check_parts(act, &put.parts)?;
    }
    act.create_repository()?;
    write_manifest(act, put, known.as_ref())?;
    put.tags.iter().zip(before).try_for_each(|((tag, _), before)| set_tag(act, (tag, before), put.digest))
}

/// Facts that come after the push, from whoever knows to tell more of an old manifest than its pusher did.
pub(super) fn set_facts<R: Rows>(act: &mut Act<'_, R>, digest: &Digest, facts: &Bytes) -> Result<(), Error> {
    let key = act.keys.digest(digest);
    let Some(whole) = WholeManifest::load(act.rows, &key)?.filter(|_| !facts.is_empty()) else {
        return Ok(());
    };
    let is_apart = act.rows.read(Table::Facts, &key, |known| Ok(known == facts.as_ref()))?;
    if whole.facts == facts || (whole.facts.is_empty() && is_apart == Some(true)) {
        return Ok(());
    }
    WholeManifest { facts: facts.clone(), ..whole }.store(act.rows, &key)?;
    act.rows.remove(Table::Facts, &key)?;
    act.effects.push(Effect::FactsSet { digest: *digest });
    Ok(())
}

fn check_body(put: &PutManifest) -> Result<(), Error> {
    let fits = match &put.body {
        Body::Inline(bytes) => bytes.len() <= INLINE_MAX_BYTES,
        Body::Stored => true,
    };
    require(fits, || {
        service::Error::Internal(format!("a manifest of {} bytes belongs in the store", put.size))
    })
}

/// Setting a tag to what it points at already needs either right; the same holds for a manifest that is here already. Gives what each
/// tag points at so far.
fn check_rights<R: Rows>(
    act: &Act<'_, R>,
    put: &PutManifest,
    is_known: bool,
) -> Result<Vec<Option<TagRow>>, Error> {
    if put.tags.is_empty() {
        check_right(act.command.grant, is_known.then_some(true))?;
    }
    let check = |(tag, grant): &(Tag, Grant)| {
        let before = load::<TagRow>(act.rows, &act.keys.tag(tag.as_str()))?;
        check_right(*grant, before.as_ref().map(|row| row.digest == put.digest))?;
        Ok(before)
    };
    put.tags.iter().map(check).collect()
}

/// `stays`: whether what is there stays as it is; `None` when nothing is there.
fn check_right(grant: Grant, stays: Option<bool>) -> Result<(), Error> {
    let (is_met, needed) = match stays {
        None => (grant.create, "create"),
        Some(true) => (grant.create || grant.update, "create or update"),
        Some(false) => (grant.update, "update"),
    };
    require(is_met, || service::Error::Denied(needed.to_owned()))
}

/// Config and layers may also be manifests of the repository, and what an index lists may be blobs, as in the caches of builds: all of
/// it is content that the repository keeps. Foreign layers may lie elsewhere.
fn check_parts<R: Rows>(act: &Act<'_, R>, parts: &Parts) -> Result<(), Error> {
    let mut looked_at = HashSet::new();
    let mut missing = Vec::new();
    for (digest, media_type) in &parts.blobs {
        if !MediaType::is_of_foreign_layer(media_type)
            && looked_at.insert(*digest)
            && !act.has_blob(digest)?
            && !act.has_manifest(digest)?
        {
            missing.push(*digest);
        }
    }
    for digest in &parts.children {
        if looked_at.insert(*digest) && !act.has_manifest(digest)? && !act.has_blob(digest)? {
            missing.push(*digest);
        }
    }
    require(missing.is_empty(), || service::Error::PartsUnknown(missing))
}

fn write_manifest<R: Rows>(
    act: &mut Act<'_, R>,
    put: &PutManifest,
    known: Option<&WholeManifest>,
) -> Result<(), Error> {
    let key = act.keys.digest(&put.digest);
    let before = known.map(|whole| &whole.row);
    let place = before.and_then(|row| row.place).unwrap_or_else(|| act.position());
    let row = ManifestRow {
        media_type: put.media_type.clone(),
        size: put.size,
        pushed_at: before.map_or(act.command.at, |row| row.pushed_at),
        pushed_by: before.map_or(&act.command.by, |row| &row.pushed_by).clone(),
        artifact_type: put.parts.artifact_type.clone(),
        subject: put.parts.subject,
        place: put.parts.subject.map(|_| place),
        is_stored: put.body == Body::Stored,
    };
    let body = match &put.body {
        Body::Inline(bytes) => bytes.clone(),
        Body::Stored => Bytes::new(),
    };
    let known_facts = known.map(|whole| whole.facts.clone()).unwrap_or_default();
    let facts = if put.facts.is_empty() { known_facts } else { put.facts.clone() };
    let whole = WholeManifest { row, facts, parts: derive::listed(&put.parts), body };
    if let Some(known) = known {
        derive::leave_manifest(act.rows, &act.keys, (&put.digest, &known.row), &known.parts)?;
        if !put.facts.is_empty() {
            // An earlier version of this program kept them apart.
            act.rows.remove(Table::Facts, &key)?;
        }
    }
    whole.store(act.rows, &key)?;
    derive::enter_manifest(act.rows, &act.keys, (&put.digest, &whole), put.parts.referrer.as_ref())?;
    act.effects.push(Effect::ManifestPut {
        digest: put.digest,
        media_type: whole.row.media_type,
        subject: whole.row.subject,
        is_new: known.is_none(),
    });
    Ok(())
}

fn set_tag<R: Rows>(
    act: &mut Act<'_, R>,
    (tag, before): (&Tag, Option<TagRow>),
    digest: Digest,
) -> Result<(), Error> {
    let key = act.keys.tag(tag.as_str());
    let tagged_at = before.as_ref().map_or(act.command.at, |row| row.tagged_at);
    store(act.rows, &key, &TagRow { digest, tagged_at, updated_at: act.command.at })?;
    let previous = before.map(|row| row.digest);
    if let Some(moved_from) = previous.filter(|previous| *previous != digest) {
        derive::leave_tag(act.rows, &act.keys, tag, &moved_from)?;
    }
    derive::enter_tag(act.rows, &act.keys, tag, &digest)?;
    act.effects.push(Effect::TagSet { tag: tag.clone(), digest, previous, tagged_at });
    Ok(())
}
