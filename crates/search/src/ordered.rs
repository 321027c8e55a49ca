//! A list of numbers in an order that its owner knows, with cheap places: the row at any offset is found without walking there.
//!
//! Sorted chunks of a few hundred numbers: four bytes a row, and a change moves one chunk.

use std::cmp::Ordering;

/// A chunk that grows beyond this is cut in two.
const CHUNK: usize = 512;

/// A chunk, and a place within.
pub(crate) type Place = (usize, usize);

/// Numbers in order.
#[derive(Debug, Default)]
pub(crate) struct Ordered {
    chunks: Vec<Vec<u32>>,
    len: usize,
}

impl Ordered {
    /// From numbers that are in order already.
    pub(crate) fn from_sorted(sorted: &[u32]) -> Self {
        let chunks = sorted.chunks(CHUNK / 2).map(<[u32]>::to_vec).collect();
        Self { chunks, len: sorted.len() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts a number in its place. `compare` tells how a number that is here stands to the new one.
    pub(crate) fn insert(&mut self, number: u32, compare: impl Fn(u32) -> Ordering) {
        let place = self.locate(&compare);
        self.insert_at(place, number);
    }

    /// Puts numbers in their places that are in order among themselves: each is sought near the one before. `compare` tells how a number
    /// that is here stands to a new one.
    pub(crate) fn insert_sorted(&mut self, numbers: &[u32], compare: impl Fn(u32, u32) -> Ordering) {
        let mut before: Option<Place> = None;
        for number in numbers {
            let compare = |other| compare(other, *number);
            let near = before.and_then(|place| self.locate_behind(place, &compare));
            let place = near.unwrap_or_else(|| self.locate(&compare));
            before = Some(place);
            self.insert_at(place, *number);
        }
    }

    /// Puts a number in a place that was found for it.
    pub(crate) fn insert_at(&mut self, (at, within): Place, number: u32) {
        self.len += 1;
        let Some(chunk) = self.chunks.get_mut(at) else {
            // Most lists stay at one chunk.
            self.chunks.reserve_exact(1);
            self.chunks.push(vec![number]);
            return;
        };
        chunk.insert(within.min(chunk.len()), number);
        if chunk.len() > CHUNK {
            let rest = chunk.split_off(CHUNK / 2);
            self.chunks.insert(at + 1, rest);
        }
    }

    /// Takes a number out. `compare` tells how a number that is here stands to it.
    pub(crate) fn remove(&mut self, number: u32, compare: impl Fn(u32) -> Ordering) -> bool {
        let (at, within) = self.locate(&compare);
        let Some(chunk) = self.chunks.get_mut(at).filter(|chunk| chunk.get(within) == Some(&number)) else {
            return false;
        };
        chunk.remove(within);
        self.len -= 1;
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
        true
    }

    /// The number that `compare` finds equal to what it looks for, or where such a one belongs, for [`Ordered::insert_at`] while nothing else
    /// changes.
    pub(crate) fn find_or_place(&self, compare: impl Fn(u32) -> Ordering) -> Result<u32, Place> {
        let place = self.locate(&compare);
        let found = self.chunks.get(place.0).and_then(|chunk| chunk.get(place.1)).copied();
        found.filter(|found| compare(*found) == Ordering::Equal).ok_or(place)
    }

    /// From the first number that `compare` does not put before what it looks for.
    pub(crate) fn iter_from(&self, compare: impl Fn(u32) -> Ordering) -> impl Iterator<Item = u32> {
        let (at, within) = self.locate(&compare);
        self.chunks.iter().skip(at).flatten().skip(within).copied()
    }

    /// The number that stands before all others.
    pub(crate) fn first(&self) -> Option<u32> {
        self.chunks.first()?.first().copied()
    }

    /// Chunk and place of the first number that does not stand before what `compare` looks for; behind the last number of the
    /// last chunk if all do.
    fn locate(&self, compare: &impl Fn(u32) -> Ordering) -> Place {
        let stands_before = |number: &u32| compare(*number) == Ordering::Less;
        // What comes one after the other mostly belongs at one end.
        let Some(first) = self.first() else { return (0, 0) };
        if !stands_before(&first) {
            return (0, 0);
        }
        if let Some((last, chunk)) = self.chunks.last().and_then(|chunk| Some((chunk.last()?, chunk)))
            && stands_before(last)
        {
            return (self.chunks.len() - 1, chunk.len());
        }
        let at = self.chunks.partition_point(|chunk| chunk.last().is_some_and(stands_before));
        let at = at.min(self.chunks.len().saturating_sub(1));
        let within = self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(stands_before));
        (at, within)
    }

    /// The same, for what stands behind the number at a place: `None` unless it is in the same chunk. What is put in order together often
    /// stands together: the nearest are looked at first.
    fn locate_behind(&self, (at, within): Place, compare: &impl Fn(u32) -> Ordering) -> Option<Place> {
        let stands_before = |number: &u32| compare(*number) == Ordering::Less;
        let rest = self.chunks.get(at)?.get(within..)?;
        let (mut passed, mut step) = (0, 1);
        while rest.get(passed + step - 1).is_some_and(stands_before) {
            passed += step;
            step *= 2;
        }
        let near = rest.get(passed..rest.len().min(passed + step))?;
        let place = passed + near.partition_point(stands_before);
        // It may belong into the next chunk.
        (place < rest.len()).then_some((at, within + place))
    }

    /// Makes each number larger by so much.
    pub(crate) fn add_to_each(&mut self, more: u32) {
        self.chunks.iter_mut().flatten().for_each(|number| *number += more);
    }

    /// All numbers in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.chunks.iter().flatten().copied()
    }

    /// At most `take` numbers behind the first `skip`, from the other end if `is_reversed`.
    pub(crate) fn stretch(&self, skip: usize, take: usize, is_reversed: bool) -> Vec<u32> {
        let take = take.min(self.len.saturating_sub(skip));
        if is_reversed {
            let mut found = self.stretch(self.len.saturating_sub(skip.saturating_add(take)), take, false);
            found.reverse();
            return found;
        }
        let (mut at, mut left) = (0, skip);
        while let Some(chunk) = self.chunks.get(at).filter(|chunk| chunk.len() <= left) {
            left -= chunk.len();
            at += 1;
        }
        self.chunks.iter().skip(at).flatten().skip(left).take(take).copied().collect()
    }
}

#[cfg(test)]
mod tests;
