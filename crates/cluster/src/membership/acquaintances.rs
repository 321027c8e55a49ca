//! Whom members know. Shards are given only to members whom everybody in the list knows, and are begun anew only when everybody whom
//! anybody knows has been heard: so nobody who has one is overlooked. See `docs/adr/0013-giving-a-lost-member-up.md`.

use std::sync::Arc;

use atoll_placement::{MAX_MEMBERS, MemberId};
use atoll_service::{Acquaintance, Error};

use super::exchange::Answers;
use super::peers::Peer;
use super::{Membership, View, current_layout};

impl Membership {
    /// The members that are remembered on the disk, the local one among them. Those who were given up count no longer.
    pub(super) fn acquaintances(&self) -> Result<Vec<Acquaintance>, Error> {
        let view = self.view();
        if view.is_given_up() {
            return Err(Error::Unavailable("this member was given up".to_owned()));
        }
        let has_answered = |id: &MemberId| view.peers.0.get(id).is_some_and(|peer| peer.known.has_answered);
        let remembered = view.stored.iter().flat_map(|stored| &stored.members);
        let others = remembered.filter(|(id, _)| !view.picture.is_lost(**id)).map(|(id, address)| {
            Acquaintance { member: *id, address: address.clone(), has_answered: has_answered(id) }
        });
        let local = self.options.local;
        let own = self.options.members.iter().find(|configured| configured.member.id == local);
        let address = own.map(|configured| configured.link_address.clone()).unwrap_or_default();
        Ok(others.chain([Acquaintance { member: local, address, has_answered: true }]).collect())
    }

    /// Gets to know the members that others have told of.
    pub(super) fn meet(&self, view: &mut View, answers: &Answers) {
        let told = answers.values().flatten().filter_map(|told| told.acquaintances.as_ref()).flatten();
        for Acquaintance { member, address, .. } in told {
            let is_new = *member != self.options.local
                && !view.picture.is_lost(*member)
                && !view.peers.0.contains_key(member);
            if !is_new || view.peers.0.len() >= MAX_MEMBERS {
                continue;
            }
            let node = self.parts.connect.connect(*member, address, &current_layout(&self.layout));
            view.peers.0.insert(*member, Peer::new(address.clone(), Arc::clone(&node), false));
            tracing::info!(%member, %address, "a member is known from others");
        }
    }
}

impl View {
    /// Whether everybody whom anybody knows has been heard in this round, has told whom it knows, and all of that is remembered. Where
    /// nobody was ever given up, those who are worth asking are enough.
    pub(crate) fn hears_everybody(&self) -> bool {
        let given_up = &self.picture.given_up;
        let is_remembered = self.stored.as_ref().is_some_and(|stored| stored.given_up == *given_up);
        let mut others = self.peers.0.iter().filter(|(id, _)| !given_up.contains(id));
        is_remembered
            && (given_up.is_empty()
                || others.all(|(id, peer)| peer.known.has_told && self.picture.others.contains_key(id)))
            && self.picture.all_know_losses()
    }
}
