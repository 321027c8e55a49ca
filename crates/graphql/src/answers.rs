//! Answers that are kept. An answer is good as long as nothing that it shows may have changed: the position of the change feed, read
//! before it was put together, and the rights that it tells.

use std::sync::Arc;

use atoll_oci::Repository;
use atoll_service::{Caller, Visibility};
use bytes::Bytes;

use crate::access::Access;
use crate::generations::{Bounds, Generations};
use crate::limits::{ANSWERS_KEPT, KEPT_ANSWER_BYTES, LARGEST_KEPT_ANSWER};

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
    /// `None`: the question was asked before, but its answer could not be kept.
    freshness: Option<u64>,
    rights: Arc<[(Repository, bool)]>,
    body: Bytes,
}

/// Answers by what they depend on.
pub(crate) struct Answers(Generations<AnswerKey, Kept>);

impl Answers {
    pub(crate) fn new() -> Self {
        Self(Generations::new(Bounds { entries: ANSWERS_KEPT, bytes: KEPT_ANSWER_BYTES }))
    }

    /// An answer that is as good as a new one.
    pub(crate) fn get(
        &self,
        key: &AnswerKey,
        freshness: u64,
        (access, caller): (&dyn Access, &Caller),
    ) -> Option<Bytes> {
        let kept = self.0.get(key)?;
        let is_right = |(repository, may): &(Repository, bool)| access.may_delete(caller, repository) == *may;
        (kept.freshness == Some(freshness) && kept.rights.iter().all(is_right)).then_some(kept.body)
    }

    /// Keeps an answer. `freshness` was read before it was put together.
    pub(crate) fn put(&self, key: AnswerKey, freshness: u64, rights: Vec<(Repository, bool)>, body: &Bytes) {
        if body.len() > LARGEST_KEPT_ANSWER {
            return;
        }
        let bytes = body.len() + key.query.bytes();
        self.0.put(
            key,
            Kept { freshness: Some(freshness), rights: rights.into(), body: body.clone() },
            bytes,
        );
    }

    /// Whether the question was asked before, lately; it counts as asked from now on.
    pub(crate) fn is_repeated(&self, key: &AnswerKey) -> bool {
        let is_known = self.0.get(key).is_some();
        if !is_known {
            let nothing = Kept { freshness: None, rights: Arc::default(), body: Bytes::new() };
            self.0.put(key.clone(), nothing, key.query.bytes());
        }
        is_known
    }
}
