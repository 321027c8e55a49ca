//! Stars and bookmarks: the records of users whose home is here, and the counts of repositories that are.

use async_trait::async_trait;
use atoll_index::{About, Change, Effect, Mutation, Snapshot};
use atoll_service::{Caller, Error, Grant, Marks, SetStar, ToggleMark, Toggled, Users};

use crate::LocalNode;
use crate::failure::from_index;

#[async_trait]
impl Users for LocalNode {
    async fn marks(&self, _caller: &Caller, user: &str) -> Result<Marks, Error> {
        let row = self.own_user(user)?.user(user);
        let row = row.map_err(|error| from_index("reading a user's record", error))?;
        Ok(Marks { starred: row.starred, bookmarked: row.bookmarked })
    }

    async fn toggle_mark(&self, caller: &Caller, user: &str, request: ToggleMark) -> Result<Toggled, Error> {
        self.own_user(user)?;
        let ToggleMark { repository, mark, visibility } = request;
        if !visibility.admits(&repository) {
            return Err(Error::RepositoryUnknown(repository));
        }
        let about = About::User(user.to_owned());
        let command =
            self.command(caller, (about, Grant::default()), Mutation::ToggleMark { repository, mark });
        let _changing = self.changing().await;
        let change = self.parts.index.submit(command).await;
        let change = change.map_err(|error| from_index("toggling a mark", error))?;
        toggled(&change).ok_or_else(|| Error::Internal("a toggle without an effect".to_owned()))
    }

    async fn set_star(&self, caller: &Caller, request: SetStar) -> Result<(), Error> {
        self.own(&request.repository)?;
        let SetStar { repository, user, is_on, number } = request;
        let mutation = Mutation::SetStar { user, is_on, number };
        let command = self.command(caller, (repository, Grant::default()), mutation);
        let _changing = self.changing().await;
        let counted = self.parts.index.submit(command).await;
        counted.map(|_change| ()).map_err(|error| from_index("counting a star", error))
    }
}

impl LocalNode {
    /// The rows as of now, if the user's home is here.
    fn own_user(&self, user: &str) -> Result<Snapshot, Error> {
        let shard = self.parts.index.snapshot().shard_of_user(user);
        self.own_shards(&[shard])
    }
}

fn toggled(change: &Change) -> Option<Toggled> {
    change.effects.iter().find_map(|effect| match effect {
        Effect::MarkToggled { is_on, number, .. } => Some(Toggled { is_on: *is_on, number: *number }),
        _ => None,
    })
}
