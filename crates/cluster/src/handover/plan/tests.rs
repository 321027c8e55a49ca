use std::collections::{BTreeMap, BTreeSet};

use atoll_placement::{ClusterId, ClusterKey, Member, Members};
use atoll_service::Standing;

use super::*;
use crate::membership::Known;

const ME: MemberId = MemberId(1);
const A: MemberId = MemberId(2);
const B: MemberId = MemberId(3);

fn targets(owner: MemberId) -> Layout {
    let members = [ME, A, B].map(|id| Member { id, weight: u32::from(id == owner) });
    Layout::new(ClusterKey([1; 16]), 1, Members::new(members).unwrap(), 3)
}

fn known(member: MemberId, tenure: Tenure) -> (MemberId, Known) {
    let mut known = Known::new(true);
    known.has_answered = true;
    known.hear(Standing {
        cluster: ClusterId([0; 16]),
        member,
        incarnation: 1,
        release: String::new(),
        layout: targets(ME).tag(),
        previous: None,
        shards: vec![(Shard(0), tenure)],
        last_holders: Vec::new(),
        is_draining: false,
        repositories: 0,
        content_bytes: None,
        free_bytes: 0,
        given_up: Vec::new(),
    });
    (member, known)
}

fn now() -> Moment {
    Moment { layout: targets(ME).tag(), hears_everybody: false }
}

fn steps(own: Tenure, others: [(MemberId, Known); 2], owner: MemberId) -> Vec<Step> {
    let own = BTreeMap::from([(Shard(0), own)]);
    let picture = Picture {
        local: ME,
        shards: 1,
        own,
        beliefs: BTreeMap::new(),
        others: BTreeMap::from(others),
        given_up: BTreeSet::new(),
        confirmed: BTreeSet::from([ME]),
    };
    plan(&picture, &targets(owner), now())
}

#[test]
fn a_member_takes_what_the_layout_gives_it_and_completes_what_was_yielded_to_it() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let take = |is_yielded| vec![Step::Take { shard: Shard(0), from: A, is_yielded }];
    for (own, held, owner, expected) in [
        (Absent, Held, ME, take(false)),
        (Released { to: A }, Held, ME, take(false)),
        (Taking { from: A }, Held, ME, take(false)),
        (Taking { from: B }, Held, ME, take(false)),
        (Taking { from: A }, Yielding { to: ME }, ME, take(true)),
        (Taking { from: A }, Yielding { to: ME }, B, take(true)),
        (Absent, Yielding { to: ME }, B, take(true)),
        (Taking { from: A }, Held, B, vec![Step::Abandon { shard: Shard(0) }]),
        (Taking { from: A }, Yielding { to: B }, B, Vec::new()),
        (Absent, Held, A, Vec::new()),
        (Held, Absent, A, Vec::new()),
        (Yielding { to: A }, Taking { from: ME }, ME, Vec::new()),
        (Absent, Yielding { to: B }, ME, Vec::new()),
        (Absent, Absent, ME, Vec::new()),
    ] {
        assert_eq!(
            steps(own, [known(A, held), known(B, Absent)], owner),
            expected,
            "{own:?} {held:?} {owner}"
        );
    }
}

#[test]
fn nothing_is_taken_while_somebody_in_the_list_goes_by_another_one() {
    let (id, mut other) = known(B, Tenure::Absent);
    let standing = other.standing.clone().unwrap();
    let layout = LayoutTag { version: 2, digest: [9; 16] };
    other.hear(Standing { layout, ..standing });
    assert_eq!(steps(Tenure::Absent, [known(A, Tenure::Held), (id, other.clone())], ME), []);
    let begun = steps(Tenure::Taking { from: A }, [known(A, Tenure::Held), (id, other.clone())], ME);
    assert_eq!(begun, [Step::Abandon { shard: Shard(0) }]);
    let yielded = steps(Tenure::Absent, [known(A, Tenure::Yielding { to: ME }), (id, other)], ME);
    assert_eq!(yielded, [Step::Take { shard: Shard(0), from: A, is_yielded: true }]);
}

#[test]
fn a_copy_from_a_lost_member_is_given_up_unless_it_can_go_on_elsewhere() {
    use Tenure::{Absent, Held, Taking, Yielding};
    let lost = MemberId(9);
    for (held, expected) in [
        (Absent, vec![Step::Abandon { shard: Shard(0) }]),
        (Held, vec![Step::Take { shard: Shard(0), from: A, is_yielded: false }]),
        (Yielding { to: ME }, vec![Step::Take { shard: Shard(0), from: A, is_yielded: true }]),
    ] {
        let own = BTreeMap::from([(Shard(0), Taking { from: lost })]);
        let others = BTreeMap::from([known(A, held), known(B, Absent)]);
        let given_up = BTreeSet::from([lost]);
        let beliefs = BTreeMap::new();
        let confirmed = BTreeSet::from([ME]);
        let picture = Picture { local: ME, shards: 1, own, beliefs, others, given_up, confirmed };
        assert_eq!(plan(&picture, &targets(ME), now()), expected, "{held:?}");
    }
}

#[test]
fn what_may_be_lost_is_let_go_of_or_completed_once_everybody_is_heard() {
    use Tenure::{Absent, Taking, Yielding};
    let lost = MemberId(9);
    let abandon = vec![Step::Abandon { shard: Shard(0) }];
    let take = vec![Step::Take { shard: Shard(0), from: A, is_yielded: true }];
    for (own, held, hears_everybody, expected) in [
        (Taking { from: A }, Absent, false, abandon),
        (Absent, Absent, true, Vec::new()),
        (Absent, Yielding { to: ME }, false, Vec::new()),
        (Absent, Yielding { to: ME }, true, take.clone()),
        (Taking { from: A }, Yielding { to: ME }, true, take),
    ] {
        let picture = Picture {
            local: ME,
            shards: 1,
            own: BTreeMap::from([(Shard(0), own)]),
            beliefs: BTreeMap::from([(Shard(0), lost)]),
            others: BTreeMap::from([known(A, held), known(B, Absent)]),
            given_up: BTreeSet::from([lost]),
            confirmed: BTreeSet::from([ME]),
        };
        let now = Moment { hears_everybody, ..now() };
        assert_eq!(plan(&picture, &targets(ME), now), expected, "{own:?} {held:?} {hears_everybody}");
    }
}

#[test]
fn nothing_is_taken_by_a_member_that_not_everybody_knows() {
    let picture = Picture {
        local: ME,
        shards: 1,
        own: BTreeMap::new(),
        beliefs: BTreeMap::new(),
        others: BTreeMap::from([known(A, Tenure::Held), known(B, Tenure::Absent)]),
        given_up: BTreeSet::new(),
        confirmed: BTreeSet::from([A, B]),
    };
    assert_eq!(plan(&picture, &targets(ME), now()), []);
    let picture = Picture { confirmed: BTreeSet::from([A, B, ME]), ..picture };
    assert_eq!(
        plan(&picture, &targets(ME), now()),
        [Step::Take { shard: Shard(0), from: A, is_yielded: false }]
    );
}
