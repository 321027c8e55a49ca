//! The last steps of an upload. Between them its bytes are neither an upload any more nor linked yet, so once begun they run to their
//! end, whether or not anybody still waits for the answer.

use std::sync::Arc;

use atoll_index::{Command, LinkBlob, Mutation};
use atoll_oci::{Digest, Repository};
use atoll_placement::UploadId;
use atoll_service::{Caller, Error, Grant};
use tokio::sync::oneshot;

use crate::LocalNode;
use crate::failure::{from_index, from_store};

impl LocalNode {
    /// Makes an upload content, durably, and links it. Gives its size in bytes.
    pub(crate) async fn finish_whole(
        &self,
        caller: &Caller,
        (id, repository, digest): (UploadId, Repository, Digest),
        grant: Grant,
    ) -> Result<u64, Error> {
        let (store, index) = (Arc::clone(&self.parts.store), Arc::clone(&self.parts.index));
        let (pins, sessions, member) =
            (Arc::clone(&self.pins), Arc::clone(&self.sessions), self.parts.member);
        let link = move |size| Mutation::LinkBlob(LinkBlob { digest, size, holders: vec![member] });
        // Its size is known only once the upload is content.
        let command = self.command(caller, (repository, grant), link(0));
        let steps = async move {
            let _pin = pins.hold(&digest).await;
            let finished = store.finish(id, &digest).await;
            if !matches!(finished, Err(atoll_store::Error::Busy(_))) {
                sessions.close(id);
            }
            let size = finished.map_err(|error| from_store("finishing an upload", error))?;
            index
                .submit(Command { mutation: link(size), ..command })
                .await
                .map_err(|error| from_index("linking a blob", error))?;
            Ok(size)
        };
        let (reply, answer) = oneshot::channel();
        self.parts.host.tasks.spawn(async move {
            // Nobody may be waiting any more: what was done stays done.
            let _unheard = reply.send(steps.await);
        });
        let finished: Result<u64, Error> =
            answer.await.map_err(|_ended| Error::Unavailable("the server is stopping".to_owned()))?;
        let size = finished?;
        self.content.add(size);
        Ok(size)
    }
}
