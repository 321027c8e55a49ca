//! The caller's stars and bookmarks, from their home.

use std::time::Duration;

use atoll_placement::Shard;
use atoll_service::{Caller, Coverage, Error, Marks, Principal, Queries as _, user_home};

use crate::RoutedNode;
use crate::peer::Lane;
use crate::reach::Call;

impl RoutedNode {
    /// The marks of the caller; none for nobody in particular.
    pub(crate) async fn marks_of(&self, caller: &Caller, until: Duration) -> Result<Marks, Error> {
        let Principal::User(user) = &caller.principal else { return Ok(Marks::default()) };
        if let Some(local) = self.alone() {
            return local.marks(caller, user).await;
        }
        let call = Call { caller, until, is_read: true, lane: Lane::Requests };
        let shard = self.reach.routes.shard_of(&user_home(user));
        let ask = |node: std::sync::Arc<dyn atoll_service::Node>, caller: Caller| {
            let user = user.clone();
            async move { node.marks(&caller, &user).await }
        };
        self.reach.at_shard(shard, call, ask).await
    }

    /// Notes in a coverage that the caller's record was not heard: its shard is not among those that have answered in full.
    pub(crate) fn without_home(&self, caller: &Caller, coverage: &mut Coverage) {
        let shard: Shard = self.reach.routes.shard_of(&user_home(caller.name()));
        if coverage.missing.iter().any(|group| group.shards.contains(&shard)) {
            return;
        }
        coverage.answered.retain(|answered| *answered != shard);
        coverage.missing.push(self.missing(shard));
    }
}
