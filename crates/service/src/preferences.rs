//! What users keep for themselves: stars and bookmarks. A user's record lives in the shard of `user/NAME`, the count of a
//! repository's stars in the repository's own shard.

use std::collections::BTreeSet;

use async_trait::async_trait;
use atoll_oci::Repository;
use serde::{Deserialize, Serialize};

use crate::{Caller, Error, Visibility};

/// What a user can put on a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mark {
    /// A star, which others see counted.
    Star,
    /// A bookmark, which nobody else sees.
    Bookmark,
}

/// A user's stars and bookmarks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Marks {
    /// Starred repositories.
    pub starred: BTreeSet<Repository>,
    /// Bookmarked repositories.
    pub bookmarked: BTreeSet<Repository>,
}

/// Puts a mark on a repository, or takes it off if it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToggleMark {
    /// The repository.
    pub repository: Repository,
    /// Which mark.
    pub mark: Mark,
    /// What the caller may see.
    pub visibility: Visibility,
}

/// What a toggle came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toggled {
    /// Whether the mark is there now.
    pub is_on: bool,
    /// Which toggle of this user it was: a later one has a higher number.
    pub number: u64,
}

/// Tells a repository's shard about a user's star. Applying it again, or after one with a higher number, changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetStar {
    /// The repository.
    pub repository: Repository,
    /// The user.
    pub user: String,
    /// Whether the star is there.
    pub is_on: bool,
    /// From [`Toggled::number`].
    pub number: u64,
}

/// The root's side.
#[async_trait]
pub trait Preferences: Send + Sync {
    /// Puts a mark or takes it off. `Denied` for nobody in particular, `RepositoryUnknown` if it is not here.
    async fn toggle(&self, caller: &Caller, request: ToggleMark) -> Result<Toggled, Error>;
}

/// The member's side. User names are not repository names, so they hash as `user/NAME` ([`user_home`]).
#[async_trait]
pub trait Users: Send + Sync {
    /// A user's stars and bookmarks; empty for a user without any. Asked of the user's home.
    async fn marks(&self, caller: &Caller, user: &str) -> Result<Marks, Error>;

    /// Toggles a mark in a user's record. Asked of the user's home.
    async fn toggle_mark(&self, caller: &Caller, user: &str, request: ToggleMark) -> Result<Toggled, Error>;

    /// Counts a star. Asked of the repository's owner; `RepositoryUnknown` if it is not here.
    async fn set_star(&self, caller: &Caller, request: SetStar) -> Result<(), Error>;
}

/// The text whose shard is the home of a user's record.
pub fn user_home(user: &str) -> String {
    format!("user/{user}")
}
