//! The members of the cluster: who there is, how each is, and who holds which shard.
//!
//! Members ask one another in rounds. From the answers follow the table that requests go by, which shards a new cluster begins with,
//! and what has to be handed over. No round decides anything that two members could decide differently: a shard is begun as empty
//! only with everybody's word, and passes on only when its holder has stopped. See `docs/adr/0009-one-holder-per-shard.md`.

mod acquaintances;
mod bearings;
mod error;
mod exchange;
mod loss;
mod numbering;
mod options;
mod peers;
mod picture;
mod report;
mod round;
mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use atoll_host::{Host, Shutdown};
use atoll_placement::{Layout, LayoutTag, MemberId, Members, Shard};
use atoll_service::{MoveState, Node};
use atoll_wire::CurrentLayout;
use tokio::sync::{Notify, watch};

use crate::Routes;
pub use error::Error;
use numbering::Numbering;
pub use options::{Configured, Connect, LocalMember, Options, Pace};
use peers::Peers;
pub(crate) use picture::{Known, Picture};
use state::State;
pub use state::forget;

/// A server alone has nobody to ask: its rounds are so much rarer.
const ALONE_INTERVALS: u32 = 30;

/// What a membership is made of.
pub struct Parts {
    /// The local member.
    pub local: Arc<dyn LocalMember>,
    /// Reaches the others.
    pub connect: Arc<dyn Connect>,
    /// The outside world.
    pub host: Host,
}

/// The local member's view of the cluster, and what it does about it.
pub struct Membership {
    pub(crate) options: Options,
    pub(crate) parts: Parts,
    /// The layout as configured, under its present version.
    layout: Arc<ArcSwap<Layout>>,
    routes: Arc<Routes>,
    pub(crate) view: Mutex<View>,
    /// Rounds begun, and rounds completed.
    begun: AtomicU64,
    pub(crate) completed: watch::Sender<u64>,
    wanted: Notify,
    mismatches: AtomicU64,
    /// One write of the state at a time: an older one must not come after a newer one.
    storing: tokio::sync::Mutex<()>,
}

/// What changes.
pub(crate) struct View {
    numbering: Numbering,
    state: State,
    /// The others have said that they have given up this member.
    is_over: bool,
    /// A whole write of the state has been tried since.
    has_ended: bool,
    /// The state as it is on the disk.
    stored: Option<State>,
    pub(crate) peers: Peers,
    /// How often the local member's part in a shard has changed since the start.
    changes: BTreeMap<Shard, u64>,
    /// What the last round has shown.
    pub(crate) picture: Picture,
    /// Moves that this member carries out.
    pub(crate) moves: BTreeMap<Shard, (MemberId, MoveState)>,
}

impl Membership {
    /// Reads what the member remembers, and takes up its place. Nobody is asked yet.
    pub async fn open(options: Options, parts: Parts) -> Result<Arc<Self>, Error> {
        let members = Members::new(options.members.iter().map(|configured| configured.member))?;
        if !members.contains(options.local) {
            return Err(Error::NotListed(options.local));
        }
        let state = state::load(&parts.host, &options.folder).await?;
        // Alone, it can still be read: that is how what it has is brought back by hand.
        if state.is_given_up && options.members.len() > 1 {
            return Err(Error::GivenUp);
        }
        let layout = Layout::new(options.key, options.shards, members, 1);
        let numbering = Numbering::begin(layout.tag().digest, state.layout, state.previous);
        let layout = Arc::new(ArcSwap::from_pointee(layout.with_version(numbering.tag.version)));
        let current = current_layout(&layout);
        let peers = Peers::new(&options, &state, parts.connect.as_ref(), &current);
        let mut picture = Picture {
            local: options.local,
            shards: options.shards,
            own: parts.local.tenures().into_iter().collect(),
            beliefs: state.holders.clone(),
            others: BTreeMap::new(),
            given_up: state.given_up.clone(),
            confirmed: state.still_confirmed(options.listed()),
        };
        picture.others = peers.known(&picture);
        let node: Arc<dyn Node> = Arc::clone(&parts.local) as Arc<dyn Node>;
        // What others say may end its right to what it holds: it serves that once it has asked them.
        let mut asked = picture.clone();
        if !picture.others.is_empty() {
            asked.own.clear();
        }
        let table = peers.table(&layout.load(), &asked);
        let routes = Routes::new(options.key, (options.local, node), table);
        let view = View {
            numbering,
            stored: None,
            is_over: false,
            has_ended: false,
            state,
            peers,
            changes: BTreeMap::new(),
            picture,
            moves: BTreeMap::new(),
        };
        let membership = Arc::new(Self {
            options,
            parts,
            layout,
            routes,
            view: Mutex::new(view),
            begun: AtomicU64::new(0),
            completed: watch::Sender::new(0),
            wanted: Notify::new(),
            mismatches: AtomicU64::new(0),
            storing: tokio::sync::Mutex::new(()),
        });
        bearings::follow(&membership);
        membership.persist().await?;
        Ok(membership)
    }

    /// The table that requests go by.
    pub fn routes(&self) -> &Arc<Routes> {
        &self.routes
    }

    /// The layout as configured, under its present version.
    pub fn layout(&self) -> Arc<Layout> {
        self.layout.load_full()
    }

    /// Tells the layout that calls go by, for the server of the link.
    pub fn current_layout(&self) -> CurrentLayout {
        current_layout(&self.layout)
    }

    /// Rounds of asking completed so far.
    pub fn rounds(&self) -> u64 {
        *self.completed.borrow()
    }

    /// Calls refused so far because the other member goes by another layout.
    pub fn mismatches(&self) -> u64 {
        self.mismatches.load(Ordering::Relaxed)
    }

    /// Gives all shards of this member away, or takes its share again. Remembered.
    pub async fn drain(&self, is_draining: bool) -> Result<(), Error> {
        self.view().state.is_draining = is_draining;
        self.persist().await?;
        self.wanted.notify_one();
        Ok(())
    }

    /// Asks in rounds, and takes over what the layout gives to this member, until the signal.
    pub async fn run(self: Arc<Self>, shutdown: Shutdown) {
        let (mut ask_until, mut take_until) = (shutdown.clone(), shutdown);
        let asking = async {
            loop {
                self.round().await;
                if self.view().has_ended {
                    break;
                }
                tokio::select! {
                    biased;
                    () = self.pause() => {}
                    () = ask_until.signalled() => break,
                }
            }
        };
        let taking = async {
            tokio::select! {
                biased;
                () = crate::handover::drive(&self) => {}
                () = take_until.signalled() => {}
                () = self.given_up() => {}
            }
        };
        futures_util::future::join(asking, taking).await;
    }

    /// Until the next round: about an interval, or until somebody wants to know.
    async fn pause(&self) {
        let clock = &self.parts.host.clock;
        // Rounds that are wanted one after another leave room for the answers they are wanted for.
        clock.sleep(self.options.pace.interval / 40).await;
        let mut luck = [0];
        self.parts.host.random.fill(&mut luck);
        let [luck] = luck;
        // From three quarters to five quarters, so that members do not all ask at the same moment.
        let mut wait = self.options.pace.interval.mul_f64(0.75 + f64::from(luck) / 512.0);
        if self.view().peers.0.is_empty() {
            wait = wait.saturating_mul(ALONE_INTERVALS);
        }
        tokio::select! {
            biased;
            () = clock.sleep(wait) => {}
            () = self.wanted.notified() => {}
        }
    }

    /// Asks for a round that begins from now on and waits for it, but not long.
    pub(crate) async fn fresh_round(&self) {
        let wanted = self.begun.load(Ordering::SeqCst).saturating_add(1);
        let mut completed = self.completed.subscribe();
        self.wanted.notify_one();
        tokio::select! {
            biased;
            _closed = completed.wait_for(|round| *round >= wanted) => {}
            () = self.parts.host.clock.sleep(self.options.pace.patience / 2) => {}
        }
    }

    /// Asks for a round soon.
    pub(crate) fn want_round(&self) {
        self.wanted.notify_one();
    }

    /// The member that should hold a shard, once those that give theirs away are passed over.
    pub(crate) fn targets(&self, picture: &Picture, is_draining: bool) -> Arc<Layout> {
        let mut leaving: BTreeSet<MemberId> = picture.draining();
        leaving.extend(&picture.given_up);
        if is_draining {
            leaving.insert(self.options.local);
        }
        let layout = self.layout();
        if leaving.is_empty() {
            layout
        } else {
            Arc::new(layout.without_shares(|member| leaving.contains(&member)))
        }
    }

    pub(crate) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The local member's part in a shard changes: answers asked for before are too old to judge by.
    pub(crate) fn note_change(&self, shard: Shard) {
        let mut view = self.view();
        let changes = view.changes.entry(shard).or_default();
        *changes = changes.saturating_add(1);
    }

    /// Writes what is to be remembered, if it has changed.
    pub(crate) async fn persist(&self) -> Result<(), Error> {
        let _one = self.storing.lock().await;
        let state = {
            let view = self.view();
            let mut state = view.state.clone();
            state.layout = Some(view.numbering.tag);
            state.previous = view.numbering.previous;
            state.members = view.peers.addresses();
            state.holders = view.picture.beliefs.clone();
            state.given_up.clone_from(&view.picture.given_up);
            state.listed = self.options.listed().collect();
            state.confirmed.clone_from(&view.picture.confirmed);
            if view.stored.as_ref() == Some(&state) {
                return Ok(());
            }
            state
        };
        state::store(&self.parts.host, &self.options.folder, &state).await?;
        self.view().stored = Some(state);
        Ok(())
    }
}

impl View {
    pub(crate) fn is_draining(&self) -> bool {
        self.state.is_draining
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.is_over
    }

    pub(crate) fn tag(&self) -> LayoutTag {
        self.numbering.tag
    }
}

fn current_layout(layout: &Arc<ArcSwap<Layout>>) -> CurrentLayout {
    let layout = Arc::clone(layout);
    Arc::new(move || layout.load().tag())
}
