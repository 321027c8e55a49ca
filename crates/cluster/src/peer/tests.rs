use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn fail(peer: &Peer, options: &Options, now: Duration) {
    peer.admit(options, now).unwrap().failed(options, now);
}

#[test]
fn a_member_that_fails_again_and_again_is_left_alone_and_then_tried_by_one_call() {
    let (peer, options) = (Peer::default(), Options::default());
    for _ in 0..options.failures_before_pause {
        fail(&peer, &options, SECOND);
    }
    assert!(peer.admit(&options, SECOND).is_none());
    let now = SECOND + options.pause;
    let trial = peer.admit(&options, now).unwrap();
    assert!(peer.admit(&options, now).is_none(), "a second call while the first one tries");
    trial.failed(&options, now);
    assert!(peer.admit(&options, now + options.pause).is_none(), "after a trial in vain, twice as long");
    peer.admit(&options, now + options.pause * 2).unwrap().answered(Some(SECOND));
    let both = (peer.admit(&options, now), peer.admit(&options, now));
    assert!(both.0.is_some() && both.1.is_some());
}

#[test]
fn a_member_that_stays_away_costs_few_trials_and_is_asked_at_once_when_it_is_back() {
    let (peer, options) = (Peer::default(), Options::default());
    let hour = |peer: &Peer| {
        let failing = |second: &u32| {
            let now = SECOND * *second;
            peer.admit(&options, now).map(|attempt| attempt.failed(&options, now)).is_some()
        };
        (0..3_600).filter(failing).count()
    };
    let trials = hour(&peer);
    assert!((3_600 / 16..300).contains(&trials), "{trials}");
    assert!(peer.admit(&options, SECOND * 3_600).is_none());
    peer.is_back();
    assert!(peer.admit(&options, SECOND * 3_600).is_some());
}

#[test]
fn a_member_that_is_heard_by_another_way_is_tried_at_a_steady_rate() {
    let (peer, options) = (Peer::default(), Options::default());
    let mut trials = 0;
    for second in 0..100 {
        peer.is_heard();
        if let Some(attempt) = peer.admit(&options, SECOND * second) {
            attempt.failed(&options, SECOND * second);
            trials += 1;
        }
    }
    assert!(trials >= 50, "{trials}");
}

#[test]
fn a_success_in_between_starts_the_count_again() {
    let (peer, options) = (Peer::default(), Options::default());
    for _ in 0..20 {
        for _ in 1..options.failures_before_pause {
            fail(&peer, &options, SECOND);
        }
        peer.admit(&options, SECOND).unwrap().answered(Some(SECOND));
    }
}

#[test]
fn a_trial_that_its_caller_gave_up_leaves_room_for_the_next() {
    let (peer, options) = (Peer::default(), Options::default());
    for _ in 0..options.failures_before_pause {
        fail(&peer, &options, Duration::ZERO);
    }
    drop(peer.admit(&options, SECOND * 2).unwrap());
    assert!(peer.admit(&options, SECOND * 2).is_some());
}

#[test]
fn one_read_in_ten_may_be_asked_twice() {
    let peer = Peer::default();
    assert!(!peer.spend());
    let mut hedges = 0;
    for _ in 0..1_000 {
        peer.earn();
        hedges += u32::from(peer.spend());
    }
    assert_eq!(hedges, 100);
    (0..1_000).for_each(|_| peer.earn());
    assert_eq!((0..1_000).filter(|_| peer.spend()).count(), MAX_HEDGES_SAVED as usize);
}

#[test]
fn patience_follows_what_is_usual() {
    let (peer, options) = (Peer::default(), Options::default());
    assert_eq!(peer.patience(&options), options.hedge_after);
    for _ in 0..100 {
        peer.admit(&options, SECOND).unwrap().answered(Some(SECOND));
    }
    let patience = peer.patience(&options);
    assert!(patience >= SECOND * 99 / 100 && patience < SECOND * 2, "{patience:?}");
}
