//! One query on its way: who asks, whom its resolvers ask, and what has to be remembered about the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_graphql::{
    Context, Error as FieldError, ErrorExtensions, PathSegment, QueryPathSegment, ServerError, Value,
};
use atoll_fault::Kind;
use atoll_oci::Repository;
use atoll_service::{Caller, Coverage, Error as Refusal, Missing, Visibility};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::endpoint::Parts;
use crate::error::Error;
use crate::limits::{LARGE_ROWS, MAX_CELLS, MAX_DETAILS};

/// The code of errors about shards that did not answer.
const SHARD_UNAVAILABLE: &str = "SHARD_UNAVAILABLE";

/// What the resolvers of one query share.
pub(crate) struct Asking {
    pub(crate) caller: Caller,
    pub(crate) visibility: Visibility,
    pub(crate) parts: Arc<Parts>,
    pub(crate) large: Arc<Semaphore>,
    pub(crate) notes: Arc<Notes>,
}

/// What is remembered about an answer while it is put together.
#[derive(Default)]
pub(crate) struct Notes {
    /// The answer depends on more than the change feed, or is incomplete.
    fleeting: AtomicBool,
    /// Something could not be asked now.
    unavailable: AtomicBool,
    /// Values shown so far.
    cells: AtomicU64,
    /// Those of lists within rows.
    details: AtomicU64,
    /// Held by an answer with a long list until it is written.
    turn: Mutex<Option<OwnedSemaphorePermit>>,
    /// Rights that the answer shows.
    rights: std::sync::Mutex<Vec<(Repository, bool)>>,
}

impl Notes {
    pub(crate) fn is_fleeting(&self) -> bool {
        self.fleeting.load(Ordering::Relaxed)
    }

    pub(crate) fn is_unavailable(&self) -> bool {
        self.unavailable.load(Ordering::Relaxed)
    }

    pub(crate) fn set_fleeting(&self) {
        self.fleeting.store(true, Ordering::Relaxed);
    }

    pub(crate) fn rights(&self) -> Vec<(Repository, bool)> {
        self.rights.lock().map(|rights| rights.clone()).unwrap_or_default()
    }
}

impl Asking {
    pub(crate) fn of<'a>(context: &Context<'a>) -> Result<&'a Self, FieldError> {
        context.data::<Self>()
    }

    /// Whether the caller may delete in a repository; the answer is good as long as this is.
    pub(crate) fn may_delete(&self, repository: &Repository) -> bool {
        let may = self.parts.access.may_delete(&self.caller, repository);
        match self.notes.rights.lock() {
            Ok(mut rights) => rights.push((repository.clone(), may)),
            Err(_) => self.notes.set_fleeting(),
        }
        may
    }

    /// A list without a limit, or with a high one, waits until few others are put together; the same query waits once.
    pub(crate) async fn take_turn(&self, limit: u64) {
        if limit != 0 && limit <= LARGE_ROWS {
            return;
        }
        let mut turn = self.notes.turn.lock().await;
        if turn.is_none() {
            *turn = Arc::clone(&self.large).acquire_owned().await.ok();
        }
    }

    /// Counts the values that a list will show.
    pub(crate) fn count(&self, rows: usize, fields: u64) -> Result<(), Error> {
        let rows = rows as u64;
        let cells = rows.saturating_mul(fields);
        let before = self.notes.cells.fetch_add(cells, Ordering::Relaxed);
        if before.saturating_add(cells) > MAX_CELLS {
            return Err(Error::TooManyCells { rows, fields, limit: MAX_CELLS });
        }
        Ok(())
    }

    /// Counts the values that a list within a row will show, such as the layers of a manifest.
    pub(crate) fn count_within(&self, entries: usize, fields: u64) -> Result<(), Error> {
        let details = (entries as u64).saturating_mul(fields.saturating_add(1));
        let before = self.notes.details.fetch_add(details, Ordering::Relaxed);
        if before.saturating_add(details) > MAX_DETAILS {
            return Err(Error::TooManyDetails { limit: MAX_DETAILS });
        }
        Ok(())
    }

    /// About a name that no repository can have: an error for those who see everything, else nothing, as for a hidden one.
    pub(crate) fn unless_hidden<T>(&self, error: Error) -> Result<Option<T>, Error> {
        if self.visibility == Visibility::Everything { Err(error) } else { Ok(None) }
    }

    /// A refusal of a node in zot's words.
    pub(crate) fn refused(&self, refusal: &Refusal, unknown_image: impl Into<String>) -> FieldError {
        let error = match refusal {
            Refusal::RepositoryUnknown(_) => Error::RepositoryUnknown.into(),
            Refusal::ManifestUnknown { .. } => Error::ImageUnknown(unknown_image.into()).into(),
            Refusal::Internal(cause) => {
                let request_id = &*self.caller.request_id.0;
                tracing::error!(request_id, cause, "a search failed");
                Error::Internal.into()
            }
            told => FieldError::new(told.to_string()),
        };
        if matches!(refusal, Refusal::Unavailable(_) | Refusal::DeadlineExceeded) {
            self.notes.unavailable.store(true, Ordering::Relaxed);
        }
        match refusal {
            Refusal::ShardUnavailable { shard } => error.extend_with(|_, more| {
                more.set("code", SHARD_UNAVAILABLE);
                tell_missing(&self.parts.queries.missing(*shard), |name, value| more.set(name, value));
            }),
            told if told.kind() == Kind::Unavailable => {
                error.extend_with(|_, more| more.set("retryable", true))
            }
            _ => error,
        }
    }

    /// Adds sentences about single images, and about shards whose rows are missing, beside the data.
    pub(crate) fn tell(&self, context: &Context<'_>, faults: &[String], coverage: &Coverage) {
        for fault in faults {
            beside(context, ServerError::new(fault.as_str(), None));
        }
        for missing in &coverage.missing {
            self.notes.set_fleeting();
            beside(context, incomplete(missing));
        }
    }
}

/// Adds an error without taking the data away. Like zot's it has a path, and no location.
pub(crate) fn beside(context: &Context<'_>, mut error: ServerError) {
    error.path =
        context.path_node.as_ref().map(|node| path(node.parents(), &node.segment)).unwrap_or_default();
    context.add_error(error);
}

fn path<'a>(
    parents: impl Iterator<Item = &'a async_graphql::QueryPathNode<'a>>,
    last: &QueryPathSegment<'_>,
) -> Vec<PathSegment> {
    let mut path = vec![segment(last)];
    path.extend(parents.map(|node| segment(&node.segment)));
    path.reverse();
    path
}

fn segment(segment: &QueryPathSegment<'_>) -> PathSegment {
    match segment {
        QueryPathSegment::Index(index) => PathSegment::Index(*index),
        QueryPathSegment::Name(name) => PathSegment::Field((*name).to_owned()),
    }
}

fn incomplete(missing: &Missing) -> ServerError {
    let shards = missing.shards.len();
    let (noun, verb) = if shards == 1 { ("shard", "does") } else { ("shards", "do") };
    let message = format!(
        "{shards} {noun} {verb} not answer: their repositories are left out, and counts are lower bounds"
    );
    let mut error = ServerError::new(message, None);
    let mut more = async_graphql::ErrorExtensionValues::default();
    more.set("code", SHARD_UNAVAILABLE);
    tell_missing(missing, |name, value| more.set(name, value));
    error.extensions = Some(more);
    error
}

/// Which shards are missing, who should have answered, and whether to ask again.
fn tell_missing(missing: &Missing, mut tell: impl FnMut(&'static str, Value)) {
    let shards = missing.shards.iter().map(|shard| Value::from(shard.0)).collect::<Vec<_>>();
    let members = missing.member.iter().map(|member| Value::from(member.to_string())).collect::<Vec<_>>();
    tell("shards", Value::from(shards));
    tell("members", Value::from(members));
    tell("retryable", Value::from(missing.is_retryable));
}
