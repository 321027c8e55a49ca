//! Questions for lists and their answers, in the forms that they have in each version of the protocol.

mod former;
mod packed;

use atoll_placement::Shard;
use atoll_service::{
    Caller, Error as NodeError, ImageHits, LeafImages, LeafRepositories, Node, RepositoryHits,
};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dispatch::Reply;
use crate::envelope::{self, Envelope};
use crate::form::{Form, message, result};
use crate::{Error, Method};
pub(crate) use former::{LeafImagesOfVersion1, LeafRepositoriesOfVersion1};
pub(crate) use packed::{BareImage, BareRepository, Packed};

/// The first version with the present forms.
const PRESENT: u16 = 2;

/// Asks for repositories.
pub(crate) struct AskRepositories<'a>(pub(crate) &'a [Shard], pub(crate) LeafRepositories);

/// Asks for images.
pub(crate) struct AskImages<'a>(pub(crate) &'a [Shard], pub(crate) LeafImages);

impl Form<RepositoryHits> for AskRepositories<'_> {
    fn encode(&self, protocol: u16, envelope: Envelope) -> Result<Bytes, Error> {
        let Self(shards, request) = self;
        if protocol < PRESENT {
            return message(envelope, (shards, LeafRepositoriesOfVersion1::from(request.clone())));
        }
        message(envelope, (shards, request))
    }

    fn decode(&self, protocol: u16, bytes: &[u8]) -> Result<Result<RepositoryHits, NodeError>, Error> {
        if protocol < PRESENT {
            return result(bytes);
        }
        let packed: Result<Packed<BareRepository>, _> = result(bytes)?;
        packed.map_or_else(|error| Ok(Err(error)), |packed| packed.into_repositories().map(Ok))
    }
}

impl Form<ImageHits> for AskImages<'_> {
    fn encode(&self, protocol: u16, envelope: Envelope) -> Result<Bytes, Error> {
        let Self(shards, request) = self;
        if protocol < PRESENT {
            return message(envelope, (shards, LeafImagesOfVersion1::from(request.clone())));
        }
        message(envelope, (shards, request))
    }

    fn decode(&self, protocol: u16, bytes: &[u8]) -> Result<Result<ImageHits, NodeError>, Error> {
        if protocol < PRESENT {
            return result(bytes);
        }
        let packed: Result<Packed<BareImage>, _> = result(bytes)?;
        packed.map_or_else(|error| Ok(Err(error)), |packed| packed.into_images().map(Ok))
    }
}

/// Answers a question for a list.
pub(crate) async fn answer(
    node: &dyn Node,
    (protocol, method): (u16, Method),
    caller: &Caller,
    request: &[u8],
) -> Result<Reply, Error> {
    if method == Method::LeafImages {
        let (shards, list) = question::<_, LeafImagesOfVersion1>(protocol, request)?;
        let hits = node.leaf_images(caller, &shards, list).await;
        return if protocol < PRESENT { Reply::plain(&hits) } else { packed(hits, Packed::images) };
    }
    let (shards, list) = question::<_, LeafRepositoriesOfVersion1>(protocol, request)?;
    let hits = node.leaf_repositories(caller, &shards, list).await;
    if protocol < PRESENT { Reply::plain(&hits) } else { packed(hits, Packed::repositories) }
}

fn question<Q, Former>(protocol: u16, request: &[u8]) -> Result<(Vec<Shard>, Q), Error>
where
    Q: DeserializeOwned + From<Former>,
    Former: DeserializeOwned,
{
    if protocol < PRESENT {
        let ((shards, former), _later_fields) = envelope::decode::<(_, Former)>(request)?;
        return Ok((shards, former.into()));
    }
    Ok(envelope::decode(request)?.0)
}

fn packed<H, R: Serialize>(
    hits: Result<H, NodeError>,
    pack: impl FnOnce(H) -> Result<Packed<R>, Error>,
) -> Result<Reply, Error> {
    match hits {
        Ok(hits) => Reply::plain(&Ok(pack(hits)?)),
        Err(error) => Reply::plain(&Err::<(), _>(error)),
    }
}
