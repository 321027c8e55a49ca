//! Which repositories run on which platform, and which are signed: found out when a question filters by it for the first time, and
//! from then on once more for each repository that changed since the question before.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_oci::Platform;
use atoll_service::Filter;

use super::Corpus;
use super::derived::is_told;
use super::filtering::{has_platforms, runs_on};
use super::rows::ManifestRow;
use crate::marked::Marked;
use crate::numbers::{ByNumbers, Numbers};

/// Numbers of repositories.
type Group = HashSet<u32, BuildHasherDefault<Numbers>>;

/// What is known, once somebody asked.
#[derive(Debug, Default)]
pub(super) struct Facets(Mutex<Option<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Listed repositories by platform.
    platforms: BTreeMap<Arc<Platform>, Group>,
    /// Listed repositories whose newest image is signed.
    signed: Group,
    /// The platforms of each listed repository that has one.
    of_each: ByNumbers<u32, Box<[Arc<Platform>]>>,
    /// What has changed since.
    stale: Group,
}

impl Facets {
    /// Something in a repository changes, so what is known of it has to be found out again.
    pub(super) fn touch(&mut self, number: u32) {
        if let Some(known) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner) {
            known.stale.insert(number);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self.0.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Corpus {
    /// The listed repositories that pass a filter, its marks aside; `None` if all do.
    pub(super) fn admitted(&self, filter: &Filter) -> Option<Marked> {
        if !filter.signed && !has_platforms(filter) {
            return None;
        }
        let mut known = self.facets.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(|| Known {
            stale: self.repositories.numbers().collect(),
            ..Known::default()
        });
        for number in std::mem::take(&mut known.stale) {
            known.replace(number, self.platforms_of(number), self.is_signed_now(number));
        }
        let below = self.repositories.numbers_below();
        let mut admitted = Marked::none(below);
        if has_platforms(filter) {
            let fitting = known.platforms.iter().filter(|(platform, _)| runs_on(filter, platform));
            fitting.flat_map(|(_, group)| group).for_each(|number| admitted.insert(*number));
        }
        if filter.signed {
            let mut signed = Marked::none(below);
            for number in &known.signed {
                signed.insert(*number);
            }
            if has_platforms(filter) { admitted.retain(&signed) } else { admitted = signed }
        }
        Some(admitted)
    }

    /// The platforms of a listed repository, each once.
    fn platforms_of(&self, number: u32) -> BTreeSet<&Platform> {
        let Some(row) = self.repositories.get(number).filter(|row| row.listed.is_some()) else {
            return BTreeSet::new();
        };
        let shown =
            row.manifests.iter().filter(|slot| self.manifests.get(**slot).is_some_and(ManifestRow::is_shown));
        let listed = shown.flat_map(|slot| self.listed(*slot));
        listed.map(|listed| listed.platform).filter(|platform| is_told(platform)).collect()
    }

    fn is_signed_now(&self, number: u32) -> bool {
        let row = self.repositories.get(number).filter(|row| row.listed.is_some());
        row.and_then(|row| row.newest).is_some_and(|newest| self.is_signed(newest))
    }
}

impl Known {
    fn replace(&mut self, number: u32, platforms: BTreeSet<&Platform>, is_signed: bool) {
        for platform in self.of_each.remove(&number).unwrap_or_default() {
            if let Some(group) = self.platforms.get_mut(&platform) {
                group.remove(&number);
                if group.is_empty() {
                    self.platforms.remove(&platform);
                }
            }
        }
        let own: Box<[Arc<Platform>]> = platforms.into_iter().map(|platform| self.shared(platform)).collect();
        for platform in &own {
            self.platforms.entry(Arc::clone(platform)).or_default().insert(number);
        }
        if !own.is_empty() {
            self.of_each.insert(number, own);
        }
        if is_signed {
            self.signed.insert(number);
        } else {
            self.signed.remove(&number);
        }
    }

    fn shared(&self, platform: &Platform) -> Arc<Platform> {
        let known = self.platforms.get_key_value(platform).map(|(known, _)| Arc::clone(known));
        known.unwrap_or_else(|| Arc::new(platform.clone()))
    }
}
