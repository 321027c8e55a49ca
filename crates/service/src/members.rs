//! What members tell one another, and how a shard passes from one to another.

use std::sync::Arc;

use async_trait::async_trait;
use atoll_oci::Digest;
use atoll_placement::{ClusterId, LayoutTag, MemberId, Shard};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Body, Caller, Error};

/// What a member has to do with a shard. Exactly one member of a cluster serves a shard at any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tenure {
    /// Nothing: no rows, and no right to say that there are none.
    #[default]
    Absent,
    /// It serves it.
    Held,
    /// It has stopped serving it for good and waits for that member to confirm that it has everything.
    Yielding {
        /// The new holder.
        to: MemberId,
    },
    /// That member has confirmed; the rows here may go.
    Released {
        /// The new holder.
        to: MemberId,
    },
    /// It is copying the shard and does not serve it yet.
    Taking {
        /// The holder.
        from: MemberId,
    },
}

/// How a member is, as it tells the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Who it is.
    pub member: MemberId,
    /// How often its data folder was begun anew.
    pub incarnation: u64,
    /// Its release, for people.
    pub release: String,
    /// The layout it goes by.
    pub layout: LayoutTag,
    /// The layout it went by before, from which it may still be taking over.
    pub previous: Option<LayoutTag>,
    /// What it has to do with each shard; those it has nothing to do with are left out.
    pub shards: Vec<(Shard, Tenure)>,
    /// Whom it last knew to hold shards that it does not hold itself: nobody may claim these as empty.
    pub last_holders: Vec<(Shard, MemberId)>,
    /// Whether it gives all its shards away.
    pub is_draining: bool,
    /// Repositories held.
    pub repositories: u64,
    /// Bytes of content held; none while they are being counted.
    pub content_bytes: Option<u64>,
    /// Bytes free where the data is.
    pub free_bytes: u64,
    /// Members that were given up: they are never listened to again, and shards that they had are begun anew.
    pub given_up: Vec<MemberId>,
}

/// A member that another one knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquaintance {
    /// Who it is.
    pub member: MemberId,
    /// Where members reach it.
    pub address: String,
    /// Whether it has answered the one who knows it in the last round of asking.
    pub has_answered: bool,
}

/// One row on its way; only the index knows what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedRow {
    /// Number of its table.
    pub table: u8,
    /// Its key.
    pub key: Bytes,
    /// Its value.
    pub value: Bytes,
}

/// Asks for rows of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRows {
    /// The shard.
    pub shard: Shard,
    /// Only rows behind this place, from [`RowPage::next`].
    pub after: Option<Bytes>,
    /// About so many bytes at most.
    pub max_bytes: usize,
}

/// Rows of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPage {
    /// The rows, in order of table and key.
    pub rows: Vec<MovedRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Bytes>,
    /// The shard's position as of this page. Pages of different positions do not belong together.
    pub position: u64,
}

/// Content that the rows of a shard need, by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededContent {
    /// Digests with sizes in bytes, in order of digests.
    pub digests: Vec<(Digest, u64)>,
    /// Behind which digest the next page begins; `None` at the end.
    pub next: Option<Digest>,
}

/// Asks a holder to stop serving a shard for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YieldShard {
    /// The shard.
    pub shard: Shard,
    /// The new holder: the asking member.
    pub to: MemberId,
    /// The layout that gives it the shard.
    pub layout: LayoutTag,
}

/// The holder's side of a hand-over. All of it is safe to ask again.
#[async_trait]
pub trait Handover: Send + Sync {
    /// How the member is. The asker tells the same, so that one exchange informs both.
    async fn standing(&self, caller: &Caller, asker: Option<Standing>) -> Result<Standing, Error>;

    /// Every member that this one remembers, durably, to have been in its list, or to have been told of; itself among them. Nobody is
    /// ever forgotten: what becomes of a shard is judged by whom its former holders could have given it to.
    async fn acquaintances(&self, caller: &Caller) -> Result<Vec<Acquaintance>, Error>;

    /// Rows of a shard that is held or yielded here.
    async fn rows(&self, caller: &Caller, request: ReadRows) -> Result<RowPage, Error>;

    /// The content that a shard's rows need, at most `limit` digests behind `after`.
    async fn needed(
        &self,
        caller: &Caller,
        shard: Shard,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<NeededContent, Error>;

    /// Content by digest, whatever repository needs it; `None` if it is not here.
    async fn content(&self, caller: &Caller, digest: Digest) -> Result<Option<(u64, Body)>, Error>;

    /// Stops serving a shard, durably, and gives its last position. From then on nobody serves it until the new holder does.
    async fn yield_shard(&self, caller: &Caller, request: YieldShard) -> Result<u64, Error>;

    /// The new holder has everything, durably: the rows here may go. Refused unless the shard was yielded to that member. The
    /// holder's own side asks this, once another member has answered that it holds the shard: a message that says so might be a
    /// late one of an earlier hand-over.
    async fn release(&self, caller: &Caller, shard: Shard, to: MemberId) -> Result<(), Error>;
}

/// What the local member needs of the cluster to answer the others. It never learns more than this.
pub trait Bearings: Send + Sync {
    /// How the local member is, without what only its own rows tell: `shards`, `repositories`, `content_bytes`, `free_bytes`.
    fn standing(&self) -> Result<Standing, Error>;

    /// The members that are remembered: [`Handover::acquaintances`].
    fn acquaintances(&self) -> Result<Vec<Acquaintance>, Error>;

    /// Another member has told how it is, by asking. Old news is possible: a request may have been under way for long.
    fn heard(&self, from: Standing);

    /// Refuses a hand-over to a member that the local one does not know, or that its own newer layout does not mean.
    fn admit_yield(&self, request: &YieldShard) -> Result<(), Error>;
}

/// The taking side, and what a member does with its own shards. Asked of the local member only, never over the link.
#[async_trait]
pub trait Custody: Send + Sync {
    /// From now on [`Handover::standing`] tells what these bearings say, and passes on what it hears;
    /// [`Handover::yield_shard`] asks them first. Before, both answer `Unavailable`.
    fn follow(&self, bearings: Arc<dyn Bearings>);

    /// What the local member has to do with each shard; those it has nothing to do with are left out.
    fn tenures(&self) -> Vec<(Shard, Tenure)>;

    /// Repositories that the other members hold, for the limit on all of them.
    fn count_elsewhere(&self, repositories: u64);

    /// Begins to serve a shard of which no member has rows.
    async fn claim(&self, shard: Shard) -> Result<(), Error>;

    /// Remembers, durably, that a shard is being copied, and forgets what an earlier attempt has left.
    async fn begin_taking(&self, shard: Shard, from: MemberId) -> Result<(), Error>;

    /// Whether content of this size in bytes is here. What has another size is damaged, and has to come again.
    async fn has_content(&self, digest: &Digest, size: u64) -> Result<bool, Error>;

    /// Keeps content, verified and durable, for a shard that is being copied.
    async fn keep_content(&self, digest: Digest, size: u64, body: Body) -> Result<(), Error>;

    /// Adds rows to a shard that is being copied.
    async fn add_rows(&self, shard: Shard, rows: Vec<MovedRow>) -> Result<(), Error>;

    /// Serves a shard that was copied whole, durably.
    async fn take(&self, shard: Shard) -> Result<(), Error>;

    /// Gives up copying a shard that another member goes on holding: forgets what was copied, and has nothing to do with it.
    async fn abandon(&self, shard: Shard) -> Result<(), Error>;

    /// Serves again, durably, a shard that was yielded or released to a member that was given up since.
    async fn resume(&self, shard: Shard) -> Result<(), Error>;

    /// Removes the rows of a shard that was released. Afterwards the member has nothing to do with it.
    async fn drop_released(&self, shard: Shard) -> Result<(), Error>;
}
