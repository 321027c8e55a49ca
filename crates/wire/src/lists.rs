//! Questions for lists and their answers, in the forms that they have in each version of the protocol.

mod former;
pub(crate) mod packed;

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
pub(crate) use packed::Packed;

/// The first version with the present forms.
const PRESENT: u16 = 2;

/// Asks for repositories.
pub(crate) struct AskRepositories<'a>(pub(crate) &'a [Shard], pub(crate) LeafRepositories);

/// Asks for images.
pub(crate) struct AskImages<'a>(pub(crate) &'a [Shard], pub(crate) LeafImages);

impl Form<RepositoryHits> for AskRepositories<'_> {
    fn encode(&self, protocol: u16, envelope: Envelope) -> Result<Bytes, Error> {
        asked::<_, LeafRepositoriesOfVersion1>(protocol, envelope, (self.0, &self.1))
    }

    fn decode(&self, protocol: u16, bytes: &[u8]) -> Result<Result<RepositoryHits, NodeError>, Error> {
        answered(protocol, bytes, Packed::into_repositories)
    }
}

impl Form<ImageHits> for AskImages<'_> {
    fn encode(&self, protocol: u16, envelope: Envelope) -> Result<Bytes, Error> {
        asked::<_, LeafImagesOfVersion1>(protocol, envelope, (self.0, &self.1))
    }

    fn decode(&self, protocol: u16, bytes: &[u8]) -> Result<Result<ImageHits, NodeError>, Error> {
        answered(protocol, bytes, Packed::into_images)
    }
}

fn asked<Q: Clone + Serialize, Former: From<Q> + Serialize>(
    protocol: u16,
    envelope: Envelope,
    (shards, request): (&[Shard], &Q),
) -> Result<Bytes, Error> {
    if protocol < PRESENT {
        return message(envelope, (shards, Former::from(request.clone())));
    }
    message(envelope, (shards, request))
}

fn answered<H: DeserializeOwned, R: DeserializeOwned>(
    protocol: u16,
    bytes: &[u8],
    unpack: impl FnOnce(Packed<R>) -> Result<H, Error>,
) -> Result<Result<H, NodeError>, Error> {
    if protocol < PRESENT {
        return result(bytes);
    }
    result::<Packed<R>>(bytes)?.map(unpack).map_or_else(|error| Ok(Err(error)), |hits| hits.map(Ok))
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
