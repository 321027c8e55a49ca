//! Answers that are kept, of questions that come back. An answer is good as long as nothing that it shows may have changed: the
//! position of the change feed, read before it was put together, and the rights that it tells.

use std::sync::Arc;

use atoll_oci::Repository;
use atoll_service::{Caller, Visibility};
use bytes::Bytes;

use crate::access::Access;
use crate::generations::{Bounds, Generations};
use crate::limits::{ANSWERS_KEPT, KEPT_ANSWER_BYTES, LARGEST_KEPT_ANSWER};
use crate::seen::Seen;

/// What an answer depends on beside the data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct AnswerKey {
    pub(crate) query: Arc<super::documents::DocumentKey>,
    /// The user's name, whose stars and bookmarks are shown; empty for nobody.
    pub(crate) user: Arc<str>,
    pub(crate) visibility: Visibility,
}

#[derive(Clone)]
struct Kept {
    freshness: u64,
    rights: Arc<[(Repository, bool)]>,
    body: Bytes,
}

/// Answers to questions that come back, by what they depend on.
pub(crate) struct Answers {
    kept: Generations<AnswerKey, Kept>,
    seen: Seen,
}

impl Answers {
    pub(crate) fn new() -> Self {
        let bounds = Bounds { entries: ANSWERS_KEPT, bytes: KEPT_ANSWER_BYTES };
        Self { kept: Generations::new(bounds), seen: Seen::new() }
    }

    /// An answer that is as good as a new one.
    pub(crate) fn get(
        &self,
        key: &AnswerKey,
        freshness: u64,
        (access, caller): (&dyn Access, &Caller),
    ) -> Option<Bytes> {
        let kept = self.kept.get(key)?;
        let is_right = |(repository, may): &(Repository, bool)| access.may_delete(caller, repository) == *may;
        (kept.freshness == freshness && kept.rights.iter().all(is_right)).then_some(kept.body)
    }

    /// Keeps an answer. `freshness` was read before it was put together.
    pub(crate) fn put(&self, key: AnswerKey, freshness: u64, rights: Vec<(Repository, bool)>, body: &Bytes) {
        if body.len() > LARGEST_KEPT_ANSWER {
            return;
        }
        let bytes = body.len() + key.query.bytes();
        self.kept.put(key, Kept { freshness, rights: rights.into(), body: body.clone() }, bytes);
    }

    /// Whether the question was asked before, lately; it counts as asked from now on.
    pub(crate) fn is_repeated(&self, key: &AnswerKey) -> bool {
        self.seen.again(key)
    }
}
