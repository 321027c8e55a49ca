//! A cluster of doubles under a clock that stands still, and data that follows from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use atoll_cluster::{Options, Refresh, Route, RoutedNode, Routes, Table};
use atoll_host::{Clock as _, Host, SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp};
use atoll_oci::{Algorithm, Repository, digest_of};
use atoll_placement::{MemberId, Shard};
use atoll_service::*;
use futures_util::FutureExt as _;

use crate::double::{Double, KEY, SHARDS, shard};

/// How far the clock moves at a time.
const TICK: Duration = Duration::from_millis(5);

/// How often everything that waits gets its turn before the clock moves.
const TURNS: usize = 16;

pub(crate) struct World {
    pub(crate) members: Vec<Arc<Double>>,
    pub(crate) routes: Arc<Routes>,
    pub(crate) routed: RoutedNode,
    pub(crate) clock: Arc<SimulatedClock>,
}

/// Numbers that follow from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

pub(crate) fn user(name: &str) -> Caller {
    Caller { principal: Principal::User(name.into()), ..Caller::internal("test") }
}

pub(crate) fn name(text: &str) -> Repository {
    text.parse().unwrap()
}

/// Which member serves a shard at first.
pub(crate) fn owner(shard: Shard, members: u16) -> MemberId {
    MemberId((shard.0.wrapping_mul(7) / 3) % members)
}

pub(crate) fn table(members: &[Arc<Double>], owner: impl Fn(Shard) -> Option<MemberId>) -> Table {
    let route = |shard| match owner(shard) {
        Some(MemberId(0)) => Route::Local,
        Some(member) => Route::Remote(member),
        None => Route::Unknown,
    };
    let others = members.iter().skip(1).map(|double| (double.member, Arc::clone(double) as Arc<dyn Node>));
    Table {
        layout_version: 1,
        routes: (0..SHARDS).map(Shard).map(route).collect(),
        others: others.collect::<BTreeMap<_, _>>(),
    }
}

impl World {
    pub(crate) fn new(members: u16) -> Self {
        Self::with(members, Options::default())
    }

    pub(crate) fn with(members: u16, options: Options) -> Self {
        let of = |member| (0..SHARDS).map(Shard).filter(move |shard| owner(*shard, members) == member);
        let doubles: Vec<_> = (0..members)
            .map(MemberId)
            .map(|member| Arc::new(Double::new(member, of(member).collect::<BTreeSet<_>>())))
            .collect();
        let table = table(&doubles, |shard| Some(owner(shard, members)));
        let routes = Routes::new(KEY, (MemberId(0), Arc::clone(&doubles[0]) as Arc<dyn Node>), table);
        let clock = Arc::new(SimulatedClock::new(Timestamp(0)));
        let random = Arc::new(SeededRandom::new(1));
        let files = Arc::new(SimulatedFiles::new(random.clone(), clock.clone()));
        let host = Host { clock: clock.clone(), random, tasks: Tasks::inline(), files };
        let front = RoutedNode::new(Arc::clone(&routes), host, options);
        Self { members: doubles, routes, routed: front, clock }
    }

    pub(crate) fn members_count(&self) -> u16 {
        u16::try_from(self.members.len()).unwrap()
    }

    /// The member that serves a name at first.
    pub(crate) fn of(&self, text: &str) -> &Arc<Double> {
        &self.members[usize::from(owner(shard(text), self.members_count()).0)]
    }

    /// A name that begins so and that this member serves.
    pub(crate) fn name_at(&self, member: u16, begin: &str) -> Repository {
        let mut names = (0..).map(|n| format!("{begin}{n}"));
        name(&names.find(|text| self.of(text).member == MemberId(member)).unwrap())
    }

    /// Adds repositories with images, the same for the same seed, whatever the number of members.
    pub(crate) fn load(&self, count: usize, seed: u64) {
        self.load_kinds(count, seed, &["app", "lib", "bad", "private/app"]);
    }

    /// As [`World::load`], with names that begin so; those with `bad` in them have faults.
    pub(crate) fn load_kinds(&self, count: usize, seed: u64, kinds: &[&str]) {
        let mut dice = Dice(seed);
        for n in 0..count {
            let kind = usize::try_from(dice.roll(kinds.len() as u64)).unwrap();
            let repository = name(&format!("{}-{n:05}", kinds[kind]));
            let double = self.of(repository.as_str());
            let tags = dice.roll(4);
            for tag in 0..tags {
                double.rows().images.push(image(&repository, tag, &mut dice));
            }
            let summary = repository_of(repository.clone(), &mut dice);
            double.rows().repositories.insert(repository, summary);
        }
    }

    /// Lets a user mark repositories, by hand.
    pub(crate) fn mark(&self, user: &str, starred: &[&str], bookmarked: &[&str]) {
        let set = |names: &[&str]| names.iter().map(|text| name(text)).collect();
        let marks = Marks { starred: set(starred), bookmarked: set(bookmarked) };
        self.of(&user_home(user)).rows().marks.insert(user.to_owned(), marks);
    }

    /// Runs some work to its end while the clock moves on; gives how long it took by that clock.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> (T, Duration) {
        let began = self.clock.elapsed();
        let mut work = pin!(work);
        loop {
            for _ in 0..TURNS {
                if let Some(done) = work.as_mut().now_or_never() {
                    return (done, self.clock.elapsed().saturating_sub(began));
                }
                tokio::task::yield_now().await;
            }
            self.clock.advance(TICK);
        }
    }

    /// Lets background work go on for a while.
    pub(crate) async fn pass(&self, time: Duration) {
        let end = self.clock.elapsed().saturating_add(time);
        while self.clock.elapsed() < end {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            self.clock.advance(TICK.max(time / 2_000));
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }

    /// Moves a shard to another member; the table of member 0 does not know yet.
    pub(crate) fn move_shard(&self, shard: Shard, to: u16) {
        for double in &self.members {
            double.held.lock().unwrap().remove(&shard);
        }
        self.members[usize::from(to)].held.lock().unwrap().insert(shard);
    }

    /// From now on, a refresh finds out who holds each shard.
    pub(crate) fn learns(&self) {
        self.routes
            .refreshed_by(Arc::new(Learner { members: self.members.clone(), routes: self.routes.clone() }));
    }
}

struct Learner {
    members: Vec<Arc<Double>>,
    routes: Arc<Routes>,
}

#[async_trait::async_trait]
impl Refresh for Learner {
    async fn refresh(&self) {
        let holder = |shard: Shard| {
            let holds = |double: &&Arc<Double>| double.held.lock().unwrap().contains(&shard);
            self.members.iter().find(holds).map(|double| double.member)
        };
        self.routes.replace(table(&self.members, holder));
    }
}

fn told(dice: &mut Dice) -> Option<ToldTime> {
    // Few values, so that equal ones occur.
    let hours = dice.roll(6);
    (hours > 0).then(|| ToldTime { instant_nanos: i128::from(hours), text: format!("hour {hours}") })
}

fn repository_of(name: Repository, dice: &mut Dice) -> RepositorySummary {
    RepositorySummary {
        name,
        last_updated: told(dice),
        size: dice.roll(1_000),
        platforms: Vec::new(),
        vendors: Vec::new(),
        newest: None,
        downloads: dice.roll(5),
        stars: dice.roll(3),
        is_starred: false,
        is_bookmarked: false,
        rank: 0,
    }
}

fn image(repository: &Repository, tag: u64, dice: &mut Dice) -> ImageSummary {
    let digest = digest_of(Algorithm::Sha256, format!("{repository} {}", dice.roll(1_000)).as_bytes());
    ImageSummary {
        repository: repository.clone(),
        tag: format!("v{tag}").parse().unwrap(),
        digest,
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        manifests: Vec::new(),
        size: dice.roll(1_000),
        downloads: dice.roll(5),
        last_pulled_at: None,
        pushed_at: None,
        pushed_by: String::new(),
        tagged_at: None,
        last_updated: told(dice),
        texts: Texts::default(),
        signatures: Vec::new(),
        is_signed: false,
        referrers: Vec::new(),
        artifact_type: String::new(),
    }
}
