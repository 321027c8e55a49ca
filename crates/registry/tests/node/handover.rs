//! A shard passes from one member to another while it is written to, and the power of either fails at any moment: nothing
//! acknowledged is lost, and never do two members serve it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Host, ShutdownHandle, SimulatedFiles, Tasks};
use atoll_oci::Digest;
use atoll_placement::{LayoutTag, MemberId, Shard, shard_of};
use atoll_registry::LocalNode;
use atoll_service::{
    Admin as _, Caller, Custody as _, Error, Handover as _, ReadRows, SweepReport, Tenure, YieldShard,
};
use atoll_testkit::{FixedBearings, Front, Pusher};

use crate::world::{KEY, MEMBER_SHARDS, member_on_disk, restarted, simulated};

const REPOSITORY: &str = "moving/app";
const LAYOUT: LayoutTag = LayoutTag { version: 7, digest: [7; 16] };
const ROW_BYTES: usize = 2_000;
const OLD: usize = 0;
const NEW: usize = 1;
/// A hand-over that was cut off is whole after so many further attempts.
const ATTEMPTS: usize = 3;

/// One member on its own machine; without a node while its power is off.
struct Machine {
    id: MemberId,
    host: Host,
    disk: SimulatedFiles,
    node: Option<Arc<LocalNode>>,
}

impl Machine {
    fn new(id: u16, seed: u64) -> Self {
        let (host, disk) = simulated(seed, Tasks::inline());
        let mut machine = Self { id: MemberId(id), host, disk, node: None };
        machine.start();
        machine
    }

    fn start(&mut self) {
        let node = member_on_disk(&self.host, Path::new("/data"), self.id).unwrap();
        node.follow(Arc::new(FixedBearings(self.id)));
        self.node = Some(node);
    }

    fn restart(&mut self) {
        // What the process would have tidied up at its end does not happen.
        std::mem::forget(self.node.take());
        (self.host, self.disk) = restarted(&self.host, &self.disk);
        self.start();
    }

    fn node(&self) -> &Arc<LocalNode> {
        self.node.as_ref().unwrap()
    }

    fn tenure(&self, shard: Shard) -> Tenure {
        let tenures = self.node().tenures();
        tenures.iter().find(|(known, _)| *known == shard).map_or(Tenure::Absent, |(_, tenure)| *tenure)
    }
}

/// Two machines, and what was acknowledged.
struct World {
    machines: [Machine; 2],
    shard: Shard,
    /// Tags with what they point at: one of these, of which all but the last may be lost.
    tags: BTreeMap<String, Vec<Digest>>,
    pushes: u8,
}

impl World {
    async fn new(seed: u64) -> Self {
        let machines = [Machine::new(0, 2 * seed), Machine::new(1, 2 * seed + 1)];
        let shard = shard_of(KEY, REPOSITORY, MEMBER_SHARDS);
        machines[OLD].node().claim(shard).await.unwrap();
        let mut world = Self { machines, shard, tags: BTreeMap::new(), pushes: 0 };
        for _ in 0..3 {
            world.push().await;
        }
        world
    }

    fn holder(&self) -> Option<usize> {
        let held: Vec<usize> = [OLD, NEW]
            .into_iter()
            .filter(|at| self.machines[*at].tenure(self.shard) == Tenure::Held)
            .collect();
        assert!(held.len() <= 1, "two members serve the shard");
        held.first().copied()
    }

    /// Pushes an image to whichever member serves the shard, and notes what must be there from now on.
    async fn push(&mut self) {
        let Some(at) = self.holder() else { return };
        let front: Arc<dyn Front> = self.machines[at].node().clone();
        self.pushes += 1;
        let tag = format!("t{}", self.pushes % 4);
        let layer = vec![self.pushes; if self.pushes.is_multiple_of(3) { 70_000 } else { 300 }];
        let pushed = Pusher::new(&front, REPOSITORY).image(&layer, &[&tag]).await;
        let states = self.tags.entry(tag).or_default();
        if let Ok(accepted) = pushed {
            *states = vec![accepted.digest];
        } else {
            // It may have happened.
            states.push(image_digest(&layer));
        }
    }

    /// Everything acknowledged can be pulled from the holder, and the other member does not answer for it.
    async fn check(&self) {
        let holder = self.holder().unwrap();
        let front: Arc<dyn Front> = self.machines[holder].node().clone();
        let pusher = Pusher::new(&front, REPOSITORY);
        for (tag, states) in &self.tags {
            let manifest = match pusher.get(tag).await {
                Ok(manifest) => manifest,
                Err(error) => panic!("{tag}, one of {states:?}: {error}"),
            };
            assert!(states.contains(&manifest.stat.digest), "{tag} is {}", manifest.stat.digest);
            let parsed = atoll_oci::Manifest::parse(&manifest.content, &manifest.stat.media_type).unwrap();
            for blob in parsed.required_blobs() {
                let content = pusher.read(blob.digest, None).await.unwrap();
                assert_eq!(atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, &content), blob.digest);
            }
        }
        let other: Arc<dyn Front> = self.machines[1 - holder].node().clone();
        for tag in self.tags.keys() {
            let answer = Pusher::new(&other, REPOSITORY).get(tag).await;
            assert!(matches!(answer, Err(Error::Misdirected { .. })), "{answer:?}");
        }
    }

    /// One attempt to bring the shard to the new member, from wherever the last one ended, with pushes in between.
    async fn hand_over(&mut self) -> Result<(), Error> {
        let shard = self.shard;
        let caller = Caller::internal("test");
        let [old, new] = [OLD, NEW].map(|at| self.machines[at].node().clone());
        if self.machines[OLD].tenure(shard) == Tenure::Held {
            new.begin_taking(shard, MemberId(0)).await?;
            self.push().await;
            copy_content(&old, &new, shard).await?;
            self.push().await;
            new.sweep(&caller).await?;
            let request = YieldShard { shard, to: MemberId(1), layout: LAYOUT };
            old.yield_shard(&caller, request).await?;
            self.push().await;
        }
        if self.machines[NEW].tenure(shard) != Tenure::Held {
            new.begin_taking(shard, MemberId(0)).await?;
            copy_content(&old, &new, shard).await?;
            copy_rows(&old, &new, shard).await?;
            new.take(shard).await?;
        }
        self.push().await;
        old.release(&caller, shard, MemberId(1)).await?;
        old.drop_released(shard).await?;
        old.sweep(&caller).await?;
        self.push().await;
        Ok(())
    }

    /// A hand-over in which the power of `victim` fails at its `fuse`th call; gives whether it never came to that.
    async fn run(&mut self, victim: usize, fuse: u64) -> bool {
        let faults = self.machines[victim].disk.faults();
        let before = faults.calls();
        faults.fail_from(fuse, ErrorKind::Other);
        let is_done = self.hand_over().await.is_ok();
        let untouched = is_done && faults.calls() - before < fuse;
        self.holder();
        self.machines[victim].restart();
        self.holder();
        for _ in 0..ATTEMPTS {
            if self.holder() == Some(NEW) && self.machines[OLD].tenure(self.shard) == Tenure::Absent {
                break;
            }
            self.hand_over().await.unwrap();
        }
        assert_eq!(self.holder(), Some(NEW));
        self.check().await;
        // Power failures of both afterwards change nothing.
        self.machines.iter_mut().for_each(Machine::restart);
        assert_eq!(self.holder(), Some(NEW));
        self.check().await;
        untouched
    }
}

/// The digest of the image that [`Pusher::image`] makes of a layer.
fn image_digest(layer: &[u8]) -> Digest {
    let digest_of = |content: &[u8]| atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, content);
    let text = atoll_testkit::image_of((digest_of(b"{}"), 2), (digest_of(layer), layer.len()), "");
    digest_of(text.as_bytes())
}

async fn copy_content(old: &LocalNode, new: &LocalNode, shard: Shard) -> Result<(), Error> {
    let (caller, mut after) = (Caller::internal("test"), None);
    loop {
        let page = old.needed(&caller, shard, after, 2).await?;
        for (digest, size) in page.digests {
            if !new.has_content(&digest, size).await? {
                let (_, body) = old.content(&caller, digest).await?.unwrap();
                new.keep_content(digest, size, body).await?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn copy_rows(old: &LocalNode, new: &LocalNode, shard: Shard) -> Result<(), Error> {
    let (caller, mut after) = (Caller::internal("test"), None);
    loop {
        let page = old.rows(&caller, ReadRows { shard, after, max_bytes: ROW_BYTES }).await?;
        new.add_rows(shard, page.rows).await?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Every so many calls a power failure: at each of them would take minutes.
const STRIDE: u64 = 5;

async fn at_every_call_of(victim: usize) {
    let (mut fuse, mut failures) = (1, 0);
    loop {
        let mut world = World::new(fuse).await;
        if world.run(victim, fuse).await {
            break;
        }
        failures += 1;
        fuse += STRIDE;
    }
    assert!(failures > 10, "only {failures} power failures hit the hand-over");
}

#[tokio::test]
async fn the_old_holder_may_lose_its_power_at_any_moment() {
    at_every_call_of(OLD).await;
}

#[tokio::test]
async fn the_new_holder_may_lose_its_power_at_any_moment() {
    at_every_call_of(NEW).await;
}

#[tokio::test]
async fn a_sweep_beside_a_copy_takes_nothing_and_afterwards_what_was_abandoned() {
    let mut world = World::new(1).await;
    let (shard, caller) = (world.shard, Caller::internal("test"));
    let [old, new] = [OLD, NEW].map(|at| world.machines[at].node().clone());
    new.begin_taking(shard, MemberId(0)).await.unwrap();
    copy_content(&old, &new, shard).await.unwrap();
    assert_eq!(new.sweep(&caller).await.unwrap().blobs, 0);
    world.machines[NEW].restart();
    let new = world.machines[NEW].node().clone();
    assert_eq!(new.sweep(&caller).await.unwrap().blobs, 0, "the copy goes on after a restart");
    new.abandon(shard).await.unwrap();
    assert!(new.sweep(&caller).await.unwrap().blobs > 0);
    world.push().await;
    world.check().await;
}

struct Unheard;

impl atoll_registry::Observer for Unheard {
    fn swept(&self, _report: Option<&SweepReport>, _took: Duration) {}

    fn wanted(&self, _all: bool) -> Vec<atoll_oci::Repository> {
        Vec::new()
    }

    fn measured(&self, _repository: &atoll_oci::Repository, _bytes: Option<u64>) {}
}

#[tokio::test]
async fn a_member_tells_at_once_how_it_is_and_how_much_it_holds_when_that_is_counted() {
    let mut world = World::new(1).await;
    world.push().await;
    world.machines[OLD].restart();
    let (node, caller) = (world.machines[OLD].node().clone(), Caller::internal("test"));
    let told = async || node.standing(&caller, None).await.unwrap().content_bytes;
    assert_eq!(told().await, None, "nothing was looked through");
    let (_shutdown, signal) = ShutdownHandle::new();
    let counted = async {
        loop {
            if let Some(bytes) = told().await {
                return bytes;
            }
            tokio::task::yield_now().await;
        }
    };
    let before = tokio::select! {
        () = Arc::clone(&node).run(signal, Arc::new(Unheard)) => panic!("it has no reason to end"),
        bytes = counted => bytes,
    };
    world.push().await;
    assert!(before > 0 && told().await > Some(before), "what is pushed from then on counts at once");
}
