//! From messages of the feed to the corpus.

use std::sync::{Arc, PoisonError};

use atoll_host::Timestamp;
use atoll_index::{Change, Effect, Error as IndexError, Heard, Snapshot};
use atoll_oci::{Digest, Reference, Repository};
use atoll_placement::Shard;
use atoll_search::{Corpus, KnownTag, LentManifest, WrittenPulls};
use bytes::Bytes;
use futures_util::FutureExt as _;

use super::{Follower, Search};
use crate::LocalNode;
use crate::pulls::Pulled;
use crate::search::read;

/// Messages that are applied under one lock.
const AT_ONCE: usize = 256;

/// Why the corpus cannot follow and has to be made anew.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("{0} messages were missed")]
    Missed(u64),
    #[error("the rows cannot be read")]
    Rows(#[from] IndexError),
    #[error("the facts of a manifest are not known")]
    NoFacts,
}

impl LocalNode {
    /// Applies what there is to hear, up to the message of this number and a few more. Gives the number of the latest one that the
    /// corpus contains.
    pub(super) fn hear(&self, search: &Search, wanted: u64) -> u64 {
        let mut follower = search.follower.lock().unwrap_or_else(PoisonError::into_inner);
        while follower.applied < wanted && follower.listen() {
            // Taken after the messages, so it has what they tell of.
            let rows = self.parts.index.snapshot();
            if let Err(lost) = search.apply(&mut follower, &rows) {
                tracing::warn!(%lost, "search reads the rows anew");
                search.is_ready.send_replace(false);
                search.wants_reload.notify_one();
                follower.subscription = None;
                follower.heard.clear();
            }
        }
        follower.applied
    }
}

impl Follower {
    /// Takes in what waits, at most [`AT_ONCE`] messages; `false` if there is none.
    fn listen(&mut self) -> bool {
        let Some(subscription) = &mut self.subscription else { return false };
        while self.heard.len() < AT_ONCE {
            match subscription.next().now_or_never() {
                None | Some(Heard::Closed) => break,
                Some(heard) => self.heard.push_back(heard),
            }
        }
        !self.heard.is_empty()
    }
}

impl Search {
    /// Reads what the messages need before anybody has to wait, and applies them all under one lock.
    fn apply(&self, follower: &mut Follower, rows: &Snapshot) -> Result<(), Lost> {
        let mut steps = Vec::with_capacity(follower.heard.len());
        while let Some(heard) = follower.heard.pop_front() {
            if let Some(step) = prepare(rows, heard, follower.applied)? {
                steps.push(step);
            }
        }
        if steps.is_empty() {
            return Ok(());
        }
        let mut corpus = self.corpus.write().unwrap_or_else(PoisonError::into_inner);
        corpus.begin_changes();
        let taken = steps.into_iter().try_for_each(|step| {
            follower.applied = take_step(&mut corpus, rows, step)?;
            Ok(())
        });
        corpus.finish_changes();
        taken
    }

    /// The corpus counts pulls that are not yet written. Gives those back whose manifest it has not heard of: it was pulled in the
    /// moment between its row and its message.
    pub(super) fn count_pulls(&self, pulled: Vec<Pulled>) -> Vec<Pulled> {
        if pulled.is_empty() {
            return pulled;
        }
        count_known(&mut self.corpus.write().unwrap_or_else(PoisonError::into_inner), pulled)
    }
}

/// Counts pulls of the manifests that a corpus knows, and gives the others back.
pub(super) fn count_known(corpus: &mut Corpus, pulled: Vec<Pulled>) -> Vec<Pulled> {
    let (known, unknown): (Vec<Pulled>, Vec<Pulled>) =
        pulled.into_iter().partition(|(repository, digest, _)| corpus.has_manifest(repository, digest));
    for (repository, digest, counted) in known {
        corpus.count_pulls(&repository, &digest, counted);
    }
    unknown
}

/// A message, with what it takes to apply it.
enum Step {
    Change {
        sequence: u64,
        change: Arc<Change>,
        /// The manifest that it puts; none if it puts none, or one that is gone already.
        put: Option<Put>,
    },
    Held(u64, Shard),
    Left(u64, Shard),
}

/// A manifest with its encoded facts. What is new was not pulled; the pulls of what is known are told one by one.
struct Put {
    digest: Digest,
    pushed: (Timestamp, String),
    facts: Bytes,
}

/// `None` for a message that the corpus contains already.
fn prepare(rows: &Snapshot, heard: Heard, applied: u64) -> Result<Option<Step>, Lost> {
    Ok(match heard {
        Heard::Change { sequence, change, facts } if sequence > applied => {
            let put = manifest_put(rows, &change, facts)?;
            Some(Step::Change { sequence, change, put })
        }
        Heard::Held { sequence, shard } if sequence > applied => Some(Step::Held(sequence, shard)),
        Heard::Left { sequence, shard } if sequence > applied => Some(Step::Left(sequence, shard)),
        Heard::Missed(missed) => return Err(Lost::Missed(missed)),
        Heard::Change { .. } | Heard::Held { .. } | Heard::Left { .. } | Heard::Closed => None,
    })
}

/// Applies one message, and gives its number.
fn take_step(corpus: &mut Corpus, rows: &Snapshot, step: Step) -> Result<u64, Lost> {
    match step {
        Step::Change { sequence, change, put } => {
            let put = put.as_ref().map(Put::lent).transpose()?;
            apply_change(corpus, &change, put.as_ref());
            Ok(sequence)
        }
        Step::Held(sequence, shard) => {
            corpus.drop_shard(shard);
            if !read::shards(rows, &[shard], corpus)?.is_empty() {
                return Err(Lost::NoFacts);
            }
            Ok(sequence)
        }
        Step::Left(sequence, shard) => {
            corpus.drop_shard(shard);
            Ok(sequence)
        }
    }
}

fn apply_change(corpus: &mut Corpus, change: &Change, put: Option<&LentManifest<'_>>) {
    let Some(repository) = change.repository() else { return };
    for effect in &change.effects {
        match effect {
            Effect::RepositoryCreated => corpus.add_repository(repository, change.shard),
            Effect::RepositoryRemoved => corpus.remove_repository(repository),
            Effect::ManifestPut { .. } | Effect::FactsSet { .. } => {
                if let Some(known) = put {
                    corpus.put_lent_manifest(repository, known);
                }
            }
            Effect::ManifestRemoved { digest, .. } => corpus.remove_manifest(repository, digest),
            Effect::TagSet { tag, digest, tagged_at, .. } => {
                let (tag, digest, tagged_at) = (tag.clone(), *digest, *tagged_at);
                corpus.set_tag(repository, &KnownTag { tag, digest, tagged_at, updated_at: change.at });
            }
            Effect::TagRemoved { tag, .. } => corpus.remove_tag(repository, tag),
            Effect::PullsCounted { digest, times, pulls, last_at } => {
                let written = WrittenPulls { times: *times, total: *pulls, last_at: *last_at };
                corpus.write_pulls(repository, digest, written);
            }
            Effect::StarSet { stars, .. } => corpus.set_stars(repository, *stars),
            Effect::BlobLinked { .. } | Effect::BlobUnlinked { .. } | Effect::MarkToggled { .. } => {}
        }
    }
}

/// The manifest that a change puts: no command puts more than one. A new one is told by the message alone, so that what many push
/// costs no reading.
fn manifest_put(rows: &Snapshot, change: &Change, facts: Bytes) -> Result<Option<Put>, Lost> {
    let Some(repository) = change.repository() else { return Ok(None) };
    for effect in &change.effects {
        match effect {
            Effect::ManifestPut { digest, is_new: true, .. } if !facts.is_empty() => {
                return Ok(Some(Put { digest: *digest, pushed: (change.at, change.by.clone()), facts }));
            }
            Effect::ManifestPut { digest, .. } | Effect::FactsSet { digest } => {
                return known_manifest(rows, repository, digest);
            }
            _ => {}
        }
    }
    Ok(None)
}

/// A manifest that is gone already will be heard to be removed.
fn known_manifest(rows: &Snapshot, repository: &Repository, digest: &Digest) -> Result<Option<Put>, Lost> {
    let Some(found) = rows.resolve(repository, &Reference::Digest(*digest))? else { return Ok(None) };
    let facts = rows.facts(repository, digest)?.ok_or(Lost::NoFacts)?;
    Ok(Some(Put { digest: *digest, pushed: (found.row.pushed_at, found.row.pushed_by), facts }))
}

impl Put {
    fn lent(&self) -> Result<LentManifest<'_>, Lost> {
        let (at, by) = &self.pushed;
        LentManifest::of(self.digest, (*at, by), &self.facts).map_err(|_damaged| Lost::NoFacts)
    }
}
