//! Commands: the only way to change a row. Whoever proposes one puts the time and the rights into it.

use std::borrow::Cow;

use atoll_host::Timestamp;
use atoll_oci::{Descriptor, Digest, Manifest, MediaType, Repository, Tag};
use atoll_placement::MemberId;
use atoll_service::{Grant, Mark, user_home};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::legacy::CommandOfVersion1;
use crate::{Error, codec};

/// Version of commands that this program writes.
pub(crate) const VERSION: u8 = 2;

/// Manifests up to this size live in the index, larger ones in the store.
pub const INLINE_MAX_BYTES: usize = 64 * 1024;

const NAME: &str = "commands";

/// What a command or a change is about. It decides the shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// A repository.
    Repository(Repository),
    /// A user's own record.
    User(String),
}

/// A wish to change one repository, or one user's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What it is about.
    pub about: About,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asks; empty for nobody in particular.
    pub by: String,
    /// Rights over it; the rows decide which of them is needed.
    pub grant: Grant,
    /// What to change.
    pub mutation: Mutation,
}

/// What a command changes. All are about a repository, except [`Mutation::ToggleMark`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mutation {
    /// Links a blob that is durable at its holders. A new link needs `create`; a known one is left, its holders are added to.
    LinkBlob(LinkBlob),
    /// Removes the link to a blob. Needs `delete`; refused while a manifest of the repository names the blob.
    UnlinkBlob {
        /// The blob.
        digest: Digest,
    },
    /// Stores a manifest and points tags at it, all or nothing.
    PutManifest(Box<PutManifest>),
    /// Removes a tag and leaves the manifest. Needs `delete`.
    DeleteTag {
        /// The tag.
        tag: Tag,
    },
    /// Removes a manifest, its tags, and those children that nothing else names. Needs `delete`.
    DeleteManifest {
        /// The manifest.
        digest: Digest,
    },
    /// Adds to the statistics of pulls; manifests that are not there are ignored. Needs no right.
    CountPulls {
        /// What was pulled.
        counts: Vec<PullCount>,
    },
    /// Sets what whoever searches keeps of a manifest; ignored if the manifest is not there. Needs no right.
    SetFacts {
        /// The manifest.
        digest: Digest,
        /// The facts; nothing changes if there are none.
        facts: Bytes,
    },
    /// Counts a user's star. A number that is not above the user's last one changes nothing. Needs no right.
    SetStar {
        /// The user.
        user: String,
        /// Whether the star is there.
        is_on: bool,
        /// Which toggle of this user decided it.
        number: u64,
    },
    /// Puts a mark on a repository in a user's record, or takes it off if it is there. About a user; needs no right.
    ToggleMark {
        /// The repository, which need not be here.
        repository: Repository,
        /// Which mark.
        mark: Mark,
    },
}

/// A blob to link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkBlob {
    /// The blob.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Members that have a durable copy.
    pub holders: Vec<MemberId>,
}

/// A manifest to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutManifest {
    /// Its digest, already verified.
    pub digest: Digest,
    /// The declared media type.
    pub media_type: MediaType,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes, or that they are in the store.
    pub body: Body,
    /// Tags to point at it, each with the rights over it: a new one needs `create`, one to be moved `update`.
    /// Without tags, a new manifest needs the command's own `create`.
    pub tags: Vec<(Tag, Grant)>,
    /// What it names.
    pub parts: Parts,
    /// Whether parts may be missing.
    pub is_sparse: bool,
    /// What whoever searches keeps of it; empty if that is not known, which leaves what is known already.
    pub facts: Bytes,
}

/// Where a manifest's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Here, at most [`INLINE_MAX_BYTES`].
    Inline(Bytes),
    /// Durable in the store.
    Stored,
}

/// What a manifest names, as far as the index keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Config and layers with their media types. Commands of earlier builds leave out layers that need not be in a registry.
    pub blobs: Vec<(Digest, String)>,
    /// Children of an index.
    pub children: Vec<Digest>,
    /// The manifest it refers to.
    pub subject: Option<Digest>,
    /// Its descriptor in JSON as shown among the referrers of its subject; there if and only if it has a subject.
    pub referrer: Option<Bytes>,
    /// Its artifact type, as shown there.
    pub artifact_type: Option<String>,
}

/// Pulls of one manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullCount {
    /// The manifest.
    pub digest: Digest,
    /// How often.
    pub times: u64,
    /// The latest pull.
    pub last_at: Timestamp,
}

impl About {
    /// The text whose hash decides the shard.
    pub fn home(&self) -> Cow<'_, str> {
        match self {
            Self::Repository(repository) => repository.as_str().into(),
            Self::User(user) => user_home(user).into(),
        }
    }
}

impl Mutation {
    /// The facts that it carries; empty without any.
    pub(crate) fn facts(&self) -> Bytes {
        match self {
            Self::PutManifest(put) => put.facts.clone(),
            Self::SetFacts { facts, .. } => facts.clone(),
            _ => Bytes::new(),
        }
    }
}

impl From<Repository> for About {
    fn from(repository: Repository) -> Self {
        Self::Repository(repository)
    }
}

impl Command {
    /// The bytes that travel in a log: a version, then the command.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        codec::encode_as(NAME, VERSION, self)
    }

    /// Reads what [`Command::encode`] wrote, now or in an earlier version. `Newer` for a version that this program does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        match codec::versioned(NAME, VERSION, bytes)? {
            (1, rest) => Ok(codec::take::<CommandOfVersion1>(NAME, rest)?.0.into()),
            (_, rest) => Ok(codec::take(NAME, rest)?.0),
        }
    }
}

impl Parts {
    /// What a manifest of this digest and size (in bytes) names. The one place that decides it, for pushes and rebuilds alike.
    pub fn of(manifest: &Manifest, digest: Digest, size: u64) -> Self {
        let subject = manifest.subject.as_ref().map(|subject| subject.digest);
        let artifact_type = manifest.effective_artifact_type().map(str::to_owned);
        let descriptor = Descriptor {
            media_type: manifest.media_type.as_str().to_owned(),
            digest,
            size,
            annotations: manifest.annotations.clone(),
            platform: None,
            artifact_type: artifact_type.clone(),
        };
        // Rendering plain texts and numbers cannot fail; if it did, the referrer would be missing from one list, not the push.
        let referrer = subject.and_then(|_| serde_json::to_vec(&descriptor).ok()).map(Bytes::from);
        Self {
            blobs: manifest.blobs().map(|blob| (blob.digest, blob.media_type.clone())).collect(),
            children: manifest.manifests.iter().map(|child| child.digest).collect(),
            subject,
            referrer,
            artifact_type,
        }
    }
}
