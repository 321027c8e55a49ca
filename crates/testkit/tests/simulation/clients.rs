//! Clients of all members at once, and what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atoll_host::Host;
use atoll_oci::{Algorithm, Digest, MediaType, digest_of};
use atoll_placement::{Shard, shard_of};
use atoll_service::{
    Admin as _, Caller, DeleteManifest, Error, Grant, ListCatalog, Manifests as _, Mount, Queries as _,
    Visibility,
};
use atoll_testkit::{Front, Pusher};

use crate::dice::Dice;
use crate::machine::{KEY, SHARDS};
use crate::register::{Act, MAX_OPERATIONS, NEVER, Operation, is_linearizable};
use crate::world::{Desk, Seat};

/// Repositories; each has one tag that is written to.
const REPOSITORIES: u64 = 24;
const TAG: &str = "latest";
/// Longest wait of a client for one answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// Room that is kept on each register for the last look.
const RESERVED: usize = 8;
/// Attempts at an answer when all is well.
const ATTEMPTS: usize = 10;

/// What clients did and saw.
#[derive(Default)]
pub(crate) struct History {
    tick: u64,
    registers: BTreeMap<String, Vec<Operation>>,
    blobs: BTreeMap<(String, Digest), Vec<u8>>,
    pub(crate) acknowledged: u64,
    pub(crate) unanswered: u64,
    written: u64,
    /// What began before that moment in shards that were lost may have come to nothing.
    cuts: BTreeMap<Shard, u64>,
}

impl History {
    /// A digest over everything.
    pub(crate) fn fingerprint(&self) -> u64 {
        let text = format!("{:?} {:?}", self.registers, self.blobs.keys());
        let digest = digest_of(Algorithm::Sha256, text.as_bytes());
        u64::from_be_bytes(digest.bytes()[..8].try_into().unwrap())
    }
}

/// The clients.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) desk: Desk,
    pub(crate) host: Host,
    pub(crate) history: Arc<Mutex<History>>,
    pub(crate) is_over: Arc<AtomicBool>,
}

/// How an operation ended for its client.
enum End<T> {
    Answered(T),
    /// Not here, as the member says.
    Missing,
    /// It may or may not have happened.
    Unknown,
}

fn end_of<T>(result: Result<T, Error>) -> End<T> {
    match result {
        Ok(answer) => End::Answered(answer),
        Err(Error::ManifestUnknown { .. } | Error::RepositoryUnknown(_) | Error::BlobUnknown(_)) => {
            End::Missing
        }
        Err(_) => End::Unknown,
    }
}

impl Clients {
    pub(crate) fn new(desk: Desk, host: Host) -> Self {
        Self { desk, host, history: Arc::default(), is_over: Arc::default() }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One client, until all is over.
    pub(crate) async fn work(&self, dice: Dice) {
        while !self.is_over.load(Ordering::SeqCst) {
            self.host.clock.sleep(dice.millis(1, 250)).await;
            let seats = self.desk.seats();
            let Some(seat) = dice.choose(&seats) else { continue };
            match dice.below(20) {
                0..=6 => self.get(seat, &name(&dice)).await,
                7..=12 => self.put(seat, &name(&dice)).await,
                13..=14 => self.remove(seat, &name(&dice)).await,
                15 => self.push(seat, &dice).await,
                16 => self.mount(seat, &dice).await,
                17 => self.catalog(seat).await,
                18 => self.sweep(seat).await,
                _ => self.read(seat, &dice).await,
            }
        }
    }

    /// Asks a member, until it answers, ends, or takes too long.
    async fn ask<T>(&self, seat: &Seat, asked: impl Future<Output = Result<T, Error>>) -> End<T> {
        let mut alive = seat.alive.clone();
        let end = tokio::select! {
            biased;
            _gone = alive.changed() => End::Unknown,
            result = asked => end_of(result),
            () = self.host.clock.sleep(PATIENCE) => End::Unknown,
        };
        let mut history = self.history();
        match end {
            End::Unknown => history.unanswered += 1,
            End::Answered(_) | End::Missing => history.acknowledged += 1,
        }
        end
    }

    fn begin(&self) -> u64 {
        let mut history = self.history();
        history.tick += 1;
        history.tick
    }

    fn note(&self, repository: &str, act: Act, begun: u64, is_answered: bool) {
        let mut history = self.history();
        history.tick += 1;
        let ended = if is_answered { history.tick } else { NEVER };
        let operation = Operation { act, begun, ended };
        let cut = history.cuts.get(&home(repository)).copied().unwrap_or_default();
        history.registers.entry(repository.to_owned()).or_default().extend(behind(cut, operation));
    }

    /// Whether what began then says nothing of what is there now.
    fn is_in_doubt(&self, repository: &str, begun: u64) -> bool {
        let shard = home(repository);
        let is_cut = self.history().cuts.get(&shard).is_some_and(|cut| begun < *cut);
        is_cut || self.desk.is_in_doubt(shard)
    }

    /// The shards that were lost are served again: what was known of them before counts no longer.
    pub(crate) fn begin_anew(&self, shards: &BTreeSet<Shard>) {
        let mut history = self.history();
        history.tick += 1;
        let cut = history.tick;
        history.cuts.extend(shards.iter().map(|shard| (*shard, cut)));
        history.blobs.retain(|(repository, _), _| !shards.contains(&home(repository)));
        for (repository, operations) in &mut history.registers {
            if shards.contains(&home(repository)) {
                *operations = operations.drain(..).filter_map(|operation| behind(cut, operation)).collect();
            }
        }
    }

    fn is_full(&self, repository: &str) -> bool {
        let known = self.history().registers.get(repository).map_or(0, Vec::len);
        known + RESERVED >= MAX_OPERATIONS
    }

    async fn get(&self, seat: &Seat, repository: &str) {
        if self.is_full(repository) {
            return;
        }
        let begun = self.begin();
        match self.ask(seat, pusher(seat, repository).get(TAG)).await {
            End::Answered(manifest) => {
                assert_eq!(digest_of(Algorithm::Sha256, &manifest.content), manifest.stat.digest);
                self.note(repository, Act::Read(Some(manifest.stat.digest)), begun, true);
            }
            End::Missing => self.note(repository, Act::Read(None), begun, true),
            End::Unknown => {}
        }
    }

    async fn put(&self, seat: &Seat, repository: &str) {
        if self.is_full(repository) {
            return;
        }
        let number = {
            let mut history = self.history();
            history.written += 1;
            history.written
        };
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[],"annotations":{{"n":"{number}"}}}}"#,
            MediaType::OCI_INDEX
        );
        let digest = digest_of(Algorithm::Sha256, text.as_bytes());
        let begun = self.begin();
        let end = self.ask(seat, pusher(seat, repository).put(MediaType::OCI_INDEX, &text, &[TAG])).await;
        self.note(repository, Act::Write(Some(digest)), begun, matches!(end, End::Answered(_)));
    }

    async fn remove(&self, seat: &Seat, repository: &str) {
        if self.is_full(repository) {
            return;
        }
        let pusher = pusher(seat, repository);
        let request = pusher.request(TAG);
        let request = DeleteManifest {
            repository: request.repository,
            reference: request.reference,
            grant: Grant::ALL,
        };
        let begun = self.begin();
        match self.ask(seat, seat.routed.remove(&pusher.caller, request)).await {
            End::Answered(_) => self.note(repository, Act::Write(None), begun, true),
            End::Missing => self.note(repository, Act::Read(None), begun, true),
            End::Unknown => self.note(repository, Act::Write(None), begun, false),
        }
    }

    async fn push(&self, seat: &Seat, dice: &Dice) {
        let repository = name(dice);
        let content = format!("blob {}", dice.below(u64::MAX))
            .repeat(1 + usize::try_from(dice.below(3)).unwrap() * 900);
        let begun = self.begin();
        if let End::Answered(digest) =
            self.ask(seat, pusher(seat, &repository).blob(content.as_bytes())).await
            && !self.is_in_doubt(&repository, begun)
        {
            self.history().blobs.insert((repository, digest), content.into_bytes());
        }
    }

    fn known_blob(&self, dice: &Dice) -> Option<(String, Digest, Vec<u8>)> {
        let history = self.history();
        let known: Vec<_> = history.blobs.iter().collect();
        dice.choose(&known)
            .map(|((repository, digest), content)| (repository.clone(), *digest, (*content).clone()))
    }

    async fn mount(&self, seat: &Seat, dice: &Dice) {
        let Some((from, digest, content)) = self.known_blob(dice) else { return };
        let repository = name(dice);
        let pusher = pusher(seat, &repository);
        let request = Mount {
            address: pusher.address(digest),
            from: Some(from.parse().unwrap()),
            visibility: Visibility::Everything,
            grant: Grant::ALL,
        };
        let begun = self.begin();
        if let End::Answered(Some(_)) = self.ask(seat, pusher.node.mount(&pusher.caller, request)).await
            && !self.is_in_doubt(&repository, begun)
        {
            self.history().blobs.insert((repository, digest), content);
        }
    }

    /// An acknowledged blob is there, whoever is asked, or nobody says anything about it.
    async fn read(&self, seat: &Seat, dice: &Dice) {
        let Some((repository, digest, content)) = self.known_blob(dice) else { return };
        let begun = self.begin();
        match self.ask(seat, pusher(seat, &repository).read(digest, None)).await {
            End::Answered(found) => assert_eq!(found, content, "{repository}@{digest} is torn"),
            End::Missing if self.is_in_doubt(&repository, begun) => {}
            End::Missing => {
                panic!("{repository}@{digest} is said to be missing by way of member {}", seat.id)
            }
            End::Unknown => {}
        }
    }

    /// Every repository that has something is listed, unless its shard is named as missing.
    async fn catalog(&self, seat: &Seat) {
        let begun = self.begin();
        let known: BTreeSet<String> = self.history().blobs.keys().map(|(name, _)| name.clone()).collect();
        let request = ListCatalog { after: None, limit: 1000, visibility: Visibility::Everything };
        let caller = Caller::internal("client");
        let End::Answered(gathered) = self.ask(seat, seat.routed.catalog(&caller, request)).await else {
            return;
        };
        let listed: BTreeSet<String> = gathered.answer.repositories.iter().map(ToString::to_string).collect();
        let hidden: Vec<&String> = known
            .iter()
            .filter(|name| !listed.contains(*name))
            .filter(|name| gathered.coverage.answered.contains(&home(name)))
            .filter(|name| !self.is_in_doubt(name, begun))
            .collect();
        assert!(hidden.is_empty(), "the catalog of member {} hides {hidden:?}", seat.id);
    }

    async fn sweep(&self, seat: &Seat) {
        let _swept = self.ask(seat, seat.local.sweep(&Caller::internal("client"))).await;
    }

    /// Asks until there is an answer: `None` if that says that it is not here.
    async fn surely<T>(&self, ask: impl AsyncFn() -> Result<T, Error>) -> Option<T> {
        for _ in 0..ATTEMPTS {
            match end_of(ask().await) {
                End::Answered(answer) => return Some(answer),
                End::Missing => return None,
                // Members that were silent until a moment ago may still be left alone.
                End::Unknown => self.host.clock.sleep(Duration::from_secs(1)).await,
            }
        }
        panic!("a cluster that is well does not answer");
    }

    /// When all is well: everything acknowledged is there, by way of every member, and every tag was one register all the time.
    pub(crate) async fn conclude(&self) {
        let blobs = self.history().blobs.clone();
        for seat in self.desk.seats() {
            for ((repository, digest), content) in &blobs {
                let found = self.surely(async || pusher(&seat, repository).read(*digest, None).await).await;
                let found = found
                    .unwrap_or_else(|| panic!("{repository}@{digest} is lost by way of member {}", seat.id));
                assert_eq!(&found, content, "{repository}@{digest} is torn");
            }
            for number in 0..REPOSITORIES {
                let repository = format!("team-{number}/app");
                let begun = self.begin();
                let seen = self.surely(async || pusher(&seat, &repository).get(TAG).await).await;
                let seen = seen.map(|manifest| manifest.stat.digest);
                self.note(&repository, Act::Read(seen), begun, true);
            }
            self.catalog(&seat).await;
        }
        let history = self.history();
        for (repository, operations) in &history.registers {
            let is_cut = history.cuts.contains_key(&home(repository));
            assert!(is_explained(operations, is_cut), "{repository}:{TAG} was no register: {operations:#?}");
        }
    }
}

fn home(repository: &str) -> Shard {
    shard_of(KEY, repository, SHARDS)
}

/// What is left of an operation in a shard that was lost and is served again since `cut`: what was written before may still come.
fn behind(cut: u64, operation: Operation) -> Option<Operation> {
    match operation.act {
        _ if operation.begun >= cut => Some(operation),
        Act::Write(_) => Some(Operation { ended: NEVER, ..operation }),
        Act::Read(_) => None,
    }
}

/// Whether there is an order that explains all reads. Where the beginning was cut off, the register may begin with anything.
fn is_explained(operations: &[Operation], is_cut: bool) -> bool {
    if !is_cut {
        return is_linearizable(operations);
    }
    let values = operations.iter().map(|operation| match operation.act {
        Act::Read(value) | Act::Write(value) => value,
    });
    values.chain([None]).collect::<BTreeSet<_>>().into_iter().any(|first| {
        let begin = Operation { act: Act::Write(first), begun: 0, ended: 1 };
        is_linearizable(&[&[begin], operations].concat())
    })
}

fn name(dice: &Dice) -> String {
    format!("team-{}/app", dice.below(REPOSITORIES))
}

fn pusher(seat: &Seat, repository: &str) -> Pusher {
    let front: Arc<dyn Front> = Arc::clone(&seat.routed) as _;
    Pusher::new(&front, repository)
}
