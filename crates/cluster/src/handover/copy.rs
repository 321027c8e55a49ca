//! Copying one shard.

use std::sync::Arc;
use std::time::Duration;

use atoll_oci::Digest;
use atoll_placement::{MemberId, Shard};
use atoll_service::{Body, Caller, Error, MoveState, Node, ReadRows, YieldShard};
use futures_util::StreamExt as _;

use crate::membership::Membership;

/// Digests asked for at a time.
const DIGESTS_PER_PAGE: usize = 1000;
/// Bytes of rows asked for at a time.
const ROW_BYTES_PER_PAGE: usize = 1 << 20;
/// How often content is looked through while the old holder serves: each time finds what was pushed since.
const CONTENT_PASSES: usize = 3;
/// How often rows are begun anew while the old holder serves, because it was written to in between.
const ROW_ATTEMPTS: usize = 2;

/// One shard on its way to the local member.
pub(super) struct Copy<'a> {
    pub(super) membership: &'a Membership,
    pub(super) shard: Shard,
    pub(super) from: MemberId,
    pub(super) source: Arc<dyn Node>,
}

/// What a look through the content has come to.
#[derive(Default)]
struct Found {
    copied: usize,
    /// Named by the rows, and not there to be had.
    absent: usize,
}

impl Found {
    /// Whether another look would find nothing else.
    fn is_settled(&self) -> bool {
        self.copied == 0 && self.absent == 0
    }
}

impl Copy<'_> {
    /// Takes over a shard that the other member serves. `is_wanted` is asked once more before that has to stop.
    pub(super) async fn take_over(&self, is_wanted: impl Fn() -> bool) -> Result<(), Error> {
        self.tell(MoveState::Copying);
        self.begin().await?;
        let mut absent = 0;
        for _ in 0..CONTENT_PASSES {
            let found = self.content(true).await?;
            absent = found.absent;
            if found.is_settled() {
                break;
            }
        }
        if absent > 0 {
            // It stays where it is served, as damaged as it is, until that is mended.
            let text = format!(
                "the content of {absent} blobs of shard {} is gone from member {}",
                self.shard.0, self.from
            );
            return Err(Error::Unavailable(text));
        }
        let copied = self.rows_while_served().await?;
        if !is_wanted() {
            return Err(Error::Unavailable("the layout has changed meanwhile".to_owned()));
        }
        let layout = self.membership.layout().tag();
        let request = YieldShard { shard: self.shard, to: self.membership.options.local, layout };
        let caller = Caller::internal("handover");
        let last = self.step(self.source.yield_shard(&caller, request)).await?;
        self.tell(MoveState::HandingOver);
        self.content(false).await?;
        if copied != Some(last) {
            self.begin().await?;
            self.rows_at(Some(last)).await?;
        }
        self.take().await
    }

    /// Takes over a shard that the other member has stopped serving.
    pub(super) async fn complete(&self) -> Result<(), Error> {
        self.tell(MoveState::HandingOver);
        self.begin().await?;
        self.content(false).await?;
        self.rows_at(None).await?;
        self.take().await
    }

    async fn begin(&self) -> Result<(), Error> {
        self.membership.note_change(self.shard);
        self.membership.parts.local.begin_taking(self.shard, self.from).await
    }

    async fn take(&self) -> Result<(), Error> {
        // Others may have heard by now that this one knows of the loss, and count on nothing coming from there.
        if self.membership.view().picture.is_lost(self.from) {
            return Err(Error::Unavailable(format!("member {} was given up", self.from)));
        }
        self.membership.note_change(self.shard);
        self.membership.parts.local.take(self.shard).await
    }

    /// Copies the content that is not here yet. While the other member serves, damaged content is a reason to stay there; afterwards
    /// nothing is gained by waiting for it.
    async fn content(&self, is_served: bool) -> Result<Found, Error> {
        let caller = Caller::internal("handover");
        let (mut after, mut found) = (None, Found::default());
        loop {
            let page = self.step(self.source.needed(&caller, self.shard, after, DIGESTS_PER_PAGE)).await?;
            for (digest, size) in page.digests {
                if self.membership.parts.local.has_content(&digest, size).await? {
                    continue;
                }
                match self.keep(digest, size).await {
                    Err(error @ Error::DigestMismatch { .. }) if !is_served => {
                        tracing::error!(shard = self.shard.0, member = %self.from, %error, "damaged content was left behind");
                    }
                    Err(error) => return Err(error),
                    Ok(true) => found.copied += 1,
                    Ok(false) => found.absent += 1,
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Copies one blob; `false` if the other member does not have it.
    async fn keep(&self, digest: Digest, size: u64) -> Result<bool, Error> {
        let caller = Caller::internal("handover");
        let Some((length, body)) = self.step(self.source.content(&caller, digest)).await? else {
            // Removed in between, or gone from that member's disk: in neither case is it there to be had.
            tracing::warn!(shard = self.shard.0, member = %self.from, %digest, "content that a shard's rows name is not there");
            return Ok(false);
        };
        if length != size {
            tracing::warn!(shard = self.shard.0, member = %self.from, %digest, length, size, "content is not as long as the rows say");
        }
        let body = moving(body, self.membership);
        self.membership.parts.local.keep_content(digest, length, body).await?;
        if let Some(rate) = self.membership.options.pace.bytes_per_second.filter(|rate| *rate > 0) {
            let millis = length.saturating_mul(1000) / rate;
            self.membership.parts.host.clock.sleep(Duration::from_millis(millis)).await;
        }
        Ok(true)
    }

    /// Copies the rows while the other member may be written to; gives the position they are of, if they are of one.
    async fn rows_while_served(&self) -> Result<Option<u64>, Error> {
        for attempt in 0..ROW_ATTEMPTS {
            if attempt > 0 {
                self.begin().await?;
            }
            match self.rows_at(None).await {
                Ok(position) => return Ok(Some(position)),
                Err(Error::Misdirected { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Copies the rows, all of one position; `Misdirected` if that has moved on in between, or is another one than expected.
    async fn rows_at(&self, expected: Option<u64>) -> Result<u64, Error> {
        let caller = Caller::internal("handover");
        let (mut position, mut after) = (expected, None);
        loop {
            let request = ReadRows { shard: self.shard, after, max_bytes: ROW_BYTES_PER_PAGE };
            let page = self.step(self.source.rows(&caller, request)).await?;
            if position.is_some_and(|position| position != page.position) {
                return Err(Error::Misdirected { layout_version: self.membership.layout().version() });
            }
            position = Some(page.position);
            if !page.rows.is_empty() {
                self.membership.parts.local.add_rows(self.shard, page.rows).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(page.position),
            }
        }
    }

    fn tell(&self, state: MoveState) {
        self.membership.view().moves.insert(self.shard, (self.from, state));
    }

    /// Waits for one answer of the other member, but not for ever.
    async fn step<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            answer = answer => answer,
            () = self.membership.parts.host.clock.sleep(self.membership.options.pace.step_patience) => {
                Err(Error::DeadlineExceeded)
            }
        }
    }
}

/// A body that ends in an error when nothing comes for too long.
fn moving(body: Body, membership: &Membership) -> Body {
    let (clock, idle) = (Arc::clone(&membership.parts.host.clock), membership.options.pace.idle);
    Box::pin(futures_util::stream::unfold(Some(body), move |body| {
        let clock = Arc::clone(&clock);
        async move {
            let mut body = body?;
            tokio::select! {
                biased;
                piece = body.next() => piece.map(|piece| (piece, Some(body))),
                () = clock.sleep(idle) => {
                    Some((Err(Error::BodyInterrupted("nothing came for too long".to_owned())), None))
                }
            }
        }
    }))
}
