//! Digests by number: each is kept once, with the manifests that name it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use atoll_oci::{Algorithm, Digest};
use memchr::memmem::Finder;

use crate::few::Few;
use crate::ordered::Ordered;
use crate::shelves::Shelves;
use pieces::Pieces;
use scatter::Scatter;

const RAW: usize = 32;
const FREE: u32 = u32::MAX;

/// Digests, their numbers, and who names them.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    keys: Shelves<Key>,
    entries: Shelves<Entry>,
    /// Digests with more bytes than a key has.
    long: BTreeSet<u32>,
    unused: Vec<u32>,
    /// Open addressing: numbers of entries, [`FREE`] where there is none. A power of two, at most three quarters full.
    slots: Vec<u32>,
    scatter: Scatter,
    /// By algorithm and bytes, once somebody asked for a beginning.
    sorted: OnceLock<Ordered>,
}

/// A digest in short: the code of its algorithm, and its bytes as far as there is room. Close together, so that pieces are sought in all
/// of them at once.
type Key = [u8; 1 + RAW];

/// What else is kept of a digest.
#[derive(Debug, Default)]
struct Entry {
    /// The bytes that a long one has beyond those in its key.
    rest: Option<Box<[u8]>>,
    users: Few,
    /// Times it was acquired without being released.
    held: u32,
}

/// A digest as it is kept.
#[derive(Clone, Copy)]
struct Kept<'a> {
    key: &'a Key,
    entry: &'a Entry,
}

/// A digest in the two parts that it is kept in.
fn split(digest: &Digest) -> (Key, &[u8]) {
    let (front, rest) = digest.bytes().split_at_checked(RAW).unwrap_or((digest.bytes(), &[]));
    let mut key = [0; 1 + RAW];
    let [code, bytes @ ..] = &mut key;
    *code = digest.algorithm().code();
    if let Some(place) = bytes.get_mut(..front.len()) {
        place.copy_from_slice(front);
    }
    (key, rest)
}

impl<'a> Kept<'a> {
    fn code(self) -> u8 {
        self.key.first().copied().unwrap_or_default()
    }

    fn bytes(self) -> impl Iterator<Item = &'a u8> {
        self.key.iter().skip(1).chain(self.rest())
    }

    fn rest(self) -> &'a [u8] {
        self.entry.rest.as_deref().unwrap_or_default()
    }

    /// The text of the digest: rendering a [`Digest`] takes ten times as long.
    fn write(self, text: &mut Vec<u8>) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        text.clear();
        text.extend_from_slice(Algorithm::from_code(self.code()).map_or("", Algorithm::name).as_bytes());
        text.push(b':');
        for byte in self.bytes() {
            let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or_default();
            text.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
    }

    fn digest(self) -> Option<Digest> {
        let algorithm = Algorithm::from_code(self.code())?;
        let front = self.key.get(1..)?;
        match self.rest() {
            [] => Digest::from_bytes(algorithm, front),
            rest => Digest::from_bytes(algorithm, &[front, rest].concat()),
        }
    }
}

impl Digests {
    /// Makes room for so many digests.
    pub(crate) fn reserve(&mut self, digests: usize) {
        while digests.saturating_mul(4) > self.slots.len() * 3 {
            self.grow();
        }
    }

    /// The number of a digest, which is kept until it was released as often as acquired.
    pub(crate) fn acquire(&mut self, digest: &Digest) -> u32 {
        if (self.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let (key, rest) = split(digest);
        let slot = self.slot_of(&key, rest);
        let found = self.slots.get(slot).copied().unwrap_or(FREE);
        if found == FREE {
            let rest = (!rest.is_empty()).then(|| rest.into());
            return self.add((key, Entry { rest, users: Few::default(), held: 1 }), slot);
        }
        if let Some(entry) = self.entries.get_mut(found as usize) {
            entry.held += 1;
        }
        found
    }

    /// Takes over the digests of another one, whose users get numbers that are larger by so much. Gives the new numbers of the digests
    /// in the order of the former ones.
    pub(crate) fn take_over(&mut self, other: Self, above: u32) -> Vec<u32> {
        self.reserve(self.len() + other.len());
        let entries = other.keys.into_rows().zip(other.entries.into_rows());
        let taken = entries.map(|(key, mut entry)| {
            if entry.held == 0 {
                return FREE;
            }
            entry.users.add_to_each(above);
            let slot = self.slot_of(&key, entry.rest.as_deref().unwrap_or_default());
            let found = self.slots.get(slot).copied().unwrap_or(FREE);
            if found == FREE {
                return self.add((key, entry), slot);
            }
            if let Some(known) = self.entries.get_mut(found as usize) {
                known.held += entry.held;
                entry.users.as_slice().iter().for_each(|user| known.users.push(*user));
            }
            found
        });
        taken.collect()
    }

    /// How many digests are held.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.unused.len()
    }

    fn add(&mut self, (key, entry): (Key, Entry), slot: usize) -> u32 {
        let is_long = entry.rest.is_some();
        let number = if let Some(number) = self.unused.pop() {
            if let Some(place) = self.entries.get_mut(number as usize) {
                *place = entry;
            }
            if let Some(place) = self.keys.get_mut(number as usize) {
                *place = key;
            }
            number
        } else {
            self.entries.push(entry);
            self.keys.push(key);
            u32::try_from(self.entries.len() - 1).unwrap_or(FREE)
        };
        if is_long {
            self.long.insert(number);
        }
        self.set_slot(slot, number);
        self.change_sorted(|sorted, compare| sorted.insert(number, |other| compare(other, number)));
        number
    }

    /// Gives one acquisition back.
    pub(crate) fn release(&mut self, number: u32) {
        let Some(entry) = self.entries.get_mut(number as usize) else { return };
        entry.held = entry.held.saturating_sub(1);
        if entry.held > 0 {
            return;
        }
        self.change_sorted(|sorted, compare| {
            sorted.remove(number, |other| compare(other, number));
        });
        self.forget(number);
        self.long.remove(&number);
        if let Some(entry) = self.entries.get_mut(number as usize) {
            *entry = Entry::default();
        }
    }

    /// Closes the gap that a removed slot leaves, so that look-ups may stop at the first free one.
    fn forget(&mut self, number: u32) {
        let mask = self.slots.len().saturating_sub(1);
        let Some(mut gap) = self.kept(number).map(|kept| self.home(kept.key, kept.rest())) else { return };
        while self.slots.get(gap).is_some_and(|found| *found != number) {
            gap = (gap + 1) & mask;
        }
        let mut next = (gap + 1) & mask;
        while let Some(found) = self.slots.get(next).copied().filter(|found| *found != FREE) {
            let home = self.kept(found).map_or(next, |kept| self.home(kept.key, kept.rest()));
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
        let (key, rest) = split(digest);
        let found = self.slots.get(self.slot_of(&key, rest)).copied()?;
        (found != FREE).then_some(found)
    }

    /// The digest of a number that is held.
    pub(crate) fn get(&self, number: u32) -> Option<Digest> {
        self.kept(number).and_then(Kept::digest)
    }

    /// The manifests that name a digest, in no order, each as often as it was told.
    pub(crate) fn users(&self, number: u32) -> &[u32] {
        self.entries.get(number as usize).map_or(&[], |entry| entry.users.as_slice())
    }

    pub(crate) fn add_user(&mut self, number: u32, user: u32) {
        if let Some(entry) = self.entries.get_mut(number as usize) {
            entry.users.push(user);
        }
    }

    pub(crate) fn remove_user(&mut self, number: u32, user: u32) {
        if let Some(entry) = self.entries.get_mut(number as usize) {
            entry.users.remove(user);
        }
    }

    fn held(&self) -> impl Iterator<Item = (u32, Kept<'_>)> {
        let kept = (0_u32..).zip(self.keys.iter().zip(self.entries.iter()));
        kept.filter(|(_, (_, entry))| entry.held > 0)
            .map(|(number, (key, entry))| (number, Kept { key, entry }))
    }

    fn kept(&self, number: u32) -> Option<Kept<'_>> {
        let key = self.keys.get(number as usize)?;
        Some(Kept { key, entry: self.entries.get(number as usize)? })
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
        let finder = Finder::new(text);
        let mut shown = Vec::new();
        let mut has_it = |kept: Kept<'_>| {
            kept.write(&mut shown);
            finder.find(&shown).is_some()
        };
        let is_of_name = Algorithm::ALL.iter().any(|algorithm| algorithm.name().contains(text));
        let Some(pieces) = Pieces::of(text).filter(|_| !is_of_name) else {
            return self.held().filter(|(_, kept)| has_it(*kept)).map(|(number, _)| number).collect();
        };
        let mut numbers = pieces.find(&self.keys);
        numbers.extend(&self.long);
        numbers.sort_unstable();
        numbers.dedup();
        let is_held = |number: &u32| self.kept(*number).filter(|kept| kept.entry.held > 0);
        numbers.retain(|number| is_held(number).is_some_and(&mut has_it));
        numbers
    }

    /// The slot of a digest, or the free one where it would go.
    fn slot_of(&self, key: &Key, rest: &[u8]) -> usize {
        let mask = self.slots.len().saturating_sub(1);
        let mut slot = self.home(key, rest);
        while let Some(number) = self.slots.get(slot).copied().filter(|number| *number != FREE) {
            let is_it = self.keys.get(number as usize) == Some(key)
                && (rest.is_empty() || self.kept(number).is_some_and(|kept| kept.rest() == rest));
            if is_it {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Where the search for a digest begins.
    fn home(&self, key: &Key, rest: &[u8]) -> usize {
        usize::try_from(self.scatter.hash(key, rest)).unwrap_or_default() & self.slots.len().saturating_sub(1)
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        self.slots = vec![FREE; size];
        for number in 0..self.entries.len() {
            let number = u32::try_from(number).unwrap_or(FREE);
            let Some(kept) = self.kept(number).filter(|kept| kept.entry.held > 0) else { continue };
            // No two are equal, so the first free slot is the one.
            let mut slot = self.home(kept.key, kept.rest());
            while self.slots.get(slot).is_some_and(|found| *found != FREE) {
                slot = (slot + 1) & (size - 1);
            }
            self.set_slot(slot, number);
        }
    }
}

mod beginnings;
mod pieces;
mod scatter;
#[cfg(test)]
mod tests;
