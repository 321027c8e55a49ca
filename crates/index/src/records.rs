//! The rows. All times come from commands; no row holds anything that another member could see differently.

use std::collections::BTreeSet;
use std::fmt;

use atoll_host::Timestamp;
use atoll_oci::{Digest, MediaType, Repository};
use atoll_placement::{LayoutTag, MemberId};
use atoll_service::Tenure;
use bytes::Bytes;
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::codec::{self, packed};
use crate::{Change, Error, Reads, Rows, Table};

/// A row of one table.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// The table.
    const TABLE: Table;
    /// The version of the row that this program writes and reads.
    const VERSION: u8 = codec::VERSION;
}

/// Reads a row.
pub(crate) fn load<T: Record>(rows: &impl Reads, key: &[u8]) -> Result<Option<T>, Error> {
    rows.read(T::TABLE, key, decode_row)
}

/// Decodes a row that was read already.
pub(crate) fn decode_row<T: Record>(value: &[u8]) -> Result<T, Error> {
    let (_, rest) = codec::versioned(T::TABLE.name(), T::VERSION, value)?;
    codec::take(T::TABLE.name(), rest).map(|(row, _)| row)
}

/// Decodes a row that borrows from its value.
pub(crate) fn lend_row<'a, T: Deserialize<'a>>(table: Table, value: &'a [u8]) -> Result<T, Error> {
    codec::decode_front(table.name(), value).map(|(row, _)| row)
}

/// Writes a row.
pub(crate) fn store<T: Record>(rows: &mut impl Rows, key: &[u8], row: &T) -> Result<(), Error> {
    let value = codec::encode_as(T::TABLE.name(), T::VERSION, row)?;
    rows.put(T::TABLE, key, &value)
}

/// A repository: exists while it has a manifest or a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryRow {
    /// When its first blob or manifest came.
    pub created_at: Timestamp,
    /// Who sent that; empty for nobody in particular.
    pub created_by: String,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRow {
    /// The manifest it points at.
    #[serde(with = "packed")]
    pub digest: Digest,
    /// When the name was first set; moving the tag does not change it.
    pub tagged_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

/// Facts of a manifest. The bytes of small ones are in the index, those of large ones in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRow {
    /// The media type of the latest push.
    pub media_type: MediaType,
    /// Size in bytes.
    pub size: u64,
    /// When it was first pushed.
    pub pushed_at: Timestamp,
    /// Who pushed it first; empty for nobody in particular.
    pub pushed_by: String,
    /// Type of the artifact, as shown among referrers.
    pub artifact_type: Option<String>,
    /// The manifest it refers to, which need not be here.
    #[serde(with = "packed::optional")]
    pub subject: Option<Digest>,
    /// Place among the referrers of its subject: the shard's position at its first push.
    pub place: Option<u64>,
    /// Whether its bytes are in the store rather than in the index.
    pub is_stored: bool,
}

/// A [`ManifestRow`] as it lies in the database, with what is kept of it for whoever searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct LentManifest<'a> {
    /// The media type of the latest push.
    pub media_type: &'a str,
    /// Size in bytes.
    pub size: u64,
    /// When it was first pushed.
    pub pushed_at: Timestamp,
    /// Who pushed it first; empty for nobody in particular.
    pub pushed_by: &'a str,
    #[serde(rename = "artifact_type")]
    _artifact_type: Option<&'a str>,
    #[serde(rename = "subject")]
    _subject: Option<&'a [u8]>,
    #[serde(rename = "place")]
    _place: Option<u64>,
    #[serde(rename = "is_stored")]
    _is_stored: bool,
    /// The facts; empty if they are not known, or among those that [`crate::View::each_facts`] shows.
    #[serde(skip)]
    pub facts: &'a [u8],
}

impl<'a> LentManifest<'a> {
    pub(crate) fn decode(value: &'a [u8]) -> Result<Self, Error> {
        let (row, facts, _) = decode_manifest::<Self>(value)?;
        Ok(Self { facts, ..row })
    }
}

/// How often a manifest was pulled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Pulls, as far as they were counted.
    pub pulls: u64,
    /// The latest of them.
    pub last_pulled_at: Timestamp,
}

/// The link from a repository to a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRow {
    /// Size in bytes.
    pub size: u64,
    /// When it was first linked.
    pub linked_at: Timestamp,
    /// Members that have confirmed a durable copy, in order.
    pub holders: Vec<MemberId>,
}

/// A manifest's row with what follows it in the same value: what whoever searches keeps of it, what it names, and its bytes unless
/// the store has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WholeManifest {
    pub(crate) row: ManifestRow,
    /// Empty if they are not known, or in a row of their own, where an earlier version of this program put them.
    pub(crate) facts: Bytes,
    pub(crate) parts: Vec<Part>,
    pub(crate) body: Bytes,
}

/// The version of a manifest's value that has facts; without them it is [`codec::VERSION`], as it always was.
const WITH_FACTS: u8 = 2;

impl WholeManifest {
    /// Reads a manifest with everything; [`load`] of a [`ManifestRow`] reads its facts only.
    pub(crate) fn load(rows: &impl Reads, key: &[u8]) -> Result<Option<Self>, Error> {
        rows.read(Table::Manifests, key, Self::decode)
    }

    pub(crate) fn store(&self, rows: &mut impl Rows, key: &[u8]) -> Result<(), Error> {
        let name = Table::Manifests.name();
        let value = if self.facts.is_empty() {
            codec::encode(name, &self.row)?
        } else {
            codec::append(name, &self.facts, codec::encode_as(name, WITH_FACTS, &self.row)?)?
        };
        let mut value = codec::append(name, &self.parts, value)?;
        value.extend_from_slice(&self.body);
        rows.put(Table::Manifests, key, &value)
    }

    pub(crate) fn decode(value: &[u8]) -> Result<Self, Error> {
        let (row, facts, rest) = decode_manifest(value)?;
        let (parts, body) = codec::take(Table::Manifests.name(), rest)?;
        let (facts, body) = (Bytes::copy_from_slice(facts), Bytes::copy_from_slice(body));
        Ok(Self { row, facts, parts, body })
    }
}

/// A manifest's row, and its bytes unless the store has them.
pub(crate) fn load_content(
    rows: &impl Reads,
    key: &[u8],
) -> Result<Option<(ManifestRow, Option<Bytes>)>, Error> {
    rows.read(Table::Manifests, key, |value| {
        let (row, _, rest) = decode_manifest::<ManifestRow>(value)?;
        let (PassedParts, body) = codec::take(Table::Manifests.name(), rest)?;
        let is_here = !row.is_stored;
        Ok((row, is_here.then(|| Bytes::copy_from_slice(body))))
    })
}

/// A manifest's row and its facts, and what lies behind them.
pub(crate) fn decode_manifest<'a, T: Deserialize<'a>>(
    value: &'a [u8],
) -> Result<(T, &'a [u8], &'a [u8]), Error> {
    let name = Table::Manifests.name();
    let (version, rest) = codec::versioned(name, WITH_FACTS, value)?;
    let (row, rest) = codec::take(name, rest)?;
    let (facts, rest) = if version == WITH_FACTS { codec::take(name, rest)? } else { (&[][..], rest) };
    Ok((row, facts, rest))
}

/// One thing that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    #[serde(with = "packed")]
    pub(crate) digest: Digest,
    pub(crate) naming: UseRow,
}

/// What a manifest names, passed over: a pull wants what lies behind it.
struct PassedParts;

/// A [`Part`] as it lies in the database.
#[derive(Deserialize)]
struct PassedPart<'a> {
    #[serde(rename = "digest")]
    _digest: &'a [u8],
    #[serde(rename = "naming", borrow)]
    _naming: PassedUse<'a>,
}

/// A [`UseRow`] as it lies in the database.
#[derive(Deserialize)]
enum PassedUse<'a> {
    Blob {
        #[serde(rename = "media_type")]
        _media_type: &'a str,
    },
    Child,
}

impl<'de> Deserialize<'de> for PassedParts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self)
    }
}

impl<'de> Visitor<'de> for PassedParts {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what a manifest names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self, A::Error> {
        while parts.next_element::<PassedPart<'de>>()?.is_some() {}
        Ok(self)
    }
}

/// As what a manifest names something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UseRow {
    /// As config or layer of this media type.
    Blob { media_type: String },
    /// As a child of an index.
    Child,
}

/// One manifest among the referrers of its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReferrerRow {
    #[serde(with = "packed")]
    pub(crate) digest: Digest,
    pub(crate) artifact_type: Option<String>,
    /// Descriptor in JSON.
    pub(crate) descriptor: Bytes,
}

/// A [`ReferrerRow`] as it lies in the database, so that a page copies only what it shows.
#[derive(Deserialize)]
pub(crate) struct LentReferrer<'a> {
    /// Not looked at here: the descriptor names it too.
    #[serde(rename = "digest")]
    _digest: &'a [u8],
    pub(crate) artifact_type: Option<&'a str>,
    pub(crate) descriptor: &'a [u8],
}

/// Why a repository needs a digest kept in the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HoldingRow {
    /// It is linked as a blob.
    pub(crate) is_blob: bool,
    /// It is a manifest too large for the index.
    pub(crate) is_manifest: bool,
}

/// How far a shard is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShardRow {
    /// Position of the last command that changed something.
    pub(crate) applied: u64,
    /// Repositories in the shard.
    pub(crate) repositories: u64,
}

/// What a user has marked. Stays when nothing is marked any more, so that its numbers go on rising.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// Number of the latest toggle.
    pub number: u64,
    /// Starred repositories.
    pub starred: BTreeSet<Repository>,
    /// Bookmarked repositories.
    pub bookmarked: BTreeSet<Repository>,
}

/// A user's star, on or off. One that is off stays while its repository does, so that an older toggle that comes late is known as such.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StarRow {
    pub(crate) is_on: bool,
    /// The user's toggle that decided it.
    pub(crate) number: u64,
}

/// How many stars of a repository are on: under the key of the user without a name, who can have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StarCountRow {
    pub(crate) stars: u64,
}

/// What this member has to do with a shard. No row means that it has nothing to do with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TenureRow {
    pub(crate) tenure: Tenure,
    /// The layout under which the shard was given away, if it was.
    pub(crate) layout: Option<LayoutTag>,
}

macro_rules! records {
    ($($row:ty => $table:ident),* $(,)?) => {
        $(impl Record for $row { const TABLE: Table = Table::$table; })*
    };
}

records! {
    RepositoryRow => Repositories,
    TagRow => Tags,
    Statistics => Statistics,
    BlobRow => Blobs,
    UseRow => Uses,
    ReferrerRow => Referrers,
    HoldingRow => Holdings,
    ShardRow => Shards,
    UserRow => Users,
    StarRow => Stars,
    StarCountRow => Stars,
    TenureRow => Tenures,
}

/// Read alone; written by [`WholeManifest::store`].
impl Record for ManifestRow {
    const TABLE: Table = Table::Manifests;
    const VERSION: u8 = WITH_FACTS;
}

impl Record for Change {
    const TABLE: Table = Table::Changes;
    const VERSION: u8 = 2;
}
