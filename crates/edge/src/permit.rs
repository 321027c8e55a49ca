//! May this caller do that?

use atoll_oci::{Repository, Tag};
use atoll_service::{Caller, Grant, Visibility};

use crate::action::Action;
use crate::error::Error;

/// Decides about actions. Decisions rest on the caller and the names in the request alone; what depends on rows travels as a
/// [`Grant`] and is decided where the rows are.
pub trait Policy: Send + Sync {
    /// Refuses an action that the caller may not even ask for.
    fn admit(&self, caller: &Caller, action: &Action) -> Result<(), Error>;

    /// The caller's rights over a repository, or over one tag of it.
    fn grant(&self, caller: &Caller, repository: &Repository, tag: Option<&Tag>) -> Grant;

    /// What the caller may see in lists.
    fn visibility(&self, caller: &Caller) -> Visibility;
}

/// Everybody may do everything.
pub struct Open;

impl Policy for Open {
    fn admit(&self, _caller: &Caller, _action: &Action) -> Result<(), Error> {
        Ok(())
    }

    fn grant(&self, _caller: &Caller, _repository: &Repository, _tag: Option<&Tag>) -> Grant {
        Grant::ALL
    }

    fn visibility(&self, _caller: &Caller) -> Visibility {
        Visibility::Everything
    }
}
