//! The remote node: every trait of a node, answered by another member.

mod admin;
mod answer;
mod blobs;
mod handover;
mod leaf;
mod manifests;
mod users;

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atoll_host::Host;
use atoll_placement::MemberId;
use atoll_service::{Body, Caller, Error as NodeError};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::envelope::{self, AnswerHead, Envelope, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, Refusal};
use crate::form::{Always, Form};
use crate::frames::{Outgoing, Reader};
use crate::hello::{HELLO_PROTOCOL, Hello, Welcome};
use crate::meter::Meter;
use crate::patience::{Expiry, Noted};
use crate::{Error, Identity, Method, Observer, Outcome, Patience, Transport};

/// What a remote node is made of.
pub struct RemoteParts<T> {
    /// The member at the other end.
    pub peer: MemberId,
    /// The local member.
    pub identity: Identity,
    /// The way there.
    pub transport: T,
    /// How long to wait.
    pub patience: Patience,
    /// Is told of each call.
    pub observer: Arc<dyn Observer>,
    /// The outside world.
    pub host: Host,
}

/// A node that is another member. What keeps it from answering is `Unavailable` to the caller, and told in full in the log.
pub struct RemoteNode<T> {
    parts: RemoteParts<T>,
    /// The version of the protocol agreed on; 0 before the first call.
    protocol: AtomicU16,
    /// The last call got through. While it does not, the log is told once, and again when a look after the member finds another reason.
    is_reached: AtomicBool,
    /// Why the last look found nobody.
    reason: Mutex<String>,
}

/// An answer, and what follows it.
struct Answered<A> {
    answer: A,
    rest: Reader,
    meter: Meter,
}

impl<T: Transport> RemoteNode<T> {
    /// A node at the other end of a transport. Nothing is sent before the first call.
    pub fn new(parts: RemoteParts<T>) -> Self {
        let (protocol, is_reached) = (AtomicU16::new(0), AtomicBool::new(true));
        Self { parts, protocol, is_reached, reason: Mutex::default() }
    }

    /// The member it stands for.
    pub fn peer(&self) -> MemberId {
        self.parts.peer
    }

    /// A call without content on either side.
    async fn ask<A: DeserializeOwned>(
        &self,
        method: Method,
        caller: &Caller,
        request: &(impl Serialize + Sync),
    ) -> Result<A, NodeError> {
        self.send(method, caller, request, None).await
    }

    /// A call whose request carries content, if `body` is given.
    async fn send<A: DeserializeOwned>(
        &self,
        method: Method,
        caller: &Caller,
        request: &(impl Serialize + Sync),
        body: Option<Body>,
    ) -> Result<A, NodeError> {
        self.say(method, caller, Always(request), body).await
    }

    /// A call in the form that it has in the version of the protocol.
    async fn say<A>(
        &self,
        method: Method,
        caller: &Caller,
        form: impl Form<A>,
        body: Option<Body>,
    ) -> Result<A, NodeError> {
        let mut answered = self.exchange(method, caller, form, body).await?;
        answered.meter.ended(Outcome::Answered);
        Ok(answered.answer)
    }

    /// A call up to the end of its answer; content may follow.
    async fn exchange<A>(
        &self,
        method: Method,
        caller: &Caller,
        form: impl Form<A>,
        body: Option<Body>,
    ) -> Result<Answered<A>, NodeError> {
        let mut meter = self.meter(method);
        // Only a version that was agreed on earlier can be out of date.
        let may_repeat = body.is_none() && self.protocol.load(Relaxed) != 0;
        let mut outcome = self.attempt((method, caller), &form, body, &mut meter).await;
        if may_repeat && matches!(outcome, Err(Failed::Refused(Refusal::OtherProtocol { .. }))) {
            // The member has another release than before, and refuses before anything is done.
            outcome = self.attempt((method, caller), &form, None, &mut meter).await;
        }
        let failed = match outcome {
            Ok((Ok(answer), rest)) => {
                self.is_reached.store(true, Relaxed);
                return Ok(Answered { answer, rest, meter });
            }
            Ok((Err(refused), _rest)) => {
                self.is_reached.store(true, Relaxed);
                meter.ended(Outcome::Refused(refused.kind()));
                return Err(refused);
            }
            Err(failed) => failed,
        };
        meter.ended(Outcome::Failed);
        Err(self.complain(method, caller, failed))
    }

    async fn attempt<A>(
        &self,
        (method, caller): (Method, &Caller),
        form: &impl Form<A>,
        body: Option<Body>,
        meter: &mut Meter,
    ) -> Result<(Result<A, NodeError>, Reader), Failed> {
        let limit = caller.remaining.unwrap_or_else(|| self.parts.patience.with(method));
        let protocol = self.agreed(limit.saturating_sub(meter.passed())).await?;
        let head = form.encode(protocol, self.envelope(caller, meter))?;
        let left = limit.saturating_sub(meter.passed());
        let sent = self.converse(meter, (protocol, method), Outgoing::new(head, body), left);
        let (bytes, rest) = sent.await?;
        Ok((form.decode(protocol, self.behind_head(method, &bytes)?)?, rest))
    }

    fn meter(&self, method: Method) -> Meter {
        Meter::begin(&self.parts.observer, &self.parts.host.clock, self.parts.peer, method)
    }

    fn envelope(&self, caller: &Caller, meter: &Meter) -> Envelope {
        let identity = &self.parts.identity;
        let remaining = caller.remaining.map(|remaining| remaining.saturating_sub(meter.passed()));
        Envelope {
            cluster: identity.cluster,
            to: self.parts.peer,
            from: identity.member,
            layout: (identity.layout)(),
            caller: Caller { remaining, ..caller.clone() },
        }
    }

    /// Sends a request and waits for the message that answers it.
    async fn converse(
        &self,
        meter: &mut Meter,
        (protocol, method): (u16, Method),
        frames: Outgoing,
        limit: Duration,
    ) -> Result<(Bytes, Reader), Failed> {
        let progress = Arc::clone(&meter.progress);
        let noted = Noted { frames, progress: Arc::clone(&progress) };
        let answer = async {
            let frames = self.parts.transport.call(protocol, method, Box::pin(noted)).await?;
            let mut reader = Reader::new(frames);
            let message = reader.message(MAX_ANSWER_BYTES).await;
            meter.answered();
            meter.received(reader.taken_bytes());
            Ok((message?, reader))
        };
        // Content may take as long as it moves; without any, the time runs from the beginning.
        let over = async {
            if method.has_request_body() {
                return progress.expired(self.parts.patience.idle, limit).await;
            }
            self.parts.host.clock.sleep(limit).await;
            Expiry::Answer
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            expiry = over => Err(Failed::Expired(expiry)),
        }
    }

    /// The version of the protocol that both sides speak.
    async fn agreed(&self, limit: Duration) -> Result<u16, Failed> {
        match self.protocol.load(Relaxed) {
            0 => {}
            agreed => return Ok(agreed),
        }
        let hello = Hello::from(self.parts.identity.member);
        let message = envelope::encode(&hello, MAX_REQUEST_BYTES)?;
        let mut meter = self.meter(Method::Hello);
        let sent =
            self.converse(&mut meter, (HELLO_PROTOCOL, Method::Hello), Outgoing::new(message, None), limit);
        let welcome = sent.await.and_then(|(bytes, _rest)| Ok(envelope::decode::<Welcome>(&bytes)?.0));
        meter.ended(if welcome.is_ok() { Outcome::Answered } else { Outcome::Failed });
        let welcome = welcome?;
        if (welcome.cluster, welcome.member) != (self.parts.identity.cluster, self.parts.peer) {
            return Err(Failed::Stranger(welcome.member));
        }
        let (oldest, newest) = (welcome.oldest, welcome.newest);
        let version =
            hello.agree(oldest, newest).ok_or(Failed::Refused(Refusal::OtherProtocol { oldest, newest }))?;
        self.protocol.store(version, Relaxed);
        Ok(version)
    }

    /// What stands behind the head of an answer, unless the call was refused.
    fn behind_head<'a>(&self, method: Method, bytes: &'a [u8]) -> Result<&'a [u8], Failed> {
        let (head, rest) = envelope::decode::<AnswerHead>(bytes)?;
        if head.member != self.parts.peer {
            return Err(Failed::Stranger(head.member));
        }
        match head.refusal {
            Some(refusal) => {
                if matches!(refusal, Refusal::OtherProtocol { .. }) {
                    tracing::info!(member = %self.parts.peer, method = method.name(), "the member changed its release");
                    self.protocol.store(0, Relaxed);
                }
                Err(Failed::Refused(refusal))
            }
            None => Ok(rest),
        }
    }

    /// Tells the log what went wrong, and gives what the caller may know of it.
    fn complain(&self, method: Method, caller: &Caller, failed: Failed) -> NodeError {
        let (member, request_id) = (self.parts.peer, &*caller.request_id.0);
        let is_news = self.is_reached.swap(false, Relaxed);
        if is_news | self.has_another_reason(method, &failed) {
            tracing::warn!(%member, method = method.name(), request_id, error = %failed, "a call to a member failed");
        } else {
            tracing::debug!(%member, method = method.name(), request_id, error = %failed, "a call to a member failed");
        }
        answer::told(member, method.name(), caller, failed)
    }

    /// Whether a look after the member finds another reason than the look before. Other calls are as many as there are requests, so
    /// their reasons are not compared. A refused certificate may first be seen as a connection that was cut off.
    fn has_another_reason(&self, method: Method, failed: &Failed) -> bool {
        if method != Method::Standing {
            return false;
        }
        let found = failed.to_string();
        let mut known = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let is_other = *known != found;
        *known = found;
        is_other
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Link(#[from] Error),
    #[error("the time is over: {}", match .0 {
        Expiry::Idle => "the member takes no bytes",
        Expiry::Answer => "the member does not answer",
    })]
    Expired(Expiry),
    #[error("member {0} answers in its place")]
    Stranger(MemberId),
    #[error("the call was refused: {0:?}")]
    Refused(Refusal),
}
