//! Stars and bookmarks: a user's record, and what a repository knows of its stars.

use atoll_oci::Repository;
use atoll_placement::Shard;
use atoll_service as service;
use atoll_service::Mark;

use super::{Act, record, require};
use crate::keys;
use crate::records::{ShardRow, StarCountRow, StarRow, UserRow, load, store};
use crate::{Change, Command, Effect, Error, Rows, Span, Table};

/// Most stars and bookmarks of a user together: the record is one row.
pub const MAX_MARKS: usize = 10_000;

/// Longest name of a user who keeps marks, in bytes: it becomes part of keys.
pub(super) const MAX_USER_BYTES: usize = 1_024;

/// Puts a mark on a repository in a user's record, or takes it off.
pub(super) fn toggle(
    rows: &mut impl Rows,
    shard: Shard,
    command: &Command,
    (user, repository, mark): (&str, &Repository, Mark),
) -> Result<Change, Error> {
    require_name(user)?;
    let state: ShardRow = load(rows, &keys::shard(shard))?.unwrap_or_default();
    let key = keys::user(shard, user);
    let mut row: UserRow = load(rows, &key)?.unwrap_or_default();
    let count = row.starred.len().saturating_add(row.bookmarked.len());
    let marked = match mark {
        Mark::Star => &mut row.starred,
        Mark::Bookmark => &mut row.bookmarked,
    };
    let is_on = !marked.remove(repository);
    if is_on {
        require(count < MAX_MARKS, || service::Error::MarksExhausted { limit: MAX_MARKS as u64 })?;
        marked.insert(repository.clone());
    }
    row.number = row.number.saturating_add(1);
    store(rows, &key, &row)?;
    let effect = Effect::MarkToggled { repository: repository.clone(), mark, is_on, number: row.number };
    record(rows, command, (shard, state), vec![effect])
}

/// Counts a user's star, unless a later toggle was heard of already.
pub(super) fn set<R: Rows>(
    act: &mut Act<'_, R>,
    user: &str,
    (is_on, number): (bool, u64),
) -> Result<(), Error> {
    act.require_repository()?;
    require_name(user)?;
    let (key, count_key) = (act.keys.star(user), act.keys.star(""));
    let before: StarRow = load(act.rows, &key)?.unwrap_or_default();
    if number <= before.number {
        return Ok(());
    }
    store(act.rows, &key, &StarRow { is_on, number })?;
    let StarCountRow { stars } = load(act.rows, &count_key)?.unwrap_or_default();
    let stars = match (before.is_on, is_on) {
        (false, true) => stars.saturating_add(1),
        (true, false) => stars.saturating_sub(1),
        _ => stars,
    };
    store(act.rows, &count_key, &StarCountRow { stars })?;
    act.effects.push(Effect::StarSet { user: user.to_owned(), is_on, stars });
    Ok(())
}

fn require_name(user: &str) -> Result<(), Error> {
    require(!user.is_empty(), || service::Error::Denied("keep marks: log in first".to_owned()))?;
    require(user.len() <= MAX_USER_BYTES, || {
        service::Error::Denied(format!("keep marks under a name of more than {MAX_USER_BYTES} bytes"))
    })
}

/// Forgets the stars of a repository that is gone.
pub(super) fn forget(rows: &mut impl Rows, prefix: &[u8]) -> Result<(), Error> {
    let keys = rows.scan_with(Table::Stars, Span::of(prefix), |key, _| Ok(key.to_vec()))?;
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    keys.iter().try_for_each(|key| rows.remove(Table::Stars, key))
}
