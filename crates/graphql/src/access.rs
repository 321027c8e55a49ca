//! What the search needs to know about rights. The composition root answers from the server's policy.

use atoll_oci::Repository;
use atoll_service::{Caller, Visibility};

/// Answers about the rights of a caller, at once and without waiting.
pub trait Access: Send + Sync {
    /// What the caller may see.
    fn visibility(&self, caller: &Caller) -> Visibility;

    /// Whether the caller may delete images of a repository.
    fn may_delete(&self, caller: &Caller, repository: &Repository) -> bool;
}

/// Everybody may do everything.
pub struct OpenAccess;

impl Access for OpenAccess {
    fn visibility(&self, _caller: &Caller) -> Visibility {
        Visibility::Everything
    }

    fn may_delete(&self, _caller: &Caller, _repository: &Repository) -> bool {
        true
    }
}
