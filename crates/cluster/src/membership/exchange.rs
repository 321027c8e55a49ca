//! Asking the other members how they are, and whom they know.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_placement::MemberId;
use atoll_service::{Acquaintance, Caller, Error, Node, Standing};
use futures_util::{FutureExt as _, StreamExt as _};

use super::Membership;
use super::peers::Peer;

/// Members asked at a time.
pub(super) const MAX_ASKED_AT_A_TIME: usize = 32;

/// What a member has answered in a round.
pub(crate) struct Told {
    pub(crate) standing: Standing,
    /// Whom it knows; none if it was not asked, or is of a release that cannot say.
    pub(crate) acquaintances: Option<Vec<Acquaintance>>,
}

/// The answers of a round.
pub(crate) type Answers = BTreeMap<MemberId, Result<Told, Error>>;

impl Membership {
    /// Tells every other member how the local one is, and gives what they say.
    pub(super) async fn exchange(&self) -> Answers {
        let (asked, is_curious) = {
            let view = self.view();
            let is_asked = |(id, peer): &(&MemberId, &Peer)| view.picture.is_worth_asking(**id, &peer.known);
            let peers = view.peers.0.iter().filter(is_asked);
            let asked: Vec<_> = peers.map(|(id, peer)| (*id, Arc::clone(&peer.node))).collect();
            (asked, view.picture.wants_acquaintances())
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
                async move {
                    // First, since whoever it has given something to since then shows in how it is.
                    let acquaintances =
                        if is_curious { self.ask_whom_it_knows(&node).await.ok() } else { None };
                    let standing = self.ask(id, node, mine).await;
                    (id, standing.map(|standing| Told { standing, acquaintances }))
                }
                .boxed()
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
        let caller = self.asking();
        let standing = self.patiently(node.standing(&caller, mine)).await?;
        if standing.cluster != self.options.cluster || standing.member != id {
            return Err(Error::LayoutMismatch(format!(
                "the address of member {id} is answered by member {} of cluster {}",
                standing.member, standing.cluster
            )));
        }
        Ok(standing)
    }

    /// Asks a member whom it knows.
    pub(super) async fn ask_whom_it_knows(&self, node: &Arc<dyn Node>) -> Result<Vec<Acquaintance>, Error> {
        let caller = self.asking();
        self.patiently(node.acquaintances(&caller)).await
    }

    fn asking(&self) -> Caller {
        Caller { remaining: Some(self.options.pace.patience), ..Caller::internal("membership") }
    }

    async fn patiently<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            answer = answer => answer,
            () = self.parts.host.clock.sleep(self.options.pace.patience) => Err(Error::DeadlineExceeded),
        }
    }
}
