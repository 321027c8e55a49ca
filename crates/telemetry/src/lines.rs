//! A bounded queue of finished lines in front of one writing thread, so that a slow disk or a stalled pipe never makes a
//! request wait. What does not fit is counted and lost; that is the price, and the counter is a metric.

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use atoll_host as host;
use prometheus_client::metrics::counter::Counter;

/// Lines that may wait for the writer.
const MAX_WAITING_LINES: usize = 16_384;
/// Bytes that may wait for the writer.
const MAX_WAITING_BYTES: usize = 8 << 20;
/// Lines are gathered up to this many bytes before one write.
const BATCH_BYTES: usize = 64 << 10;

/// The sending side; clones share the queue.
#[derive(Clone)]
pub(crate) struct Lines {
    queue: SyncSender<Message>,
    waiting_bytes: Arc<AtomicUsize>,
    dropped: Counter,
}

enum Message {
    Line(Vec<u8>),
    /// Answered once everything before it is written.
    Flush(SyncSender<()>),
}

struct Drain {
    queue: Receiver<Message>,
    waiting_bytes: Arc<AtomicUsize>,
    dropped: Counter,
    sink: Box<dyn Write + Send>,
}

impl Lines {
    /// Starts the thread `name` that writes to `sink`; it ends when the last clone is gone and all is written.
    pub(crate) fn start(
        tasks: &host::Tasks,
        name: &'static str,
        sink: Box<dyn Write + Send>,
        dropped: Counter,
    ) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(MAX_WAITING_LINES);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let drain = Drain {
            queue: receiver,
            waiting_bytes: Arc::clone(&waiting_bytes),
            dropped: dropped.clone(),
            sink,
        };
        tasks.thread(name, move || drain.run())?;
        Ok(Self { queue: sender, waiting_bytes, dropped })
    }

    /// Hands over one line, its line break included, or counts it as lost.
    pub(crate) fn push(&self, line: Vec<u8>) {
        let length = line.len();
        let before = self.waiting_bytes.fetch_add(length, Ordering::Relaxed);
        let fits = before.saturating_add(length) <= MAX_WAITING_BYTES;
        if !fits || self.queue.try_send(Message::Line(line)).is_err() {
            self.waiting_bytes.fetch_sub(length, Ordering::Relaxed);
            self.dropped.inc();
        }
    }

    /// Waits until every line handed over before is written.
    pub(crate) fn flush(&self) {
        let (sender, receiver) = sync_channel(1);
        if self.queue.send(Message::Flush(sender)).is_ok() {
            // An error means that the writer is gone, and with it everything that could be waited for.
            let _gone = receiver.recv();
        }
    }
}

impl Drain {
    fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH_BYTES);
        let mut lines: u64 = 0;
        while let Ok(first) = self.queue.recv() {
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Line(line) => {
                        self.waiting_bytes.fetch_sub(line.len(), Ordering::Relaxed);
                        batch.extend_from_slice(&line);
                        lines += 1;
                    }
                    Message::Flush(done) => {
                        self.write(&mut batch, &mut lines);
                        // Whoever asked may have given up waiting.
                        let _gone = done.send(());
                    }
                }
                if batch.len() < BATCH_BYTES {
                    next = self.queue.try_recv().ok();
                }
            }
            self.write(&mut batch, &mut lines);
        }
    }

    fn write(&mut self, batch: &mut Vec<u8>, lines: &mut u64) {
        if *lines > 0 && self.sink.write_all(batch).and_then(|()| self.sink.flush()).is_err() {
            // There is nowhere to write this failure to; the counter is what tells.
            self.dropped.inc_by(*lines);
        }
        batch.clear();
        *lines = 0;
    }
}

/// For writers that format a whole line and write it with one call.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
