//! What earlier versions wrote and this one still reads: the commands of a log that was left by version 1.
//!
//! Postcard does not name fields, so a changed type is another type here, and its order of fields and variants is fixed for good.

use atoll_host::Timestamp;
use atoll_oci::{Digest, MediaType, Repository, Tag};
use atoll_service::Grant;
use bytes::Bytes;
use serde::Deserialize;

use crate::{About, Body, Command, LinkBlob, Mutation, Parts, PullCount, PutManifest};

/// A command as version 1 wrote it: always about a repository.
#[derive(Deserialize)]
pub(crate) struct CommandOfVersion1 {
    repository: Repository,
    at: Timestamp,
    by: String,
    grant: Grant,
    mutation: MutationOfVersion1,
}

#[derive(Deserialize)]
enum MutationOfVersion1 {
    LinkBlob(LinkBlob),
    UnlinkBlob { digest: Digest },
    PutManifest(Box<PutManifestOfVersion1>),
    DeleteTag { tag: Tag },
    DeleteManifest { digest: Digest },
    CountPulls { counts: Vec<PullCount> },
}

/// Without facts.
#[derive(Deserialize)]
struct PutManifestOfVersion1 {
    digest: Digest,
    media_type: MediaType,
    size: u64,
    body: Body,
    tags: Vec<(Tag, Grant)>,
    parts: Parts,
    is_sparse: bool,
}

impl From<CommandOfVersion1> for Command {
    fn from(old: CommandOfVersion1) -> Self {
        let CommandOfVersion1 { repository, at, by, grant, mutation } = old;
        Self { about: About::Repository(repository), at, by, grant, mutation: mutation.into() }
    }
}

impl From<MutationOfVersion1> for Mutation {
    fn from(old: MutationOfVersion1) -> Self {
        match old {
            MutationOfVersion1::LinkBlob(link) => Self::LinkBlob(link),
            MutationOfVersion1::UnlinkBlob { digest } => Self::UnlinkBlob { digest },
            MutationOfVersion1::PutManifest(put) => Self::PutManifest(Box::new((*put).into())),
            MutationOfVersion1::DeleteTag { tag } => Self::DeleteTag { tag },
            MutationOfVersion1::DeleteManifest { digest } => Self::DeleteManifest { digest },
            MutationOfVersion1::CountPulls { counts } => Self::CountPulls { counts },
        }
    }
}

impl From<PutManifestOfVersion1> for PutManifest {
    fn from(old: PutManifestOfVersion1) -> Self {
        let PutManifestOfVersion1 { digest, media_type, size, body, tags, parts, is_sparse } = old;
        Self { digest, media_type, size, body, tags, parts, is_sparse, facts: Bytes::new() }
    }
}
