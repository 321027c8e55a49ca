//! What only this back-end has: files, restarts, damage. The contract is tested with all back-ends together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Faults, Files, Operation, SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp};
use atoll_oci::digest_of;
use atoll_placement::{ClusterKey, MemberId};
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::*;
use crate::whole;

struct World {
    files: SimulatedFiles,
    clock: Arc<SimulatedClock>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(SimulatedClock::new(Timestamp(1_000)));
        let files = SimulatedFiles::new(Arc::new(SeededRandom::new(1)), clock.clone());
        files.create_dir_all(Path::new("/data")).unwrap();
        Self { files, clock }
    }

    fn open(&self, options: &Options) -> FileStore {
        let random = Arc::new(SeededRandom::new(2));
        let files = Arc::new(self.files.clone());
        let host = Host { clock: self.clock.clone(), random, tasks: Tasks::inline(), files };
        FileStore::open(Path::new("/data"), options, host).unwrap()
    }

    fn store(&self) -> FileStore {
        self.open(&Options::default())
    }

    fn faults(&self) -> Faults {
        self.files.faults()
    }
}

fn id(number: u64) -> UploadId {
    UploadId::issue(ClusterKey([1; 16]), "app", MemberId(0), number)
}

fn place_of(digest: &Digest) -> PathBuf {
    let hex = digest.encoded();
    Path::new("/data/blobs").join(digest.algorithm().name()).join(&hex[..2]).join(hex)
}

async fn text(store: &FileStore, digest: &Digest) -> Option<Result<Vec<u8>, Error>> {
    let mut content = store.read(digest, Vec::new()).await.unwrap()?;
    let mut bytes = Vec::new();
    while let Some(piece) = content.stream.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(error) => return Some(Err(error)),
        }
    }
    Some(Ok(bytes))
}

#[tokio::test]
async fn an_upload_is_resumed_after_a_restart_with_any_algorithm() {
    for algorithm in Algorithm::ALL {
        let world = World::new();
        let (head, tail) = (vec![1; 3 << 20], vec![2; 100]);
        let digest = digest_of(algorithm, &[head.clone(), tail.clone()].concat());
        let before = world.store();
        before.begin(id(1), Some(algorithm)).await.unwrap();
        before.append(id(1), 0, whole(head.into())).await.unwrap();
        drop(before);
        let after = world.store();
        assert_eq!(after.progress(id(1)).await.unwrap(), Some(3 << 20));
        after.append(id(1), 3 << 20, whole(tail.into())).await.unwrap();
        assert_eq!(after.finish(id(1), &digest).await.unwrap(), (3 << 20) + 100);
        assert_eq!(after.stat(&digest).await.unwrap(), Some((3 << 20) + 100));
    }
}

#[tokio::test]
async fn a_write_that_fails_in_the_middle_leaves_what_was_counted() {
    let world = World::new();
    let store = world.store();
    store.begin(id(1), None).await.unwrap();
    store.append(id(1), 0, whole("kept".into())).await.unwrap();
    world.faults().set_quota(Some(10));
    let error = store.append(id(1), 4, whole("too much of it".into())).await.unwrap_err();
    assert!(matches!(error, Error::NoSpace { .. }), "{error}");
    assert_eq!(store.progress(id(1)).await.unwrap(), Some(4));
    let file = world.files.entry(&Path::new("/data/uploads").join(id(1).to_string())).unwrap();
    assert_eq!(file.length_bytes, 4);
    world.faults().set_quota(None);
    store.append(id(1), 4, whole(" and more".into())).await.unwrap();
    let digest = digest_of(Algorithm::Sha256, b"kept and more");
    assert_eq!(store.finish(id(1), &digest).await.unwrap(), 13);
}

#[tokio::test]
async fn a_write_whose_rest_cannot_be_cut_off_is_cut_by_the_next() {
    let world = World::new();
    let store = world.store();
    store.begin(id(1), None).await.unwrap();
    // Opening, length, write: the write and all that follows fail.
    world.faults().fail_from(3, std::io::ErrorKind::Other);
    assert!(store.append(id(1), 0, whole(vec![9; 5000].into())).await.is_err());
    world.faults().clear();
    store.append(id(1), 0, whole("right".into())).await.unwrap();
    let digest = digest_of(Algorithm::Sha256, b"right");
    assert_eq!(store.finish(id(1), &digest).await.unwrap(), 5);
    assert_eq!(text(&store, &digest).await.unwrap().unwrap(), b"right");
}

#[tokio::test]
async fn content_that_became_shorter_ends_in_an_error_and_a_new_push_heals_it() {
    let world = World::new();
    let store = world.store();
    let content = vec![5; 1 << 20];
    let digest = digest_of(Algorithm::Sha256, &content);
    store.put(&digest, content.clone().into()).await.unwrap();
    let mut reading = store.read(&digest, Vec::new()).await.unwrap().unwrap();
    world.files.open(&place_of(&digest)).unwrap().set_length(300 << 10).unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = reading.stream.next().await {
        pieces.push(piece.map(|piece| piece.len()).map_err(|error| error.kind()));
    }
    assert_eq!(pieces, [Ok(256 << 10), Err(atoll_fault::Kind::Internal)]);
    store.put(&digest, content.clone().into()).await.unwrap();
    assert_eq!(text(&store, &digest).await.unwrap().unwrap(), content);
}

#[tokio::test]
async fn a_failed_flush_spoils_the_upload() {
    let world = World::new();
    let store = world.store();
    let digest = digest_of(Algorithm::Sha256, b"x");
    store.begin(id(1), None).await.unwrap();
    store.append(id(1), 0, whole("x".into())).await.unwrap();
    world.faults().fail_every(Operation::Sync, std::io::ErrorKind::Other);
    assert!(matches!(store.finish(id(1), &digest).await, Err(Error::Io { .. })));
    world.faults().clear();
    assert!(matches!(store.finish(id(1), &digest).await, Err(Error::UnknownUpload(_))));
    assert_eq!(store.stat(&digest).await.unwrap(), None);
}

#[tokio::test]
async fn an_early_flush_that_failed_is_not_forgotten() {
    let world = World::new();
    let store = world.store();
    let content: Bytes = vec![3; 20 << 20].into();
    let digest = digest_of(Algorithm::Sha256, &content);
    store.begin(id(1), None).await.unwrap();
    store.append(id(1), 0, whole(content)).await.unwrap();
    world.faults().fail_every(Operation::Sync, std::io::ErrorKind::Other);
    // The batch after the threshold starts the flush.
    store.append(id(1), 20 << 20, whole("".into())).await.unwrap();
    tokio::task::yield_now().await;
    world.faults().clear();
    let finished = store.finish(id(1), &digest).await;
    assert!(matches!(finished, Err(Error::Io { .. })), "{finished:?}");
}

#[tokio::test]
async fn content_that_cannot_be_placed_may_be_finished_again() {
    let world = World::new();
    let store = world.store();
    let digest = digest_of(Algorithm::Sha256, b"x");
    store.begin(id(1), None).await.unwrap();
    store.append(id(1), 0, whole("x".into())).await.unwrap();
    world.faults().fail_every(Operation::Rename, std::io::ErrorKind::PermissionDenied);
    assert!(matches!(store.finish(id(1), &digest).await, Err(Error::Permission { .. })));
    assert_eq!(store.stat(&digest).await.unwrap(), None);
    world.faults().clear();
    assert_eq!(store.finish(id(1), &digest).await.unwrap(), 1);
}

#[tokio::test]
async fn an_abandoned_append_keeps_what_was_written_and_gives_up_its_turn() {
    let world = World::new();
    let store = world.store();
    store.begin(id(1), None).await.unwrap();
    let body: Incoming = Box::pin(stream::iter([Ok(Bytes::from_static(b"abc"))]).chain(stream::pending()));
    let mut appending = store.append(id(1), 0, body);
    assert!((&mut appending).now_or_never().is_none());
    world.clock.advance(Duration::from_secs(1));
    assert!((&mut appending).now_or_never().is_none());
    assert!(matches!(store.cancel(id(1)).await, Err(Error::Busy(_))));
    assert_eq!(store.progress(id(1)).await.unwrap(), Some(3));
    drop(appending);
    store.append(id(1), 3, whole("def".into())).await.unwrap();
    let digest = digest_of(Algorithm::Sha256, b"abcdef");
    assert_eq!(store.finish(id(1), &digest).await.unwrap(), 6);
}

#[tokio::test]
async fn finishing_makes_content_young_however_long_the_upload_lay_idle() {
    let world = World::new();
    let store = world.store();
    let digest = digest_of(Algorithm::Sha256, b"x");
    store.begin(id(1), None).await.unwrap();
    store.append(id(1), 0, whole("x".into())).await.unwrap();
    world.clock.advance(Duration::from_hours(20));
    store.finish(id(1), &digest).await.unwrap();
    let listed = store.list(None, 10).await.unwrap();
    assert_eq!(listed[0].modified, atoll_host::Clock::now(&*world.clock));
}

#[tokio::test]
async fn what_an_interrupted_put_left_is_cleared_at_the_next_start() {
    let world = World::new();
    let store = world.store();
    let calls = world.faults().calls();
    let digest = digest_of(Algorithm::Sha256, b"x");
    store.put(&digest, "x".into()).await.unwrap();
    assert!(world.faults().calls() > calls);
    world.files.create(Path::new("/data/uploads/put-00ff")).unwrap();
    assert_eq!(store.uploads().await.unwrap(), []);
    drop(store);
    world.store();
    assert_eq!(world.files.list(Path::new("/data/uploads")).unwrap(), []);
}

#[tokio::test]
async fn foreign_files_among_the_blobs_stay_out_of_sight() {
    let world = World::new();
    let store = world.store();
    for name in ["blobs/sha256/00/readme", "blobs/sha256/00/ABCD", "uploads/x"] {
        world.files.create(&Path::new("/data").join(name)).unwrap();
    }
    assert_eq!(store.list(None, 10).await.unwrap(), []);
    assert_eq!(store.uploads().await.unwrap(), []);
}

#[tokio::test]
async fn without_durability_nothing_is_flushed() {
    let world = World::new();
    world.faults().fail_every(Operation::Sync, std::io::ErrorKind::Other);
    let store = world.open(&Options { durable: false });
    world.faults().fail_every(Operation::SyncDir, std::io::ErrorKind::Other);
    let digest = digest_of(Algorithm::Sha512, b"x");
    store.put(&digest, "x".into()).await.unwrap();
    store.begin(id(1), None).await.unwrap();
    assert_eq!(store.finish(id(1), &digest_of(Algorithm::Sha256, b"")).await.unwrap(), 0);
}
