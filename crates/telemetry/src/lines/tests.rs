use std::sync::mpsc;

use super::*;

struct Gate {
    open: mpsc::Receiver<()>,
    written: mpsc::Sender<Vec<u8>>,
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Waits for a token for each write; no more tokens means that the gate stays open.
        let _closed = self.open.recv();
        self.written.send(bytes.to_vec()).map_err(|_gone| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Broken;

impl Write for Broken {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stalled_writer_loses_counted_lines_and_blocks_nobody() {
    let dropped = Counter::default();
    let (token, open) = mpsc::channel();
    let (written, seen) = mpsc::channel();
    let gate = Box::new(Gate { open, written });
    let lines = Lines::start(&host::Tasks::inline(), "gate", gate, dropped.clone()).expect("a thread");
    let all = MAX_WAITING_LINES as u64 * 3;
    for number in 0..all {
        lines.push(format!("{number}\n").into_bytes());
    }
    let lost = dropped.get();
    assert!(lost > 0 && lost <= all - MAX_WAITING_LINES as u64, "{lost} lost");
    drop(token);
    lines.flush();
    let text: Vec<u8> = seen.try_iter().flatten().collect();
    let kept: Vec<u64> =
        String::from_utf8(text).expect("text").lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(kept.len() as u64, all - lost);
    assert!(kept.is_sorted(), "lines stay in order");
}

#[test]
fn many_bytes_in_few_lines_are_bounded_too() {
    let dropped = Counter::default();
    let (_token, open) = mpsc::channel();
    let (written, _seen) = mpsc::channel();
    let gate = Box::new(Gate { open, written });
    let lines = Lines::start(&host::Tasks::inline(), "gate", gate, dropped.clone()).expect("a thread");
    for _ in 0..64 {
        lines.push(vec![b'x'; 1 << 20]);
    }
    assert!(dropped.get() >= 64 - 8 - 2, "{} lost", dropped.get());
}

#[test]
fn lines_that_cannot_be_written_are_counted() {
    let dropped = Counter::default();
    let lines =
        Lines::start(&host::Tasks::inline(), "broken", Box::new(Broken), dropped.clone()).expect("a thread");
    lines.push(b"one\n".to_vec());
    lines.push(b"two\n".to_vec());
    lines.flush();
    assert_eq!(dropped.get(), 2);
}
