//! `PUT /v2/_zot/ext/userprefs`: stars and bookmarks. Answers are a status alone, as zot's clients expect.

use atoll_fault::Kind;
use atoll_oci::Repository;
use atoll_service::{self as service, Mark, Principal, ToggleMark};
use http::StatusCode;

use crate::answer::Answer;
use crate::edge::Ask;
use crate::error::Error;

impl Ask<'_> {
    /// Nobody in particular is refused before anything is said about the repository.
    pub(crate) async fn toggle_mark(&self, mark: Mark, name: &str) -> Result<Answer, Error> {
        if self.caller.principal == Principal::Anonymous {
            return Err(curt(service::Error::Denied("keep stars and bookmarks".to_owned())));
        }
        let repository: Repository = name.parse().map_err(|_no_name| Error::RepositoryNotNamed)?;
        let visibility = self.shared.policy.visibility(self.caller);
        let request = ToggleMark { repository, mark, visibility };
        self.shared.services.preferences.toggle(self.caller, request).await.map_err(curt)?;
        Ok(Answer::new(StatusCode::OK))
    }
}

/// Refusals are a status alone; what is our fault is told as everywhere.
fn curt(error: service::Error) -> Error {
    match error.kind() {
        Kind::Denied | Kind::NotFound => Error::Curt(Box::new(error)),
        _ => error.into(),
    }
}
