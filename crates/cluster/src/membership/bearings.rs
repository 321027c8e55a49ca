//! What the local member, the link and the router ask of the membership.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use atoll_placement::{LayoutTag, MemberId};
use atoll_service::{Acquaintance, Bearings, Error, Standing, Tenure, YieldShard};
use atoll_wire::Gate;

use super::{Membership, numbering};
use crate::Refresh;

/// Lets the local member and the router ask the membership. They do not keep it alive: it has them, not they it.
pub(super) fn follow(membership: &Arc<Membership>) {
    let asked = Arc::new(Asked(Arc::downgrade(membership)));
    membership.parts.local.follow(Arc::clone(&asked) as Arc<dyn Bearings>);
    membership.routes.refreshed_by(asked);
}

struct Asked(Weak<Membership>);

impl Asked {
    fn get(&self) -> Result<Arc<Membership>, Error> {
        self.0.upgrade().ok_or_else(|| Error::Unavailable("the member is going away".to_owned()))
    }
}

impl Bearings for Asked {
    fn standing(&self) -> Result<Standing, Error> {
        let membership = self.get()?;
        if membership.is_given_up() {
            return Err(Error::Unavailable("this member was given up".to_owned()));
        }
        Ok(membership.bearings())
    }

    fn acquaintances(&self) -> Result<Vec<Acquaintance>, Error> {
        self.get()?.acquaintances()
    }

    fn heard(&self, from: Standing) {
        if let Ok(membership) = self.get() {
            membership.overhear(&from);
        }
    }

    fn admit_yield(&self, request: &YieldShard) -> Result<(), Error> {
        self.get()?.admit_yield(request)
    }
}

#[async_trait]
impl Refresh for Asked {
    async fn refresh(&self) {
        if let Ok(membership) = self.get() {
            membership.fresh_round().await;
        }
    }
}

impl Membership {
    fn bearings(&self) -> Standing {
        let own = self.tenures();
        let view = self.view();
        let is_held = |shard| own.get(shard) == Some(&Tenure::Held);
        let last_holders = view.picture.beliefs.iter().filter(|(shard, _)| !is_held(shard));
        Standing {
            cluster: self.options.cluster,
            member: self.options.local,
            incarnation: self.options.incarnation,
            release: self.options.release.clone(),
            layout: view.tag(),
            previous: view.numbering.previous,
            shards: Vec::new(),
            last_holders: last_holders.map(|(shard, holder)| (*shard, *holder)).collect(),
            is_draining: view.is_draining(),
            repositories: 0,
            content_bytes: None,
            free_bytes: 0,
            given_up: view.remembered_losses(),
        }
    }

    /// What another member says of itself by asking serves requests sooner than the next round. It decides nothing: it may have been
    /// under way for long. But whom it has given up, it has for good.
    fn overhear(&self, from: &Standing) {
        if from.cluster != self.options.cluster {
            return;
        }
        let (is_over, is_new) = {
            let mut view = self.view();
            let before = view.picture.given_up.len();
            let is_over = view.learn_losses(from.member, &from.given_up, self.options.local);
            (is_over, view.picture.given_up.len() > before)
        };
        if is_over {
            self.end();
        }
        if is_over || is_new {
            // At its end it is written down.
            self.want_round();
        }
        let mut view = self.view();
        let Some(peer) = view.peers.0.get(&from.member) else { return };
        if view.picture.given_up.contains(&from.member) {
            return;
        }
        let mut known = peer.known.clone();
        known.hear(from.clone());
        known.has_answered = true;
        let mut picture = view.picture.clone();
        picture.own = self.tenures();
        picture.others.insert(from.member, known);
        std::mem::swap(&mut view.picture, &mut picture);
        // Only the table keeps it. What it does not say may be older than what was known: whoever no longer serves a shard says so.
        let table = self.table(&view).or_as(&self.routes.load());
        self.routes.replace(table);
        view.picture = picture;
    }

    /// A shard goes only to a member of this one's own list, so that whoever asks here afterwards is led there; and not to one whose
    /// older list gives it a shard that the newer one does not.
    fn admit_yield(&self, request: &YieldShard) -> Result<(), Error> {
        let view = self.view();
        let mine = view.tag();
        if view.picture.given_up.contains(&request.to) || view.is_over {
            return Err(Error::LayoutMismatch(format!("member {} was given up", request.to)));
        }
        let is_known = view.peers.0.get(&request.to).is_some_and(|peer| peer.known.is_configured);
        if !is_known {
            return Err(Error::LayoutMismatch(format!(
                "this member does not know member {}: restart it with the new list",
                request.to
            )));
        }
        // A late message of an earlier hand-over: two members would wait for one another for ever, each having yielded to the other.
        if !view.picture.may_yield(request.shard, request.to) {
            return Err(Error::LayoutMismatch(format!(
                "member {} has not said yet that it let go of shard {}",
                request.to, request.shard.0
            )));
        }
        if !view.picture.confirmed.contains(&request.to) {
            return Err(Error::LayoutMismatch(format!(
                "not everybody in the list of this member is known to know member {} yet",
                request.to
            )));
        }
        let is_older = request.layout.digest != mine.digest && request.layout.version <= mine.version;
        let target = self.targets(&view.picture, view.is_draining()).owner(request.shard);
        if is_older && target != Some(request.to) {
            return Err(Error::LayoutMismatch(format!(
                "shard {} belongs to another member in layout {}",
                request.shard.0, mine.version
            )));
        }
        drop(view);
        self.note_change(request.shard);
        Ok(())
    }
}

impl Gate for Membership {
    fn admit(&self, peer: MemberId, theirs: LayoutTag) -> Result<(), Error> {
        let mine = self.layout.load().tag();
        let lost = {
            let view = self.view();
            if view.is_over { Some(self.options.local) } else { view.lost(peer) }
        };
        if let Some(lost) = lost {
            return Err(Error::LayoutMismatch(format!("member {lost} was given up")));
        }
        numbering::admit(mine, theirs).inspect_err(|error| {
            self.mismatches.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(member = %peer, %error, "a call was refused");
        })
    }

    fn host_of(&self, peer: MemberId) -> Option<String> {
        let view = self.view();
        let address = &view.peers.0.get(&peer)?.address;
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _port)| host);
        Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
    }
}
