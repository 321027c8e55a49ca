//! Search: the index in memory beside the rows, and how a question finds it up to date.
//!
//! Every question first hears what the feed has for it: what was acknowledged before it is in the answer. While the rows are being
//! read, questions wait; none is answered from a part.

mod configs;
mod content;
mod follow;
mod load;
mod read;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use atoll_host::{Clock, Shutdown};
use atoll_index::{Heard, Snapshot, Subscription};
use atoll_search::Corpus;
use atoll_service::{Caller, Error};
use tokio::sync::{Notify, watch};

use crate::LocalNode;
use configs::Configs;
pub(crate) use content::Rows;

/// How long a question waits that names no deadline.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often an answer is made anew because the rows no longer have what the corpus still has, and how long to wait before: twice
/// as long each time, half a second in all.
const MAX_ATTEMPTS: u32 = 9;
const PAUSE_BETWEEN: Duration = Duration::from_millis(1);

/// Rows that are described at once. More of them are described where nobody waits behind them.
const LIGHT: u64 = 2_000;

/// Rows that are looked at in the time in which one is described.
const LOOKS_PER_ROW: u64 = 20;

/// How long changes may gather before they are applied, unless somebody asks.
const GATHERING: Duration = Duration::from_millis(5);

/// How long the rows are left alone after they could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// The index in memory and who keeps it up to date.
pub(crate) struct Search {
    pub(crate) corpus: RwLock<Corpus>,
    follower: Mutex<Follower>,
    /// Whether the rows were read and nothing was missed since.
    is_ready: watch::Sender<bool>,
    /// The rows have to be read anew.
    wants_reload: Notify,
    /// Held while counted pulls go to the rows, and while rows are read.
    writes_pulls: tokio::sync::Mutex<()>,
    /// Held while counted pulls go to the corpus.
    tells_pulls: Mutex<()>,
    pub(crate) configs: Configs,
}

/// Who listens to the feed. `None` before the rows were first read.
#[derive(Default)]
struct Follower {
    subscription: Option<Subscription>,
    /// Number of the latest message that the corpus contains.
    applied: u64,
    /// Heard and not yet applied.
    heard: VecDeque<Heard>,
}

impl Search {
    fn new() -> Self {
        Self {
            corpus: RwLock::default(),
            follower: Mutex::default(),
            is_ready: watch::channel(false).0,
            wants_reload: Notify::new(),
            writes_pulls: tokio::sync::Mutex::default(),
            tells_pulls: Mutex::default(),
            configs: Configs::default(),
        }
    }
}

impl LocalNode {
    /// Switches search on. Questions are answered once [`LocalNode::run_search`] has read the rows. Without this call they are
    /// refused and search costs nothing.
    pub fn with_search(self: &Arc<Self>) {
        self.search.get_or_init(Search::new);
    }

    /// Reads the rows and follows the changes, until the signal. Does nothing unless search is switched on.
    pub async fn run_search(self: Arc<Self>, mut shutdown: Shutdown) {
        let Some(search) = self.search.get() else { return };
        let clock = Arc::clone(&self.parts.host.clock);
        loop {
            let read = async {
                if let Err(error) = self.load_corpus(search).await {
                    tracing::error!(%error, "the rows cannot be read for searching; trying again");
                    clock.sleep(PAUSE).await;
                }
            };
            tokio::select! {
                () = read => {}
                () = shutdown.signalled() => return,
            }
            tokio::select! {
                () = self.follow(search) => {}
                () = shutdown.signalled() => return,
            }
        }
    }

    /// Waits until the rows are read, where search is switched on.
    pub(crate) async fn search_is_read(&self) {
        let Some(search) = self.search.get() else { return };
        let mut ready = search.is_ready.subscribe();
        // The sender lives as long as the node.
        let _is_ready = ready.wait_for(|is_ready| *is_ready).await;
    }

    /// A number that has changed whenever an answer may have changed, pulls included.
    pub fn freshness(&self) -> u64 {
        self.parts.index.sequence().wrapping_add(self.pulls.all())
    }

    /// Applies what comes, until the rows have to be read anew.
    async fn follow(&self, search: &Search) {
        // Only rings the bell: what there is to hear, whoever comes first hears, be it a question.
        let mut bell = self.parts.index.subscribe();
        while *search.is_ready.borrow() {
            self.hear(search, self.parts.index.sequence());
            tokio::select! {
                heard = bell.next() => if heard == Heard::Closed { return std::future::pending().await },
                () = search.wants_reload.notified() => continue,
            }
            // Nobody waits for this: questions hear for themselves. So changes may gather, to be applied at once.
            tokio::select! {
                () = self.parts.host.clock.sleep(GATHERING) => {}
                () = search.wants_reload.notified() => {}
            }
            // What has gathered is heard without the bell: a new one rings for what comes from here on.
            bell = self.parts.index.subscribe();
        }
    }

    /// How many rows an answer of at most `asked` has to describe, or would have to in the time that it looks at others for them.
    pub(crate) fn weight(&self, asked: u64, looked_at: impl FnOnce(&Corpus) -> usize) -> u64 {
        let there = self.of_corpus(Corpus::longest_list);
        asked.min(there).saturating_add(self.of_corpus(looked_at) / LOOKS_PER_ROW)
    }

    /// A count of what is known by now; zero without search.
    pub(crate) fn of_corpus(&self, count: impl FnOnce(&Corpus) -> usize) -> u64 {
        let search = self.search.get();
        let counted =
            search.map_or(0, |search| count(&search.corpus.read().unwrap_or_else(PoisonError::into_inner)));
        u64::try_from(counted).unwrap_or(u64::MAX)
    }

    pub(crate) fn searching(&self) -> Result<&Search, Error> {
        self.search.get().ok_or_else(|| Error::FeatureOff("search is switched off".to_owned()))
    }

    /// Waits until everything is known that was acknowledged before.
    async fn up_to_date(&self, caller: &Caller) -> Result<&Search, Error> {
        let search = self.searching()?;
        let clock: &dyn Clock = self.parts.host.clock.as_ref();
        let patience = caller.remaining.map_or(PATIENCE, |remaining| remaining.min(PATIENCE));
        let wanted = self.parts.index.sequence();
        let caught_up = async {
            loop {
                let mut ready = search.is_ready.subscribe();
                if ready.wait_for(|is_ready| *is_ready).await.is_err() {
                    return;
                }
                if self.hear(search, wanted) >= wanted && *search.is_ready.borrow() {
                    return;
                }
                // Between a number and its message lie a few instructions of the writer.
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = caught_up => {}
            () = clock.sleep(patience) => {
                return Err(Error::Unavailable("search is being prepared: try again in a moment".to_owned()));
            }
        }
        self.tell_pulls(search);
        Ok(search)
    }

    /// The corpus learns of pulls that are not yet written.
    fn tell_pulls(&self, search: &Search) {
        let _turn = search.tells_pulls.lock().unwrap_or_else(PoisonError::into_inner);
        self.pulls.tell_again(&search.count_pulls(self.pulls.tell()));
    }

    /// Answers a question: `ask` makes the answer from the corpus, `admit` gives the rows that it describes, `complete` adds what
    /// is not in memory, and tells whether everything was there.
    ///
    /// An answer of `weight` rows to describe that are more than a few does not keep other tasks waiting.
    pub(crate) async fn answer<T>(
        &self,
        (caller, weight): (&Caller, u64),
        admit: impl Fn() -> Result<Snapshot, Error>,
        ask: impl Fn(&Corpus) -> Result<T, Error>,
        complete: impl Fn(&mut T, &Rows<'_>) -> Result<bool, Error>,
    ) -> Result<T, Error> {
        for attempt in 0..MAX_ATTEMPTS {
            if attempt > 0 {
                // The rows of a change are there before its message: whoever writes it needs a moment in between.
                self.parts.host.clock.sleep(PAUSE_BETWEEN * (1 << attempt)).await;
            }
            let before = admit()?;
            let search = self.up_to_date(caller).await?;
            let answer = || {
                let answer = ask(&search.corpus.read().unwrap_or_else(PoisonError::into_inner));
                // If a shard went away before the corpus was asked, it is not held in these rows.
                let rows = Rows { before, after: admit()?, corpus: &search.corpus };
                let mut answer = answer?;
                Ok(complete(&mut answer, &rows)?.then_some(answer))
            };
            let found: Result<Option<T>, Error> =
                if weight > LIGHT { self.parts.host.tasks.in_place(answer).await } else { answer() };
            if let Some(answer) = found? {
                return Ok(answer);
            }
        }
        Err(Error::Unavailable("the rows change faster than they can be described".to_owned()))
    }

    /// Writes the pulls counted so far.
    pub async fn flush_pulls(&self) {
        // What room there is, is for deletes. The counts wait in memory, as many as it may have.
        if let Err(error) = self.admit_write().await {
            tracing::warn!(%error, "counted pulls are not written for now");
            return;
        }
        let now = self.parts.host.clock.now();
        let search = self.search.get();
        let _turn = match search {
            Some(search) => Some(search.writes_pulls.lock().await),
            None => None,
        };
        let commands = match search {
            Some(search) => {
                let _turn = search.tells_pulls.lock().unwrap_or_else(PoisonError::into_inner);
                let (commands, untold) = self.pulls.take(now);
                // What is written is heard with its total, so nothing is lost of a manifest that is not known yet.
                let _unknown = search.count_pulls(untold);
                commands
            }
            None => self.pulls.take(now).0,
        };
        for command in commands {
            if let Err(error) = self.parts.index.submit(command).await {
                tracing::warn!(error = %error, "counted pulls were not written");
            }
        }
    }
}
