use std::path::Path;

use atoll_host::{
    Files as _, Host, Operation, SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp,
};
use atoll_oci::Algorithm;
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::*;

const RACK: Rack = Rack { algorithm: Algorithm::Sha256, first_byte: 3 };

fn flusher(tasks: Tasks) -> (Flusher, SimulatedFiles) {
    let clock = Arc::new(SimulatedClock::new(Timestamp(0)));
    let files = SimulatedFiles::new(Arc::new(SeededRandom::new(1)), clock.clone());
    files.create_dir_all(Path::new("/data")).unwrap();
    let host = Host { clock, random: Arc::new(SeededRandom::new(2)), tasks, files: Arc::new(files.clone()) };
    let disk = Disk::new(Path::new("/data"), true, &host);
    disk.prepare().unwrap();
    (Flusher::new(disk), files)
}

#[tokio::test]
async fn callers_that_come_together_share_a_flush() {
    let (flusher, files) = flusher(Tasks::on_runtime(4));
    let before = files.faults().calls();
    // While the disk holds the first flush, the others arrive.
    files.faults().freeze();
    let mut flushing = join_all((0..100).map(|_| flusher.flush(RACK)));
    assert!((&mut flushing).now_or_never().is_none());
    files.faults().release();
    assert!(flushing.await.iter().all(Result::is_ok));
    let calls = files.faults().calls() - before;
    assert_eq!(calls, 2, "one for the first, one for all who came during it");
    flusher.flush(RACK).await.unwrap();
    assert_eq!(files.faults().calls() - before, calls + 1, "a later caller needs a flush of its own");
}

#[tokio::test]
async fn a_failed_flush_fails_everybody_it_served_and_nobody_later() {
    let (flusher, files) = flusher(Tasks::on_runtime(4));
    files.faults().fail_every(Operation::SyncDir, io::ErrorKind::Other);
    files.faults().freeze();
    let mut flushing = join_all((0..10).map(|_| flusher.flush(RACK)));
    assert!((&mut flushing).now_or_never().is_none());
    files.faults().release();
    assert!(flushing.await.iter().all(Result::is_err));
    files.faults().clear();
    assert!(flusher.flush(RACK).await.is_ok());
}
