use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use atoll_host::{SeededRandom, SimulatedClock, Timestamp};
use futures_util::FutureExt as _;

use super::*;

struct Member {
    promises: Promises,
    clock: Arc<SimulatedClock>,
    number: AtomicU64,
}

impl Member {
    fn new(seed: u64) -> Self {
        Self {
            promises: Promises::new(&SeededRandom::new(seed)),
            clock: Arc::new(SimulatedClock::new(Timestamp(0))),
            number: AtomicU64::new(1),
        }
    }

    /// One that was asked once and has been quiet since.
    fn quiet() -> Self {
        let member = Self::new(1);
        member.tell();
        member.clock.advance(QUIET_AFTER);
        member
    }

    fn tell(&self) -> Freshness {
        self.promises.tell(self.clock.as_ref(), || self.number.load(Ordering::SeqCst))
    }

    async fn change(&self) {
        let _changing = self.promises.change(self.clock.as_ref()).await;
        self.number.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn only_a_member_that_was_quiet_for_a_while_promises_anything() {
    let member = Member::new(1);
    assert_eq!(member.tell().holds_for, Duration::ZERO, "nothing is known about what was before");
    member.clock.advance(QUIET_AFTER.saturating_sub(Duration::from_millis(1)));
    assert_eq!(member.tell().holds_for, Duration::ZERO);
    member.clock.advance(Duration::from_millis(1));
    assert_eq!(member.tell().holds_for, HOLDS_FOR);
    member.clock.advance(HOLDS_FOR);
    assert!(member.change().now_or_never().is_some());
    assert_eq!(member.tell().holds_for, Duration::ZERO, "it was changed");
}

#[test]
fn a_change_waits_until_what_was_promised_is_over_and_not_longer() {
    let member = Member::quiet();
    let before = member.tell();
    let mut change = pin!(member.change());
    assert!(change.as_mut().now_or_never().is_none());
    member.clock.advance(HOLDS_FOR.saturating_sub(Duration::from_nanos(1)));
    assert!(change.as_mut().now_or_never().is_none());
    assert_eq!(
        member.tell(),
        Freshness { holds_for: Duration::ZERO, ..before },
        "no promise beside a change"
    );
    member.clock.advance(Duration::from_nanos(1));
    assert!(change.now_or_never().is_some());
    assert_eq!(member.tell().number, before.number + 1);
    assert!(member.change().now_or_never().is_some(), "the next change does not wait");
}

#[test]
fn a_change_that_was_given_up_stands_in_the_way_of_no_promise() {
    let member = Member::quiet();
    assert_eq!(member.tell().holds_for, HOLDS_FOR);
    {
        let mut change = pin!(member.change());
        assert!(change.as_mut().now_or_never().is_none());
    }
    assert_eq!(member.tell().holds_for, HOLDS_FOR);
}

#[test]
fn another_run_tells_another_number() {
    assert_ne!(Member::new(1).tell().run, Member::new(2).tell().run);
}

/// Real threads: a promise holds whichever side comes first. The clock stands still, so no change may come until it is taken back.
#[test]
fn no_promise_is_broken_while_changes_and_questions_race() {
    const PROMISES: usize = 2_000;
    let member = Member::quiet();
    let over = AtomicBool::new(false);
    let broken = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                // A change that has to wait is given up.
                let _done = member.change().now_or_never();
            }
        });
        let broken = (0..PROMISES).filter(|_| {
            let number = loop {
                let number = member.number.load(Ordering::SeqCst);
                *member.promises.told.lock().unwrap() = (number, Duration::ZERO);
                match member.tell() {
                    Freshness { holds_for: Duration::ZERO, .. } => {
                        member.promises.until_nanos.store(0, Ordering::SeqCst);
                        std::thread::yield_now();
                    }
                    Freshness { number, .. } => break number,
                }
            };
            std::thread::yield_now();
            let is_broken = member.number.load(Ordering::SeqCst) != number;
            member.promises.until_nanos.store(0, Ordering::SeqCst);
            is_broken
        });
        let broken = broken.count();
        over.store(true, Ordering::SeqCst);
        broken
    });
    assert_eq!(broken, 0);
}
