//! From a command to writes. Pure: no clock, no randomness, no I/O but the rows, so that replaying a shard's commands anywhere gives
//! the same rows. All checks of a command come before its first write: a refused command changes nothing.

mod blobs;
mod manifests;
mod pulls;
mod removal;
mod stars;

use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_service as service;

use crate::keys::{self, RepositoryKeys};
use crate::records::{RepositoryRow, ShardRow, load, store};
use crate::{About, CHANGES_KEPT, Change, Command, Effect, Error, Mutation, Rows, Span, Table};

pub use stars::MAX_MARKS;

/// Changes that are trimmed at a time.
const TRIM_STEP: u64 = 50;

/// Applies a command to the rows of its shard. `Refused` leaves the rows as they were; after any other error they must be thrown
/// away.
pub fn apply(rows: &mut impl Rows, shard: Shard, command: &Command) -> Result<Change, Error> {
    let repository = match (&command.about, &command.mutation) {
        (About::User(user), Mutation::ToggleMark { repository, mark }) => {
            return stars::toggle(rows, shard, command, (user, repository, *mark));
        }
        (About::Repository(repository), _) => repository,
        (About::User(_), _) => return Err(misplaced()),
    };
    let mut act = Act::begin(rows, shard, command, repository)?;
    match &command.mutation {
        Mutation::LinkBlob(link) => blobs::link(&mut act, link)?,
        Mutation::UnlinkBlob { digest } => blobs::unlink(&mut act, digest)?,
        Mutation::PutManifest(put) => manifests::put(&mut act, put)?,
        Mutation::DeleteTag { tag } => removal::delete_tag(&mut act, tag)?,
        Mutation::DeleteManifest { digest } => removal::delete_manifest(&mut act, digest)?,
        Mutation::CountPulls { counts } => pulls::count(&mut act, counts)?,
        Mutation::SetFacts { digest, facts } => manifests::set_facts(&mut act, digest, facts)?,
        Mutation::SetStar { user, is_on, number } => stars::set(&mut act, user, (*is_on, *number))?,
        Mutation::ToggleMark { .. } => return Err(misplaced()),
    }
    act.finish()
}

fn misplaced() -> Error {
    service::Error::Internal(
        "the command is about a repository where it must be about a user, or the other way round".to_owned(),
    )
    .into()
}

/// One command about a repository at work.
struct Act<'a, R> {
    rows: &'a mut R,
    command: &'a Command,
    repository: &'a Repository,
    keys: RepositoryKeys,
    shard: Shard,
    state: ShardRow,
    effects: Vec<Effect>,
}

impl<'a, R: Rows> Act<'a, R> {
    fn begin(
        rows: &'a mut R,
        shard: Shard,
        command: &'a Command,
        repository: &'a Repository,
    ) -> Result<Self, Error> {
        let keys = RepositoryKeys::new(shard, repository);
        let state = load(rows, &keys::shard(shard))?.unwrap_or_default();
        Ok(Self { rows, command, repository, keys, shard, state, effects: Vec::new() })
    }

    /// The shard's position once this command is applied.
    fn position(&self) -> u64 {
        self.state.applied.saturating_add(1)
    }

    fn contains(&self, table: Table, key: &[u8]) -> Result<bool, Error> {
        Ok(self.rows.read(table, key, |_| Ok(()))?.is_some())
    }

    /// Whether any key of a table begins so.
    fn has_any(&self, table: Table, prefix: &[u8]) -> Result<bool, Error> {
        Ok(self.rows.scan(table, Span::of(prefix))?.next().transpose()?.is_some())
    }

    fn has_manifest(&self, digest: &Digest) -> Result<bool, Error> {
        self.contains(Table::Manifests, &self.keys.digest(digest))
    }

    fn has_blob(&self, digest: &Digest) -> Result<bool, Error> {
        self.contains(Table::Blobs, &self.keys.digest(digest))
    }

    fn require_repository(&self) -> Result<(), Error> {
        let is_here = self.contains(Table::Repositories, self.keys.prefix())?;
        require(is_here, || service::Error::RepositoryUnknown(self.repository.clone()))
    }

    fn require_delete(&self) -> Result<(), Error> {
        require(self.command.grant.delete, || service::Error::Denied("delete".to_owned()))
    }

    fn manifest_unknown(&self, reference: &impl ToString) -> service::Error {
        service::Error::ManifestUnknown {
            repository: self.repository.clone(),
            reference: reference.to_string(),
        }
    }

    fn create_repository(&mut self) -> Result<(), Error> {
        if self.contains(Table::Repositories, self.keys.prefix())? {
            return Ok(());
        }
        let row = RepositoryRow { created_at: self.command.at, created_by: self.command.by.clone() };
        store(self.rows, self.keys.prefix(), &row)?;
        self.state.repositories = self.state.repositories.saturating_add(1);
        self.effects.push(Effect::RepositoryCreated);
        Ok(())
    }

    /// Removes the repository's row when nothing is left in it.
    fn retire_repository(&mut self) -> Result<(), Error> {
        let prefix = self.keys.prefix();
        if self.has_any(Table::Manifests, prefix)? || self.has_any(Table::Blobs, prefix)? {
            return Ok(());
        }
        self.rows.remove(Table::Repositories, prefix)?;
        stars::forget(self.rows, prefix)?;
        self.state.repositories = self.state.repositories.saturating_sub(1);
        self.effects.push(Effect::RepositoryRemoved);
        Ok(())
    }

    fn finish(self) -> Result<Change, Error> {
        record(self.rows, self.command, (self.shard, self.state), self.effects)
    }
}

/// Advances the shard and records the change, if there is one.
fn record(
    rows: &mut impl Rows,
    command: &Command,
    (shard, state): (Shard, ShardRow),
    effects: Vec<Effect>,
) -> Result<Change, Error> {
    let is_change = !effects.is_empty();
    let position = if is_change { state.applied.saturating_add(1) } else { state.applied };
    let (about, by) = (command.about.clone(), command.by.clone());
    let change = Change { shard, position, about, at: command.at, by, effects };
    if is_change {
        store(rows, &keys::change(shard, position), &change)?;
        trim_changes(rows, shard, position)?;
        store(rows, &keys::shard(shard), &ShardRow { applied: position, ..state })?;
    }
    Ok(change)
}

/// Every [`TRIM_STEP`] positions as many of the oldest changes go: fewer pages are touched than by one at a time.
fn trim_changes(rows: &mut impl Rows, shard: Shard, position: u64) -> Result<(), Error> {
    if !position.is_multiple_of(TRIM_STEP) {
        return Ok(());
    }
    let kept_from = position.saturating_sub(CHANGES_KEPT);
    (kept_from.saturating_sub(TRIM_STEP)..kept_from)
        .try_for_each(|oldest| rows.remove(Table::Changes, &keys::change(shard, oldest)))
}

fn require(is_met: bool, refusal: impl FnOnce() -> service::Error) -> Result<(), Error> {
    if is_met { Ok(()) } else { Err(refusal().into()) }
}

#[cfg(test)]
mod tests;
