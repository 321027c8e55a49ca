//! Looking after another member.

use async_trait::async_trait;
use atoll_service::{Admin, Caller, Error, Status, SweepReport};

use super::RemoteNode;
use crate::{Method, Transport};

#[async_trait]
impl<T: Transport> Admin for RemoteNode<T> {
    async fn status(&self, caller: &Caller) -> Result<Status, Error> {
        self.ask(Method::Status, caller, &()).await
    }

    async fn sweep(&self, caller: &Caller) -> Result<SweepReport, Error> {
        self.ask(Method::Sweep, caller, &()).await
    }
}
