//! Digests by number: each is kept once, with the manifests that name it.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

use atoll_oci::{Algorithm, Digest};
use memchr::memmem::Finder;

use crate::ordered::Ordered;
use pieces::Pieces;

const RAW: usize = 32;
const FREE: u32 = u32::MAX;

/// Digests, their numbers, and who names them.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    entries: Vec<Entry>,
    unused: Vec<u32>,
    /// Open addressing: numbers of entries, [`FREE`] where there is none. A power of two, at most three quarters full.
    slots: Vec<u32>,
    state: RandomState,
    /// By algorithm and bytes, once somebody asked for a beginning.
    sorted: OnceLock<Ordered>,
}

/// A digest. The bytes of long ones go on in `rest`.
#[derive(Debug)]
struct Entry {
    bytes: [u8; RAW],
    rest: Option<Box<[u8]>>,
    users: Vec<u32>,
    /// Times it was acquired without being released.
    held: u32,
    code: u8,
}

impl Entry {
    fn new(digest: &Digest) -> Self {
        let (front, rest) = digest.bytes().split_at_checked(RAW).unwrap_or((digest.bytes(), &[]));
        let mut bytes = [0; RAW];
        for (to, from) in bytes.iter_mut().zip(front) {
            *to = *from;
        }
        let rest = (!rest.is_empty()).then(|| rest.into());
        Self { bytes, rest, users: Vec::new(), held: 0, code: digest.algorithm().code() }
    }

    fn is(&self, digest: &Digest) -> bool {
        let (front, rest) = digest.bytes().split_at_checked(RAW).unwrap_or((digest.bytes(), &[]));
        self.code == digest.algorithm().code()
            && self.bytes == *front
            && self.rest.as_deref().unwrap_or_default() == rest
    }

    /// The text of the digest: rendering a [`Digest`] takes ten times as long.
    fn write(&self, text: &mut Vec<u8>) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        text.clear();
        text.extend_from_slice(Algorithm::from_code(self.code).map_or("", Algorithm::name).as_bytes());
        text.push(b':');
        for byte in self.bytes.iter().chain(self.rest.as_deref().unwrap_or_default()) {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or_default();
            text.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
    }

    fn digest(&self) -> Option<Digest> {
        let algorithm = Algorithm::from_code(self.code)?;
        match &self.rest {
            None => Digest::from_bytes(algorithm, &self.bytes),
            Some(rest) => Digest::from_bytes(algorithm, &[&self.bytes, &**rest].concat()),
        }
    }
}

impl Digests {
    /// The number of a digest, which is kept until it was released as often as acquired.
    pub(crate) fn acquire(&mut self, digest: &Digest) -> u32 {
        if (self.entries.len() - self.unused.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot_of(digest);
        let found = self.slots.get(slot).copied().unwrap_or(FREE);
        let number = if found == FREE { self.add(digest, slot) } else { found };
        if let Some(entry) = self.entries.get_mut(number as usize) {
            entry.held += 1;
        }
        number
    }

    fn add(&mut self, digest: &Digest, slot: usize) -> u32 {
        let entry = Entry::new(digest);
        let number = if let Some(number) = self.unused.pop() {
            if let Some(place) = self.entries.get_mut(number as usize) {
                *place = entry;
            }
            number
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).unwrap_or(FREE)
        };
        self.set_slot(slot, number);
        self.change_sorted(|sorted, compare| sorted.insert(number, |other| compare(other, number)));
        number
    }

    /// Gives one acquisition back.
    pub(crate) fn release(&mut self, number: u32) {
        let Some(entry) = self.entries.get_mut(number as usize) else { return };
        entry.held = entry.held.saturating_sub(1);
        if entry.held == 0
            && let Some(digest) = entry.digest()
        {
            self.change_sorted(|sorted, compare| {
                sorted.remove(number, |other| compare(other, number));
            });
            if let Some(entry) = self.entries.get_mut(number as usize) {
                entry.rest = None;
                entry.users = Vec::new();
            }
            self.forget(&digest, number);
        }
    }

    /// Closes the gap that a removed slot leaves, so that look-ups may stop at the first free one.
    fn forget(&mut self, digest: &Digest, number: u32) {
        let mask = self.slots.len() - 1;
        let mut gap = self.home(digest);
        while self.slots.get(gap).is_some_and(|found| *found != number) {
            gap = (gap + 1) & mask;
        }
        let mut next = (gap + 1) & mask;
        while let Some(found) = self.slots.get(next).copied().filter(|found| *found != FREE) {
            let home = self.entries.get(found as usize).map_or(next, |entry| self.home_of(entry));
            let from_home = next.wrapping_sub(home) & mask;
            let from_gap = next.wrapping_sub(gap) & mask;
            if from_home >= from_gap {
                self.set_slot(gap, found);
                gap = next;
            }
            next = (next + 1) & mask;
        }
        self.set_slot(gap, FREE);
        self.unused.push(number);
    }

    fn set_slot(&mut self, slot: usize, number: u32) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = number;
        }
    }

    /// The number of a digest that is here.
    pub(crate) fn find(&self, digest: &Digest) -> Option<u32> {
        let found = self.slots.get(self.slot_of(digest)).copied()?;
        (found != FREE).then_some(found)
    }

    /// The digest of a number that is held.
    pub(crate) fn get(&self, number: u32) -> Option<Digest> {
        self.entries.get(number as usize).and_then(Entry::digest)
    }

    /// The manifests that name a digest, in no order, each as often as it was told.
    pub(crate) fn users(&self, number: u32) -> &[u32] {
        self.entries.get(number as usize).map_or(&[], |entry| entry.users.as_slice())
    }

    pub(crate) fn add_user(&mut self, number: u32, user: u32) {
        if let Some(entry) = self.entries.get_mut(number as usize) {
            // Most are named by one or two: growing by doubling from four would waste half of what is kept.
            entry.users.reserve_exact(1 + entry.users.len() / 4);
            entry.users.push(user);
        }
    }

    pub(crate) fn remove_user(&mut self, number: u32, user: u32) {
        if let Some(entry) = self.entries.get_mut(number as usize)
            && let Some(at) = entry.users.iter().position(|found| *found == user)
        {
            entry.users.swap_remove(at);
        }
    }

    /// All digests that are held, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, Digest)> {
        let held = self.entries.iter().enumerate().filter(|(_, entry)| entry.held > 0);
        held.filter_map(|(at, entry)| Some((u32::try_from(at).ok()?, entry.digest()?)))
    }

    /// Numbers of the digests whose text contains a text.
    pub(crate) fn containing(&self, text: &str) -> Vec<u32> {
        match text.split_once(':') {
            // Nothing but a digest's beginning has a colon.
            Some((algorithm, hex)) => self.beginning(algorithm, hex),
            None => self.with_piece(text),
        }
    }

    fn with_piece(&self, text: &str) -> Vec<u32> {
        let (finder, pieces) = (Finder::new(text), Pieces::of(text));
        let (mut shown, mut found) = (Vec::new(), Vec::new());
        let held = self.entries.iter().enumerate().filter(|(_, entry)| entry.held > 0);
        let may_have = |entry: &Entry| entry.rest.is_some() || pieces.may_be_in(&entry.bytes);
        for (number, entry) in held.filter(|(_, entry)| may_have(entry)) {
            entry.write(&mut shown);
            if finder.find(&shown).is_some() {
                found.extend(u32::try_from(number));
            }
        }
        found
    }

    /// The slot of a digest, or the free one where it would go.
    fn slot_of(&self, digest: &Digest) -> usize {
        let mask = self.slots.len().saturating_sub(1);
        let mut slot = self.home(digest);
        while let Some(entry) = self.slots.get(slot).and_then(|number| self.entries.get(*number as usize)) {
            if entry.is(digest) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Where the search for a digest begins. Keyed at random: whoever pushes may choose the digests that a manifest names.
    fn home(&self, digest: &Digest) -> usize {
        self.place((digest.algorithm().code(), digest.bytes()))
    }

    fn home_of(&self, entry: &Entry) -> usize {
        match &entry.rest {
            None => self.place((entry.code, &entry.bytes)),
            Some(rest) => self.place((entry.code, &[&entry.bytes, &**rest].concat())),
        }
    }

    fn place(&self, digest: (u8, &[u8])) -> usize {
        let hash = self.state.hash_one(digest);
        usize::try_from(hash).unwrap_or_default() & self.slots.len().saturating_sub(1)
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        self.slots = vec![FREE; size];
        for number in 0..self.entries.len() {
            let Some(entry) = self.entries.get(number).filter(|entry| entry.held > 0) else { continue };
            // No two are equal, so the first free slot is the one.
            let mut slot = self.home_of(entry);
            while self.slots.get(slot).is_some_and(|found| *found != FREE) {
                slot = (slot + 1) & (size - 1);
            }
            self.set_slot(slot, u32::try_from(number).unwrap_or(FREE));
        }
    }
}

mod beginnings;
mod pieces;
#[cfg(test)]
mod tests;
