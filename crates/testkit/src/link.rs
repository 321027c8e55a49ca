//! A network of members in one process: every call passes the product's own code, only the sockets are replaced.
//!
//! Calls are delayed, broken and swallowed as a seeded generator says, members can be cut off from one another and taken away. Within
//! one stream bytes keep their order, as on a real connection; calls overtake one another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use atoll_host::{Host, Random};
use atoll_placement::MemberId;
use atoll_wire::{Certificate, Error, Frames, Method, Serve, Transport};
use futures_util::{StreamExt as _, stream};
use tokio::sync::{mpsc, watch};

/// What the weather does to calls, each out of a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Longest delay of each piece; the actual one is drawn.
    pub delay: Duration,
    /// Pieces with which the connection breaks.
    pub breaks: u16,
    /// Calls that are never heard of again.
    pub swallows: u16,
}

/// How two members cannot talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Connections are refused at once, and those that are open break.
    Refused,
    /// Nothing arrives any more, and nobody is told.
    Silent,
}

/// The network. What happens to a call follows from the generator and from what the test does to the network.
pub struct Network {
    host: Host,
    random: Arc<dyn Random>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    weather: Weather,
    servers: BTreeMap<MemberId, Attached>,
    cuts: BTreeMap<(MemberId, MemberId), Cut>,
    forged: BTreeSet<MemberId>,
}

/// A member's server; its calls end when the sender is gone.
#[derive(Clone)]
struct Attached {
    serve: Arc<Serve>,
    alive: Arc<watch::Sender<()>>,
}

/// The way from one member to another.
pub struct MemoryLink {
    network: Arc<Network>,
    from: MemberId,
    to: MemberId,
}

/// A certificate that stands for whatever is asked, or for nothing.
struct AnyName(bool);

impl Certificate for AnyName {
    fn names(&self, _name: &str) -> bool {
        self.0
    }
}

impl Network {
    /// A network in fair weather without members.
    pub fn new(host: Host, random: Arc<dyn Random>) -> Arc<Self> {
        Arc::new(Self { host, random, state: Mutex::default() })
    }

    /// What happens to calls from now on.
    pub fn set_weather(&self, weather: Weather) {
        self.locked(|state| state.weather = weather);
    }

    /// A member begins to answer.
    pub fn attach(&self, member: MemberId, serve: Arc<Serve>) {
        let alive = Arc::new(watch::Sender::new(()));
        self.locked(|state| state.servers.insert(member, Attached { serve, alive }));
    }

    /// A member is gone: its calls break wherever they are.
    pub fn detach(&self, member: MemberId) {
        self.locked(|state| state.servers.remove(&member));
    }

    /// Cuts one direction of calls.
    pub fn cut(&self, from: MemberId, to: MemberId, cut: Cut) {
        self.locked(|state| state.cuts.insert((from, to), cut));
    }

    /// Cuts both directions.
    pub fn part(&self, one: MemberId, other: MemberId, cut: Cut) {
        self.cut(one, other, cut);
        self.cut(other, one, cut);
    }

    /// Ends all cuts. Calls that were swallowed stay lost.
    pub fn heal(&self) {
        self.locked(|state| state.cuts.clear());
    }

    /// From now on nobody's certificate stands for this member.
    pub fn forge(&self, member: MemberId) {
        self.locked(|state| state.forged.insert(member));
    }

    /// The way from one member to another.
    pub fn link(self: &Arc<Self>, from: MemberId, to: MemberId) -> MemoryLink {
        MemoryLink { network: Arc::clone(self), from, to }
    }

    fn locked<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn draw(&self) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn happens(&self, per_mille: u16) -> bool {
        per_mille > 0 && self.draw() % 1000 < u64::from(per_mille)
    }

    /// The passage of one piece.
    async fn pass(&self, from: MemberId, to: MemberId) -> Result<(), Error> {
        let (weather, cut) = self.locked(|state| (state.weather, state.cuts.get(&(from, to)).copied()));
        match cut {
            Some(Cut::Silent) => std::future::pending().await,
            Some(Cut::Refused) => return Err(Error::Broken("cut".to_owned())),
            None => {}
        }
        if self.happens(weather.breaks) {
            return Err(Error::Broken("bad weather".to_owned()));
        }
        if !weather.delay.is_zero() {
            let most = u64::try_from(weather.delay.as_nanos()).unwrap_or(u64::MAX).max(1);
            self.host.clock.sleep(Duration::from_nanos(self.draw() % most)).await;
        }
        Ok(())
    }

    /// Bytes that pass piece by piece.
    fn carried(self: &Arc<Self>, frames: Frames, from: MemberId, to: MemberId) -> Frames {
        let network = Arc::clone(self);
        Box::pin(stream::unfold(Some(frames), move |frames| {
            let network = Arc::clone(&network);
            async move {
                let mut frames = frames?;
                let piece = frames.next().await?;
                match (piece, network.pass(from, to).await) {
                    (Ok(bytes), Ok(())) => Some((Ok(bytes), Some(frames))),
                    (Err(error), _) | (_, Err(error)) => Some((Err(error), None)),
                }
            }
        }))
    }
}

#[async_trait]
impl Transport for MemoryLink {
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, Error> {
        let (network, from, to) = (&self.network, self.from, self.to);
        if network.happens(network.locked(|state| state.weather.swallows)) {
            return std::future::pending().await;
        }
        network.pass(from, to).await.map_err(|error| Error::Unreachable(error.to_string()))?;
        let found = network.locked(|state| {
            state.servers.get(&to).cloned().map(|attached| (attached, !state.forged.contains(&from)))
        });
        let (attached, is_genuine) = found.ok_or_else(|| Error::Unreachable("nobody answers".to_owned()))?;
        let (sender, receiver) = mpsc::channel(1);
        let request = network.carried(request, from, to);
        let gone = attached.alive.subscribe();
        let serve = Arc::clone(&attached.serve);
        drop(attached);
        network.host.tasks.spawn(async move {
            let answer = async {
                let certificate = AnyName(is_genuine);
                let mut answer = serve.answer(protocol, method.name(), &certificate, request).await;
                while let Some(piece) = answer.next().await {
                    if sender.send(piece).await.is_err() {
                        break;
                    }
                }
            };
            tokio::select! {
                biased;
                () = crashed(gone) => {}
                // A caller that lost interest is heard here, as a reset is on a real connection.
                () = sender.closed() => {}
                () = answer => {}
            }
        });
        let answer = stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|piece| (piece, receiver))
        });
        Ok(network.carried(Box::pin(answer), to, from))
    }
}

/// Ends when the member was taken away.
async fn crashed(mut gone: watch::Receiver<()>) {
    // No value is ever sent: an error says that the sender is gone.
    while gone.changed().await.is_ok() {}
}
