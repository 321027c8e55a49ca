//! What was written, what was acknowledged, and what was found to be wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::history::{History, NEVER, Tick, Window, Write};
use super::tally::{Kind, Tally};
use super::universe::{REPOSITORIES, TAGS, Universe};
use super::uploads::Upload;

/// Most findings that are kept: the first ones tell the most.
const MAX_FINDINGS: usize = 50;

/// A place that has a value or none. The value of a tag is a manifest; manifests and blobs have [`PRESENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Tag(usize, usize),
    Manifest(usize, usize),
    Blob(usize, usize),
}

/// The value of what is there.
pub(super) const PRESENT: usize = 0;

/// A write that was sent and has no answer yet.
#[must_use = "a write that is never settled stays under way until the next kill"]
pub(super) struct Pending {
    kind: Kind,
    parts: Vec<(Place, usize)>,
}

/// The model of what the servers hold.
pub(super) struct World {
    pub(super) universe: Universe,
    clock: AtomicU64,
    tally: Mutex<Tally>,
    places: Vec<Places>,
    acknowledged_by: Mutex<BTreeMap<Place, usize>>,
    is_outage: AtomicBool,
    unavailable: AtomicU64,
    looks_past: AtomicU64,
    uploads: Mutex<Vec<Upload>>,
    closed_uploads: Mutex<Vec<String>>,
    findings: Mutex<Vec<String>>,
}

struct Places {
    tags: Vec<Mutex<History>>,
    manifests: Vec<Mutex<History>>,
    blobs: Vec<Mutex<History>>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let universe = Universe::new(seed);
        let histories = |count: usize| (0..count).map(|_| Mutex::default()).collect();
        let places = REPOSITORIES.iter().map(|_| Places {
            tags: histories(TAGS.len()),
            manifests: histories(universe.manifests.len()),
            blobs: histories(universe.blobs.len()),
        });
        Self {
            places: places.collect(),
            universe,
            clock: AtomicU64::new(1),
            tally: Mutex::default(),
            acknowledged_by: Mutex::default(),
            is_outage: AtomicBool::new(false),
            unavailable: AtomicU64::new(0),
            looks_past: AtomicU64::new(0),
            uploads: Mutex::default(),
            closed_uploads: Mutex::default(),
            findings: Mutex::default(),
        }
    }

    /// The next moment; no two are the same.
    pub(super) fn tick(&self) -> Tick {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes writes that are about to be sent as one.
    pub(super) fn begin(&self, writes: &[(Place, Write)]) -> Pending {
        let begun = self.tick();
        let parts = writes.iter().map(|(place, write)| (*place, self.history(*place).begin(*write, begun)));
        Pending { parts: parts.collect(), kind: Kind::of(writes) }
    }

    /// They were acknowledged by a member.
    pub(super) fn acknowledge(&self, pending: Pending, member: usize) {
        let ended = self.tick();
        self.count(pending.kind);
        for (place, number) in pending.parts {
            self.history(place).acknowledge(number, ended);
            lock(&self.acknowledged_by).insert(place, member);
        }
    }

    /// The member that acknowledged the latest write to a place.
    pub(super) fn acknowledged_by(&self, place: Place) -> Option<usize> {
        lock(&self.acknowledged_by).get(&place).copied()
    }

    /// From now on members are killed and started, or no longer: only meanwhile may a server say that it cannot answer.
    pub(super) fn set_outage(&self, is_outage: bool) {
        self.is_outage.store(is_outage, Ordering::SeqCst);
    }

    pub(super) fn is_outage(&self) -> bool {
        self.is_outage.load(Ordering::SeqCst)
    }

    /// Somebody was told that a member is away.
    pub(super) fn count_unavailable(&self) {
        self.unavailable.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn unavailable(&self) -> u64 {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// Something was looked for through another member than the one that acknowledged it.
    pub(super) fn count_look_past(&self) {
        self.looks_past.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn looks_past(&self) -> u64 {
        self.looks_past.load(Ordering::Relaxed)
    }

    /// They were refused.
    pub(super) fn refuse(&self, pending: Pending) {
        for (place, number) in pending.parts {
            self.history(place).refuse(number);
        }
    }

    /// A look that began at `begun` saw `value`: a finding if it cannot be.
    pub(super) fn saw(&self, place: Place, value: Option<usize>, begun: Tick) {
        let look = Window { begun, ended: self.tick() };
        let history = self.history(place);
        if !history.admits(value, look) {
            let sentence = format!("{} was seen as {value:?} by {look:?}: {history:?}", self.name(place));
            drop(history);
            self.find(sentence);
        }
    }

    /// A look that began at `begun` saw whether a list has a place: a finding if it cannot be.
    pub(super) fn saw_listed(&self, place: Place, is_listed: bool, begun: Tick) {
        let look = Window { begun, ended: self.tick() };
        let history = self.history(place);
        let is_admitted = if is_listed { history.admits_some(look) } else { history.admits(None, look) };
        if !is_admitted {
            let sentence = format!("{} listed: {is_listed}, by {look:?}: {history:?}", self.name(place));
            drop(history);
            self.find(sentence);
        }
    }

    /// After a kill nothing is under way: what is seen now is what counts from now on.
    pub(super) fn settle(&self, place: Place, value: Option<usize>) {
        let look = Window { begun: self.tick(), ended: NEVER };
        let mut history = self.history(place);
        let lost = (!history.admits(value, look))
            .then(|| format!("{} is {value:?} after the kill: {history:?}", self.name(place)));
        history.settle(value);
        drop(history);
        if let Some(sentence) = lost {
            self.find(sentence);
        }
    }

    /// Notes something that must not be.
    pub(super) fn find(&self, sentence: String) {
        let mut findings = lock(&self.findings);
        if findings.len() < MAX_FINDINGS {
            findings.push(sentence);
        }
    }

    pub(super) fn findings(&self) -> Vec<String> {
        lock(&self.findings).clone()
    }

    /// Counts something that came to a good end.
    pub(super) fn count(&self, kind: Kind) {
        *lock(&self.tally).entry(kind).or_default() += 1;
    }

    /// What came to a good end so far.
    pub(super) fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// Uploads that nobody works on. Who takes one out is its only writer.
    pub(super) fn uploads(&self) -> MutexGuard<'_, Vec<Upload>> {
        lock(&self.uploads)
    }

    /// Places of uploads that were finished or cancelled for certain.
    pub(super) fn closed_uploads(&self) -> MutexGuard<'_, Vec<String>> {
        lock(&self.closed_uploads)
    }

    fn history(&self, place: Place) -> MutexGuard<'_, History> {
        lock(match place {
            Place::Tag(repository, tag) => &self.places[repository].tags[tag],
            Place::Manifest(repository, manifest) => &self.places[repository].manifests[manifest],
            Place::Blob(repository, blob) => &self.places[repository].blobs[blob],
        })
    }

    fn name(&self, place: Place) -> String {
        match place {
            Place::Tag(repository, tag) => format!("{}:{}", REPOSITORIES[repository], TAGS[tag]),
            Place::Manifest(repository, manifest) => {
                let digest = self.universe.manifests[manifest].digest;
                format!("manifest {manifest}, {}@{digest}", REPOSITORIES[repository])
            }
            Place::Blob(repository, blob) => {
                format!("blob {blob}, {}@{}", REPOSITORIES[repository], self.universe.blobs[blob].digest)
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
