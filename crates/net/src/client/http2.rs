//! HTTP/2 right over the library of its frames: a head and what is at hand of its body go out in one write, and an answer is heard by
//! whoever waits for it, without tasks in between.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use atoll_host::{Clock, Host, Tasks};
use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use h2::{Ping, PingPong, Reason, RecvStream, SendStream};
use http::Request;
use http_body::{Body as _, Frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

use super::{KEEP_ALIVE_INTERVAL, KEEP_ALIVE_TIMEOUT, window};
use crate::Body;

/// Requests that the other side is sent before it has said how many it takes.
const FIRST_STREAMS: usize = window::MAX_STREAMS as usize;
/// Bytes of the head of an answer.
const MAX_HEAD_BYTES: u32 = 16 << 10;

/// The way into one connection. The connection ends when the last of these is gone, and nothing is under way.
#[derive(Clone)]
pub(super) struct Sender {
    requests: SendRequest<Bytes>,
    line: Arc<Line>,
}

/// What is known of a connection.
#[derive(Default)]
struct Line {
    is_closed: AtomicBool,
    /// Something came since this was last looked at.
    is_heard: AtomicBool,
    /// Requests under way.
    load: Arc<AtomicUsize>,
}

/// A request on its way: the answer to come, and the rest of a body that is sent in the background.
pub(super) struct Sent {
    response: ResponseFuture,
    line: Arc<Line>,
    rest: Option<Rest>,
}

/// The body of an answer. Dropping it before its end cancels the request.
pub(super) struct Received {
    body: RecvStream,
    line: Arc<Line>,
    _rest: Option<Rest>,
}

/// Held as long as the rest of a body may be sent.
struct Rest {
    _held: oneshot::Sender<()>,
}

/// Begins to speak over a connected stream.
pub(super) async fn handshake<S>(stream: S, host: &Host) -> Result<Sender, h2::Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (requests, mut connection) = Builder::new()
        .enable_push(false)
        .initial_window_size(window::STREAM_BYTES)
        .initial_connection_window_size(window::CONNECTION_BYTES)
        .initial_max_send_streams(FIRST_STREAMS)
        .max_frame_size(window::FRAME_BYTES)
        .max_header_list_size(MAX_HEAD_BYTES)
        .max_send_buffer_size(window::SEND_BUFFER_BYTES)
        .handshake::<_, Bytes>(stream)
        .await?;
    let line = Arc::new(Line::default());
    let sender = Sender { requests, line: Arc::clone(&line) };
    let (pings, clock) = (connection.ping_pong(), Arc::clone(&host.clock));
    host.tasks.spawn(async move {
        drive(connection, line.given_up(pings, &*clock)).await;
        line.is_closed.store(true, Relaxed);
    });
    Ok(sender)
}

/// Moves a connection on until it ends or is given up.
async fn drive<S>(connection: Connection<S, Bytes>, given_up: impl Future<Output = ()>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection to another server broke");
            }
        }
        () = given_up => tracing::debug!("another server says nothing any more; the connection is closed"),
    }
}

impl Line {
    /// Ends when the other side, asked whether it is there while requests are open, says nothing at all.
    async fn given_up(&self, pings: Option<PingPong>, clock: &dyn Clock) {
        let Some(mut pings) = pings else { return std::future::pending().await };
        loop {
            clock.sleep(KEEP_ALIVE_INTERVAL).await;
            if self.is_heard.swap(false, Relaxed) || self.load.load(Relaxed) == 0 {
                continue;
            }
            tokio::select! {
                answer = pings.ping(Ping::opaque()) => {
                    if answer.is_err() {
                        // The connection itself says what is wrong.
                        return std::future::pending().await;
                    }
                }
                () = clock.sleep(KEEP_ALIVE_TIMEOUT) => {
                    if !self.is_heard.swap(false, Relaxed) {
                        return;
                    }
                }
            }
        }
    }
}

impl Sender {
    /// Nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.line.is_closed.load(Relaxed)
    }

    /// Requests under way, as they are counted by whoever sends them.
    pub(super) fn load(&self) -> &Arc<AtomicUsize> {
        &self.line.load
    }

    /// Sends a request. An error gives the body back: the other side has seen nothing, and this connection is of no use any more.
    pub(super) async fn send(
        &mut self,
        head: Request<()>,
        body: Body,
        tasks: &Tasks,
    ) -> Result<Sent, (h2::Error, Body)> {
        let (response, stream) = match self.requests.send_request(head, body.is_end_stream()) {
            Ok(opened) => opened,
            Err(error) => {
                self.line.is_closed.store(true, Relaxed);
                return Err((error, body));
            }
        };
        let rest = begin(body, stream, tasks).await;
        Ok(Sent { response, line: Arc::clone(&self.line), rest })
    }
}

impl Sent {
    /// The head of the answer, and its body to come.
    pub(super) async fn answer(self) -> Result<http::Response<Received>, h2::Error> {
        let Self { response, line, rest } = self;
        let response = response.await?;
        line.is_heard.store(true, Relaxed);
        Ok(response.map(|body| Received { body, line, _rest: rest }))
    }
}

impl Received {
    /// The next bytes; `None` at the end, also where the other side gives the rest up: whoever reads has to know how much there is.
    pub(super) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, h2::Error>>> {
        self.body.poll_data(context).map(|piece| match piece? {
            Ok(bytes) => {
                self.line.is_heard.store(true, Relaxed);
                // Fails for a stream that was reset, which then has no window.
                let _released = self.body.flow_control().release_capacity(bytes.len());
                Some(Ok(bytes))
            }
            Err(error) if matches!(error.reason(), Some(Reason::NO_ERROR | Reason::CANCEL)) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

/// What a body gives when it is asked.
enum Step {
    Piece {
        bytes: Bytes,
        is_last: bool,
    },
    End,
    Failed,
    /// The other side has given the request up, or answered without the rest of it.
    Unwanted,
}

/// Sends what is at hand of a body, and the rest in the background.
async fn begin(mut body: Body, mut stream: SendStream<Bytes>, tasks: &Tasks) -> Option<Rest> {
    if body.is_end_stream() {
        return None;
    }
    let at_hand = poll_fn(|context| Poll::Ready(poll_step(&mut body, context))).await;
    if let Poll::Ready(step) = at_hand
        && was_last(step, &mut stream)
    {
        return None;
    }
    let (held, dropped) = oneshot::channel::<()>();
    tasks.spawn(async move {
        tokio::select! {
            biased;
            _dropped = dropped => stream.send_reset(Reason::CANCEL),
            () = send_rest(body, &mut stream) => {}
        }
    });
    Some(Rest { _held: held })
}

/// Sends a body as the other side takes it.
async fn send_rest(mut body: Body, stream: &mut SendStream<Bytes>) {
    loop {
        let step = poll_fn(|context| match stream.poll_reset(context) {
            Poll::Ready(_reset) => Poll::Ready(Step::Unwanted),
            Poll::Pending => poll_step(&mut body, context),
        });
        let step = step.await;
        let is_wanted = match step {
            Step::Piece { .. } => poll_fn(|context| poll_room(stream, context)).await,
            Step::End | Step::Failed => true,
            Step::Unwanted => false,
        };
        if !is_wanted || was_last(step, stream) {
            return;
        }
    }
}

fn poll_step(body: &mut Body, context: &mut Context<'_>) -> Poll<Step> {
    let Some(frame) = ready!(Pin::new(&mut *body).poll_frame(context)) else { return Poll::Ready(Step::End) };
    // A body of this crate has no trailers.
    Poll::Ready(match frame.map(Frame::into_data) {
        Ok(Ok(bytes)) => Step::Piece { bytes, is_last: body.is_end_stream() },
        Ok(Err(_)) | Err(_) => Step::Failed,
    })
}

/// Waits until the other side takes a byte at least; `false` if it will take none any more. Less is not asked for before there is
/// something to send, so that a slow body holds nothing of what the connection may carry.
fn poll_room(stream: &mut SendStream<Bytes>, context: &mut Context<'_>) -> Poll<bool> {
    stream.reserve_capacity(1);
    while stream.capacity() == 0 {
        match ready!(stream.poll_capacity(context)) {
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Poll::Ready(false),
        }
    }
    Poll::Ready(true)
}

/// Sends a step, and tells whether nothing can follow it.
fn was_last(step: Step, stream: &mut SendStream<Bytes>) -> bool {
    match step {
        Step::Piece { bytes, is_last } => stream.send_data(bytes, is_last).is_err() || is_last,
        Step::End => {
            // Fails for a stream that is over already.
            let _sent = stream.send_data(Bytes::new(), true);
            true
        }
        Step::Failed => {
            stream.send_reset(Reason::INTERNAL_ERROR);
            true
        }
        Step::Unwanted => true,
    }
}
