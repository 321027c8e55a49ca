use atoll_placement::ClusterId;

use super::*;

const SHARD: Shard = Shard(0);
const ME: MemberId = MemberId(1);
const A: MemberId = MemberId(2);
const B: MemberId = MemberId(3);

const MINE: LayoutTag = LayoutTag { version: 2, digest: [2; 16] };
const OLD: LayoutTag = LayoutTag { version: 1, digest: [1; 16] };

fn standing(member: MemberId, layout: LayoutTag, tenure: Tenure) -> Standing {
    Standing {
        cluster: ClusterId([0; 16]),
        member,
        incarnation: 1,
        release: String::new(),
        layout,
        previous: None,
        shards: if tenure == Tenure::Absent { Vec::new() } else { vec![(SHARD, tenure)] },
        last_holders: Vec::new(),
        is_draining: false,
        repositories: 0,
        content_bytes: None,
        free_bytes: 0,
        given_up: Vec::new(),
    }
}

fn answered(member: MemberId, tenure: Tenure) -> (MemberId, Known) {
    let mut known = Known::new(true);
    known.hear(standing(member, MINE, tenure));
    known.has_answered = true;
    (member, known)
}

fn silent(member: MemberId, tenure: Tenure) -> (MemberId, Known) {
    let (member, mut known) = answered(member, tenure);
    known.has_answered = false;
    (member, known)
}

fn picture(own: Tenure, others: [(MemberId, Known); 2], believed: Option<MemberId>) -> Picture {
    Picture {
        local: ME,
        shards: 1,
        own: BTreeMap::from([(SHARD, own)]),
        beliefs: believed.map(|holder| (SHARD, holder)).into_iter().collect(),
        others: BTreeMap::from(others),
        given_up: BTreeSet::new(),
        confirmed: BTreeSet::new(),
    }
}

#[test]
fn a_request_goes_to_whoever_holds_the_shard_and_nowhere_while_it_passes_on() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let absent = |member| answered(member, Absent);
    for (own, others, believed, expected) in [
        (Held, [absent(A), absent(B)], None, Route::Local),
        (Taking { from: A }, [answered(A, Held), absent(B)], None, Route::Remote(A)),
        (Absent, [answered(A, Yielding { to: ME }), absent(B)], Some(A), Route::Unknown),
        (Yielding { to: A }, [answered(A, Taking { from: ME }), absent(B)], Some(ME), Route::Unknown),
        // A member that slept through its own hand-over does not hide the holder.
        (Absent, [answered(A, Yielding { to: B }), answered(B, Held)], None, Route::Remote(B)),
        (Released { to: B }, [absent(A), answered(B, Held)], Some(ME), Route::Remote(B)),
        // Nobody who can be heard has it: whoever had it last, else whoever should.
        (Absent, [absent(A), silent(B, Held)], None, Route::Remote(B)),
        (Absent, [absent(A), silent(B, Absent)], Some(B), Route::Remote(B)),
        (Absent, [silent(A, Absent), absent(B)], None, Route::Remote(A)),
        (Absent, [absent(A), absent(B)], Some(B), Route::Unknown),
    ] {
        let picture = picture(own, others, believed);
        assert_eq!(picture.route(SHARD, Some(A)), expected, "{picture:?}");
    }
}

#[test]
fn a_shard_is_begun_only_if_everybody_has_just_said_to_know_nothing_of_it() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let may_begin = |picture: &Picture| picture.may_claim(MINE) && picture.is_untouched(SHARD);
    assert!(may_begin(&picture(Absent, [answered(A, Absent), answered(B, Absent)], None)));
    assert!(!may_begin(&picture(Absent, [answered(A, Absent), silent(B, Absent)], None)));
    assert!(!may_begin(&picture(Absent, [answered(A, Absent), answered(B, Absent)], Some(ME))));
    for tenure in [Held, Released { to: A }, Taking { from: A }, Yielding { to: A }] {
        assert!(!may_begin(&picture(Absent, [answered(A, Absent), answered(B, tenure)], None)), "{tenure:?}");
        assert!(!may_begin(&picture(tenure, [answered(A, Absent), answered(B, Absent)], None)), "{tenure:?}");
    }
    let mut other_list = picture(Absent, [answered(A, Absent), answered(B, Absent)], None);
    other_list.others.get_mut(&B).unwrap().hear(standing(B, OLD, Absent));
    assert!(!may_begin(&other_list));
    let mut remembered = picture(Absent, [answered(A, Absent), answered(B, Absent)], None);
    let last_holders = vec![(SHARD, MemberId(99))];
    let known = Standing { last_holders, ..standing(B, MINE, Absent) };
    remembered.others.get_mut(&B).unwrap().hear(known);
    assert!(!may_begin(&remembered));
}

#[test]
fn belief_follows_the_shard() {
    use Tenure::{Absent, Held, Released, Yielding};
    let absent = |member| answered(member, Absent);
    for (own, others, believed, steady, expected) in [
        (Held, [absent(A), absent(B)], Some(A), true, Some(ME)),
        (Absent, [answered(A, Held), absent(B)], Some(B), true, Some(A)),
        // Answers from before the local member's part changed say nothing about now.
        (Released { to: B }, [answered(A, Held), absent(B)], Some(ME), false, Some(B)),
        (Absent, [answered(A, Held), absent(B)], Some(B), false, Some(B)),
        (Absent, [answered(A, Held), answered(B, Held)], Some(A), true, Some(A)),
        (Absent, [answered(A, Released { to: B }), silent(B, Absent)], Some(A), true, Some(B)),
        (Absent, [answered(A, Yielding { to: B }), absent(B)], Some(A), true, Some(A)),
        (Absent, [silent(A, Absent), absent(B)], Some(A), true, Some(A)),
        (Released { to: B }, [absent(A), silent(B, Absent)], Some(ME), true, Some(B)),
        // A shard that was lost with a disk stays known as lost.
        (Absent, [absent(A), absent(B)], Some(ME), true, Some(ME)),
        (Absent, [absent(A), absent(B)], None, true, None),
    ] {
        let picture = picture(own, others, believed);
        assert_eq!(picture.believe(SHARD, steady), expected, "{picture:?}");
    }
}

/// A member that was cut off in the middle of handing over, and comes back after the shard went on to others.
#[test]
fn a_shard_is_not_taken_from_a_member_that_slept_through_later_holders() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let yielding = || answered(A, Yielding { to: ME });
    for (own, other, believed, expected) in [
        (Taking { from: A }, answered(B, Absent), Some(A), true),
        (Absent, answered(B, Absent), None, true),
        (Absent, silent(B, Absent), Some(A), true),
        (Absent, answered(B, Held), Some(A), false),
        (Absent, silent(B, Absent), Some(B), false),
        (Released { to: B }, silent(B, Absent), Some(ME), false),
        (Released { to: B }, silent(B, Absent), Some(B), false),
        // It went on from there and came back to whoever yields it now.
        (Released { to: B }, answered(B, Absent), Some(A), true),
    ] {
        let picture = picture(own, [yielding(), other], believed);
        assert_eq!(picture.may_complete(SHARD, A), expected, "{picture:?}");
    }
}

#[test]
fn members_agree_when_everybody_in_the_list_who_can_be_heard_has_the_same_list() {
    let mut picture = picture(Tenure::Absent, [answered(A, Tenure::Held), silent(B, Tenure::Held)], None);
    picture.others.get_mut(&B).unwrap().hear(standing(B, OLD, Tenure::Held));
    assert!(picture.is_agreed(MINE));
    picture.others.get_mut(&B).unwrap().has_answered = true;
    assert!(!picture.is_agreed(MINE));
    // One that was taken off the list goes by its old list to its end.
    picture.others.get_mut(&B).unwrap().is_configured = false;
    assert!(picture.is_agreed(MINE));
}

const LOST: MemberId = MemberId(9);

/// The picture after the loss of a member of which everybody has heard.
fn after_loss(own: Tenure, others: [(MemberId, Known); 2], believed: Option<MemberId>) -> Picture {
    let mut picture = picture(own, others, believed);
    picture.given_up.insert(LOST);
    for known in picture.others.values_mut() {
        let told = known.standing.clone().unwrap();
        known.hear(Standing { given_up: vec![LOST], ..told });
    }
    picture
}

fn remembers(picture: &mut Picture, member: MemberId, holder: MemberId) {
    let known = picture.others.get_mut(&member).unwrap();
    let told = known.standing.clone().unwrap();
    known.hear(Standing { last_holders: vec![(SHARD, holder)], ..told });
}

#[test]
fn a_shard_of_a_lost_member_is_begun_anew_once_everybody_knows_and_nobody_has_it() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let may_begin = |picture: &Picture| picture.may_claim(MINE) && picture.is_untouched(SHARD);
    let absent = |member| answered(member, Absent);
    let mut lost = after_loss(Absent, [absent(A), absent(B)], Some(LOST));
    assert!(may_begin(&lost));
    assert_eq!(lost.last_held_by(LOST), 1);
    remembers(&mut lost, A, LOST);
    assert!(may_begin(&lost), "it was there last");
    remembers(&mut lost, A, B);
    assert!(!may_begin(&lost), "it went on from there to somebody who is not lost");
    let mut unheard = after_loss(Absent, [absent(A), absent(B)], Some(LOST));
    unheard.others.get_mut(&B).unwrap().hear(standing(B, MINE, Absent));
    assert!(!may_begin(&unheard), "B does not know yet, and may still listen to the lost one");
    assert!(!may_begin(&after_loss(Absent, [absent(A), silent(B, Absent)], Some(LOST))));
    for tenure in [Held, Released { to: LOST }, Taking { from: LOST }, Yielding { to: LOST }] {
        assert!(!may_begin(&after_loss(Absent, [absent(A), answered(B, tenure)], Some(LOST))), "{tenure:?}");
    }
    assert!(!lost.is_worth_asking(LOST, &Known::new(true)), "in the list or not");
    assert!(!may_begin(&after_loss(Absent, [absent(A), absent(B)], Some(MemberId(8)))));
}

#[test]
fn what_was_given_to_a_lost_member_is_resumed_by_one_who_still_has_it() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let absent = |member| answered(member, Absent);
    for (own, others, expected) in [
        (Yielding { to: LOST }, [absent(A), absent(B)], true),
        (Released { to: LOST }, [absent(A), absent(B)], true),
        (Yielding { to: LOST }, [absent(A), answered(B, Yielding { to: LOST })], true),
        (Yielding { to: A }, [absent(A), absent(B)], false),
        (Absent, [absent(A), absent(B)], false),
        (Yielding { to: LOST }, [absent(A), answered(B, Held)], false),
        (Yielding { to: LOST }, [absent(A), answered(B, Taking { from: ME })], false),
        (Yielding { to: LOST }, [absent(A), answered(B, Yielding { to: A })], false),
    ] {
        let picture = after_loss(own, others, Some(ME));
        assert_eq!(picture.may_resume(SHARD), expected, "{picture:?}");
    }
    let mut second = after_loss(Yielding { to: LOST }, [answered(A, Yielding { to: LOST }), absent(B)], None);
    second.local = MemberId(7);
    assert!(!second.may_resume(SHARD), "A has the lower id");
    let mut later = after_loss(Yielding { to: LOST }, [absent(A), absent(B)], Some(ME));
    remembers(&mut later, A, LOST);
    assert!(later.may_resume(SHARD));
    remembers(&mut later, A, B);
    assert!(!later.may_resume(SHARD), "B has had it since");
}

fn told(picture: &mut Picture, member: MemberId, known: &[MemberId]) {
    let told: Vec<_> = known.iter().map(|id| acquaintance(*id)).collect();
    picture.others.get_mut(&member).unwrap().hear_of(&told);
}

fn acquaintance(member: MemberId) -> Acquaintance {
    Acquaintance { member, address: format!("member-{member}:18080"), has_answered: true }
}

#[test]
fn everybody_who_is_known_is_asked_while_a_lost_shard_is_looked_for() {
    use Tenure::{Absent, Held, Yielding};
    let former = Known::new(false);
    let absent = |member| answered(member, Absent);
    for (own, believed, expected) in [
        (Absent, Some(LOST), true),
        (Absent, None, true),
        (Yielding { to: A }, Some(ME), true),
        (Held, Some(LOST), false),
        (Absent, Some(B), false),
    ] {
        let lost = after_loss(own, [absent(A), absent(B)], believed);
        assert_eq!(lost.is_worth_asking(MemberId(5), &former), expected, "{own:?} {believed:?}");
        let well = picture(own, [absent(A), absent(B)], believed);
        assert!(!well.is_worth_asking(MemberId(5), &former), "nobody was given up");
    }
}

#[test]
fn a_member_is_given_shards_once_everybody_in_the_list_knows_it() {
    let absent = |member| answered(member, Tenure::Absent);
    let mut picture = picture(Tenure::Absent, [absent(A), silent(B, Tenure::Absent)], None);
    picture.confirm();
    assert!(picture.wants_acquaintances() && picture.confirmed.is_empty());
    told(&mut picture, A, &[A, B]);
    picture.confirm();
    assert_eq!(
        picture.confirmed,
        BTreeSet::from([B]),
        "A says to know it, and the local member has it in its list"
    );
    told(&mut picture, B, &[A, B, ME]);
    picture.confirm();
    assert_eq!(picture.confirmed, BTreeSet::from([A, B]), "A does not know the local member");
    assert!(picture.wants_acquaintances());
    told(&mut picture, A, &[A, B, ME]);
    picture.confirm();
    assert_eq!(picture.confirmed, BTreeSet::from([A, B, ME]));
    assert!(!picture.wants_acquaintances());
    picture.others.insert(MemberId(5), Known::new(false));
    assert!(!picture.wants_acquaintances(), "it is not in the list");
    picture.others.insert(MemberId(6), Known::new(true));
    assert!(picture.wants_acquaintances());
}

#[test]
fn a_yielded_shard_that_a_lost_member_was_known_to_hold_is_taken_if_nobody_else_has_to_do_with_it() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    let yielding = || answered(A, Yielding { to: ME });
    for (own, other, believed, expected) in [
        (Absent, answered(B, Absent), Some(LOST), true),
        (Taking { from: A }, answered(B, Absent), Some(LOST), true),
        (Released { to: LOST }, answered(B, Released { to: LOST }), Some(LOST), true),
        (Released { to: B }, answered(B, Absent), Some(LOST), false),
        (Absent, answered(B, Absent), Some(B), false),
        (Absent, answered(B, Absent), None, false),
        (Absent, answered(B, Held), Some(LOST), false),
        (Absent, answered(B, Taking { from: A }), Some(LOST), false),
        (Absent, answered(B, Yielding { to: A }), Some(LOST), false),
    ] {
        let picture = after_loss(own, [yielding(), other], believed);
        assert_eq!(picture.may_complete_after_loss(SHARD, A), expected, "{picture:?}");
        assert!(!picture.may_complete(SHARD, A) || believed.is_none(), "{picture:?}");
    }
}

#[test]
fn a_shard_is_yielded_only_to_a_member_that_was_just_heard_to_have_let_go_of_it() {
    use Tenure::{Absent, Held, Released, Taking, Yielding};
    for (other, expected) in [
        (answered(A, Absent), true),
        (answered(A, Taking { from: ME }), true),
        (answered(A, Released { to: ME }), true),
        (answered(A, Yielding { to: ME }), false),
        (answered(A, Held), false),
        (silent(A, Absent), false),
    ] {
        let picture = picture(Held, [other, answered(B, Absent)], None);
        assert_eq!(picture.may_yield(SHARD, A), expected, "{picture:?}");
    }
}
