//! What the rows add to a description.

use std::sync::{PoisonError, RwLock};

use atoll_index::Snapshot;
use atoll_oci::{Digest, Repository};
use atoll_search::{Content, Corpus, Wording, referrer, weight_of};
use atoll_service::{Error, ReferrerSummary};
use bytes::Bytes;

use crate::failure::from_index;
use crate::leaf::MAX_DETAILS;

/// Referrers that are read at a time, and at most shown of one manifest.
const PAGE: usize = 1_000;
const MAX_REFERRERS: usize = 10_000;

/// The rows before and after the corpus was asked. Facts never change, so those of a manifest that was removed meanwhile are in the
/// former, those of one that was pushed meanwhile in the latter.
pub(crate) struct Rows<'a> {
    pub(crate) before: Snapshot,
    pub(crate) after: Snapshot,
    /// Has short texts, so that the rows need not be read for them; of a manifest that is gone from it, the rows tell them.
    pub(crate) corpus: &'a RwLock<Corpus>,
}

impl Content for Rows<'_> {
    fn wording(&self, repository: &Repository, digest: &Digest) -> Option<Wording> {
        self.corpus.read().unwrap_or_else(PoisonError::into_inner).wording(repository, digest)
    }

    fn facts(&self, repository: &Repository, digest: &Digest) -> Result<Option<Bytes>, Error> {
        let failed = |error| from_index("reading facts", error);
        match self.after.facts(repository, digest).map_err(failed)? {
            Some(facts) => Ok(Some(facts)),
            None => self.before.facts(repository, digest).map_err(failed),
        }
    }

    fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<ReferrerSummary>, Error> {
        let (mut found, mut after, mut weight) = (Vec::new(), None, 0_usize);
        loop {
            let page = self.after.referrers((repository, subject), &[], after, PAGE);
            let (page, next) = page.map_err(|error| from_index("reading referrers", error))?;
            let more = page.iter().filter_map(|row| referrer(&row.descriptor));
            found.extend(more.inspect(|referrer| weight = weight.saturating_add(weight_of(referrer))));
            if u64::try_from(weight).is_ok_and(|weight| weight > MAX_DETAILS) {
                return Err(Error::ListTooLong { limit: MAX_DETAILS });
            }
            if next.is_none() || found.len() >= MAX_REFERRERS {
                found.truncate(MAX_REFERRERS);
                return Ok(found);
            }
            after = next;
        }
    }
}
