//! Receiving: one batch is written and hashed on the blocking pool while the next arrives.

use atoll_host::BoxFuture;
use atoll_placement::UploadId;
use futures_util::future;

use super::FileStore;
use super::batch::{After, Batch, gather};
use super::writer::Writer;
use crate::{Appended, Error, Incoming};

impl FileStore {
    pub(super) async fn append_upload(
        &self,
        upload: UploadId,
        at: u64,
        body: Incoming,
    ) -> Result<Appended, Error> {
        let writer = self.open_upload(upload).await?;
        let received = writer.turn.received();
        if at != received {
            return Err(Error::OutOfOrder { received });
        }
        let (writer, interrupted) = self.receive(writer, body).await?;
        Ok(Appended { received: writer.turn.received(), interrupted })
    }

    pub(super) async fn open_upload(&self, upload: UploadId) -> Result<Writer, Error> {
        let turn = self.sessions.turn(upload).await?;
        let disk = self.disk.clone();
        let opened = self.disk.perform(move |files| Writer::open(turn, &disk, files)).await;
        if matches!(opened, Err(Error::UnknownUpload(_))) {
            self.sessions.forget(upload);
        }
        opened
    }

    /// At most two batches of an upload are in memory: the one being written and the one that arrives.
    async fn receive(&self, writer: Writer, mut body: Incoming) -> Result<(Writer, Option<String>), Error> {
        let mut writing: BoxFuture<'_, Result<Writer, Error>> = Box::pin(future::ready(Ok(writer)));
        loop {
            let gathering = gather(&mut body, &self.budget, &*self.host.clock);
            let (written, (batch, after)) = future::join(writing, gathering).await;
            let mut writer = written?;
            writer.sync_early(&self.disk);
            writing = self.write(writer, batch);
            match after {
                After::More => {}
                After::End => return Ok((writing.await?, None)),
                After::Interrupted(why) => return Ok((writing.await?, Some(why))),
            }
        }
    }

    fn write(&self, mut writer: Writer, batch: Batch) -> BoxFuture<'_, Result<Writer, Error>> {
        if batch.is_empty() {
            return Box::pin(future::ready(Ok(writer)));
        }
        Box::pin(self.disk.run("writing an upload", move |_| writer.write(&batch).map(|()| writer)))
    }
}
