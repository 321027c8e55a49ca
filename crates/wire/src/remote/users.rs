//! The users' records of another member.

use async_trait::async_trait;
use atoll_service::{Caller, Error, Marks, SetStar, ToggleMark, Toggled, Users};

use super::RemoteNode;
use crate::{Method, Transport};

#[async_trait]
impl<T: Transport> Users for RemoteNode<T> {
    async fn marks(&self, caller: &Caller, user: &str) -> Result<Marks, Error> {
        self.ask(Method::Marks, caller, &user).await
    }

    async fn toggle_mark(&self, caller: &Caller, user: &str, request: ToggleMark) -> Result<Toggled, Error> {
        self.ask(Method::ToggleMark, caller, &(user, request)).await
    }

    async fn set_star(&self, caller: &Caller, request: SetStar) -> Result<(), Error> {
        self.ask(Method::SetStar, caller, &request).await
    }
}
