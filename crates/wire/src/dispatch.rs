//! From the name of a method and its bytes to a call of the local node, and back to bytes.

use atoll_oci::{ByteRange, Digest};
use atoll_placement::{MemberId, Shard};
use atoll_service::{
    BlobRead, BlobStat, Body, Caller, Error as NodeError, Grant, ListCatalog, Node, RowPage, empty_body,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Method, envelope, lists};

/// The first version whose speakers can read the rows of shards as they are written now. Those of earlier releases would not find
/// again what a manifest uses.
const WITH_PRESENT_ROWS: u16 = 3;

/// A call as it came.
pub(crate) struct Call<'a> {
    pub(crate) protocol: u16,
    pub(crate) method: Method,
    pub(crate) caller: Caller,
    pub(crate) request: &'a [u8],
    pub(crate) body: Option<Body>,
}

/// What the node said.
pub(crate) struct Reply {
    /// A result of `service`, encoded.
    pub(crate) result: Vec<u8>,
    pub(crate) body: Option<Body>,
}

/// A blob read without its bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ReadAnswer {
    Stream { stat: BlobStat, ranges: Vec<ByteRange> },
    Redirect { url: String },
}

impl Reply {
    pub(crate) fn plain<A: Serialize>(result: &Result<A, NodeError>) -> Result<Self, Error> {
        Ok(Self { result: envelope::value(result)?, body: None })
    }

    fn with_body(self, body: Option<Body>) -> Self {
        Self { body, ..self }
    }
}

/// Asks the node. An error means that the request could not be read.
pub(crate) async fn dispatch(node: &dyn Node, call: Call<'_>) -> Result<Reply, Error> {
    let Call { protocol, method, caller, request, body } = call;
    let caller = &caller;
    match method {
        // Answered before an envelope is read; here it comes under a version that never had it.
        Method::Hello => Err(Error::Malformed("a greeting has no envelope")),
        Method::GetManifest => plain(request, |get| node.get(caller, get)).await,
        Method::HeadManifest => plain(request, |get| node.head(caller, get)).await,
        Method::PutManifest => plain(request, |put| node.put(caller, put)).await,
        Method::RemoveManifest => plain(request, |remove| node.remove(caller, remove)).await,
        Method::ListTags => plain(request, |list| node.tags(caller, list)).await,
        Method::ListReferrers => plain(request, |list| node.referrers(caller, list)).await,
        Method::StatBlob => plain(request, |address| node.stat(caller, address)).await,
        Method::ReadBlob => read_blob(node, caller, request).await,
        Method::MountBlob => plain(request, |mount| node.mount(caller, mount)).await,
        Method::UnlinkBlob => {
            plain(request, |(address, grant): (_, Grant)| node.unlink(caller, address, grant)).await
        }
        Method::BeginUpload => plain(request, |begin| node.begin(caller, begin)).await,
        Method::AppendUpload => {
            plain(request, |append| node.append(caller, append, body.unwrap_or_else(empty_body))).await
        }
        Method::FinishUpload => {
            plain(request, |finish| node.finish(caller, finish, body.unwrap_or_else(empty_body))).await
        }
        Method::UploadProgress => plain(request, |address| node.progress(caller, address)).await,
        Method::CancelUpload => plain(request, |address| node.cancel(caller, address)).await,
        Method::Status => plain(request, |()| node.status(caller)).await,
        Method::Sweep => plain(request, |()| node.sweep(caller)).await,
        Method::LeafRepositories | Method::LeafImages => {
            lists::answer(node, (protocol, method), caller, request).await
        }
        Method::Rows if protocol < WITH_PRESENT_ROWS => Reply::plain::<RowPage>(&Err(NodeError::Unavailable(
            "a member of an earlier release cannot read the rows of this one: shards are handed to it once it is upgraded".to_owned(),
        ))),
        _ => members(node, method, caller, request).await,
    }
}

/// What only members ask one another.
async fn members(node: &dyn Node, method: Method, caller: &Caller, request: &[u8]) -> Result<Reply, Error> {
    match method {
        Method::DescribeRepositories => {
            plain(request, |describe| node.describe_repositories(caller, describe)).await
        }
        Method::DescribeImages => plain(request, |describe| node.describe_images(caller, describe)).await,
        Method::LeafImage => plain(request, |get| node.leaf_image(caller, get)).await,
        Method::LeafExpanded => plain(request, |(get, marks)| node.leaf_expanded(caller, get, marks)).await,
        Method::LeafReferrers => plain(request, |get| node.leaf_referrers(caller, get)).await,
        Method::LeafLayers => plain(request, |image| node.leaf_layers(caller, image)).await,
        Method::LeafHolder => {
            plain(request, |(digest, visibility)| node.leaf_holder(caller, digest, visibility)).await
        }
        Method::LeafFreshness => plain(request, |()| node.leaf_freshness(caller)).await,
        Method::LeafCatalog => {
            plain(request, |(shards, list): (Vec<Shard>, ListCatalog)| async move {
                node.leaf_catalog(caller, &shards, list).await
            })
            .await
        }
        Method::Marks => plain(request, |user: String| async move { node.marks(caller, &user).await }).await,
        Method::ToggleMark => {
            plain(request, |(user, toggle): (String, _)| async move {
                node.toggle_mark(caller, &user, toggle).await
            })
            .await
        }
        Method::SetStar => plain(request, |star| node.set_star(caller, star)).await,
        Method::Standing => plain(request, |asker| node.standing(caller, asker)).await,
        Method::Acquaintances => plain(request, |()| node.acquaintances(caller)).await,
        Method::Rows => plain(request, |rows| node.rows(caller, rows)).await,
        Method::Needed => {
            plain(request, |(shard, after, limit): (Shard, Option<Digest>, usize)| {
                node.needed(caller, shard, after, limit)
            })
            .await
        }
        Method::Content => content(node, caller, request).await,
        Method::YieldShard => plain(request, |wish| node.yield_shard(caller, wish)).await,
        Method::Release => {
            plain(request, |(shard, to): (Shard, MemberId)| node.release(caller, shard, to)).await
        }
        _ => Err(Error::Malformed("it is answered elsewhere")),
    }
}

async fn plain<Q: DeserializeOwned, A: Serialize, F>(
    request: &[u8],
    ask: impl FnOnce(Q) -> F,
) -> Result<Reply, Error>
where
    F: Future<Output = Result<A, NodeError>>,
{
    let (request, _later_fields) = envelope::decode(request)?;
    Reply::plain(&ask(request).await)
}

async fn read_blob(node: &dyn Node, caller: &Caller, request: &[u8]) -> Result<Reply, Error> {
    let (request, _later_fields) = envelope::decode(request)?;
    let (result, body) = match node.read(caller, request).await {
        Ok(BlobRead::Stream { stat, ranges, body }) => (Ok(ReadAnswer::Stream { stat, ranges }), Some(body)),
        Ok(BlobRead::Redirect { url }) => (Ok(ReadAnswer::Redirect { url }), None),
        Err(error) => (Err(error), None),
    };
    Ok(Reply::plain(&result)?.with_body(body))
}

async fn content(node: &dyn Node, caller: &Caller, request: &[u8]) -> Result<Reply, Error> {
    let (digest, _later_fields) = envelope::decode(request)?;
    let (result, body) = match node.content(caller, digest).await {
        Ok(Some((size, body))) => (Ok(Some(size)), Some(body)),
        Ok(None) => (Ok(None), None),
        Err(error) => (Err(error), None),
    };
    Ok(Reply::plain(&result)?.with_body(body))
}
