//! A member that keeps its rows in memory, counts what it is asked, and fails as it is told to.

mod leaf;
mod other;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use atoll_oci::{Digest, Repository};
use atoll_placement::{ClusterKey, MemberId, Shard, UploadId, shard_of};
use atoll_service::{Error, Freshness, ImageSummary, Marks, RepositorySummary, Stretch};
use bytes::Bytes;
use serde::Serialize;

pub(crate) const KEY: ClusterKey = ClusterKey([9; 16]);
pub(crate) const SHARDS: u16 = 64;

/// How a member fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It never answers.
    Hangs,
    /// It cannot be reached.
    Silent,
    /// It is at fault.
    Broken,
    /// It says that it does not serve what it is asked for.
    Elsewhere,
}

/// What a member keeps.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) repositories: BTreeMap<Repository, RepositorySummary>,
    pub(crate) images: Vec<ImageSummary>,
    pub(crate) blobs: BTreeMap<(Repository, Digest), Bytes>,
    pub(crate) uploads: BTreeMap<UploadId, Vec<u8>>,
    pub(crate) marks: BTreeMap<String, Marks>,
    pub(crate) toggles: u64,
    /// Whether each user's star is on, and the number of the toggle that said so.
    pub(crate) stars: BTreeMap<(Repository, String), (bool, u64)>,
}

/// A member.
pub(crate) struct Double {
    pub(crate) member: MemberId,
    pub(crate) held: Mutex<BTreeSet<Shard>>,
    rows: Mutex<Rows>,
    /// Which calls fail, by the beginning of their name, and how many more of them.
    troubles: Mutex<Vec<(&'static str, Trouble, usize)>>,
    /// What it says of changes of its rows.
    pub(crate) freshness: Mutex<Freshness>,
    asked: Mutex<Vec<&'static str>>,
    bytes: AtomicU64,
    /// The stretches that were asked for.
    pub(crate) stretches: Mutex<Vec<Stretch>>,
}

pub(crate) fn shard(name: &str) -> Shard {
    shard_of(KEY, name, SHARDS)
}

impl Double {
    pub(crate) fn new(member: MemberId, held: BTreeSet<Shard>) -> Self {
        Self {
            member,
            held: Mutex::new(held),
            rows: Mutex::default(),
            troubles: Mutex::default(),
            freshness: Mutex::new(Freshness { run: 1, number: 1, holds_for: Duration::ZERO }),
            asked: Mutex::default(),
            bytes: AtomicU64::new(0),
            stretches: Mutex::default(),
        }
    }

    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap()
    }

    /// From now on, calls whose name begins so fail, `times` times.
    pub(crate) fn fail(&self, calls: &'static str, trouble: Trouble, times: usize) {
        self.troubles.lock().unwrap().push((calls, trouble, times));
    }

    pub(crate) fn heal(&self) {
        self.troubles.lock().unwrap().clear();
    }

    /// The calls so far, and forgets them.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// The bytes of requests and answers so far, and forgets them.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.swap(0, Ordering::Relaxed)
    }

    /// A call begins.
    async fn enter(&self, call: &'static str, request: &(impl Serialize + Sync)) -> Result<(), Error> {
        self.asked.lock().unwrap().push(call);
        self.count(request);
        let trouble = {
            let mut troubles = self.troubles.lock().unwrap();
            let hit = troubles.iter_mut().find(|(calls, _, times)| call.starts_with(calls) && *times > 0);
            hit.map(|(_, trouble, times)| {
                *times -= 1;
                *trouble
            })
        };
        match trouble {
            None => Ok(()),
            Some(Trouble::Hangs) => std::future::pending().await,
            Some(Trouble::Silent) => {
                Err(Error::Unavailable("10.0.0.7:18080 refused the connection".to_owned()))
            }
            Some(Trouble::Broken) => Err(Error::Internal("a broken row".to_owned())),
            Some(Trouble::Elsewhere) => Err(Error::Misdirected { layout_version: 1 }),
        }
    }

    fn count(&self, message: &impl Serialize) {
        let bytes = postcard::to_stdvec(message).unwrap().len();
        self.bytes.fetch_add(u64::try_from(bytes).unwrap(), Ordering::Relaxed);
    }

    fn leave<T: Serialize>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        self.count(&answer);
        answer
    }

    fn own(&self, shards: &[Shard]) -> Result<(), Error> {
        let held = self.held.lock().unwrap();
        if shards.iter().all(|shard| held.contains(shard)) {
            Ok(())
        } else {
            Err(Error::Misdirected { layout_version: 1 })
        }
    }

    fn own_name(&self, name: &str) -> Result<(), Error> {
        self.own(&[shard(name)])
    }
}
