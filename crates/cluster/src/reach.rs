//! Asking one member: with a deadline, not while it is known to be silent, and a second time where that is harmless and may help.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Clock, Host};
use atoll_placement::{MemberId, Shard};
use atoll_service::{Caller, Error, Node};
use futures_util::future::{Either, select};

use crate::peer::{Lane, Peer};
use crate::table::{Route, Routes};
use crate::time::{Time, within};
use crate::{Options, fault};

/// A member that had less time than this and did not answer has not shown that anything is wrong with it.
const FAIR_CHANCE: Duration = Duration::from_millis(500);

/// All that is needed to ask members. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) routes: Arc<Routes>,
    pub(crate) host: Host,
    pub(crate) options: Arc<Options>,
}

/// A member that can be asked.
pub(crate) struct Target {
    pub(crate) member: MemberId,
    pub(crate) node: Arc<dyn Node>,
}

/// One question, whoever it goes to.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// When the answer has to be there, by the monotonic clock.
    pub(crate) until: Duration,
    /// Whether asking twice does no harm.
    pub(crate) is_read: bool,
    /// What it is about.
    pub(crate) lane: Lane,
}

impl Reach {
    pub(crate) fn new(routes: Arc<Routes>, host: Host, options: Options) -> Self {
        Self { routes, host, options: Arc::new(options) }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.host.clock
    }

    /// The time that a caller has for an answer, from now.
    pub(crate) fn time(&self, caller: &Caller) -> Time {
        Time::of(caller, self.options.deadline, self.clock())
    }

    /// A caller some way into an answer: what is left of the time is what further steps have.
    pub(crate) fn aged(&self, caller: &Caller, time: Time) -> Caller {
        let left = time.end().saturating_sub(self.clock().elapsed());
        Caller { remaining: Some(left), ..caller.clone() }
    }

    /// How a member is asked; `None` for one that is not known.
    pub(crate) fn target(&self, member: MemberId) -> Option<Target> {
        self.routes.node(member).map(|node| Target { member, node })
    }

    /// Who is asked about a shard.
    pub(crate) fn target_of(&self, shard: Shard) -> Result<Target, Error> {
        let route = self.routes.load().route(shard);
        let member = match route {
            Route::Local => Some(self.routes.local()),
            Route::Remote(member) => Some(member),
            Route::Unknown => None,
        };
        member.and_then(|member| self.target(member)).ok_or(Error::ShardUnavailable { shard })
    }

    pub(crate) fn is_local(&self, target: &Target) -> bool {
        target.member == self.routes.local()
    }

    /// Brings the table up to date, if there is time for it.
    pub(crate) async fn refresh(&self, until: Duration) {
        // Out of time: the second attempt goes by the old table and says so.
        let _done = within(self.clock(), until, self.routes.refresh()).await;
    }

    /// Asks a member. What keeps it from answering is `Unavailable` or `DeadlineExceeded`.
    pub(crate) async fn call<T, F, Fut>(&self, target: &Target, call: Call<'_>, ask: &F) -> Result<T, Error>
    where
        F: Fn(Arc<dyn Node>, Caller) -> Fut + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let began = self.clock().elapsed();
        let remaining = call.until.saturating_sub(began);
        let once = || {
            let left = call.until.saturating_sub(self.clock().elapsed());
            ask(Arc::clone(&target.node), Caller { remaining: Some(left), ..call.caller.clone() })
        };
        if remaining.is_zero() {
            return Err(Error::DeadlineExceeded);
        }
        if self.is_local(target) {
            let answer = within(self.clock(), call.until, once()).await;
            return answer.unwrap_or(Err(Error::DeadlineExceeded));
        }
        let peer = self.routes.peer(target.member, call.lane);
        let attempt = peer.admit(&self.options, began).ok_or_else(|| self.left_alone(target.member))?;
        let answer = if call.is_read {
            within(self.clock(), call.until, self.twice((target.member, &*peer), once)).await
        } else {
            within(self.clock(), call.until, once()).await
        };
        let now = self.clock().elapsed();
        match answer.unwrap_or(Err(Error::DeadlineExceeded)) {
            Err(error) if fault::is_silence(&error) => {
                if remaining >= FAIR_CHANCE || error != Error::DeadlineExceeded {
                    attempt.failed(&self.options, now);
                }
                Err(error)
            }
            answer => {
                attempt.answered(call.is_read.then(|| now.saturating_sub(began)));
                answer
            }
        }
    }

    /// The refusal to ask a member, which is counted.
    fn left_alone(&self, member: MemberId) -> Error {
        self.routes.events.left_alone(member);
        Error::Unavailable("the member did not answer lately and is left alone for a moment".to_owned())
    }

    /// Hands a member a request whose body may take as long as it moves.
    pub(crate) async fn send<T>(
        &self,
        target: &Target,
        sent: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        if self.is_local(target) {
            return sent.await;
        }
        let peer = self.routes.peer(target.member, Lane::Requests);
        let now = self.clock().elapsed();
        let attempt = peer.admit(&self.options, now).ok_or_else(|| self.left_alone(target.member))?;
        let answer = sent.await;
        match &answer {
            Err(error) if fault::is_silence(error) => attempt.failed(&self.options, self.clock().elapsed()),
            _ => attempt.answered(None),
        }
        answer
    }

    /// A read; asked once more, while the first goes on, if it takes longer than usual or failed, and if that was earned.
    async fn twice<T, F, Fut>(&self, (member, peer): (MemberId, &Peer), once: F) -> Result<T, Error>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        peer.earn();
        let failed = |answer: &Result<T, Error>| answer.as_ref().is_err_and(fault::is_silence);
        let may_ask_again = || {
            let is_paid = peer.spend();
            if is_paid {
                self.routes.events.asked_twice(member);
            }
            is_paid
        };
        let mut first = pin!(once());
        match select(first.as_mut(), self.clock().sleep(peer.patience(&self.options))).await {
            Either::Left((answer, _waiting)) if failed(&answer) && may_ask_again() => return once().await,
            Either::Left((answer, _waiting)) => return answer,
            Either::Right(((), _first)) => {}
        }
        if !may_ask_again() {
            return first.await;
        }
        match select(first, pin!(once())).await {
            Either::Left((answer, other)) | Either::Right((answer, other)) => {
                if failed(&answer) {
                    other.await
                } else {
                    answer
                }
            }
        }
    }
}
