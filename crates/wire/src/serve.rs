//! The server's side of the link: answers members over the local node, so that a call that came over the link cannot go on to
//! another member.

mod places;
mod upload;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use atoll_host::Host;
use atoll_service::{Error as NodeError, Node};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use self::places::{Place, Places};
use crate::dispatch::{self, Call, Reply};
use crate::envelope::{self, AnswerHead, Envelope, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, Refusal};
use crate::frames::{self, Outgoing, Reader};
use crate::hello::{HELLO_PROTOCOL, Hello, NEWEST_PROTOCOL, OLDEST_PROTOCOL, Welcome};
use crate::{Certificate, Error, Frames, Gate, Identity, Method, Naming, member_name};

/// What the server is made of.
pub struct ServeParts {
    /// The local node.
    pub node: Arc<dyn Node>,
    /// The local member.
    pub identity: Identity,
    /// What the cluster knows about its members.
    pub gate: Arc<dyn Gate>,
    /// What a certificate has to name.
    pub naming: Naming,
    /// The outside world.
    pub host: Host,
}

/// Limits of the server.
#[derive(Debug, Clone, Copy)]
pub struct ServeOptions {
    /// Calls of one member at a time, the bodies of their answers included.
    pub in_flight_per_peer: usize,
    /// For an answer to a caller that set no deadline, counted from the end of the request.
    pub longest: Duration,
}

impl Default for ServeOptions {
    /// 1,024 calls; 15 min.
    fn default() -> Self {
        Self { in_flight_per_peer: 1024, longest: Duration::from_mins(15) }
    }
}

/// Answers members. One serves all connections at once.
pub struct Serve {
    parts: ServeParts,
    options: ServeOptions,
    places: Arc<Places>,
}

impl Serve {
    /// A server over the local node.
    pub fn new(parts: ServeParts, options: ServeOptions) -> Self {
        Self { parts, options, places: Places::new(options.in_flight_per_peer) }
    }

    /// Answers one call, whatever comes. Dropping the future or the answer gives the call up.
    pub async fn answer(
        &self,
        protocol: u16,
        method: &str,
        certificate: &dyn Certificate,
        request: Frames,
    ) -> Frames {
        let mut reader = Reader::new(request);
        if (protocol, Method::of(method)) == (HELLO_PROTOCOL, Some(Method::Hello)) {
            return self.greet(&mut reader).await;
        }
        match self.call(protocol, method, certificate, reader).await {
            Ok(answer) => answer,
            Err(refusal) => {
                tracing::debug!(method, ?refusal, "a member's call is refused");
                self.refuse(refusal)
            }
        }
    }

    async fn greet(&self, reader: &mut Reader) -> Frames {
        let hello = reader.message(MAX_REQUEST_BYTES).await;
        match hello.and_then(|bytes| Ok(envelope::decode::<Hello>(&bytes)?.0)) {
            Ok(hello) => {
                tracing::debug!(member = %hello.from, hello.oldest, hello.newest, "a member says hello");
            }
            Err(error) => return failed(error),
        }
        let welcome = Welcome {
            cluster: self.parts.identity.cluster,
            member: self.parts.identity.member,
            oldest: OLDEST_PROTOCOL,
            newest: NEWEST_PROTOCOL,
        };
        envelope::encode(&welcome, MAX_ANSWER_BYTES).map_or_else(failed, frames::message)
    }

    async fn call(
        &self,
        protocol: u16,
        method: &str,
        certificate: &dyn Certificate,
        mut reader: Reader,
    ) -> Result<Frames, Refusal> {
        if !(OLDEST_PROTOCOL..=NEWEST_PROTOCOL).contains(&protocol) {
            return Err(Refusal::OtherProtocol { oldest: OLDEST_PROTOCOL, newest: NEWEST_PROTOCOL });
        }
        let method = Method::of(method).ok_or(Refusal::UnknownMethod)?;
        let message = reader.message(MAX_REQUEST_BYTES).await.map_err(malformed)?;
        let (envelope, request) = envelope::decode::<Envelope>(&message).map_err(malformed)?;
        self.check(&envelope, certificate)?;
        if !method.is_between_layouts()
            && let Err(error) = self.parts.gate.admit(envelope.from, envelope.layout)
        {
            return self.reply(Reply::plain(&Err::<(), _>(error)).map_err(malformed)?, None);
        }
        let place = self.places.take(envelope.from).ok_or(Refusal::Busy)?;
        let reply = self.ask((protocol, method), envelope, request, reader).await.map_err(malformed)?;
        self.reply(reply, Some(place))
    }

    /// Whether the call is for this member, and of the member it names.
    fn check(&self, envelope: &Envelope, certificate: &dyn Certificate) -> Result<(), Refusal> {
        let Identity { cluster, member, .. } = &self.parts.identity;
        if envelope.cluster != *cluster {
            return Err(Refusal::OtherCluster);
        }
        if envelope.to != *member {
            return Err(Refusal::OtherMember);
        }
        let name = match self.parts.naming {
            Naming::Members => Some(member_name(envelope.from, cluster)),
            Naming::Hosts => self.parts.gate.host_of(envelope.from),
        };
        if !name.is_some_and(|name| certificate.names(&name)) {
            tracing::warn!(member = %envelope.from, "a call names a member that its certificate does not stand for");
            return Err(Refusal::Unproven);
        }
        Ok(())
    }

    /// Asks the node, at most as long as the caller waits.
    async fn ask(
        &self,
        (protocol, method): (u16, Method),
        envelope: Envelope,
        request: &[u8],
        reader: Reader,
    ) -> Result<Reply, Error> {
        let limit = envelope.caller.remaining.unwrap_or(self.options.longest);
        let request_id = &*envelope.caller.request_id.0;
        tracing::debug!(member = %envelope.from, method = method.name(), request_id, "a member asks");
        let received = Arc::new(Semaphore::new(0));
        let body = method.has_request_body().then(|| upload::body(reader, Arc::clone(&received)));
        let has_body = body.is_some();
        let over = async {
            if has_body {
                // Content may take as long as it moves.
                let _received = received.acquire().await;
            }
            self.parts.host.clock.sleep(limit).await;
        };
        let call = Call { protocol, method, caller: envelope.caller, request, body };
        tokio::select! {
            biased;
            reply = dispatch::dispatch(&*self.parts.node, call) => reply,
            () = over => Reply::plain(&Err::<(), _>(NodeError::DeadlineExceeded)),
        }
    }

    fn reply(&self, reply: Reply, place: Option<Place>) -> Result<Frames, Refusal> {
        let head = envelope::value(&self.head(None)).map_err(malformed)?;
        let message = envelope::join(&head, &reply.result, MAX_ANSWER_BYTES).map_err(|error| {
            tracing::error!(%error, "an answer to a member cannot be sent");
            Refusal::AnswerTooLong
        })?;
        Ok(Box::pin(Answer { frames: Outgoing::new(message, reply.body), _place: place }))
    }

    fn refuse(&self, refusal: Refusal) -> Frames {
        envelope::encode(&self.head(Some(refusal)), MAX_ANSWER_BYTES).map_or_else(failed, frames::message)
    }

    fn head(&self, refusal: Option<Refusal>) -> AnswerHead {
        AnswerHead { member: self.parts.identity.member, refusal }
    }
}

/// An answer on its way out, which holds its place until it is over.
struct Answer {
    frames: Outgoing,
    _place: Option<Place>,
}

impl Stream for Answer {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.frames.poll_next_unpin(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.frames.size_hint()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn malformed(error: Error) -> Refusal {
    tracing::warn!(%error, "a member's call cannot be read");
    Refusal::Malformed
}

fn failed(error: Error) -> Frames {
    Box::pin(futures_util::stream::iter([Err(error)]))
}
