//! Histories of calls, and a model in maps of what must be true after them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use atoll_host::{Files as _, Host, SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp};
use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterKey, MemberId, UploadId};
use atoll_store::{Error, FileStore, Options, Store, whole};
use futures_util::StreamExt as _;

/// One call. Uploads and contents have small numbers so that they meet.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Put(u8),
    Remove(u8),
    Begin(u8),
    Append(u8, usize),
    AppendElsewhere(u8),
    Finish(u8),
    FinishWrong(u8),
    Cancel(u8),
    List,
    Restart,
}

/// A simulated disk with an empty folder for a store.
pub(crate) struct World {
    pub(crate) disk: SimulatedFiles,
    seed: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let clock = Arc::new(SimulatedClock::new(Timestamp(0)));
        let disk = SimulatedFiles::new(Arc::new(SeededRandom::new(seed)), clock);
        disk.create_dir_all(Path::new("/data")).unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        Self { disk, seed }
    }

    pub(crate) fn open(&self) -> Box<dyn Store> {
        let clock = Arc::new(SimulatedClock::new(Timestamp(0)));
        let random = Arc::new(SeededRandom::new(self.seed));
        let host = Host { clock, random, tasks: Tasks::inline(), files: Arc::new(self.disk.clone()) };
        Box::new(FileStore::open(Path::new("/data"), &Options::default(), host).unwrap())
    }

    pub(crate) fn after_power_failure(&self) -> Self {
        Self { disk: self.disk.crash(), seed: self.seed.wrapping_add(1) }
    }
}

/// What was acknowledged, and what may or may not have happened.
#[derive(Default)]
pub(crate) struct Model {
    contents: BTreeMap<Digest, Vec<u8>>,
    /// Content whose call failed, or that a power failure may bring back: there whole, or not at all.
    uncertain: BTreeMap<Digest, Vec<u8>>,
    removed: BTreeMap<Digest, Vec<u8>>,
    uploads: BTreeMap<u8, Vec<u8>>,
    /// Uploads whose last call failed.
    doubtful: BTreeSet<u8>,
    pub(crate) failures: usize,
}

fn id(number: u8) -> UploadId {
    UploadId::issue(ClusterKey([1; 16]), "app", MemberId(0), u64::from(number))
}

fn content(number: u8) -> Vec<u8> {
    vec![number; 300 * usize::from(number)]
}

/// Mostly the canonical one: the folders of any other are made when it is first used, in hundreds of calls.
fn algorithm(number: u8) -> Algorithm {
    if number == 0 { Algorithm::Sha512 } else { Algorithm::Sha256 }
}

/// Applies the acts to both. Calls that the model expects to fail must fail in the right way; other failures are counted.
pub(crate) async fn run(store: &mut Box<dyn Store>, model: &mut Model, acts: &[Act]) {
    for act in acts {
        let result = match act {
            Act::Put(number) => model.put(&**store, *number).await,
            Act::Remove(number) => model.remove(&**store, *number).await,
            Act::Begin(upload) => model.begin(&**store, *upload).await,
            Act::Append(upload, length) => model.append(&**store, *upload, *length).await,
            Act::AppendElsewhere(upload) => model.append_elsewhere(&**store, *upload).await,
            Act::Finish(upload) => model.finish(&**store, *upload).await,
            Act::FinishWrong(upload) => model.finish_wrong(&**store, *upload).await,
            Act::Cancel(upload) => model.cancel(&**store, *upload).await,
            Act::List => store.list(None, 100).await.map(drop),
            Act::Restart => Ok(()),
        };
        if result.is_err() {
            model.failures += 1;
        }
    }
}

impl Model {
    async fn put(&mut self, store: &dyn Store, number: u8) -> Result<(), Error> {
        let content = content(number);
        let digest = digest_of(algorithm(number), &content);
        let put = store.put(&digest, content.clone().into()).await;
        self.arrived(digest, content, put.is_ok());
        put
    }

    async fn remove(&mut self, store: &dyn Store, number: u8) -> Result<(), Error> {
        let content = content(number);
        let digest = digest_of(algorithm(number), &content);
        let removed = store.remove(&digest).await;
        let known = self.contents.remove(&digest);
        match &removed {
            Ok(was_here) if self.uncertain.remove(&digest).is_none() => {
                assert_eq!(*was_here, known.is_some());
            }
            Ok(_) => {}
            Err(_) => {
                known.clone().and_then(|content| self.uncertain.insert(digest, content));
            }
        }
        self.removed.insert(digest, content);
        removed.map(drop)
    }

    async fn begin(&mut self, store: &dyn Store, upload: u8) -> Result<(), Error> {
        let begun = store.begin(id(upload), Some(algorithm(upload))).await;
        if self.doubtful.contains(&upload) {
            return begun.or(Ok(()));
        }
        match (self.uploads.contains_key(&upload), begun) {
            (true, Err(Error::AlreadyBegun(_))) => Ok(()),
            (false, Ok(())) => {
                self.uploads.insert(upload, Vec::new());
                Ok(())
            }
            (false, Err(error)) if !matches!(error, Error::AlreadyBegun(_)) => self.doubt(upload, error),
            (known, begun) => self.doubt_or_panic(upload, known, begun),
        }
    }

    async fn append(&mut self, store: &dyn Store, upload: u8, length: usize) -> Result<(), Error> {
        if self.doubtful.contains(&upload) {
            return Ok(());
        }
        let at = self.uploads.get(&upload).map_or(0, Vec::len);
        let piece: Vec<u8> = (at..at + length).map(|at| u8::try_from(at % 251).unwrap() ^ upload).collect();
        let appended = store.append(id(upload), at as u64, whole(piece.clone().into())).await;
        match (self.uploads.get_mut(&upload), appended) {
            (None, Err(Error::UnknownUpload(_))) => Ok(()),
            (Some(received), Ok(appended)) => {
                received.extend(piece);
                assert_eq!(appended.received, received.len() as u64);
                Ok(())
            }
            (Some(_), Err(error)) => self.doubt(upload, error),
            (None, result) => self.doubt_or_panic(upload, false, result.map(drop)),
        }
    }

    async fn append_elsewhere(&mut self, store: &dyn Store, upload: u8) -> Result<(), Error> {
        let received = self.uploads.get(&upload).map_or(0, Vec::len) as u64;
        match store.append(id(upload), received + 1, whole("x".into())).await {
            Err(Error::OutOfOrder { .. }) if self.doubtful.contains(&upload) => Ok(()),
            Err(Error::OutOfOrder { received: told }) if self.uploads.contains_key(&upload) => {
                assert_eq!(told, received);
                Ok(())
            }
            Err(Error::UnknownUpload(_)) => Ok(()),
            Err(error) => self.doubt(upload, error),
            Ok(appended) => panic!("bytes behind a gap were taken: {appended:?}"),
        }
    }

    async fn finish(&mut self, store: &dyn Store, upload: u8) -> Result<(), Error> {
        if self.doubtful.contains(&upload) {
            return Ok(());
        }
        let received = self.uploads.get(&upload).cloned();
        let content = received.clone().unwrap_or_default();
        let digest = digest_of(algorithm(upload), &content);
        match (received, store.finish(id(upload), &digest).await) {
            (None, Err(Error::UnknownUpload(_))) => Ok(()),
            (Some(_), Ok(size)) => {
                assert_eq!(size, content.len() as u64);
                self.uploads.remove(&upload);
                self.arrived(digest, content, true);
                Ok(())
            }
            (received, finished) => {
                assert!(received.is_some() || finished.is_err(), "an unknown upload was finished");
                self.arrived(digest, content, false);
                finished.map(drop).or_else(|error| self.doubt(upload, error))
            }
        }
    }

    async fn finish_wrong(&mut self, store: &dyn Store, upload: u8) -> Result<(), Error> {
        let wrong = digest_of(algorithm(upload), b"something else");
        match store.finish(id(upload), &wrong).await {
            Err(Error::UnknownUpload(_)) => Ok(()),
            Err(Error::DigestMismatch { .. })
                if store.progress(id(upload)).await.is_ok_and(|left| left.is_none()) =>
            {
                self.uploads.remove(&upload);
                self.doubtful.remove(&upload);
                Ok(())
            }
            Err(error) => self.doubt(upload, error),
            Ok(_) => panic!("a wrong digest was accepted"),
        }
    }

    async fn cancel(&mut self, store: &dyn Store, upload: u8) -> Result<(), Error> {
        match store.cancel(id(upload)).await {
            Ok(was_here) => {
                assert!(self.doubtful.remove(&upload) || was_here == self.uploads.contains_key(&upload));
                self.uploads.remove(&upload);
                Ok(())
            }
            Err(error) => self.doubt(upload, error),
        }
    }

    fn arrived(&mut self, digest: Digest, content: Vec<u8>, is_acknowledged: bool) {
        if is_acknowledged {
            self.uncertain.remove(&digest);
            self.removed.remove(&digest);
            self.contents.insert(digest, content);
        } else if !self.contents.contains_key(&digest) {
            self.uncertain.insert(digest, content);
        }
    }

    /// After a failed call nothing is expected of the upload but that it does no harm.
    fn doubt(&mut self, upload: u8, error: Error) -> Result<(), Error> {
        self.doubtful.insert(upload);
        Err(error)
    }

    fn doubt_or_panic(&mut self, upload: u8, known: bool, result: Result<(), Error>) -> Result<(), Error> {
        match result {
            Err(error) => self.doubt(upload, error),
            Ok(()) => panic!("upload {upload} (known: {known}) took a call that it must refuse"),
        }
    }

    /// A power failure may undo removals: what was removed may be back, whole.
    pub(crate) fn forget_removals(&mut self) {
        self.uncertain.append(&mut self.removed);
    }

    /// A power failure may lose or tear uploads, which are not promised to anybody.
    pub(crate) fn forget_uploads(&mut self) {
        self.doubtful = (0..=u8::MAX).collect();
        self.uploads.clear();
    }

    /// Everything acknowledged is there, and whatever is there is whole.
    pub(crate) async fn check(&self, store: &dyn Store) {
        for (digest, content) in &self.contents {
            let found = read(store, digest).await;
            assert!(found.as_ref() == Some(content), "acknowledged content {digest} is lost or damaged");
        }
        for stored in store.list(None, 10_000).await.unwrap() {
            let expected = self.contents.get(&stored.digest).or_else(|| self.uncertain.get(&stored.digest));
            let found = read(store, &stored.digest).await.unwrap();
            assert!(expected == Some(&found), "{} is listed and nobody stored it like this", stored.digest);
            assert_eq!(stored.size, found.len() as u64);
        }
    }

    /// Every upload holds what was received.
    pub(crate) async fn check_uploads(&self, store: &dyn Store) {
        for (upload, received) in self.uploads.iter().filter(|(upload, _)| !self.doubtful.contains(upload)) {
            assert_eq!(store.progress(id(*upload)).await.unwrap(), Some(received.len() as u64));
        }
    }
}

async fn read(store: &dyn Store, digest: &Digest) -> Option<Vec<u8>> {
    let mut content = store.read(digest, Vec::new()).await.unwrap()?;
    let mut bytes = Vec::new();
    while let Some(piece) = content.stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    Some(bytes)
}
