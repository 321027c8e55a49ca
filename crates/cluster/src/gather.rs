//! Asking the members that serve some shards, each shard once, and keeping count of who answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use atoll_placement::{MemberId, Shard};
use atoll_service::{Caller, Coverage, Error, Missing, Node};
use futures_util::future::join_all;

use crate::fault;
use crate::peer::Lane;
use crate::reach::{Call, Reach, Target};
use crate::table::Route;

/// Shards that one member is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) member: MemberId,
    pub(crate) shards: Vec<Shard>,
}

/// Who is asked for what; as many groups as there are members at most, which is how far a question fans out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) groups: Vec<Group>,
    /// Shards that nobody is known to serve.
    pub(crate) unknown: Vec<Shard>,
}

/// What the members said.
pub(crate) struct Heard<T> {
    /// Answers, each with the shards it speaks for.
    pub(crate) answers: Vec<(Group, T)>,
    /// Shards for which there is none.
    pub(crate) missing: Vec<Missing>,
}

impl Group {
    /// These shards, unheard because of `error`.
    pub(crate) fn missing(self, error: &Error) -> Missing {
        let is_retryable = error.kind().is_retryable();
        Missing { shards: self.shards, member: Some(self.member), is_retryable }
    }
}

impl Reach {
    /// Puts shards together by the member that serves them now.
    pub(crate) fn cover(&self, shards: &[Shard]) -> Cover {
        let mut members: BTreeMap<MemberId, Vec<Shard>> = BTreeMap::new();
        let mut unknown = Vec::new();
        {
            let table = self.routes.load();
            for shard in shards {
                match table.route(*shard) {
                    Route::Local => members.entry(self.routes.local()).or_default().push(*shard),
                    Route::Remote(member) => members.entry(member).or_default().push(*shard),
                    Route::Unknown => unknown.push(*shard),
                }
            }
        }
        let mut groups: Vec<_> =
            members.into_iter().map(|(member, shards)| Group { member, shards }).collect();
        // The others work while the local node does.
        groups.sort_by_key(|group| group.member == self.routes.local());
        Cover { groups, unknown }
    }

    /// Asks every group of a cover, and once more, after a look at the table, for the shards that turned out to be elsewhere.
    /// A refusal that is about the question itself is the answer.
    pub(crate) async fn scatter<T, F, Fut>(
        &self,
        caller: &Caller,
        until: Duration,
        cover: Cover,
        ask: F,
    ) -> Result<Heard<T>, Error>
    where
        F: Fn(Arc<dyn Node>, Caller, Group) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let call = Call { caller, until, is_read: true, lane: Lane::Search };
        let mut heard = Heard { answers: Vec::new(), missing: Vec::new() };
        let misdirected = self.ask_cover(call, cover, &ask, &mut heard).await?;
        if !misdirected.is_empty() {
            self.refresh(until).await;
            let cover = self.cover(&misdirected);
            let lost = self.ask_cover(call, cover, &ask, &mut heard).await?;
            if !lost.is_empty() {
                heard.missing.push(Missing { shards: lost, member: None, is_retryable: true });
            }
        }
        Ok(heard)
    }

    /// Gives the shards that the members asked for them do not serve.
    async fn ask_cover<T, F, Fut>(
        &self,
        call: Call<'_>,
        cover: Cover,
        ask: &F,
        heard: &mut Heard<T>,
    ) -> Result<Vec<Shard>, Error>
    where
        F: Fn(Arc<dyn Node>, Caller, Group) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        if !cover.unknown.is_empty() {
            heard.missing.push(Missing { shards: cover.unknown, member: None, is_retryable: true });
        }
        let answers = join_all(cover.groups.iter().map(|group| self.ask_group(call, group, ask))).await;
        let mut misdirected = Vec::new();
        for (group, answer) in cover.groups.into_iter().zip(answers) {
            match answer {
                Ok(answer) => heard.answers.push((group, answer)),
                Err(Error::Misdirected { .. }) => misdirected.extend(group.shards),
                Err(error) if fault::is_about_question(&error) => return Err(error),
                Err(error) => {
                    let (member, shards) = (group.member, group.shards.len());
                    tracing::warn!(%member, shards, %error, "a member did not answer for its shards");
                    heard.missing.push(group.missing(&error));
                }
            }
        }
        Ok(misdirected)
    }

    /// Asks one group of a cover, usually beside others.
    pub(crate) async fn ask_group<T, F, Fut>(
        &self,
        call: Call<'_>,
        group: &Group,
        ask: &F,
    ) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller, Group) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        if group.member == self.routes.local() {
            // What the others are asked leaves for them before the local node works, which does not stop until it is done.
            tokio::task::yield_now().await;
        }
        let target: Option<Target> = self.target(group.member);
        let target = target.ok_or_else(|| Error::Unavailable("the member is not known".to_owned()))?;
        self.call(&target, call, &|node, caller| ask(node, caller, group.clone())).await
    }
}

/// What an answer covers: shards in order, and one group of missing ones for each member and chance.
pub(crate) fn coverage(answered: impl Iterator<Item = Group>, missing: Vec<Missing>) -> Coverage {
    let mut shards: Vec<Shard> = answered.flat_map(|group| group.shards).collect();
    shards.sort_unstable();
    let mut groups: BTreeMap<(Option<MemberId>, bool), Vec<Shard>> = BTreeMap::new();
    for Missing { shards, member, is_retryable } in missing {
        groups.entry((member, is_retryable)).or_default().extend(shards);
    }
    let missing = groups.into_iter().map(|((member, is_retryable), mut shards)| {
        shards.sort_unstable();
        Missing { shards, member, is_retryable }
    });
    Coverage { answered: shards, missing: missing.collect() }
}

#[cfg(test)]
mod tests;
