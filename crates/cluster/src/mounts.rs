//! Mounting a blob that may be on another member: it is linked where it is, or copied to where it is wanted.

use std::sync::Arc;

use atoll_oci::{MediaType, Reference, Repository};
use atoll_placement::MemberId;
use atoll_service::{
    AppendUpload, BeginUpload, BlobAddress, BlobRead, BlobStat, Blobs as _, Body, Caller, Error,
    FinishUpload, GetManifest, Manifests as _, Mount, Node, ReadBlob, UploadAddress,
};
use futures_util::future::join_all;

use crate::RoutedNode;
use crate::peer::Lane;
use crate::reach::{Call, Reach};

/// A blob on another member.
struct Source {
    stat: BlobStat,
    body: Body,
}

impl RoutedNode {
    /// Links the blob if the destination's member has it, else copies it there from a member that has; `None` if nobody has a copy
    /// that the caller may read, or only one that is too large to copy, so that the client has to push it.
    pub(crate) async fn mount_across(
        &self,
        caller: &Caller,
        mount: Mount,
    ) -> Result<Option<BlobStat>, Error> {
        let time = self.reach.time(caller);
        let member_of = |repository: &Repository| {
            let shard = self.reach.routes.shard_of(repository.as_str());
            self.reach.target_of(shard).map(|target| target.member)
        };
        let here = member_of(&mount.address.repository)?;
        let from = match &mount.from {
            Some(from) if !mount.visibility.admits(from) => return Ok(None),
            Some(from) => member_of(from).ok().filter(|member| *member != here).map(|_| from.clone()),
            None => None,
        };
        if from.is_none() {
            let linked = self.mount_there(caller, &mount).await?;
            if linked.is_some() || mount.from.is_some() {
                return Ok(linked);
            }
        }
        let from = match from {
            Some(from) => Some(from),
            None => self.find_elsewhere(&self.reach.aged(caller, time), &mount, here).await,
        };
        let Some(from) = from else { return Ok(None) };
        match self.open(&self.reach.aged(caller, time), from, &mount).await {
            Some(source) => self.copy(&self.reach.aged(caller, time), &mount, source).await,
            None => Ok(None),
        }
    }

    async fn mount_there(&self, caller: &Caller, mount: &Mount) -> Result<Option<BlobStat>, Error> {
        let ask = |node: Arc<dyn Node>, caller: Caller| {
            let mount = mount.clone();
            async move { node.mount(&caller, mount).await }
        };
        self.reach.write(caller, mount.address.repository.as_str(), ask).await
    }

    /// Asks every member but one, once, for a repository with the blob. Whoever does not answer in time counts as not having it.
    async fn find_elsewhere(&self, caller: &Caller, mount: &Mount, but: MemberId) -> Option<Repository> {
        let reach = &self.reach;
        let until = reach.clock().elapsed().saturating_add(reach.options.mount_deadline);
        let until = until.min(reach.time(caller).all());
        let call = Call { caller, until, is_read: true, lane: Lane::Requests };
        let digest = mount.address.digest;
        let ask = |node: Arc<dyn Node>, caller: Caller| {
            let visibility = mount.visibility.clone();
            async move { node.leaf_holder(&caller, digest, visibility).await }
        };
        let others = reach.routes.members().into_iter().filter(|member| *member != but);
        let targets: Vec<_> = others.filter_map(|member| reach.target(member)).collect();
        let answers = join_all(targets.iter().map(|target| reach.call(target, call, &ask))).await;
        answers.into_iter().filter_map(Result::ok).flatten().find(|found| mount.visibility.admits(found))
    }

    /// The blob in a repository; `None` if it is not there, too large, or cannot be read now: then the client pushes it.
    async fn open(&self, caller: &Caller, from: Repository, mount: &Mount) -> Option<Source> {
        let address = BlobAddress { repository: from, digest: mount.address.digest };
        let source = match self.read(caller, ReadBlob { address: address.clone(), range: None }).await {
            Ok(BlobRead::Stream { stat, body, .. })
                if stat.size <= self.reach.options.mount_copy_max_bytes =>
            {
                Source { stat, body }
            }
            Ok(_) => return None,
            Err(error) => {
                tracing::debug!(%error, "a blob to be mounted cannot be read");
                return None;
            }
        };
        let is_manifest = self.is_manifest(caller, address, source.stat.media_type.clone()).await;
        (!is_manifest).then_some(source)
    }

    /// Whether the content is a manifest of the repository. One may be read as a blob, but it is none that could be mounted, on
    /// whichever member it is.
    async fn is_manifest(&self, caller: &Caller, address: BlobAddress, media_type: Option<String>) -> bool {
        let media_type = media_type.and_then(|text| text.parse::<MediaType>().ok());
        // Only what is called a manifest is worth a question.
        if media_type.is_none_or(|media_type| media_type.manifest_family().is_none()) {
            return false;
        }
        let BlobAddress { repository, digest } = address;
        let request = GetManifest { repository, reference: Reference::Digest(digest), upstream: None };
        self.head(caller, request).await.is_ok()
    }

    /// Pushes the blob to the destination, which verifies it, makes it durable and links it before it answers.
    async fn copy(&self, caller: &Caller, mount: &Mount, source: Source) -> Result<Option<BlobStat>, Error> {
        let BlobAddress { repository, digest } = mount.address.clone();
        let Source { stat, body } = source;
        let begin = BeginUpload {
            repository: repository.clone(),
            algorithm: Some(digest.algorithm()),
            grant: mount.grant,
        };
        let upload = self.begin(caller, begin).await?;
        let address = UploadAddress { repository, id: upload.id };
        let mut unfinished = Unfinished { reach: &self.reach, caller, address: Some(address.clone()) };
        let chunk = AppendUpload { address, range: None, length: Some(stat.size) };
        // A large blob takes its time to be sent, verified and flushed; whoever moves no bytes is given up by the link.
        let patient = Caller { remaining: None, ..caller.clone() };
        let finished = self.finish(&patient, FinishUpload { chunk, digest, grant: mount.grant }, body).await;
        match finished {
            Ok(stat) => {
                unfinished.address = None;
                Ok(Some(stat))
            }
            Err(error @ (Error::Denied(_) | Error::NoSpace { .. } | Error::RepositoriesExhausted { .. })) => {
                Err(error)
            }
            Err(error) => {
                tracing::warn!(%digest, %error, "a blob could not be copied for a mount");
                Ok(None)
            }
        }
    }
}

/// Gives an upload up that did not come to its end, also if the client left in the middle.
struct Unfinished<'a> {
    reach: &'a Reach,
    caller: &'a Caller,
    address: Option<UploadAddress>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let Some(address) = self.address.take() else { return };
        let (reach, caller) = (self.reach.clone(), Caller { remaining: None, ..self.caller.clone() });
        self.reach.host.tasks.spawn(async move {
            let call = Call {
                caller: &caller,
                until: reach.time(&caller).end(),
                is_read: false,
                lane: Lane::Requests,
            };
            let ask = |node: Arc<dyn Node>, caller: Caller| {
                let address = address.clone();
                async move { node.cancel(&caller, address).await }
            };
            // A wrong digest has ended it already; what else is left of it expires.
            let _ended = reach.at_holder(call, &address, ask).await;
        });
    }
}
