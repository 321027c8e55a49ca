//! A way between members on which some requests arrive long after their sender has given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use atoll_host::Host;
use atoll_testkit::link::MemoryLink;
use atoll_wire::{Error, Frames, Method, Transport};
use futures_util::StreamExt as _;

use crate::dice::Dice;

/// One request in so many is late.
const LATE_ONE_IN: u64 = 60;
const LONGEST_MILLIS: u64 = 15_000;

/// A link with such requests.
pub(crate) struct LateLink {
    pub(crate) link: Arc<MemoryLink>,
    pub(crate) dice: Dice,
    pub(crate) host: Host,
    /// No request is late any more.
    pub(crate) is_calm: Arc<AtomicBool>,
}

#[async_trait]
impl Transport for LateLink {
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, Error> {
        let is_calm = self.is_calm.load(Ordering::SeqCst);
        if is_calm || method.has_request_body() || !self.dice.one_in(LATE_ONE_IN) {
            return self.link.call(protocol, method, request).await;
        }
        let pieces: Vec<_> = request.collect().await;
        let (link, clock) = (Arc::clone(&self.link), Arc::clone(&self.host.clock));
        let late: Duration = self.dice.millis(1, LONGEST_MILLIS);
        self.host.tasks.spawn(async move {
            clock.sleep(late).await;
            let request: Frames = Box::pin(futures_util::stream::iter(pieces));
            // Nobody waits for the answer; it is read so that the call is not given up.
            if let Ok(answer) = link.call(protocol, method, request).await {
                let _unread: Vec<_> = answer.collect().await;
            }
        });
        Err(Error::Broken("the connection is lost; the request is not".to_owned()))
    }
}
