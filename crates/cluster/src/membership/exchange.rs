//! Asking the other members how they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_placement::MemberId;
use atoll_service::{Caller, Error, Node, Standing};
use futures_util::{FutureExt as _, StreamExt as _};

use super::Membership;
use super::peers::Peer;

/// Members asked at a time.
const MAX_ASKED_AT_A_TIME: usize = 32;

impl Membership {
    /// Tells every other member how the local one is, and gives what they say.
    pub(super) async fn exchange(&self) -> BTreeMap<MemberId, Result<Standing, Error>> {
        let asked: Vec<(MemberId, Arc<dyn Node>)> = {
            let view = self.view();
            let is_asked = |(id, peer): &(&MemberId, &Peer)| view.picture.is_worth_asking(**id, &peer.known);
            let peers = view.peers.0.iter().filter(is_asked);
            peers.map(|(id, peer)| (*id, Arc::clone(&peer.node))).collect()
        };
        if asked.is_empty() {
            // How the local member is costs a look at its store; a server alone tells it to nobody.
            return BTreeMap::new();
        }
        let mine = match self.parts.local.standing(&Caller::internal("membership"), None).await {
            Ok(standing) => Some(standing),
            Err(_told) if self.is_given_up() => None,
            Err(error) => {
                tracing::warn!(%error, "the local member cannot say how it is");
                None
            }
        };
        let questions: Vec<_> = asked
            .into_iter()
            .map(|(id, node)| {
                let mine = mine.clone();
                // Boxed, because the compiler cannot see that a future which borrows here may move between threads.
                async move { (id, self.ask(id, node, mine).await) }.boxed()
            })
            .collect();
        futures_util::stream::iter(questions).buffer_unordered(MAX_ASKED_AT_A_TIME).collect().await
    }

    async fn ask(
        &self,
        id: MemberId,
        node: Arc<dyn Node>,
        mine: Option<Standing>,
    ) -> Result<Standing, Error> {
        let patience = self.options.pace.patience;
        let caller = Caller { remaining: Some(patience), ..Caller::internal("membership") };
        let standing = tokio::select! {
            biased;
            answer = node.standing(&caller, mine) => answer?,
            () = self.parts.host.clock.sleep(patience) => return Err(Error::DeadlineExceeded),
        };
        if standing.cluster != self.options.cluster || standing.member != id {
            return Err(Error::LayoutMismatch(format!(
                "the address of member {id} is answered by member {} of cluster {}",
                standing.member, standing.cluster
            )));
        }
        Ok(standing)
    }
}
