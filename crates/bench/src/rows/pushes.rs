//! Pushes of manifests by many clients at once, made so that they cost little: one thread for all connections, and nothing is
//! computed for a push but its numbers. Sixteen threads that wait for one answer each took a third of a machine of two processors.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::images;
use crate::stopwatch::Stopwatch;

/// Connections, each with one push under way.
pub(super) const CLIENTS: u64 = 16;

/// Most bytes of an answer: a head alone.
const MAX_ANSWER_BYTES: usize = 16 << 10;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Where the pushes go.
#[derive(Clone, Copy)]
pub(super) struct Aim {
    pub(super) address: SocketAddr,
    /// Repositories that take the pushes in turns.
    pub(super) repositories: u64,
}

impl Aim {
    pub(super) fn repository(self, number: u64) -> String {
        format!("bench/of-{}/{}", self.repositories, number % self.repositories)
    }
}

/// Pushes for that time: every push is a manifest of its own under a tag of its own, also in another turn.
pub(super) fn per_second(aim: Aim, turn: u64, time: Duration) -> Result<f64, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::io("starting the clients"))?;
    runtime.block_on(async {
        let watch = Stopwatch::started();
        let mut clients: JoinSet<_> = (0..CLIENTS).map(|client| push(aim, (turn, client), time)).collect();
        let mut pushed = 0;
        while let Some(done) = clients.join_next().await {
            pushed += done.unwrap_or_else(|_| Err(images::panicked()))?;
        }
        Ok(f64::from(u32::try_from(pushed).unwrap_or(u32::MAX)) / watch.elapsed().as_secs_f64())
    })
}

async fn push(aim: Aim, (turn, client): (u64, u64), time: Duration) -> Result<u64, Error> {
    let failed = || Error::io("pushing a manifest");
    let mut stream = TcpStream::connect(aim.address).await.map_err(failed())?;
    stream.set_nodelay(true).map_err(failed())?;
    let image = images::Numbered::new()?;
    let (mut request, mut answer) = (Vec::new(), Vec::new());
    let watch = Stopwatch::started();
    let mut pushed: u64 = 0;
    while watch.elapsed() < time {
        let number = (turn << 34) + (client << 28) + pushed;
        let body = image.of(number);
        let repository = aim.repository(client + pushed * CLIENTS);
        let target = format!("/v2/{repository}/manifests/t{number}");
        request.clear();
        request.extend_from_slice(head(&target, body.len()).as_bytes());
        request.extend_from_slice(body.as_bytes());
        stream.write_all(&request).await.map_err(failed())?;
        receive(&mut stream, &mut answer).await.map_err(failed())?;
        check(&target, &answer)?;
        pushed += 1;
    }
    Ok(pushed)
}

fn head(target: &str, length_bytes: usize) -> String {
    let media_type = images::MANIFEST;
    format!(
        "PUT {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: {media_type}\r\nContent-Length: {length_bytes}\r\n\r\n"
    )
}

/// Reads up to the end of a head.
async fn receive(stream: &mut TcpStream, answer: &mut Vec<u8>) -> std::io::Result<()> {
    answer.clear();
    while !answer.ends_with(END_OF_HEAD) {
        if stream.read_buf(answer).await? == 0 || answer.len() > MAX_ANSWER_BYTES {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// A push is answered 201 without a body; anything else ends the measurement.
fn check(target: &str, answer: &[u8]) -> Result<(), Error> {
    let text = String::from_utf8_lossy(answer);
    if text.starts_with("HTTP/1.1 201") {
        return Ok(());
    }
    Err(Error::Unexpected { what: "the answer to a push", found: format!("{target}: {text}") })
}
