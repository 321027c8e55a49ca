//! What an operator may have a running member do: give its shards away, and give another member up.
//!
//! There are no logins for operators, so a member obeys only who asks from its own machine and proves to know the cluster's
//! key, which stands in the member's configuration. A front on the same machine hands on requests of everybody, and they lack
//! the proof.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use atoll_cluster::membership::Membership;
use atoll_config::Settings;
use atoll_edge::{DRAIN_PATH, GIVE_UP_PATH};
use atoll_oci::{Algorithm, digest_of};
use atoll_placement::{ClusterKey, MemberId};
use atoll_service::{Caller, Error, GiveUp, LostMember, Operator};
use http::Method;

use super::ask::{Unanswered, ask};
use super::table::size;
use super::{Loss, Reach};
use crate::failure::Failure;
use crate::output::say;

/// What a member can be told to do, once it is known that an operator wants it.
#[async_trait]
pub(crate) trait Obey: Send + Sync {
    /// Gives all shards away, or takes the share again. Remembered over restarts.
    async fn drain(&self, is_draining: bool) -> Result<(), Error>;

    /// Gives another member up, or tells what would be lost.
    async fn give_up(&self, order: GiveUp) -> Result<LostMember, Error>;
}

#[async_trait]
impl Obey for Membership {
    async fn drain(&self, is_draining: bool) -> Result<(), Error> {
        Self::drain(self, is_draining).await.map_err(|error| Error::Unavailable(error.to_string()))
    }

    async fn give_up(&self, order: GiveUp) -> Result<LostMember, Error> {
        if order.is_certain {
            Self::give_up(self, order.member, order.is_listed_known).await
        } else {
            self.lost_with(order.member)
        }
    }
}

/// Takes an operator's orders.
pub(crate) struct Orders {
    member: Arc<dyn Obey>,
    proof: String,
}

impl Orders {
    /// Orders for this member of the cluster with this key.
    pub(crate) fn new(member: Arc<dyn Obey>, key: ClusterKey) -> Self {
        Self { member, proof: proof(key) }
    }

    fn admit(&self, caller: &Caller, given: Option<&[u8]>) -> Result<(), Error> {
        let is_local = caller.address.is_some_and(|address| address.ip().to_canonical().is_loopback());
        if !is_local {
            return Err(Error::Denied(
                "give orders, which are taken from the member's own machine only".to_owned(),
            ));
        }
        let is_proven = given.is_some_and(|given| equal(given, self.proof.as_bytes()));
        if is_proven {
            return Ok(());
        }
        Err(Error::Denied(
            "give orders, which is proven by the cluster's key: use `atoll cluster`".to_owned(),
        ))
    }
}

#[async_trait]
impl Operator for Orders {
    async fn drain(&self, caller: &Caller, proof: Option<&[u8]>, is_draining: bool) -> Result<(), Error> {
        self.admit(caller, proof)?;
        self.member.drain(is_draining).await
    }

    async fn give_up(
        &self,
        caller: &Caller,
        proof: Option<&[u8]>,
        order: GiveUp,
    ) -> Result<LostMember, Error> {
        self.admit(caller, proof)?;
        self.member.give_up(order).await
    }
}

/// What proves to know the key, without telling it.
fn proof(key: ClusterKey) -> String {
    let labelled = [b"atoll operator\0".as_slice(), &key.0].concat();
    format!("Atoll {}", digest_of(Algorithm::Sha256, &labelled).encoded())
}

/// Compares all bytes whatever the first ones are, so that the time tells nothing.
fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |found, (a, b)| found | (a ^ b)) == 0
}

/// `atoll cluster drain`.
pub(super) fn drain(settings: &Settings, reach: &Reach, undo: bool) -> Result<ExitCode, Failure> {
    let path = if undo { format!("{DRAIN_PATH}?undo") } else { DRAIN_PATH.to_owned() };
    ask(reach, (Method::POST, &path), Some(&own_proof(settings)?))?;
    let begun = if undo { "takes its share again" } else { "gives its shards to the others" };
    say(&format!("the member {begun}: `atoll cluster status` shows how far it is"))?;
    Ok(ExitCode::SUCCESS)
}

/// `atoll cluster give-up`.
pub(super) fn give_up(settings: &Settings, reach: &Reach, given: &Loss) -> Result<ExitCode, Failure> {
    let listed = if given.still_listed { "&stillListed" } else { "" };
    let path = format!("{GIVE_UP_PATH}?member={}{listed}", given.member);
    let method = if given.yes { Method::POST } else { Method::GET };
    let body = ask(reach, (method, &path), Some(&own_proof(settings)?))?;
    let lost: LostMember = serde_json::from_slice(&body)
        .map_err(|_other| Unanswered::Odd { url: reach.url.clone(), status: 200 })?;
    if !given.yes && !lost.is_given_up {
        return Err(Failure::Usage(format!(
            "{}\nNothing was done: say `--yes` to give it up",
            would_be(&lost)
        )));
    }
    say(&format!(
        "member {} is given up; {}\nIts shards are served anew, and empty, once all other members answer: `atoll cluster status` shows \
         how far it is. Push again what was lost",
        lost.member,
        what(&lost)
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn would_be(lost: &LostMember) -> String {
    format!(
        "To give member {} up is for good: its folder is never let in again, even if its disk is found, and everything that it alone \
         has is lost; {}",
        lost.member,
        what(lost)
    )
}

fn what(lost: &LostMember) -> String {
    let unknown = || "an unknown number of".to_owned();
    let repositories = lost.repositories.map_or_else(unknown, |count| count.to_string());
    let content = lost.content_bytes.map_or_else(String::new, |bytes| format!(" with {}", size(bytes)));
    format!("it was last known to serve {} shards, {repositories} repositories{content}", lost.shards)
}

fn own_proof(settings: &Settings) -> Result<String, Failure> {
    let cluster = settings.cluster.as_ref().ok_or_else(|| {
        Failure::Usage("the configuration has no `cluster`: name the member's file by `--config`".to_owned())
    })?;
    Ok(proof(cluster.key))
}

/// A member's id, as `atoll cluster status` shows it.
pub(super) fn parse_member(text: &str) -> Result<MemberId, String> {
    let wrong = |_| "give the id of the member, as `atoll cluster status` shows it".to_owned();
    text.parse().map(MemberId).map_err(wrong)
}

#[cfg(test)]
mod tests;
