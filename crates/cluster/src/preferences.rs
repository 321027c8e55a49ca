//! Stars and bookmarks: the user's record decides and numbers, the repository's shard counts.
//!
//! The two may lie on different members, so there is a moment in which a star is set and not counted. If the second step fails it is
//! tried again for some minutes in the background. If this member stops before that succeeds, the count stays one off until the user
//! toggles that star again: numbers only rise, so no late message undoes a later one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use atoll_service::{
    Caller, Error, ListTags, Mark, Node, Preferences, Principal, SetStar, ToggleMark, Toggled, user_home,
};

use crate::RoutedNode;
use crate::reach::Reach;

/// How often a star is brought to its repository before the user is answered, and further times in the background.
const ATTEMPTS_AT_ONCE: u32 = 2;
const ATTEMPTS_LATER: u32 = 10;

/// The first pause in the background; each further one is twice as long, so that the last attempt is after 17 minutes.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Most stars that wait in the background; further ones are left to the next toggle.
const MAX_WAITING: usize = 1_000;

#[async_trait]
impl Preferences for RoutedNode {
    /// In this order: who asks, whether they may see the repository, whether it is here, the mark, the count.
    async fn toggle(&self, caller: &Caller, request: ToggleMark) -> Result<Toggled, Error> {
        let Principal::User(user) = &caller.principal else {
            return Err(Error::Denied("mark repositories: log in first".to_owned()));
        };
        let repository = request.repository.clone();
        if !request.visibility.admits(&repository) {
            return Err(Error::Denied("read the repository".to_owned()));
        }
        let time = self.reach.time(caller);
        self.reach.read(caller, repository.as_str(), |node, caller| is_here(node, caller, &request)).await?;
        let caller = &self.reach.aged(caller, time);
        let home = user_home(user);
        let toggled = self.reach.write(caller, &home, |node, caller| {
            let (user, request) = (user.clone(), request.clone());
            async move { node.toggle_mark(&caller, &user, request).await }
        });
        let toggled = toggled.await?;
        if request.mark == Mark::Star {
            let Toggled { is_on, number } = toggled;
            let caller = &self.reach.aged(caller, time);
            self.count(caller, SetStar { repository, user: user.to_string(), is_on, number }).await;
        }
        Ok(toggled)
    }
}

/// `RepositoryUnknown` if it is not. Nothing is listed: only whether there is a list matters.
async fn is_here(node: Arc<dyn Node>, caller: Caller, request: &ToggleMark) -> Result<(), Error> {
    let list = ListTags { repository: request.repository.clone(), after: None, limit: 1 };
    node.tags(&caller, list).await.map(|_page| ())
}

impl RoutedNode {
    /// Has a star counted, now or later.
    async fn count(&self, caller: &Caller, star: SetStar) {
        let time = self.reach.time(caller);
        for _ in 0..ATTEMPTS_AT_ONCE {
            if is_settled(&set(&self.reach, &self.reach.aged(caller, time), &star).await) {
                return;
            }
        }
        let waiting = Arc::clone(&self.stars_waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            waiting.fetch_sub(1, Ordering::Relaxed);
            tracing::warn!(repository = %star.repository, "a star is not counted until it is toggled again");
            return;
        }
        let (reach, caller) = (self.reach.clone(), Caller { remaining: None, ..caller.clone() });
        self.reach.host.tasks.spawn(async move {
            count_later(&reach, &caller, &star).await;
            waiting.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn count_later(reach: &Reach, caller: &Caller, star: &SetStar) {
    let mut pause = FIRST_PAUSE;
    for _ in 0..ATTEMPTS_LATER {
        reach.clock().sleep(pause).await;
        pause = pause.saturating_mul(2);
        if is_settled(&set(reach, caller, star).await) {
            return;
        }
    }
    tracing::warn!(repository = %star.repository, "a star is not counted until it is toggled again");
}

/// Applying it twice changes nothing, so it may be asked like a read.
async fn set(reach: &Reach, caller: &Caller, star: &SetStar) -> Result<(), Error> {
    let ask = |node: Arc<dyn Node>, caller: Caller| {
        let star = star.clone();
        async move { node.set_star(&caller, star).await }
    };
    reach.read(caller, star.repository.as_str(), ask).await
}

/// Whether trying again is pointless: it is counted, or the repository is gone and its count with it.
fn is_settled(answer: &Result<(), Error>) -> bool {
    match answer {
        Ok(()) | Err(Error::RepositoryUnknown(_)) => true,
        Err(error) => {
            tracing::debug!(%error, "a star could not be counted");
            false
        }
    }
}
