//! Members that others see over the link, each in the version of the protocol that its release speaks.

use std::sync::Arc;

use async_trait::async_trait;
use atoll_host::Host;
use atoll_placement::{ClusterId, LayoutTag, MemberId};
use atoll_service::{Error as NodeError, Node};
use atoll_wire::{
    Certificate, Error, Frames, Gate, Identity, Method, Naming, NoObserver, Patience, RemoteNode,
    RemoteParts, Serve, ServeOptions, ServeParts, Transport,
};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};

const CLUSTER: ClusterId = ClusterId([9; 16]);
const LAYOUT: LayoutTag = LayoutTag { version: 1, digest: [1; 16] };
const LENGTH_BYTES: usize = 4;

/// A member as others see it whose release speaks no newer version of the protocol.
pub(crate) fn of_release(newest: u16, member: MemberId, node: Arc<dyn Node>) -> Arc<dyn Node> {
    let host = Host::system(4);
    let identity = || Identity { cluster: CLUSTER, member, layout: Arc::new(|| LAYOUT) };
    let parts = ServeParts {
        node,
        identity: identity(),
        gate: Arc::new(Open),
        naming: Naming::Members,
        host: host.clone(),
    };
    let serve = Serve::new(parts, ServeOptions::default());
    Arc::new(RemoteNode::new(RemoteParts {
        peer: member,
        identity: identity(),
        transport: OfRelease { serve, newest },
        patience: Patience::default(),
        observer: Arc::new(NoObserver),
        host,
    }))
}

struct OfRelease {
    serve: Serve,
    newest: u16,
}

struct Open;

impl Gate for Open {
    fn admit(&self, _peer: MemberId, _theirs: LayoutTag) -> Result<(), NodeError> {
        Ok(())
    }

    fn host_of(&self, _peer: MemberId) -> Option<String> {
        None
    }
}

impl Certificate for Open {
    fn names(&self, _name: &str) -> bool {
        true
    }
}

#[async_trait]
impl Transport for OfRelease {
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, Error> {
        let answer = self.serve.answer(protocol, method.name(), &Open, request).await;
        if method != Method::Hello {
            assert!(protocol <= self.newest, "a version that the release does not speak");
            return Ok(answer);
        }
        let welcome = answer.try_collect::<Vec<Bytes>>().await?.concat();
        let (cluster, member, oldest, _newest): (ClusterId, MemberId, u16, u16) =
            postcard::from_bytes(&welcome[LENGTH_BYTES..]).unwrap();
        let told = postcard::to_stdvec(&(cluster, member, oldest, self.newest)).unwrap();
        let length = u32::try_from(told.len()).unwrap().to_be_bytes();
        Ok(Box::pin(stream::iter([Ok(Bytes::from([length.as_slice(), &told].concat()))])))
    }
}
